"""Interest on arrears (BGB 288): so many percentage points above the base rate of each half-year (BGB 247), by the day.

Simple, never on interest itself (BGB 289); days as they are, the year as long as it is. Everything is exact until `total_of`
makes cents of it, once. Source of the table: Deutsche Bundesbank, from each 1 January and 1 July.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from billing.pricing.money import cents

# From which day on which base rate holds, per cent. A row stands until the next one.
BASE_RATES: tuple[tuple[date, Decimal], ...] = (
    (date(2016, 7, 1), Decimal("-0.88")),
    (date(2023, 1, 1), Decimal("1.62")),
    (date(2023, 7, 1), Decimal("3.12")),
    (date(2024, 1, 1), Decimal("3.62")),
    (date(2024, 7, 1), Decimal("3.37")),
    (date(2025, 1, 1), Decimal("2.27")),
    (date(2025, 7, 1), Decimal("1.27")),
    (date(2026, 1, 1), Decimal("1.27")),
    (date(2026, 7, 1), Decimal("1.52")),
)
CONSUMER, BUSINESS = Decimal(5), Decimal(9)
HALF = 7
Owed = Sequence[tuple[date, Decimal]]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days of one half-year on which the same was owed: from `start` up to (not including) `end`, `rate` per cent a year."""

    start: date
    end: date
    principal: Decimal
    base: Decimal
    points: Decimal

    @property
    def days(self) -> int:
        """How many."""
        return (self.end - self.start).days

    @property
    def rate(self) -> Decimal:
        """Base rate and points; never below nothing."""
        return max(self.base + self.points, Decimal(0))

    @property
    def year_days(self) -> int:
        """365, or 366 in a leap year; no stretch reaches over New Year."""
        return (date(self.start.year + 1, 1, 1) - date(self.start.year, 1, 1)).days

    @property
    def exact(self) -> Fraction:
        """EUR, not rounded."""
        return Fraction(self.principal) * Fraction(self.rate) * self.days / (100 * self.year_days)


def interest(owed: Owed, start: date, end: date, points: Decimal) -> list[Stretch]:
    """The stretches from `start` up to (not including) `end`. `owed`: from which day on how much, EUR, in order of days.

    Days before the table begins bear none.
    """
    start = max(start, BASE_RATES[0][0])
    days = sorted({start, end, *(day for day, _amount in owed), *half_years(start, end)})
    inside = [day for day in days if start <= day <= end]
    stretches = (
        Stretch(first, last, owed_on(owed, first), base_rate(first), points)
        for first, last in itertools.pairwise(inside)
    )
    return joined([one for one in stretches if one.principal > 0])


def joined(stretches: Sequence[Stretch]) -> list[Stretch]:
    """Neighbours with the same sum within one half-year are one: a payment that came and went the same day divides nothing."""
    found: list[Stretch] = []
    for one in stretches:
        last = found[-1] if found else None
        if last and last.end == one.start and last.principal == one.principal and not is_half_year(one.start):
            found[-1] = Stretch(last.start, one.end, one.principal, last.base, last.points)
        else:
            found.append(one)
    return found


def half_years(start: date, end: date) -> Iterator[date]:
    """Every 1 January and 1 July from `start` to `end`."""
    for year in range(start.year, end.year + 1):
        yield from (day for day in (date(year, 1, 1), date(year, HALF, 1)) if start <= day <= end)


def is_half_year(day: date) -> bool:
    """Whether a half-year begins on this day."""
    return day.day == 1 and day.month in (1, HALF)


def owed_on(owed: Owed, day: date) -> Decimal:
    """What was owed on a day: by the last entry that is not later."""
    return next((amount for since, amount in reversed(owed) if since <= day), Decimal(0))


def base_rate(day: date) -> Decimal:
    """The base rate of a day, per cent; the last known one where the table ends."""
    return next(rate for since, rate in reversed(BASE_RATES) if since <= day)


def is_known(day: date) -> bool:
    """Whether the table holds the half-year of this day; where it does not, the last rate is used and a person is told."""
    since = BASE_RATES[-1][0]
    return day < (date(since.year, HALF, 1) if since.month < HALF else date(since.year + 1, 1, 1))


def total_of(stretches: Sequence[Stretch]) -> Decimal:
    """The interest in whole cents, rounded once."""
    return cents(sum((one.exact for one in stretches), Fraction(0)))
