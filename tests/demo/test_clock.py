"""When the public demo is reset, also in the nights when the clock changes."""

import itertools
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from billing.demo.public.clock import next_reset, time_of

BERLIN = ZoneInfo("Europe/Berlin")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "after, at, wanted",
    [
        ("2026-11-27 01:59", "03:00", "2026-11-27 02:00"),
        ("2026-11-27 02:00", "03:00", "2026-11-28 02:00"),
        ("2026-06-27 23:30", "03:00", "2026-06-28 01:00"),
        # In spring the clock goes from 02:00 to 03:00: three o'clock is there, half past two is half past three.
        ("2027-03-28 00:00", "03:00", "2027-03-28 01:00"),
        ("2027-03-28 00:00", "02:30", "2027-03-28 01:30"),
        ("2027-03-28 01:30", "02:30", "2027-03-29 00:30"),
        # In autumn half past two comes twice: the first one counts, the second one is no further reset.
        ("2027-10-31 00:00", "02:30", "2027-10-31 00:30"),
        ("2027-10-31 00:30", "02:30", "2027-11-01 01:30"),
        ("2027-10-31 00:00", "03:00", "2027-10-31 02:00"),
    ],
)
def test_the_next_reset(after: str, at: str, wanted: str) -> None:
    assert next_reset(utc(after), time_of(at)) == utc(wanted)


@pytest.mark.parametrize("at", [time(0, 0), time(2, 0), time(2, 30), time(3, 0), time(23, 59)])
def test_there_is_one_reset_on_every_day_of_a_year(at: time) -> None:
    now, days = utc("2026-12-31 22:59"), list[date]()
    while len(days) < 366:
        now = next_reset(now, at)
        days.append(now.astimezone(BERLIN).date())
    assert [after - before for before, after in itertools.pairwise(days)] == [timedelta(days=1)] * 365


@pytest.mark.parametrize("text", ["", "3", "25:00", "03:00:00", "nachts"])
def test_other_words_are_no_time(text: str) -> None:
    with pytest.raises(ValueError):
        time_of(text)
