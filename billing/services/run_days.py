"""When the runs to come are, as the worker prepares them: the day of the run, until when it bills, and the day of collection."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from billing.pricing.periods import DAY, add_months
from billing.services.drafts import earliest_collection

STANDARD_NOTICE = 14
Run = tuple[date, date, date]


@dataclass(frozen=True, slots=True)
class Calendar:
    """The rhythm of an organisation's runs, and its latest one: `issued` says whether that one is through."""

    day_of_month: int
    collect_after: int
    notice: int
    ahead: int
    latest: Run | None = None
    issued: bool = False


def regular_runs(first: date, collect_after: int, notice: int, ahead: int) -> Iterator[Run]:
    """One a month, without an end."""
    number = 0
    while True:
        on = add_months(first, number)
        yield run_of(on, on, collect_after, notice, ahead)
        number += 1


def run_of(regular: date, on: date, collect_after: int, notice: int, ahead: int) -> Run:
    """The run of a month, prepared on its regular day or later: later it must still be announced in time."""
    return (
        on,
        bills_until(regular, ahead),
        max(regular + timedelta(days=collect_after), earliest_collection(on, notice)),
    )


def bills_until(on: date, ahead: int) -> date:
    """A run bills whole months: its own, and so many after it."""
    return add_months(on.replace(day=1), ahead + 1) - DAY


def coming_runs(calendar: Calendar, today: date) -> Iterator[Run]:
    """Those to come, first one that is prepared and waits, or whose day has passed without it."""
    regular = today.replace(day=calendar.day_of_month)
    through = calendar.latest if calendar.issued else None
    if calendar.latest and not calendar.issued:
        on, until, collect = calendar.latest
        yield on, until, max(collect, earliest_collection(today, calendar.notice)) if on < today else collect
    elif regular <= today and not (through and through[0] >= regular):
        yield run_of(regular, today, calendar.collect_after, calendar.notice, calendar.ahead)
    following = regular if regular > today else add_months(regular, 1)
    yield from regular_runs(following, calendar.collect_after, calendar.notice, calendar.ahead)
