"""When a contract is due next, so that a run touches only the contracts that are."""

from collections.abc import Iterator, Mapping
from datetime import date

from billing.pricing.contracts import Contract
from billing.pricing.parts import once_day, periods, pieces, window
from billing.pricing.periods import DAY, FOREVER
from billing.pricing.proration import Period
from billing.pricing.stretches import Stretch
from billing.pricing.tariffs import Versions
from billing.pricing.timeline import Timeline, timeline


def next_bill_on(tariffs: Mapping[str, Versions], contract: Contract, after: date) -> date | None:
    """The first `bill_on` after that day which could bring a charge; None if there will never be one.

    Starts at the period that holds the day, however old the contract is. What an event changes about days billed
    already is not due by date: whoever enters the event bills the contract again.
    """
    line = timeline(tariffs, contract)
    best = FOREVER
    view = window(line, contract, min(after, FOREVER - DAY), FOREVER)
    for stretch, period in periods(_with_charges(line), view):
        if period.first > best:
            break
        for day in _due_days(line, contract, stretch, period):
            if after < day < best:
                best = day
    return None if best == FOREVER else best


def open_period(tariffs: Mapping[str, Versions], contract: Contract, day: date) -> date | None:
    """The first day of the billing period that holds the day: what begins earlier has ended. None before the first paid day."""
    line = timeline(tariffs, contract)
    if day < line.first_paid:
        return None
    stretch = line.at(day)
    return stretch.grid.start(stretch.grid.index(day))


def _with_charges(line: Timeline) -> Timeline:
    """The course up to where only one-off components are left, which are charged on the first day alone."""
    last = line.stretches[-1]
    if last.tariff.fixed or last.tariff.metered:
        return line
    end = max(last.start, once_day(line)) + DAY
    return Timeline(line.first_paid, min(line.end, end), line.stretches, line.pauses, line.changes)


def _due_days(line: Timeline, contract: Contract, stretch: Stretch, period: Period) -> Iterator[date]:
    once = once_day(line)
    for part in period.parts:
        if stretch.tariff.metered:
            yield part[1]
        if stretch.tariff.one_off and part[0] <= once < part[1]:
            yield once
        for component in stretch.tariff.fixed:
            for days in pieces(stretch, contract, component.code, component.kind, part):
                yield days[1] if stretch.tariff.arrears else days[0]
