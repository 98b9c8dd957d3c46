"""Instalment agreements: open claims that are paid in parts. The agreement is no new claim, and changes none.

While it is kept its claims are neither collected otherwise nor dunned (`held`). Whether an instalment is paid follows from
what came in for the claims since, in the order of the days; nothing is noted twice. Missed beyond the days of grace the
agreement is broken, and the rest is due as before.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import reduce

from django.db.models import Q, QuerySet, Sum

from billing.models import (
    Allocation,
    Collection,
    Discharge,
    Instalment,
    InstalmentClaim,
    InstalmentPlan,
    Invoice,
    SetOff,
)
from billing.pricing.money import ZERO, total
from billing.services.matching_facts import Due
from billing.services.open_items import Rows, added, items_of, standing, summed_together
from members.models import Organisation


@dataclass(frozen=True, slots=True)
class Part:
    """An instalment on a day: how much of it came in (EUR), whether a debit for it is under way, whether it is late."""

    instalment: Instalment
    paid: Decimal
    under_way: bool
    late: bool

    @property
    def left(self) -> Decimal:
        """What is still to come of it."""
        return total([self.instalment.amount, -self.paid])


@dataclass(frozen=True, slots=True)
class Progress:
    """An agreement on a day."""

    plan: InstalmentPlan
    claims: Sequence[InstalmentClaim]
    parts: Sequence[Part]
    owed: Decimal

    @property
    def total(self) -> Decimal:
        """All instalments together, EUR."""
        return total(one.instalment.amount for one in self.parts)

    @property
    def paid(self) -> Decimal:
        """What came in for them, EUR."""
        return total(one.paid for one in self.parts)

    @property
    def next(self) -> Part | None:
        """The first instalment of which something is to come."""
        return next((one for one in self.parts if one.left > 0), None)

    @property
    def broken(self) -> bool:
        """Whether an instalment is missing beyond the days of grace."""
        return any(one.late for one in self.parts)

    @property
    def kept(self) -> bool:
        """Whether everything came in, or nothing is owed any more."""
        return self.next is None or self.owed <= 0


def running(organisation: Organisation, on: date) -> QuerySet[InstalmentPlan]:
    """Agreements that hold on the day, unless an instalment is missing."""
    return InstalmentPlan.objects.filter(in_force(on), organisation=organisation)


def in_force(on: date) -> Q:
    """Agreed by then, and not ended."""
    return Q(agreed_on__lte=on) & (Q(ended_on=None) | Q(ended_on__gt=on))


def held(organisation: Organisation, on: date) -> set[int]:
    """The claims that nobody dunns or collects otherwise on the day, because their agreement is kept."""
    return set(kept(running(organisation, on), on))


def kept(plans: QuerySet[InstalmentPlan], on: date) -> dict[int, InstalmentPlan]:
    """By claim the agreement that is kept on the day."""
    found = (one for one in progress_of(plans, on) if not one.broken)
    return {claim.invoice_id: one.plan for one in found for claim in one.claims}


def progress_of(plans: QuerySet[InstalmentPlan], on: date) -> list[Progress]:
    """How far agreements are; a constant number of queries."""
    found = list(plans.select_related("member", "mandate").order_by("-agreed_on", "-pk"))
    keys = [plan.pk for plan in found]
    claims: dict[int, list[InstalmentClaim]] = defaultdict(list)
    rows = InstalmentClaim.objects.filter(plan__in=keys).select_related("invoice").defer("invoice__snapshot")
    for claim in rows.order_by("invoice__due_on", "invoice_id"):
        claims[claim.plan_id].append(claim)
    parts: dict[int, list[Instalment]] = defaultdict(list)
    for part in Instalment.objects.filter(plan__in=keys).order_by("number"):
        parts[part.plan_id].append(part)
    invoices = Invoice.objects.filter(instalment_claims__plan__in=keys)
    settled, owed = settled_of(invoices, on), {item.invoice: item.owed for item in items_of(invoices, on)}
    moving = under_way(keys, on)
    return [progress(plan, claims[plan.pk], parts[plan.pk], settled, owed, moving, on) for plan in found]


def progress(
    plan: InstalmentPlan,
    claims: Sequence[InstalmentClaim],
    instalments: Sequence[Instalment],
    settled: dict[int, Decimal],
    owed: dict[int, Decimal],
    moving: dict[int, Decimal],
    on: date,
) -> Progress:
    """What came in for the claims since pays the instalments one after the other."""
    left = total(settled.get(claim.invoice_id, ZERO) - claim.settled_before for claim in claims)
    parts = []
    for one in instalments:
        paid = max(ZERO, min(left, one.amount))
        left -= paid
        coming = one.pk in moving
        late = paid < one.amount and not coming and one.due_on + timedelta(days=plan.grace_days) < on
        parts.append(Part(one, paid, coming, late))
    open_now = total(owed.get(claim.invoice_id, ZERO) for claim in claims)
    return Progress(plan, claims, parts, open_now)


def settled_of(invoices: QuerySet[Invoice], on: date) -> dict[int, Decimal]:
    """By claim: everything that settled it or its costs until the end of the day, less what went back."""
    these = invoices.values("pk")
    parts: dict[str, Rows] = {
        "paid": Allocation.objects.filter(standing(on), invoice__in=these),
        "discharged": Discharge.objects.filter(standing(on), invoice__in=these),
        "set_off": SetOff.objects.filter(invoice__in=these),
    }
    return reduce(added, summed_together(parts, "invoice_id").values())


def under_way(plans: Iterable[int], on: date) -> dict[int, Decimal]:
    """By instalment: what a debit is asking for on the day, EUR."""
    alive = (Q(failed_on=None) | Q(failed_on__gt=on)) & (Q(booked_on=None) | Q(booked_on__gt=on))
    rows = Collection.objects.filter(alive, instalment__plan__in=list(plans)).order_by()
    sums = rows.values("instalment_id").annotate(sum=Sum("amount")).values_list("instalment_id", "sum")
    return {pk: total([amount]) for pk, amount in sums}


def agreements(organisation: Organisation, on: date) -> dict[str, Due]:
    """The running agreements for matching, by reference: what the next transfer should be. None where there are none."""
    if not InstalmentPlan.objects.filter(organisation=organisation, ended_on=None).exists():
        return {}
    found = progress_of(InstalmentPlan.objects.filter(organisation=organisation, ended_on=None), on)
    return {
        one.plan.reference: Due(
            one.plan.reference, one.plan.member_id, one.next.left, tuple(claim.invoice_id for claim in one.claims)
        )
        for one in found
        if one.next
    }
