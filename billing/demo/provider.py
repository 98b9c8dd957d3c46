"""Seeds the demo's second organisation: the provider's customers, their usage, and a run on the first of each month."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.translation import override
from django_scopes import scope
from schwifty import IBAN

from billing.demo import looks, network
from billing.demo.books import hand_in, noon
from billing.demo.people import STREETS, TOWNS
from billing.models import BillingRun, Creditor, DueWork, Mandate, Meter
from billing.pricing.periods import add_months
from billing.services import (
    collection,
    contract_import,
    exports,
    invoicing,
    mailing,
    organisations,
    scenarios,
    usage_import,
)
from billing.services.run_days import bills_until
from members.models import Member, Organisation

BANKS = ("37040044", "20041144", "21050170", "10010010", "50010517", "12030000")
Tell = Callable[[str], None]


def seed_network(today: date, tell: Tell) -> Organisation:
    """Everything through the product's own doors; days to come are left out."""
    organisation, _created = organisations.setup_organisation(network.network())
    year = network.data_year(today)
    with scope(organisation=organisation), override(organisation.language):
        looks.dress(organisation, looks.PROVIDER, looks.waves)
        tell("a second organisation: its customers")
        contract_import.import_contracts(organisation, network.customers(year))
        give_addresses(organisation)
        make_mandates(organisation, date(year, 1, 1))
        Meter.objects.create(organisation=organisation, code="gb", name="Datenvolumen", unit="GB", quota_mails=False)
        tell("its monthly runs")
        first = date(year, 1, 1)
        months = [add_months(first, number) for number in range((today.year - year) * 12 + today.month)]
        for month, before in zip(months, [date.min, *months]):
            take_usage(organisation, network.usage(year, before, month), noon(month))
            one_month(organisation, month, today)
        take_usage(organisation, network.usage(year, months[-1], today), timezone.now())
        what_they_ask(organisation, today)
    return organisation


def give_addresses(organisation: Organisation) -> None:
    """The list of customers has none, and an invoice names the whole address."""
    members = list(Member.objects.filter(organisation=organisation).order_by("number"))
    for place, member in enumerate(members):
        member.street = f"{STREETS[place % len(STREETS)]} {place % 87 + 1}"
        member.postal_code, member.city = TOWNS[place % len(TOWNS)]
    Member.objects.bulk_update(members, ["street", "postal_code", "city"])


def make_mandates(organisation: Organisation, signed_on: date) -> None:
    """Nine in ten pay by direct debit."""
    creditor = Creditor.objects.get(organisation=organisation)
    members = Member.objects.filter(organisation=organisation).order_by("number")
    Mandate.objects.bulk_create(
        Mandate(
            organisation=organisation, creditor=creditor, member=member, reference=f"FN-{member.number}", account_holder=member.name,
            iban=str(IBAN.generate("DE", bank_code=BANKS[place % len(BANKS)], account_code=f"{7_000_000 + place * 13:010d}")),
            signed_on=signed_on,
        )
        for place, member in enumerate(members)
        if place % 10
    )  # fmt: skip


def take_usage(organisation: Organisation, content: bytes, now: datetime) -> None:
    """The metered events of some days, as another program sends them when they are over."""
    usage_import.import_usage(organisation, content, now)


def one_month(organisation: Organisation, on: date, today: date) -> None:
    """The run on the first: fees of the month that begins, usage of the one that ended; collected ten days later."""
    creditor = Creditor.objects.get(organisation=organisation)
    run = invoicing.start_run(organisation, creditor, on, bills_until(on, 0), on + timedelta(days=10))
    invoicing.preview(run)
    invoicing.approve(run, None, noon(on))
    invoicing.issue(run, noon(on))
    batches = collection.assemble(run, noon(on))
    exports.export(organisation, on, None, noon(on))
    BillingRun.objects.filter(pk=run.pk).update(exported_at=noon(on))
    mailing.mark_printed(run, noon(on))
    hand_in(run, batches, today)
    DueWork.objects.create(
        organisation=organisation, kind="prepare_run", key=on.isoformat(), due_at=noon(on), done_at=noon(on)
    )


def what_they_ask(organisation: Organisation, today: date) -> None:
    """The pages on usage show something from the first day on."""
    for ask in (scenarios.ask_best_tariff, scenarios.ask_forecast):
        scenarios.compute(ask(organisation, today, None, timezone.now()), timezone.now())
