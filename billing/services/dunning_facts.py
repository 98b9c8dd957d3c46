"""What is known of every unpaid claim that is due: who owes it, what was tried, what was reminded. A constant number of queries."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import F, QuerySet

from billing.formats.return_reasons import reason_of
from billing.models import Allocation, AncillaryClaim, Collection, DunningItem, Invoice, InvoiceLine, Mandate
from billing.pricing.arrears import Claim, Default, default_of
from billing.pricing.money import ZERO
from billing.services.among import Among
from billing.services.dunning_holds import held
from billing.services.mandates import is_usable
from billing.services.open_items import OpenItem, cost_items, items_of, standing, unpaid
from members.models import Member, Organisation

Claims = QuerySet[Invoice, Any]


@dataclass(frozen=True, slots=True)
class Cost:
    """A fee, costs or interest that is still owed: EUR."""

    kind: str
    on: date
    left: Decimal


@dataclass(slots=True)
class Past:
    """What was reminded so far: the last level, its day and deadline, up to which day interest is claimed, all days."""

    level: int = 0
    on: date | None = None
    pay_until: date | None = None
    interest_to: date | None = None
    days: list[date] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Failed:
    """The last direct debit of a claim that did not succeed."""

    on: date
    reason: str
    rejected: bool

    @property
    def our_fault(self) -> bool:
        """The payer could not help it."""
        return self.rejected or reason_of(self.reason).fee == "ours"


@dataclass(frozen=True, slots=True)
class Facts:
    """One claim. `dues`: a membership's; `told`: its document named the thirty days; `lump`: the lump sum was claimed before."""

    item: OpenItem
    payer: Member
    past: Past
    costs: list[Cost]
    movements: list[tuple[date, Decimal]]
    dues: bool
    told: bool
    failed: Failed | None
    has_mandate: bool
    lump: bool
    hold: str

    @property
    def by_debit(self) -> bool:
        """To be collected."""
        return self.item.method == Invoice.Method.DEBIT

    @property
    def due_since(self) -> date:
        """The due day, or the day on which the debit failed."""
        return max(self.item.due_on, self.failed.on) if self.failed else self.item.due_on

    @property
    def owed(self) -> list[tuple[date, Decimal]]:
        """From which day on how much of the claim itself was open: money that came counts from its own day."""
        left, found = self.item.payable, [(date.min, self.item.payable)]
        for day, amount in self.movements:
            left -= amount
            found.append((day, left))
        return found

    def default(self, dues_fixed: bool) -> Default | None:
        """Since when the payer is in default, and why."""
        return default_of(
            Claim(
                self.item.due_on, self.item.issued_on, self.payer.kind == Member.Kind.PERSON, self.dues, dues_fixed, self.told,
                self.past.days, self.by_debit, self.failed.on if self.failed else None, bool(self.failed and self.failed.our_fault),
            )
        )  # fmt: skip


def facts_of(organisation: Organisation, on: date) -> list[Facts]:
    """Every claim that was due before the day and is not paid, oldest first."""
    due = Invoice.objects.filter(organisation=organisation, gross__gt=0, due_on__lt=on, issued_on__lte=on)
    late = list(unpaid(due).order_by().values_list("pk", flat=True))
    # Named one by one: what is unpaid is worked out once, and not anew for each of the questions about it.
    return known(Invoice.objects.filter(Among(F("pk"), late)), on) if late else []


def known(claims: QuerySet[Invoice], on: date) -> list[Facts]:
    """The facts of these claims."""
    these: Claims = claims.order_by().values("pk")
    payers = {one.pk: one for one in Member.objects.filter(pk__in=claims.order_by().values("payer"))}
    past, failed, movements = past_of(these), failures_of(these), movements_of(these, on)
    costs, services, told = costs_of(these, on), services_of(these), told_of(claims)
    lumps = set(AncillaryClaim.objects.filter(invoice__in=these, kind="lump_sum").values_list("invoice_id", flat=True))
    mandates, holds = with_mandate(claims.order_by().values("payer"), on), held(these, on)
    return [
        Facts(
            item=item, payer=payers[item.payer], past=past.get(item.invoice) or Past(), costs=costs.get(item.invoice, []),
            movements=movements.get(item.invoice, []), dues=item.invoice not in services, told=item.invoice in told,
            failed=failed.get(item.invoice), has_mandate=item.payer in mandates, lump=item.invoice in lumps,
            hold=holds.get(item.invoice, ""),
        )
        for item in items_of(claims, on)
        if item.open > 0
    ]  # fmt: skip


def past_of(claims: Claims) -> dict[int, Past]:
    """What was reminded of each claim, level by level."""
    found: dict[int, Past] = defaultdict(Past)
    rows = DunningItem.objects.filter(invoice__in=claims).order_by("level")
    names = ("invoice_id", "level", "notice__run__on", "notice__pay_until", "interest_to")
    for invoice, level, on, pay_until, interest_to in rows.values_list(*names):
        one = found[invoice]
        one.level, one.on, one.pay_until = level, on, pay_until
        one.interest_to = interest_to or one.interest_to
        one.days.append(on)
    return found


def failures_of(claims: Claims) -> dict[int, Failed]:
    """The last attempt that the bank gave back or did not carry out; what we withdrew ourselves tells nothing."""
    rows = Collection.objects.filter(invoice__in=claims, failed_as__in=("returned", "rejected")).order_by("pk")
    names = ("invoice_id", "failed_on", "return_reason", "failed_as")
    return {
        invoice: Failed(on, reason, failed_as == "rejected")
        for invoice, on, reason, failed_as in rows.values_list(*names)
        if on
    }


def movements_of(claims: Claims, on: date) -> dict[int, list[tuple[date, Decimal]]]:
    """What came in for the claims themselves, and went back, by day."""
    found: dict[int, list[tuple[date, Decimal]]] = defaultdict(list)
    rows = Allocation.objects.filter(standing(on), invoice__in=claims, ancillary=None).order_by("on", "pk")
    for invoice, day, amount in rows.values_list("invoice_id", "on", "amount"):
        found[invoice].append((day, amount))
    return found


def costs_of(claims: Claims, on: date) -> dict[int, list[Cost]]:
    """What is owed beside each claim, costs before interest."""
    kinds = {
        pk: (kind, day)
        for pk, kind, day in AncillaryClaim.objects.filter(invoice__in=claims).values_list("pk", "kind", "on")
    }
    return {invoice: [Cost(*kinds[pk], left) for pk, left in rows] for invoice, rows in cost_items(claims, on).items()}


def services_of(claims: Claims) -> set[int]:
    """Claims for services: something on them lies within the VAT. Genuine dues do not (UStAE 1.4)."""
    lines = InvoiceLine.objects.filter(invoice__in=claims).exclude(vat_rate=None)
    return set(lines.values_list("invoice_id", flat=True).distinct())


def told_of(claims: QuerySet[Invoice]) -> set[int]:
    """Claims whose document says when default begins (BGB 286 Abs. 3)."""
    return set(claims.order_by().filter(snapshot__has_key="default_after").values_list("pk", flat=True))


def with_mandate(payers: Claims, on: date) -> set[int]:
    """Payers whose account may be debited."""
    mandates = Mandate.objects.usable().filter(member__in=payers)
    return {one.member_id for one in mandates if is_usable(one, on)}


def sum_of(costs: list[Cost], interest: bool) -> Decimal:
    """Of the interest, or of everything else."""
    return sum((one.left for one in costs if (one.kind == AncillaryClaim.Kind.INTEREST) == interest), ZERO)
