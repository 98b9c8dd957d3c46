"""The billing periods of a contract, one by one, and the parts of them that are covered."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from billing.pricing.contracts import Contract
from billing.pricing.phases import NORMAL, Effect
from billing.pricing.proration import Period, full_months
from billing.pricing.stretches import Stretch
from billing.pricing.timeline import Timeline, quantity_on


@dataclass(frozen=True, slots=True)
class Window:
    """Which days are looked at: not before `opens`, from the period that holds `since`, beginning by `until`."""

    opens: date
    since: date
    until: date


def window(line: Timeline, contract: Contract, since: date | None, until: date) -> Window:
    """Days before the first paid one and days billed elsewhere (`bill_from`) are not looked at."""
    opens = max(line.first_paid, contract.bill_from) if contract.bill_from else line.first_paid
    return Window(opens, since if since and since > opens else opens, until)


def periods(line: Timeline, view: Window) -> Iterator[tuple[Stretch, Period]]:
    """Every period that holds covered days, in the order of time, without walking there from the contract's birth."""
    for stretch in line.stretches:
        start, end = max(stretch.start, view.opens), min(stretch.end, line.end)
        if start >= end or end <= view.since:
            continue
        k = stretch.grid.index(max(start, view.since))
        first = stretch.grid.start(k)
        while first < end and first <= view.until:
            following = stretch.grid.start(k + 1)
            covered = max(first, start), min(following, end)
            yield stretch, _period(stretch, line, (first, following), k, covered)
            first, k = following, k + 1


def _period(stretch: Stretch, line: Timeline, full: tuple[date, date], k: int, covered: tuple[date, date]) -> Period:
    return Period(
        first=full[0],
        end=full[1],
        number=k + stretch.offset,
        opens=max(full[0], line.first_paid),
        parts=_without_pauses(covered, line.pauses) if line.pauses else (covered,),
        months=full_months(stretch.grid, *full),
    )


def _without_pauses(days: tuple[date, date], pauses: tuple[tuple[date, date], ...]) -> tuple[tuple[date, date], ...]:
    start, end = days
    parts = []
    for first, until in pauses:
        if until <= start:
            continue
        if first >= end:
            break
        if first > start:
            parts.append((start, first))
        start = until
    if start < end:
        parts.append((start, end))
    return tuple(parts)


def pieces(
    stretch: Stretch, contract: Contract, component: str, kind: str, part: tuple[date, date]
) -> list[tuple[date, date]]:
    """The part, cut where the price of a flat or per-unit component changes within it."""
    start, end = part
    days = {day for day in stretch.phases.days if start < day < end} if stretch.phases else set()
    if kind == "per_unit" and contract.quantity_changes:
        days |= _quantity_days(contract, component, start, end)
    if not days:
        return [part]
    bounds = [start, *sorted(days), end]
    return list(pairwise(bounds))


def _quantity_days(contract: Contract, component: str, start: date, end: date) -> set[date]:
    """The days on which the quantity is another one than the day before, whatever was entered and taken back on it."""
    quantity = quantity_on(contract, component, start)
    days = set()
    for day in sorted({change.on for change in contract.quantity_changes if start < change.on < end}):
        new = quantity_on(contract, component, day)
        if new != quantity:
            days.add(day)
        quantity = new
    return days


def once_day(line: Timeline) -> date:
    """The first paid day that no pause takes away: when one-off components are charged."""
    day = line.first_paid
    for first, until in line.pauses:
        if first <= day < until:
            day = until
    return day


def effect_on(stretch: Stretch, day: date) -> Effect:
    """The phase that holds on the day."""
    return stretch.phases.effect(day) if stretch.phases else NORMAL
