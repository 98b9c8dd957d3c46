"""What I used: drawn against my free quota, with the cost so far, and which tariff would have suited me better."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from billing.documents.usage_words import Period, quantity, usage_chart
from billing.models import Contract, Tariff
from billing.pricing.money import total
from billing.pricing.periods import DAY
from billing.services import advice
from billing.services.advice import Sums
from billing.services.portfolio import load
from billing.services.quota import UsageRow, usage_rows
from members.tenancy import household_members
from portal.access import MemberRequest, signed_in
from portal.quotas import quota_words

WORTH_TELLING, ZERO = Decimal("1.00"), Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Advice:
    """What was compared over which days, the sums behind it, and the cheapest; `saved` is too little to tell below 1 EUR."""

    contract: int
    tariff: str
    saved: Decimal
    sums: list[tuple[str, Sums]]
    start: date
    last: date


def own_contracts(request: HttpRequest) -> Any:
    """My contracts, and those of the members I pay for."""
    ours = household_members(request).order_by().values("pk")
    rows = Contract.objects.filter(member__in=ours, organisation=request.organisation)  # type: ignore[attr-defined]
    return rows.select_related("member", "tariff", "organisation").order_by("member__number", "start", "pk")


@require_GET
@signed_in
def usage(request: MemberRequest) -> HttpResponse:
    """One block per contract that counts something."""
    today = timezone.localdate()
    blocks = []
    for contract in own_contracts(request):
        rows = usage_rows(contract, today)
        if rows:
            blocks.append((contract, [shown(row) for row in rows], advice_for(contract, today)))
    return render(request, "portal/usage.html", {"blocks": blocks, "today": today})


def shown(row: UsageRow) -> dict[str, Any]:
    """One meter in words, with its picture."""
    spans = [*row.past, row.now]
    periods = [Period(one.start, one.used, one.free) for one in spans]
    return {
        "row": row, **quota_words(row),
        "picture": usage_chart(periods, row.unit, _("Usage per period, with the free quota as a line")),
        "spans": [(one, quantity(one.used, row.unit), quantity(one.free, row.unit)) for one in reversed(spans)],
    }  # fmt: skip


def advice_for(contract: Contract, today: date) -> Advice | None:
    """The member's own tariff beside those that may be chosen, over the last twelve whole months; None if nothing can be compared."""
    span = advice.last_year(today)
    market = advice.market(contract.organisation, today)
    for one in load([contract.pk], market.tariffs, *span):
        found = advice.sums_of(one, market, span)
        best = min(found, key=lambda sums: sums.whole)
        saved = total([found[0].whole, -best.whole])
        if len(found) > 1 and found[0].whole:
            names = dict(Tariff.objects.filter(organisation=contract.organisation).values_list("code", "name"))
            told = [(names[sums.tariff], sums) for sums in found]
            start = max(span[0], contract.start)
            return Advice(
                contract.pk, names[best.tariff], saved if saved >= WORTH_TELLING else ZERO, told, start, span[1] - DAY
            )
    return None
