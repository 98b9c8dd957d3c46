"""Part periods: which share of the full price some days of a period cost.

`day`: days covered of the days of the full period. `month`: begun calendar months of the months of the full period.
`none`: the full price. Under the last two a month or a period is charged once, however often a pause, a change of
tariff or of quantity cuts it: the later part costs only what it costs more.
"""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from billing.pricing.periods import DAY, Grid, month_number

FULL = Fraction(1)


@dataclass(frozen=True, slots=True)
class Period:
    """A full period `[first, end)` with its number since the first paid day, and what is covered of it."""

    first: date
    end: date
    number: int
    opens: date
    parts: tuple[tuple[date, date], ...]
    months: int


def months_touched(start: date, end: date) -> range:
    """The calendar months that the days touch."""
    return range(month_number(start), month_number(end - DAY) + 1)


def full_months(grid: Grid, first: date, end: date) -> int:
    """The months of a full period; of one in days or weeks, the calendar months that it touches."""
    return grid.span.months or len(months_touched(first, end))


def share(proration: str, start: date, end: date, period: Period) -> Fraction:
    """The share of the full price, taken by itself."""
    if proration == "none" or (start == period.first and end == period.end):
        return FULL
    if proration == "month":
        return min(FULL, Fraction(len(months_touched(start, end)), period.months))
    return Fraction((end - start).days, (period.end - period.first).days)


class Charged:
    """What the earlier parts of each period have charged, per component: nothing is charged twice."""

    __slots__ = ("_amount", "_highest", "_units")

    def __init__(self) -> None:
        self._units: dict[tuple[str, date, int], Fraction] = {}
        self._amount: dict[tuple[str, date], Fraction] = {}
        self._highest: dict[tuple[str, date], Fraction] = {}

    def part(self, proration: str, component: str, price: Fraction, start: date, end: date, period: Period) -> Fraction:
        """The part's amount at this full price, less what the same months or period have paid already."""
        if proration == "day":
            return price * share(proration, start, end, period)
        units = months_touched(start, end) if proration == "month" else range(1)
        amount = sum((self._rise(component, period, unit, price) for unit in units), Fraction(0))
        return self._capped(component, period, price, amount / (period.months if proration == "month" else 1))

    def _rise(self, component: str, period: Period, unit: int, price: Fraction) -> Fraction:
        key = (component, period.first, unit)
        before = self._units.get(key, Fraction(0))
        self._units[key] = max(before, price)
        return self._units[key] - before

    def _capped(self, component: str, period: Period, price: Fraction, amount: Fraction) -> Fraction:
        key = (component, period.first)
        highest = max(self._highest.get(key, Fraction(0)), price)
        before = self._amount.get(key, Fraction(0))
        amount = min(amount, highest - before)
        self._highest[key], self._amount[key] = highest, before + amount
        return amount
