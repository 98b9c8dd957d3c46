"""Civil time: spans, anchors and the periods counted from them.

All ranges are half-open. The k-th period begins at `anchor + k * interval`, always counted from the anchor itself and
cut to the month's last day, so that nothing drifts: 31 January, 28 February, 31 March.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

FOREVER = date.max
DAY = timedelta(days=1)
MEAN_MONTH = Fraction(3652425, 10000) / 12
_LAST_YEAR, _LAST_ORDINAL = FOREVER.year - 1, FOREVER.toordinal()
_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def month_number(day: date) -> int:
    """Months since the year 0: what calendar months are counted with."""
    return day.year * 12 + day.month - 1


def day_of_month(month: int, day: int) -> date:
    """That day of the month, or the month's last; FOREVER beyond the calendar's end."""
    year, index = divmod(month, 12)
    if year > _LAST_YEAR:
        return FOREVER
    length = _LENGTHS[index]
    if index == 1 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0):
        length = 29
    return date(year, index + 1, day if day < length else length)


def add_months(day: date, months: int) -> date:
    """The same day so many months later (or earlier, if negative), or that month's last day."""
    return day_of_month(month_number(day) + months, day.day)


def day_of_ordinal(ordinal: int) -> date:
    """The day of that number; FOREVER beyond the calendar's end."""
    return date.fromordinal(ordinal) if ordinal < _LAST_ORDINAL else FOREVER


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time: calendar months or days (weeks are seven days), never both."""

    months: int = 0
    days: int = 0

    def after(self, day: date, times: int = 1) -> date:
        """The day that lies this span (or so many of them) later."""
        if self.months:
            return add_months(day, self.months * times)
        return day_of_ordinal(day.toordinal() + self.days * times)

    @property
    def mean_days(self) -> Fraction:
        """Its mean length in days of the Gregorian calendar, to compare prices and intervals."""
        return self.months * MEAN_MONTH + self.days


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where periods are counted from: the first paid day, 1 January, or a day of the month (31 is the last)."""

    kind: str = "start"
    day: int = 0
    month: int = 0


@dataclass(frozen=True, slots=True)
class Grid:
    """The endless row of full periods of one interval. `origin` is a month number, or a day's ordinal if `day` is 0."""

    span: Span
    origin: int
    day: int

    def start(self, k: int) -> date:
        """The first day of the k-th period."""
        if self.day:
            return day_of_month(self.origin + k * self.span.months, self.day)
        return day_of_ordinal(self.origin + k * self.span.days)

    def index(self, day: date) -> int:
        """The number of the period that holds the day, found without walking there."""
        if not self.day:
            return (day.toordinal() - self.origin) // self.span.days
        k = (month_number(day) - self.origin) // self.span.months
        return k if self.start(k) <= day else k - 1

    def boundary_from(self, day: date) -> date:
        """The first period boundary on or after the day."""
        k = self.index(day)
        start = self.start(k)
        return start if start == day else self.start(k + 1)


def grid_at(span: Span, day: date) -> Grid:
    """Periods counted from this very day."""
    if span.months:
        return Grid(span, month_number(day), day.day)
    return Grid(span, day.toordinal(), 0)


def grid_for(anchor: Anchor, span: Span, first_paid: date) -> Grid:
    """The periods of a contract whose first paid day is `first_paid`."""
    if anchor.kind == "start":
        return grid_at(span, first_paid)
    month, day = _anchor_month(anchor, first_paid)
    if span.months:
        return Grid(span, month, day)
    return Grid(span, day_of_month(month, day).toordinal(), 0)


def _anchor_month(anchor: Anchor, first_paid: date) -> tuple[int, int]:
    """Month and day of the anchor. A day without a month is the first such day that is not before the first paid one."""
    if anchor.kind == "calendar":
        return first_paid.year * 12, 1
    if anchor.month:
        return first_paid.year * 12 + anchor.month - 1, anchor.day
    month = month_number(first_paid)
    return (month if day_of_month(month, anchor.day) >= first_paid else month + 1), anchor.day
