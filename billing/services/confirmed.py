"""Which payments of a year are proven, as donation receipts may confirm them: the one room that knows where proof comes from.

Dues count when the bank has booked the debit and can no longer take it back; `paid_dues` is the only function to change
when other proof of payment comes in. Nothing here asks whether dues may be confirmed at all.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db.models import F

from billing.models import Collection, Donation, Payout, Posting, ReceiptLine
from billing.pricing.money import total
from members.models import Organisation

# A debit that the member agreed to can be returned for eight weeks (BGB 675x (4)).
RETURNABLE = timedelta(weeks=8)
DUES = ReceiptLine.Kind.DUES


class Payment(NamedTuple):
    """`amount` EUR received from a member on a day. `key` never changes; from `certain_on` on it cannot be returned."""

    key: str
    member: int
    on: date
    amount: Decimal
    kind: str
    certain_on: date


def payments(organisation: Organisation, first: date, last: date) -> list[Payment]:
    """Everything received in these days (both included) that was not given back, oldest first."""
    found = [*donations(organisation, first, last), *paid_dues(organisation, first, last)]
    return sorted(found, key=lambda one: (one.on, one.key))


def donations(organisation: Organisation, first: date, last: date) -> list[Payment]:
    """What was entered as a donation and not withdrawn."""
    rows = Donation.objects.filter(organisation=organisation, given_on__range=(first, last), withdrawn_on=None)
    names = ("pk", "member_id", "given_on", "amount", "kind", "by_debit")
    return [
        Payment(f"donation:{pk}", member, on, amount, kind, on + RETURNABLE if by_debit else on)
        for pk, member, on, amount, kind, by_debit in rows.values_list(*names)
    ]


def paid_dues(organisation: Organisation, first: date, last: date) -> list[Payment]:
    """Debits that the bank has booked and nobody has returned: the part that is dues, less what was paid out again."""
    rows = Collection.objects.filter(organisation=organisation, booked_on__range=(first, last), failed_on=None)
    names = ("pk", "invoice", "invoice__payer", "invoice__gross", "booked_on", "amount")
    debits = list(rows.order_by("booked_on", "pk").values_list(*names))
    dues = dues_of([invoice for _pk, invoice, *_rest in debits])
    found = []
    for pk, invoice, payer, gross, on, amount in debits:
        # What else stands on the invoice is paid first: a receipt never says too much.
        part = min(dues[invoice], amount - (gross - dues[invoice]))
        if part > 0:
            found.append(Payment(f"collection:{pk}", payer, on, part, DUES, on + RETURNABLE))
    return less(found, paid_back(organisation, first, last))


def dues_of(invoices: Iterable[int]) -> dict[int, Decimal]:
    """How much of each invoice is genuine dues of the ideal sphere, as it was booked."""
    rows = Posting.objects.filter(document__in=list(invoices), case__startswith="revenue/", case__endswith="/-/ideell")
    sums: dict[int, Decimal] = defaultdict(Decimal)
    for document, case, credited, amount in rows.values_list("document_id", "case", "credit_account", "amount"):
        sums[document] += amount if case.split("/")[1] == credited else -amount
    return sums


def paid_back(organisation: Organisation, first: date, last: date) -> dict[int, Decimal]:
    """What each payer was paid out of credits of these days."""
    rows = Payout.objects.live().filter(organisation=organisation, credit__issued_on__range=(first, last))
    sums: dict[int, Decimal] = defaultdict(Decimal)
    for payer, amount in rows.annotate(payer=F("credit__payer")).values_list("payer", "amount"):
        sums[payer] += amount
    return sums


def less(found: Sequence[Payment], back: dict[int, Decimal]) -> list[Payment]:
    """The payments without what was given back, the latest ones first."""
    kept = []
    for one in reversed(found):
        taken = min(one.amount, back.get(one.member, Decimal(0)))
        if taken:
            back[one.member] -= taken
        if one.amount > taken:
            kept.append(one._replace(amount=total([one.amount, -taken])))
    return kept[::-1]


def lost(organisation: Organisation) -> set[str]:
    """The keys of payments that were proven once and are not any more: withdrawn, or returned after all."""
    gone = Donation.objects.filter(organisation=organisation, withdrawn_on__isnull=False).values_list("pk", flat=True)
    returned = Collection.objects.filter(organisation=organisation, failed_on__isnull=False, booked_on__isnull=False)
    return {f"donation:{pk}" for pk in gone} | {f"collection:{pk}" for pk in returned.values_list("pk", flat=True)}
