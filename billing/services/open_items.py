"""What is open: of a claim, of a payer, of everybody, at any date.

A claim's open amount is its gross amount, less the credits that were set off, less what the bank's lines paid, plus what
went back. Costs, fees and interest are owed beside it, and are paid first (BGB 367). A debit under way is still open.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import DecimalField, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, Round

from billing.models import Allocation, AncillaryClaim, Collection, Invoice, SetOff
from billing.pricing.money import ZERO, total
from members.models import Organisation

Sums = dict[int, Decimal]


class OpenItem(NamedTuple):
    """A claim on a day, EUR: `payable` after set-offs, `paid` by the bank's lines, `open` of it, and `ancillary` open beside it."""

    invoice: int
    number: str
    payer: int
    issued_on: date
    due_on: date
    method: str
    payable: Decimal
    paid: Decimal
    open: Decimal
    ancillary: Decimal
    in_collection: bool

    @property
    def owed(self) -> Decimal:
        """All that is to be paid for it."""
        return self.open + self.ancillary


def open_items(organisation: Organisation, on: date, payers: Iterable[int] | None = None) -> list[OpenItem]:
    """Every claim of which something is open on the day, oldest first; of these payers only, if they are named."""
    claims = Invoice.objects.filter(organisation=organisation)
    if payers is not None:
        claims = claims.filter(payer__in=list(payers))
    return [item for item in items_of(claims, on) if item.owed]


def items_of(claims: QuerySet[Invoice], on: date) -> list[OpenItem]:
    """These claims as they stand at the end of the day, the settled ones too; a constant number of queries."""
    rows = claims.filter(gross__gt=0, issued_on__lte=on).order_by("due_on", "pk")
    these = rows.order_by().values("pk")
    paid, costs = paid_of(these, on), costs_of(these, on)
    set_off = summed(SetOff.objects.filter(invoice__in=these), "invoice_id")
    alive = set(live(these, on).values_list("invoice_id", flat=True))
    names = ("pk", "number", "payer_id", "issued_on", "due_on", "method", "gross")
    items = []
    for pk, number, payer, issued_on, due_on, method, gross in rows.values_list(*names):
        payable, got = gross - set_off.get(pk, ZERO), paid.get(pk, ZERO)
        items.append(
            OpenItem(
                pk, number, payer, issued_on, due_on, method, payable, got, payable - got, costs.get(pk, ZERO), pk in alive
            )
        )  # fmt: skip
    return items


def standing(on: date) -> Q:
    """Allocations that stand at the end of the day."""
    return Q(on__lte=on) & (Q(undone_on=None) | Q(undone_on__gt=on))


def paid_of(claims: QuerySet[Invoice, Any], on: date) -> Sums:
    """What came in for the claims themselves, less what went back."""
    return summed(Allocation.objects.filter(standing(on), invoice__in=claims, ancillary=None), "invoice_id")


def paid_now(claims: QuerySet[Invoice, Any]) -> Sums:
    """What came in for the claims themselves until now, whatever day it is booked on, less what went back."""
    return summed(Allocation.objects.filter(undone_on=None, invoice__in=claims, ancillary=None), "invoice_id")


def unpaid(claims: QuerySet[Invoice]) -> QuerySet[Invoice]:
    """Those of these claims of which something is open now; `left` is how much, in EUR."""
    paid = Allocation.objects.filter(undone_on=None, ancillary=None, invoice=OuterRef("pk"))
    set_off = SetOff.objects.filter(invoice=OuterRef("pk"))
    # Rounded, because SQLite adds decimals as binary numbers.
    left = Round(
        F("gross") - sum_of(paid) - sum_of(set_off), 2, output_field=DecimalField(max_digits=14, decimal_places=2)
    )
    return claims.annotate(left=left).filter(left__gt=0)


def sum_of(rows: QuerySet[Allocation] | QuerySet[SetOff]) -> Coalesce:
    """The sum of `amount` of the rows of one claim, in the database."""
    grouped = rows.order_by().values("invoice").annotate(sum=Sum("amount")).values("sum")
    return Coalesce(Subquery(grouped), ZERO, output_field=DecimalField(max_digits=14, decimal_places=2))


def costs_of(claims: QuerySet[Invoice, Any], on: date) -> Sums:
    """By claim: fees, costs and interest that are still owed."""
    owed = AncillaryClaim.objects.filter(Q(waived_on=None) | Q(waived_on__gt=on), invoice__in=claims, on__lte=on)
    paid = summed(Allocation.objects.filter(standing(on), ancillary__in=owed.values("pk")), "invoice_id")
    return {invoice: amount - paid.get(invoice, ZERO) for invoice, amount in summed(owed, "invoice_id").items()}


def cost_items(claims: QuerySet[Invoice, Any], on: date) -> dict[int, list[tuple[int, Decimal]]]:
    """By claim: what is still owed beside it, one by one, in the order of payment: costs before interest (BGB 367)."""
    owed = AncillaryClaim.objects.filter(Q(waived_on=None) | Q(waived_on__gt=on), invoice__in=claims, on__lte=on)
    paid = summed(Allocation.objects.filter(standing(on), ancillary__in=owed.values("pk")), "ancillary_id")
    found: dict[int, list[tuple[int, Decimal]]] = {}
    ordered = owed.annotate(last=Q(kind=AncillaryClaim.Kind.INTEREST)).order_by("last", "on", "pk")
    for pk, invoice, amount in ordered.values_list("pk", "invoice_id", "amount"):
        left = amount - paid.get(pk, ZERO)
        if left:
            found.setdefault(invoice, []).append((pk, left))
    return found


def live(claims: QuerySet[Invoice, Any], on: date) -> QuerySet[Collection]:
    """Debits that are under way on the day: neither credited by the bank nor failed."""
    failed_later, booked_later = Q(failed_on=None) | Q(failed_on__gt=on), Q(booked_on=None) | Q(booked_on__gt=on)
    return Collection.objects.filter(failed_later, booked_later, invoice__in=claims)


def advances(organisation: Organisation, on: date, members: Iterable[int] | None = None) -> Sums:
    """By member: what they paid more than they owed, and have not got back."""
    rows = Allocation.objects.filter(standing(on), organisation=organisation, kind=Allocation.Kind.ADVANCE)
    if members is not None:
        rows = rows.filter(member__in=list(members))
    return {member: amount for member, amount in summed(rows, "member_id").items() if amount}


def summed(rows: QuerySet[SetOff] | QuerySet[Allocation] | QuerySet[AncillaryClaim], by: str) -> Sums:
    """The sum of `amount` per key, exact to the cent on every engine."""
    grouped = rows.order_by().values(key=F(by)).annotate(sum=Sum("amount"))
    return {key: total([amount]) for key, amount in grouped.values_list("key", "sum")}
