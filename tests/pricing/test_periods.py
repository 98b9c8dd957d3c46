"""Periods are counted from their anchor itself, in months and in days, found without walking."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.pricing.periods import FOREVER, Anchor, Span, add_months, grid_for

spans = st.one_of(
    st.integers(1, 60).map(lambda months: Span(months=months)), st.integers(1, 400).map(lambda days: Span(days=days))
)
anchors = st.one_of(
    st.sampled_from([Anchor(), Anchor("calendar")]),
    st.builds(Anchor, st.just("day"), st.integers(1, 31), st.integers(0, 12)),
)


@given(anchors, spans, st.dates(date(1950, 1, 1), date(2100, 1, 1)), st.dates(date(1950, 1, 1), date(2100, 1, 1)))
def test_every_day_lies_in_the_period_that_is_found_for_it(
    anchor: Anchor, span: Span, first_paid: date, day: date
) -> None:
    grid = grid_for(anchor, span, first_paid)
    k = grid.index(day)
    assert grid.start(k) <= day < grid.start(k + 1)
    assert grid.start(k) in (grid.boundary_from(grid.start(k)), day)
    assert grid.boundary_from(grid.start(k) + timedelta(days=1)) == grid.start(k + 1)


@pytest.mark.parametrize(
    "start, months, expected",
    [
        ("2024-01-31", 1, "2024-02-29"),
        ("2023-01-31", 1, "2023-02-28"),
        ("1900-01-31", 1, "1900-02-28"),
        ("2000-02-29", 12, "2001-02-28"),
        ("2026-01-31", -2, "2025-11-30"),
        ("2026-12-15", 1, "2027-01-15"),
    ],
)
def test_months_are_added_up_to_the_months_last_day(start: str, months: int, expected: str) -> None:
    assert add_months(date.fromisoformat(start), months).isoformat() == expected


def test_the_calendar_ends_quietly() -> None:
    assert Span(months=12).after(date(9990, 1, 1), 100) == FOREVER
    assert Span(days=1).after(date(9990, 1, 1), 10**7) == FOREVER
