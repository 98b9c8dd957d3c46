"""How much of a free quota is used, what it costs so far, and where it will end if things go on like this.

The pure core is asked each time: the period so far, and the period with the usage that may be expected added.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from billing import pricing
from billing.models import Contract, Meter
from billing.pricing.advice import gross
from billing.pricing.components import Component
from billing.pricing.money import exactly, total
from billing.pricing.periods import DAY
from billing.pricing.proration import Period, share
from billing.pricing.stretches import Stretch
from billing.pricing.timeline import Timeline, timeline
from billing.services.contracts import Versions, load_tariffs
from billing.services.portfolio import Held, Read, Selection, held, held_of, load
from members.models import Organisation

PAST = 12
GROWS = ("sum",)
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Span:
    """One period of a meter: `[start, end)`, what was used, what of it was free, what it cost (EUR, with VAT)."""

    start: date
    end: date
    used: Decimal
    free: Decimal
    cost: Decimal


@dataclass(frozen=True, slots=True)
class UsageRow:
    """One metered component of a contract: the period that runs, where it is heading, and the periods before."""

    contract: int
    component: str
    name: str
    code: str
    meter: str
    unit: str
    now: Span
    expected: Decimal
    expected_cost: Decimal
    days_left: int
    past: tuple[Span, ...]

    @property
    def percent(self) -> int | None:
        """How much of the free quota is used; None if nothing is free."""
        return int(self.now.used * 100 / self.now.free) if self.now.free else None


def usage_rows(contract: Contract, on: date) -> list[UsageRow]:
    """Every metered component of the tariff that a contract has on a day."""
    tariffs = load_tariffs(contract.organisation)
    found = list(load([contract.pk], tariffs, contract.start, on + DAY))
    meters = meters_of(contract.organisation)
    return [row for one in found for row in rows_of(one, tariffs, meters, on, PAST)]


def rows_by_contract(known: Read, tariffs: Versions, organisation: Organisation, on: date) -> dict[int, list[UsageRow]]:
    """The same of many contracts that were read already, by contract."""
    meters = meters_of(organisation)
    return {
        one.id: list(rows_of(one, tariffs, meters, on, PAST)) for one in held_of(known, tariffs, date.min, on + DAY)
    }


def meters_of(organisation: Organisation) -> Mapping[str, Meter]:
    """The meters by their codes."""
    return {meter.code: meter for meter in Meter.objects.filter(organisation=organisation)}


def rows_of(one: Held, tariffs: Versions, meters: Mapping[str, Meter], on: date, past: int) -> Iterator[UsageRow]:
    """The rows of one contract on a day that it covers."""
    line = timeline(tariffs, one.contract)
    if not line.first_paid <= on < line.end:
        return
    stretch = line.at(on)
    for component in stretch.tariff.metered:
        spans = spans_of(one, tariffs, line, component, on, past)
        if spans:
            yield row_of(one, tariffs, line, stretch, component, meters.get(component.meter), spans, on)


def spans_of(one: Held, tariffs: Versions, line: Timeline, component: Component, on: date, past: int) -> list[Span]:
    """The period that holds the day, last, and the ones before it."""
    bounds = list(periods_back(line, on, past))
    charges = charges_of(one, tariffs, one.usage, bounds)
    return [span(one, line, component, bound, charges) for bound in bounds]


def periods_back(line: Timeline, on: date, past: int) -> Iterator[tuple[date, date]]:
    """The covered days of the last periods, oldest first."""
    found: list[tuple[date, date]] = []
    day = on
    while len(found) <= past and day >= line.first_paid:
        stretch = line.at(day)
        k = stretch.grid.index(day)
        start, end = max(stretch.grid.start(k), stretch.start), min(stretch.grid.start(k + 1), stretch.end, line.end)
        found.append((start, end))
        day = start - DAY
    yield from reversed(found)


def charges_of(
    one: Held, tariffs: Versions, usage: pricing.Usage, bounds: Sequence[tuple[date, date]]
) -> list[pricing.Charge]:
    """What usage costs in these periods."""
    since = pricing.open_period(tariffs, one.contract, bounds[0][0])
    found = pricing.charges(tariffs, one.contract, usage, bounds[-1][1], since=since)
    return [charge for charge in found if charge.kind == "usage"]


def span(
    one: Held, line: Timeline, component: Component, bound: tuple[date, date], charges: Sequence[pricing.Charge]
) -> Span:
    """One period with its figures."""
    start, end = bound
    used = exactly(one.usage.measure(component.meter, component.aggregate, start, end).quantity)
    cost = total(gross(one) for one in charges if one.component == component.code and start <= one.start < end)
    return Span(start, end, used, exactly(free_units(line, component, start, end)), cost)


def free_units(line: Timeline, component: Component, start: date, end: date) -> Fraction:
    """The free units of these days, prorated as the core does it."""
    stretch = line.at(start)
    own = next((part for part in stretch.tariff.metered if part.code == component.code), None)
    if own is None or not own.included:
        return Fraction(0)
    full = own.included * stretch.scale
    first, following = whole(stretch, start)
    if (start, end) == (first, following) or not own.included_prorated:
        return full
    return full * share(stretch.tariff.proration, start, end, period_of(stretch, first, following))


def whole(stretch: Stretch, day: date) -> tuple[date, date]:
    """The full period that holds the day."""
    k = stretch.grid.index(day)
    return stretch.grid.start(k), stretch.grid.start(k + 1)


def period_of(stretch: Stretch, first: date, following: date) -> Period:
    """A full period as the shares are counted from."""
    months = stretch.grid.span.months
    return Period(first=first, end=following, number=0, opens=first, parts=((first, following),), months=months)


def row_of(
    one: Held,
    tariffs: Versions,
    line: Timeline,
    stretch: Stretch,
    component: Component,
    meter: Meter | None,
    spans: list[Span],
    on: date,
) -> UsageRow:
    """One component with its forecast: what grows goes on as it did since the period began."""
    now = spans[-1]
    gone, left = (min(on + DAY, now.end) - now.start).days, (now.end - on - DAY).days
    expected, cost = now.used, now.cost
    if component.aggregate in GROWS and now.used and left > 0:
        more = (now.used * left / gone).quantize(Decimal("0.001"))
        expected = now.used + more
        ahead = one.usage.with_more(component.meter, on, more)
        charges = charges_of(one, tariffs, ahead, [(now.start, now.end)])
        cost = total(gross(part) for part in charges if part.component == component.code and part.start >= now.start)
    return UsageRow(
        one.id, component.code, component.name, component.meter, meter.name if meter else component.meter, meter.unit if meter else "", now,
        expected, cost, max(0, left), tuple(spans[:-1]),
    )  # fmt: skip


def near_quota(organisation: Organisation, on: date, percent: int = 80) -> Iterator[tuple[Held, UsageRow]]:
    """Every contract that has used so much of a free quota in the period that runs."""
    tariffs, meters = load_tariffs(organisation), meters_of(organisation)
    metered = frozenset(code for code, known in tariffs.items() if any(one.metered for one in known.versions))
    if not metered:
        return
    for part in held(organisation, tariffs, Selection(tariffs=metered), on - timedelta(days=31), on + DAY):
        for one in part:
            for row in rows_of(one, tariffs, meters, on, 0):
                if row.percent is not None and row.percent >= percent:
                    yield one, row
