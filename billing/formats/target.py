"""The TARGET2 calendar: the days on which banks move money between each other (ECB closing days, since 2002)."""

from collections.abc import Container
from datetime import date, timedelta

FIXED = frozenset({(1, 1), (5, 1), (12, 25), (12, 26)})
Closed = Container[tuple[int, int]]


def is_open(day: date, closed: Closed = ()) -> bool:
    """Neither a weekend nor 1 January, Good Friday, Easter Monday, 1 May, 25 or 26 December. National holidays are open.

    `closed`: days (month, day) on which one bank is shut besides.
    """
    if day.weekday() >= 5 or (day.month, day.day) in FIXED or (day.month, day.day) in closed:
        return False
    return day - easter(day.year) not in (timedelta(days=-2), timedelta(days=1))


def next_open(day: date) -> date:
    """The day itself, or the next open one."""
    while not is_open(day):
        day += timedelta(days=1)
    return day


def add_open_days(day: date, count: int, closed: Closed = ()) -> date:
    """`count` open days later; earlier if negative."""
    step = timedelta(days=1 if count >= 0 else -1)
    for _number in range(abs(count)):
        day += step
        while not is_open(day, closed):
            day += step
    return day


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (Gauss, in the form of Meeus and Butcher)."""
    golden, century, rest = year % 19, year // 100, year % 100
    leap = (century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 19 * golden + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - leap - rest % 4) % 7
    late = (golden + 11 * leap + 22 * weekday) // 451
    month, day = divmod(leap + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)
