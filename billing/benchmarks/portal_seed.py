"""An association of any size as its members and its office find it: households, meters, three months issued, collected and paid."""

from datetime import date, datetime, timedelta

from django.contrib.auth.models import Group
from django.db import connection
from django_scopes import scope

from billing.benchmarks import seed as base
from billing.benchmarks import usage_seed
from billing.benchmarks.seed import Values, mandate, payer, write
from billing.demo.books import credit_lines, noon, read_statement, transfers
from billing.formats.target import add_open_days
from billing.models import BillingRun, CollectionBatch, Contract, Creditor, Mail, Mandate, Meter, Tariff, UsageEvent
from billing.pricing.periods import add_months
from billing.services import bulk, collection, invoicing, mailing
from billing.services.organisations import setup_organisation
from members.models import ContactEntry, Member, OfficeRole, Organisation, User
from members.roles import TREASURER

METERED, EVENTS = "6", 30
DUES = {"vat_rate": None, "legal_basis": "membership", "sphere": "ideell"}


def seed(members: int, on: date) -> Organisation:
    """So many members with three months of documents: the last ones were collected, the coming ones are with the bank."""
    organisation, _created = setup_organisation(data())
    months = [add_months(on.replace(day=1), number) for number in (-1, 0, 1)]
    with scope(organisation=organisation):
        Tariff.objects.update(offered=True, pause_months=3, choose_rhythm=True)
        Tariff.objects.filter(code__startswith="NETZ").update(family="netz")
        fill(organisation, members, months[0])
        used(organisation, months[0], on)
        for month in months:
            one_month(organisation, month, on)
        said(organisation, noon(on))
        treasurer(organisation)
    known()
    return organisation


def known() -> None:
    """The database's statistics, as the worker keeps them on SQLite and PostgreSQL by itself."""
    bulk.refresh_statistics()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def data() -> Values:
    """Two kinds of dues, and two metered tariffs that can replace each other."""
    metered = [usage_seed.tariff("NETZ-S", "9.90", "10", "0.50"), usage_seed.tariff("NETZ-L", "19.90", "100", "0.20")]
    law = {"legal_basis": "consumer", "sphere": "geschaeftsbetrieb", "anchor": "calendar"}
    dues = [base.tariff("ERW", "Erwachsene", "14.00", DUES), base.tariff("JUG", "Jugendliche", "7.50", DUES)]
    return base.data() | {"tariffs": [*dues, *(one | law for one in metered)]}


def fill(organisation: Organisation, members: int, first: date) -> None:
    """Payers, those they pay for, contracts, mandates; one payer in ten has a meter."""
    Meter.objects.create(organisation=organisation, code="gb", name="Volumen", unit="GB", quota_mails=False)
    write(Member, (payer(organisation, number) for number, _size in base.families(members)))
    payers = dict(Member.objects.values_list("number", "pk"))
    write(Member, base.dependants(organisation, members, payers))
    tariffs = dict(Tariff.objects.values_list("code", "pk"))
    rows = Member.objects.order_by("pk").values_list("pk", "number")
    write(Contract, (contract(organisation, pk, number, tariffs, first) for pk, number in rows.iterator()))
    creditor = Creditor.objects.get(organisation=organisation)
    write(Mandate, (mandate(organisation, creditor, pk, number) for number, pk in payers.items() if int(number) % 20))
    sign_ins({f"member{number}@example.org": pk for number, pk in payers.items() if int(number) % 3 == 0})


def sign_ins(members: dict[str, int]) -> None:
    """Every third payer may sign in."""
    write(User, ({"email": email, "password": "!"} for email in members))
    users = User.objects.values_list("email", "pk")
    bulk.update_many(Member, ["user"], ((pk, members[email]) for email, pk in users if email in members))


def contract(organisation: Organisation, member: int, number: str, tariffs: dict[str, int], first: date) -> Values:
    """All pay by the month, so that each has three documents."""
    code = "JUG" if "-" in number else "NETZ-S" if number.endswith(METERED) else "ERW"
    start = (first - timedelta(days=member * 7919 % 7300 + 400)).replace(day=1)
    return {
        "organisation": organisation.pk, "member": member, "tariff": tariffs[code], "start": start, "bill_from": first, "due_on": first,
        "interval_months": 1,
    }  # fmt: skip


def used(organisation: Organisation, first: date, on: date) -> None:
    """What went through the meters since the first day."""
    meter = Meter.objects.get(organisation=organisation).pk
    contracts = Contract.objects.filter(tariff__code="NETZ-S").order_by("pk").values_list("pk", flat=True)
    write(UsageEvent, (
        {
            "organisation": organisation.pk, "meter": meter, "contract": pk, "key": f"{pk}-{place}", "at": noon(day), "on": day,
            "value": f"{(pk * 7919 + place * 104_729) % 1_500 / 1000:.3f}", "received_at": noon(day),
        }
        for pk in contracts.iterator() for place in range(EVENTS) for day in [first + (on - first) * place // EVENTS]
    ))  # fmt: skip


def one_month(organisation: Organisation, month: date, today: date) -> None:
    """The run of a month: issued in the middle of the month before, handed in, and paid where its day has come."""
    creditor = Creditor.objects.get(organisation=organisation)
    on = min(add_months(month, -1).replace(day=15), today)
    run = invoicing.start_run(organisation, creditor, on, add_months(month, 1) - timedelta(days=1), month)
    invoicing.preview(run)
    invoicing.approve(run, None, noon(on))
    invoicing.issue(run, noon(on))
    batches = collection.assemble(run, noon(on))
    Mail.objects.filter(invoice__run=run, state="waiting").update(state="sent", sent_at=noon(on))
    mailing.mark_printed(run, noon(on))
    hand_in(run, batches, today)


def hand_in(run: BillingRun, batches: list[CollectionBatch], today: date) -> None:
    """The bank has the files; of a day that has come each stands on the statement as one sum, with those who transfer."""
    for batch in batches:
        collection.submit(batch, None, noon(min(add_open_days(batch.collection_date, -2), today)))
    credited = [batch for batch in batches if batch.collection_date <= today]
    if credited:
        named = [one for one in transfers(run, today) if one.text != "Beitrag"]
        read_statement(run, [*credit_lines(credited), *named], credited[0].collection_date)


def said(organisation: Organisation, now: datetime) -> None:
    """One note for every fourth member."""
    rows = Member.objects.order_by("pk").values_list("pk", flat=True)
    write(ContactEntry, (
        {
            "organisation": organisation.pk, "member": pk, "kind": "note", "at": now - timedelta(hours=pk % 2000),
            "subject": f"Anruf wegen Vertrag {pk % 97}", "text": f"Möchte ab Frühjahr vom Turnen zum Handball {pk % 89}. Unterlagen zugesagt.",
        }
        for pk in rows.iterator() if pk % 4 == 0
    ))  # fmt: skip


def treasurer(organisation: Organisation) -> User:
    """Who asks for the office's pages."""
    user = User.objects.create_user("treasurer@benchmark.example")
    OfficeRole.objects.create(organisation=organisation, user=user, group=Group.objects.get(name=TREASURER))
    return user
