"""Terms: when a cancellation, a fixed term or a trial ends a contract. The end is the first day not covered."""

from datetime import date

from billing.pricing.contracts import Cancellation, Contract
from billing.pricing.periods import DAY, FOREVER, Grid, grid_at, month_number
from billing.pricing.stretches import Stretch, holding
from billing.pricing.tariffs import Tariff


def contract_end(contract: Contract, first_paid: date, trial_ends: bool, stretches: tuple[Stretch, ...]) -> date:
    """The earliest end that a trial, a fixed term or a cancellation sets; FOREVER if none does."""
    end = first_paid if trial_ends else FOREVER
    for stretch in stretches:
        if stretch.tariff.ends_after_phases and stretch.phases:
            last = max(stretch.phases.end, stretch.start)
            if last < stretch.end:
                end = min(end, last)
    for cancellation in contract.cancellations:
        end = min(end, _cancelled(cancellation, contract.start, first_paid, stretches))
    return max(end, contract.start)


def _cancelled(cancellation: Cancellation, start: date, first_paid: date, stretches: tuple[Stretch, ...]) -> date:
    if cancellation.ends_on is not None:
        return cancellation.ends_on
    stretch = holding(cancellation.on, stretches)
    ready = stretch.tariff.notice.after(cancellation.on) if stretch.tariff.notice.mean_days else cancellation.on
    if start < first_paid and cancellation.on < first_paid and ready <= first_paid:
        return first_paid
    if stretch.tariff.minimum_term is not None:
        return term_end_from(ready, first_paid, stretch, stretches)
    if stretch.tariff.ends_any_day:
        return ready
    return _period_end_from(max(ready, first_paid + DAY), stretches)


def term_end_from(day: date, first_paid: date, stretch: Stretch, stretches: tuple[Stretch, ...] | None = None) -> date:
    """The first term end on or after the day: first paid day + minimum term, then each + renewal.

    Without a renewal the contract runs on for an indefinite time after its minimum term and ends with any period.
    """
    tariff = stretch.tariff
    first = tariff.minimum_term.after(first_paid) if tariff.minimum_term else first_paid
    if day <= first:
        return first
    if tariff.renewal is None:
        return _period_end_from(day, stretches or (stretch,))
    return _renewals(tariff, first_paid, first).boundary_from(day)


def _renewals(tariff: Tariff, first_paid: date, first: date) -> Grid:
    """Term ends are counted from the first paid day itself where both lengths are in months, so that none drifts."""
    assert tariff.renewal is not None
    if tariff.renewal.months and tariff.minimum_term and tariff.minimum_term.months:
        return Grid(tariff.renewal, month_number(first_paid) + tariff.minimum_term.months, first_paid.day)
    return grid_at(tariff.renewal, first)


def _period_end_from(day: date, stretches: tuple[Stretch, ...]) -> date:
    """The first end of a billing period on or after the day. A change of tariff cuts a period without ending it."""
    stretch = holding(day - DAY, stretches)
    while (end := stretch.grid.boundary_from(day)) > stretch.end:
        day = stretch.end + DAY
        stretch = holding(stretch.end, stretches)
    return end
