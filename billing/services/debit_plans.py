"""Yearly plans: members whose fees are fixed are told all debits of a year at once, where the organisation chose so.

A plan is written anew when an amount, a day or the mandate changes, and when its year runs out. Whose amounts depend on
usage has none: their invoices announce each debit, as without plans.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from billing import pricing
from billing.documents.debit_plan_words import Planned, plan_mail
from billing.formats.target import next_open
from billing.models import Creditor, Mail, Mandate, PlannedDebit
from billing.pricing.advice import gross
from billing.pricing.money import total
from billing.pricing.periods import add_months
from billing.services.bounces import bounced_addresses, reachable
from billing.services.contracts import load_tariffs
from billing.services.discharges import settings_of
from billing.services.drafts import earliest_collection
from billing.services.forecast import Rhythm, rhythm_of
from billing.services.mandates import is_usable
from billing.services.planned_debits import YEARLY as KIND
from billing.services.portfolio import Selection, held
from members.models import Member, Organisation

MONTHS, RENEW_BEFORE = 12, timedelta(days=45)
Debits = dict[date, Decimal]


def write(organisation: Organisation, now: datetime) -> int:
    """Writes the plans that are missing or no longer true; gives how many. Nothing where the organisation has not chosen it."""
    creditor = Creditor.objects.filter(organisation=organisation).order_by("pk").first()
    if creditor is None or not settings_of(organisation).yearly_plan:
        return 0
    today = timezone.localdate(now)
    wanted = coming(organisation, creditor, today)
    with transaction.atomic():
        Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
        known = standing(organisation, today)
        mandates = mandates_of(organisation, wanted, add_months(today, MONTHS))
        waiting = [
            mandate for member, mandate in mandates.items() if differs(wanted[member], known.get(member, {}), mandate, today)
        ]  # fmt: skip
        withdraw(organisation, [*(one.member_id for one in waiting), *(known.keys() - mandates.keys())], today)
        told = frozenset(known)
        mails = [mail_of(one, creditor, wanted[one.member_id], one.member_id in told, now) for one in waiting]
        store(organisation, waiting, mails, wanted)
    return len(waiting)


def coming(organisation: Organisation, creditor: Creditor, today: date) -> dict[int, Debits]:
    """By payer: the debits of the next twelve months that can still be announced in time, from fixed fees only."""
    rhythm, tariffs = rhythm_of(organisation), load_tariffs(organisation)
    first = today.replace(day=1)
    end = add_months(first, MONTHS + 1)
    amounts: dict[int, dict[date, list[Decimal]]] = defaultdict(lambda: defaultdict(list))
    by_usage = set()
    for part in held(organisation, tariffs, Selection(), first, end):
        for one in part:
            since = pricing.open_period(tariffs, one.contract, first - timedelta(days=1))
            for charge in pricing.charges(tariffs, one.contract, one.usage, end - timedelta(days=1), since=since):
                if charge.kind == "usage":
                    by_usage.add(one.payer)
                elif charge.bill_on >= first:
                    amounts[one.payer][debit_day(charge.bill_on, rhythm, creditor)].append(gross(charge))
    earliest = earliest_collection(today, creditor.prenotification_days)
    found = {
        payer: {day: amount for day, parts in sorted(days.items()) if day >= earliest and (amount := total(parts)) > 0}
        for payer, days in amounts.items()
        if payer not in by_usage
    }
    return {payer: debits for payer, debits in found.items() if debits}


def debit_day(bill_on: date, rhythm: Rhythm, creditor: Creditor) -> date:
    """The day on which the monthly run will collect what falls due then, if it runs on its day."""
    run_on = add_months(bill_on.replace(day=1), -1).replace(day=rhythm.day_of_month)
    wished = run_on + timedelta(days=rhythm.collect_after)
    return next_open(max(wished, earliest_collection(run_on, creditor.prenotification_days)))


def standing(organisation: Organisation, today: date) -> dict[int, dict[tuple[date, str], Decimal]]:
    """By payer: what the present plan says of days to come, by day and mandate reference."""
    rows = PlannedDebit.objects.filter(organisation=organisation, mail__kind=KIND, withdrawn_on=None, day__gt=today)
    found: dict[int, dict[tuple[date, str], Decimal]] = defaultdict(dict)
    for member, day, reference, amount in rows.values_list("member_id", "day", "mandate_reference", "amount"):
        found[member][day, reference] = amount
    return dict(found)


def mandates_of(organisation: Organisation, payers: Iterable[int], until: date) -> dict[int, Mandate]:
    """The mandates that the plans rest on: in use, for more than one debit, and long enough."""
    rows = Mandate.objects.usable().filter(organisation=organisation, member__in=list(payers), one_off=False)
    usable = (one for one in rows.select_related("member", "organisation") if is_usable(one, until))
    return {one.member_id: one for one in usable}


def differs(wanted: Debits, known: dict[tuple[date, str], Decimal], mandate: Mandate, today: date) -> bool:
    """Whether the present plan is no longer true as far as it goes, or goes no further than some weeks."""
    last = max((day for day, _reference in known), default=today)
    if last < today + RENEW_BEFORE:
        return max(wanted) > last
    return {(day, mandate.reference): amount for day, amount in wanted.items() if day <= last} != {
        key: amount for key, amount in known.items() if key[0] >= min(wanted)
    }


def withdraw(organisation: Organisation, members: Iterable[int], today: date) -> None:
    """What these members were told no longer holds for days to come."""
    rows = PlannedDebit.objects.filter(organisation=organisation, mail__kind=KIND, withdrawn_on=None, day__gt=today)
    rows.filter(member__in=list(members)).update(withdrawn_on=today)


def mail_of(mandate: Mandate, creditor: Creditor, debits: Debits, again: bool, now: datetime) -> Mail:
    """The plan as a mail, or as a letter for those who get none."""
    member: Member = mandate.member
    said = plan_mail(
        Planned(
            language=member.language, payer=member.name, organisation=mandate.organisation.name,
            creditor_identifier=creditor.identifier, mandate_reference=mandate.reference, account=mandate.masked_iban,
            account_holder=mandate.account_holder, debits=[(day.isoformat(), amount) for day, amount in debits.items()], again=again,
        )
    )  # fmt: skip
    by_mail = member.delivery == "mail" and bool(member.email)
    return Mail(
        organisation_id=mandate.organisation_id, member=member, key=f"{KIND}:{member.pk}:{now:%Y%m%d%H%M%S}", kind=KIND,
        recipient=member.email if by_mail else "", subject=said.subject[:200], text=said.text,
        state="waiting" if by_mail else "print", next_at=now if by_mail else None, created_at=now,
    )  # fmt: skip


def store(organisation: Organisation, mandates: list[Mandate], mails: list[Mail], wanted: dict[int, Debits]) -> None:
    """Messages and what they announce. Addresses that take no mail get letters."""
    bounced = bounced_addresses(organisation)
    for mail in mails:
        if mail.recipient and not reachable(mail.recipient, bounced):
            mail.recipient, mail.state, mail.next_at = "", Mail.State.PRINT, None
    written = Mail.objects.bulk_create(mails)
    PlannedDebit.objects.bulk_create(
        PlannedDebit(
            organisation=organisation, member_id=mandate.member_id, mail=mail, day=day, amount=amount,
            mandate_reference=mandate.reference,
        )
        for mandate, mail in zip(mandates, written, strict=True)
        for day, amount in wanted[mandate.member_id].items()
    )  # fmt: skip
