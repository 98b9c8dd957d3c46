"""What I used: drawn against my free quota, with the cost so far, and which tariff would have suited me better."""

from collections.abc import Iterator, Mapping
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
from billing.services.advice import Market, Sums
from billing.services.portfolio import Held, held_of, read
from billing.services.quota import UsageRow, rows_by_contract
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
    blocks = list(blocks_of(list(own_contracts(request)), today))
    return render(request, "portal/usage.html", {"blocks": blocks, "today": today})


def blocks_of(contracts: list[Contract], today: date) -> Iterator[tuple[Contract, list[dict[str, Any]], Advice | None]]:
    """However many contracts: everything is read once."""
    if not contracts:
        return
    organisation, span = contracts[0].organisation, advice.last_year(today)
    market = advice.market(organisation, today)
    known = read([one.pk for one in contracts], min(span[0], *(one.start for one in contracts)))
    metered = {pk: rows for pk, rows in rows_by_contract(known, market.tariffs, organisation, today).items() if rows}
    names = dict(Tariff.objects.filter(organisation=organisation).values_list("code", "name")) if metered else {}
    compared = {one.id: one for one in held_of(known, market.tariffs, *span)} if metered else {}
    for one in contracts:
        if one.pk in metered:
            held = compared.get(one.pk)
            yield (
                one,
                [shown(row) for row in metered[one.pk]],
                advice_for(one, held, market, names, span) if held else None,
            )


def shown(row: UsageRow) -> dict[str, Any]:
    """One meter in words, with its picture."""
    spans = [*row.past, row.now]
    periods = [Period(one.start, one.used, one.free) for one in spans]
    return {
        "row": row, **quota_words(row),
        "picture": usage_chart(periods, row.unit, _("Usage per period, with the free quota as a line")),
        "spans": [(one, quantity(one.used, row.unit), quantity(one.free, row.unit)) for one in reversed(spans)],
    }  # fmt: skip


def advice_for(
    contract: Contract, held: Held, market: Market, names: Mapping[str, str], span: tuple[date, date]
) -> Advice | None:
    """The member's own tariff beside those that may be chosen, over the last twelve whole months; None if nothing can be compared."""
    found = advice.sums_of(held, market, span)
    if len(found) < 2 or not found[0].whole:
        return None
    best = min(found, key=lambda sums: sums.whole)
    saved = total([found[0].whole, -best.whole])
    told = [(names[sums.tariff], sums) for sums in found]
    worth = saved if saved >= WORTH_TELLING else ZERO
    return Advice(contract.pk, names[best.tariff], worth, told, max(span[0], contract.start), span[1] - DAY)
