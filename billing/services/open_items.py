"""What is open: of a claim, of a payer, of everybody, at any date.

A claim's open amount is its gross amount, less the credits that were set off, less what the bank's lines paid, plus what
went back, less what was discharged (written off, given up, paid from the payer's credit balance). Costs, fees and interest are owed beside it, and are paid first (BGB 367). A debit under way is still open.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import CharField, DecimalField, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce, Round

from billing.models import Allocation, AncillaryClaim, Collection, Discharge, Invoice, Payout, SetOff
from billing.pricing.money import ZERO, total
from members.models import Organisation

Sums = dict[int, Decimal]


class OpenItem(NamedTuple):
    """A claim on a day, EUR: `payable` after set-offs, `paid` by the bank's lines, `open` of it, and `ancillary` open beside it.

    `discharged` is settled without a line of the bank.
    """

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
    discharged: Decimal = ZERO

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
    owed = costs_until(these, on)
    sums = summed_together(
        {
            "paid": payments(these, on), "set_off": SetOff.objects.filter(invoice__in=these), "live": live(these, on), "owed": owed,
            "settled": Discharge.objects.filter(standing(on), invoice__in=these, ancillary=None),
            "costs_paid": Allocation.objects.filter(standing(on), ancillary__in=owed.values("pk")),
            "costs_settled": Discharge.objects.filter(standing(on), ancillary__in=owed.values("pk")),
        },
        "invoice_id",
    )  # fmt: skip
    names = ("pk", "number", "payer_id", "issued_on", "due_on", "method", "gross")
    return [item_of(row, sums) for row in rows.values_list(*names)]


def item_of(row: tuple[Any, ...], sums: Mapping[str, Sums]) -> OpenItem:
    """One claim with what was summed up for it."""
    pk, number, payer, issued_on, due_on, method, gross = row
    of = {name: found.get(pk, ZERO) for name, found in sums.items()}
    payable, got, less = gross - of["set_off"], of["paid"], of["settled"]
    costs = of["owed"] - of["costs_paid"] - of["costs_settled"]
    left = payable - got - less
    return OpenItem(
        pk, number, payer, issued_on, due_on, method, payable, got, left, costs, pk in sums["live"], less
    )  # fmt: skip


def standing(on: date) -> Q:
    """Allocations and discharges that stand at the end of the day."""
    return Q(on__lte=on) & (Q(undone_on=None) | Q(undone_on__gt=on))


def payments(claims: QuerySet[Invoice, Any], on: date) -> QuerySet[Allocation]:
    """What came in for the claims themselves, and what went back."""
    return Allocation.objects.filter(standing(on), invoice__in=claims, ancillary=None)


def paid_now(claims: QuerySet[Invoice, Any]) -> Sums:
    """What came in for the claims themselves until now, whatever day it is booked on, less what went back; and what was discharged."""
    paid = summed(Allocation.objects.filter(undone_on=None, invoice__in=claims, ancillary=None), "invoice_id")
    discharged = summed(discharges_now().filter(invoice__in=claims, ancillary=None), "invoice_id")
    return added(paid, discharged)


def discharges_now() -> QuerySet[Discharge]:
    """What settles claims without a line of the bank: booked, and not taken back."""
    return Discharge.objects.filter(on__isnull=False, undone_on=None)


def added(first: Sums, second: Sums) -> Sums:
    """Both, key by key."""
    return {key: first.get(key, ZERO) + second.get(key, ZERO) for key in first.keys() | second.keys()}


def unpaid(claims: QuerySet[Invoice]) -> QuerySet[Invoice]:
    """Those of these claims of which something is open now; `left` is how much, in EUR."""
    paid = Allocation.objects.filter(undone_on=None, ancillary=None, invoice=OuterRef("pk"))
    set_off = SetOff.objects.filter(invoice=OuterRef("pk"))
    less = discharges_now().filter(ancillary=None, invoice=OuterRef("pk"))
    # Rounded, because SQLite adds decimals as binary numbers.
    left = Round(
        F("gross") - sum_of(paid) - sum_of(set_off) - sum_of(less),
        2,
        output_field=DecimalField(max_digits=14, decimal_places=2),
    )
    return claims.annotate(left=left).filter(left__gt=0)


def sum_of(rows: QuerySet[Allocation] | QuerySet[SetOff] | QuerySet[Discharge]) -> Coalesce:
    """The sum of `amount` of the rows of one claim, in the database."""
    grouped = rows.order_by().values("invoice").annotate(sum=Sum("amount")).values("sum")
    return Coalesce(Subquery(grouped), ZERO, output_field=DecimalField(max_digits=14, decimal_places=2))


def costs_of(claims: QuerySet[Invoice, Any], on: date) -> Sums:
    """By claim: fees, costs and interest that are still owed."""
    owed = costs_until(claims, on)
    paid = paid_costs(owed, on, "invoice_id")
    return {invoice: amount - paid.get(invoice, ZERO) for invoice, amount in summed(owed, "invoice_id").items()}


def costs_until(claims: QuerySet[Invoice, Any], on: date) -> QuerySet[AncillaryClaim]:
    """Fees, costs and interest of these claims that nobody did without by the end of the day."""
    return AncillaryClaim.objects.filter(Q(waived_on=None) | Q(waived_on__gt=on), invoice__in=claims, on__lte=on)


def paid_costs(owed: QuerySet[AncillaryClaim], on: date, by: str) -> Sums:
    """What was paid or discharged of these costs, by claim or by cost."""
    these = owed.values("pk")
    paid = summed(Allocation.objects.filter(standing(on), ancillary__in=these), by)
    return added(paid, summed(Discharge.objects.filter(standing(on), ancillary__in=these), by))


def cost_items(claims: QuerySet[Invoice, Any], on: date) -> dict[int, list[tuple[int, Decimal]]]:
    """By claim: what is still owed beside it, one by one, in the order of payment: costs before interest (BGB 367)."""
    owed = costs_until(claims, on)
    paid = paid_costs(owed, on, "ancillary_id")
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
    """By member: what they paid more than they owed, and have neither got back, nor used, nor will get by a payout that was made."""
    rows = Allocation.objects.filter(standing(on), organisation=organisation, kind=Allocation.Kind.ADVANCE)
    used = Discharge.objects.filter(standing(on), organisation=organisation, kind=Discharge.Kind.ADVANCE)
    paid_out = Payout.objects.live().filter(organisation=organisation, credit=None)
    if members is not None:
        these = list(members)
        rows, used = rows.filter(member__in=these), used.filter(invoice__payer__in=these)
        paid_out = paid_out.filter(member__in=these)
    gone = added(summed(used, "invoice__payer_id"), summed(paid_out, "member_id"))
    left = added(summed(rows, "member_id"), {member: -amount for member, amount in gone.items()})
    return {member: amount for member, amount in left.items() if amount}


Rows = (
    QuerySet[SetOff] | QuerySet[Allocation] | QuerySet[AncillaryClaim] | QuerySet[Discharge] | QuerySet[Payout]
    | QuerySet[Collection]
)  # fmt: skip


def summed(rows: Rows, by: str) -> Sums:
    """The sum of `amount` per key, exact to the cent on every engine."""
    grouped = rows.order_by().values(key=F(by)).annotate(sum=Sum("amount"))
    return {key: total([amount]) for key, amount in grouped.values_list("key", "sum")}


def summed_together(named: Mapping[str, Rows], by: str) -> dict[str, Sums]:
    """Several such sums, by their names, in one query."""
    amount = DecimalField(max_digits=14, decimal_places=2)
    first, *others = [
        rows.order_by()
        .values(what=Value(name, output_field=CharField()), key=F(by))
        .annotate(sum=Sum("amount", output_field=amount))
        for name, rows in named.items()
    ]
    found: dict[str, Sums] = {name: {} for name in named}
    for what, key, value in first.union(*others, all=True).values_list("what", "key", "sum"):
        found[what][key] = total([value])
    return found
