"""The days on which banks work."""

from datetime import date, timedelta

import holidays
import pytest

from billing.formats.target import add_open_days, easter, is_open, next_open


def test_the_calendar_is_that_of_the_central_bank_for_a_century() -> None:
    closed = holidays.financial_holidays("XECB", years=range(2002, 2100))
    first = date(2002, 1, 1)
    days = [first + timedelta(days=number) for number in range((date(2100, 1, 1) - first).days)]
    assert [day for day in days if is_open(day) != (day.weekday() < 5 and day not in closed)] == []


@pytest.mark.parametrize("day", [date(2028, 10, 3), date(2027, 5, 27), date(2026, 12, 24), date(2026, 12, 31)])
def test_german_holidays_and_the_eves_are_open(day: date) -> None:
    assert is_open(day)


@pytest.mark.parametrize(
    "day", [date(2027, 3, 26), date(2027, 3, 29), date(2026, 5, 1), date(2026, 12, 25), date(2027, 1, 2)]
)
def test_the_six_closing_days_and_weekends_are_closed(day: date) -> None:
    assert not is_open(day)


def test_a_closed_day_moves_to_the_next_open_one_and_an_open_day_stays() -> None:
    assert next_open(date(2027, 1, 1)) == date(2027, 1, 4)
    assert next_open(date(2026, 12, 25)) == date(2026, 12, 28)
    assert next_open(date(2027, 1, 4)) == date(2027, 1, 4)


@pytest.mark.parametrize(
    "day, count, expected",
    [
        (date(2027, 1, 4), -1, date(2026, 12, 31)),
        (date(2026, 12, 31), 1, date(2027, 1, 4)),
        (date(2027, 3, 25), 2, date(2027, 3, 31)),
        (date(2027, 1, 2), 0, date(2027, 1, 2)),
        (date(2027, 1, 2), 1, date(2027, 1, 4)),
    ],
)
def test_open_days_are_counted_forwards_and_backwards(day: date, count: int, expected: date) -> None:
    assert add_open_days(day, count) == expected


def test_easter_of_the_calendars_ends() -> None:
    assert [easter(year) for year in (2008, 2038, 2027)] == [date(2008, 3, 23), date(2038, 4, 25), date(2027, 3, 28)]
