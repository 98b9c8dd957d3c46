"""Open credits: credit documents that are more than what was due then. A later run sets them off, or they are paid out.

What corrects an invoice is set off against that invoice first: nobody pays, or gets back, what was never paid.

Neither needs a posting of its own: a set-off moves nothing between accounts (credit and claim stand on the same debtor's
account), and a payout is posted when the bank's line comes.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db.models import F, QuerySet

from billing.models import Allocation, Collection, Invoice, Payout, SetOff
from billing.pricing.money import total
from billing.services.open_items import discharges_now
from billing.services.vat import ZERO
from members.models import Organisation

CREDITS = (Invoice.Kind.CREDIT, Invoice.Kind.CANCELLATION)


class OpenCredit(NamedTuple):
    """What is left of a credit document, EUR."""

    invoice: int
    payer: int
    number: str
    issued_on: date
    amount: Decimal


def any_credits(organisation: Organisation) -> bool:
    """Whether a run has to look for open credits at all."""
    return Invoice.objects.filter(organisation=organisation, kind__in=CREDITS).exists()


def open_credits(
    organisation: Organisation, payers: Iterable[int] | None = None, *, lock: bool = False
) -> dict[int, list[OpenCredit]]:
    """Each payer's open credits, oldest first. `lock`: nobody else gives them back until this transaction ends."""
    rows = Invoice.objects.filter(organisation=organisation, kind__in=CREDITS, gross__lt=0)
    if payers is not None:
        rows = rows.filter(payer__in=list(payers))
    names = ("pk", "payer_id", "number", "issued_on", "gross")
    read = rows.select_for_update(of=("self",)) if lock else rows
    stored = list(read.order_by("issued_on", "pk").values_list(*names))
    given = given_back(rows)
    found: dict[int, list[OpenCredit]] = defaultdict(list)
    for pk, payer, number, issued_on, gross in stored:
        left = total([-gross, *(-amount for amount in given[pk])])
        if left > 0:
            found[payer].append(OpenCredit(pk, payer, number, issued_on, left))
    return dict(found)


def given_back(documents: QuerySet[Invoice]) -> dict[int, list[Decimal]]:
    """What was set off and what is being paid out of these documents; a payout that was withdrawn or came back gives nothing back."""
    given: dict[int, list[Decimal]] = defaultdict(list)
    these = documents.values("pk")
    for pk, amount in SetOff.objects.filter(credit__in=these).values_list("credit_id", "amount"):
        given[pk].append(amount)
    for pk, amount in Payout.objects.live().filter(credit__in=these).values_list("credit_id", "amount"):
        given[pk].append(amount)
    return given


def corrected(organisation: Organisation, invoices: Iterable[int] | None = None) -> dict[int, Decimal]:
    """By invoice: what its own corrections took off it before it was paid."""
    rows = SetOff.objects.filter(organisation=organisation, credit__corrects=F("invoice"))
    if invoices is not None:
        rows = rows.filter(invoice__in=list(invoices))
    found: dict[int, list[Decimal]] = defaultdict(list)
    for invoice, amount in rows.values_list("invoice_id", "amount"):
        found[invoice].append(amount)
    return {invoice: total(amounts) for invoice, amounts in found.items()}


def unpaid(organisation: Organisation, invoices: Iterable[Invoice]) -> dict[int, Decimal]:
    """By invoice: what is still to come of it. A debit that is under way or booked counts as come, as does a transfer.

    So does what was paid from the payer's credit balance; what was written off has to be taken back before a correction.
    """
    claims = list(invoices)
    less = corrected(organisation, [one.pk for one in claims])
    live = Collection.objects.filter(invoice__in=claims, failed_on=None).values_list("invoice_id", "amount")
    transfers = Allocation.objects.filter(undone_on=None, invoice__in=claims, ancillary=None, collection=None)
    discharged = discharges_now().filter(invoice__in=claims, ancillary=None)
    found = (*transfers.values_list("invoice_id", "amount"), *discharged.values_list("invoice_id", "amount"))
    for invoice, amount in (*live, *found):
        less[invoice] = less.get(invoice, ZERO) + amount
    return {one.pk: total([one.payable, -less.get(one.pk, ZERO)]) for one in claims}


def set_off_corrections(organisation: Organisation) -> int:
    """Sets what corrects an unpaid invoice off against it, also when its debit failed since; gives how many there were.

    At the start of every run, and whenever a debit comes back.
    """
    if not any_credits(organisation):
        return 0
    open_now = [one for part in open_credits(organisation, lock=True).values() for one in part]
    left = {one.invoice: one.amount for one in open_now}
    documents = Invoice.objects.filter(pk__in=list(left), corrects__isnull=False).order_by("pk")
    pairs = list(documents.values_list("pk", "corrects_id"))
    claims = unpaid(organisation, Invoice.objects.filter(pk__in={claim for _credit, claim in pairs}))
    rows = []
    for credit, claim in pairs:
        amount = min(left[credit], claims[claim])
        if amount > 0:
            claims[claim] -= amount
            rows.append(SetOff(organisation=organisation, credit_id=credit, invoice_id=claim, amount=amount))
    return len(SetOff.objects.bulk_create(rows))
