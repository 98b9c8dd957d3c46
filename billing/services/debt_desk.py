"""What the office sees of open claims: the list, and all that happened to one of them, in the order of the days. Reads only."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q, QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from billing.models import Allocation, AncillaryClaim, Discharge, InstalmentClaim, Invoice, SetOff
from billing.pricing.money import ZERO, total
from billing.services.discharges import settings_of
from billing.services.open_items import OpenItem, advances, cost_items, items_of, unpaid
from members.models import Member, Organisation


@dataclass(frozen=True, slots=True)
class Row:
    """An open claim in the list."""

    item: OpenItem
    payer: Member
    in_instalments: bool
    proposed: bool


@dataclass(frozen=True, slots=True)
class Move:
    """Something that happened to a claim: EUR, > 0 makes it larger."""

    on: date
    text: str
    amount: Decimal
    undone_on: date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """All of a claim: what is open, what happened, which costs are beside it, what may be done."""

    item: OpenItem
    moves: Sequence[Move]
    costs: Sequence[tuple[AncillaryClaim, Decimal]]
    waiting: Sequence[Discharge]
    lost: Decimal
    from_balance: Decimal
    balance: Decimal
    small: bool
    plan: InstalmentClaim | None


def owed_claims(organisation: Organisation, words: str = "") -> QuerySet[Invoice]:
    """Claims of which something is open, or of which costs are still owed, oldest first; by name, member or invoice number."""
    mine = Invoice.objects.filter(organisation=organisation, gross__gt=0)
    costs = AncillaryClaim.objects.filter(organisation=organisation, waived_on=None).values("invoice")
    rows = mine.filter(Q(pk__in=unpaid(mine).values("pk")) | Q(pk__in=costs))
    for word in words.split()[:4]:
        named = (
            Q(payer__last_name__icontains=word)
            | Q(payer__first_name__icontains=word)
            | Q(payer__company__icontains=word)
        )
        rows = rows.filter(named | Q(number__iexact=word) | Q(payer__number__iexact=word))
    return rows.order_by("due_on", "pk")


def rows_of(claims: Sequence[int], on: date) -> list[Row]:
    """These claims as the list shows them, a constant number of queries; what is settled meanwhile is left out."""
    invoices = Invoice.objects.filter(pk__in=list(claims))
    items = [item for item in items_of(invoices, on) if item.owed]
    payers = Member.objects.in_bulk({item.payer for item in items})
    agreed = set(InstalmentClaim.objects.filter(invoice__in=claims, freed_on=None).values_list("invoice_id", flat=True))
    asked = Discharge.objects.filter(invoice__in=claims, on=None, undone_on=None).values_list("invoice_id", flat=True)
    proposed = set(asked)
    return [Row(item, payers[item.payer], item.invoice in agreed, item.invoice in proposed) for item in items]


def sheet_of(invoice: Invoice, on: date) -> Sheet:
    """Everything about one claim."""
    mine = Invoice.objects.filter(pk=invoice.pk)
    [item] = items_of(mine, max(on, invoice.issued_on))
    owed = dict(cost_items(mine.values("pk"), on).get(invoice.pk, []))
    costs = [(one, owed[one.pk]) for one in AncillaryClaim.objects.filter(pk__in=owed).order_by("on", "pk")]
    discharges = list(Discharge.objects.filter(invoice=invoice, undone_on=None).select_related("asked_by"))
    standing = [one for one in discharges if one.on]
    plan = InstalmentClaim.objects.filter(invoice=invoice, freed_on=None).select_related("plan").first()
    small = not item.ancillary and ZERO < item.open <= settings_of(invoice.organisation).small_difference
    return Sheet(
        item=item, moves=sorted(moves_of(invoice), key=lambda one: one.on), costs=costs,
        waiting=[one for one in discharges if not one.on],
        lost=total(one.amount for one in standing if one.kind != Discharge.Kind.ADVANCE),
        from_balance=total(one.amount for one in standing if one.kind == Discharge.Kind.ADVANCE),
        balance=advances(invoice.organisation, on, [item.payer]).get(item.payer, ZERO), small=small, plan=plan,
    )  # fmt: skip


def moves_of(invoice: Invoice) -> Iterator[Move]:
    """What made the claim larger and smaller, also what was taken back."""
    yield Move(invoice.issued_on, _("Invoice"), invoice.gross)
    for off in SetOff.objects.filter(invoice=invoice).select_related("credit").defer("credit__snapshot"):
        yield Move(off.credit.issued_on, _("Credit %(number)s") % {"number": off.credit.number}, -off.amount)
    for cost in AncillaryClaim.objects.filter(invoice=invoice):
        yield Move(cost.on, capfirst(cost.get_kind_display()), cost.amount, cost.waived_on)
    for paid in Allocation.objects.filter(invoice=invoice).select_related("entry"):
        note = str(_("direct debit")) if paid.collection_id else paid.entry.name
        yield Move(paid.on, capfirst(paid.get_kind_display()), -paid.amount, paid.undone_on, note)
    for one in Discharge.objects.filter(invoice=invoice, on__isnull=False):
        yield Move(one.on or one.asked_on, capfirst(one.get_kind_display()), -one.amount, one.undone_on, one.reason)
