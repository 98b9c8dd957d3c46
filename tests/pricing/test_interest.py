"""Interest on arrears: by the day, by the half-year, rounded once."""

import itertools
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.pricing.interest import (
    BASE_RATES,
    BUSINESS,
    CONSUMER,
    base_rate,
    half_years,
    interest,
    is_known,
    total_of,
)

DAYS = st.dates(date(2015, 1, 1), date(2032, 12, 31))
EURO = st.decimals(Decimal("0.01"), Decimal("100000"), places=2)
POINTS = st.sampled_from([CONSUMER, BUSINESS])
OWED = st.lists(st.tuples(DAYS, EURO | st.just(Decimal(0))), max_size=4).map(sorted)


def of(amount: str, start: date, end: date, points: Decimal) -> Decimal:
    return total_of(interest([(date(2000, 1, 1), Decimal(amount))], start, end, points))


@pytest.mark.parametrize(
    "start, end, points, expected",
    [
        # 1,000 EUR, 30 days of June and 31 of July 2026: the base rate rises on the first of July.
        (date(2026, 6, 1), date(2026, 8, 1), CONSUMER, "10.69"),
        (date(2026, 6, 1), date(2026, 8, 1), BUSINESS, "17.38"),
        (date(2025, 1, 1), date(2026, 1, 1), CONSUMER, "67.66"),
        # A leap year has 366 days, so that a whole year bears a whole rate.
        (date(2024, 1, 1), date(2024, 7, 1), CONSUMER, "42.86"),
        (date(2024, 2, 29), date(2024, 3, 1), CONSUMER, "0.24"),
        (date(2020, 1, 1), date(2021, 1, 1), CONSUMER, "41.20"),
        (date(2026, 6, 1), date(2026, 6, 1), CONSUMER, "0.00"),
        # Before the table begins there is nothing to reckon with.
        (date(2010, 1, 1), date(2016, 7, 1), CONSUMER, "0.00"),
    ],
)
def test_known_sums(start: date, end: date, points: Decimal, expected: str) -> None:
    assert of("1000", start, end, points) == Decimal(expected)


def test_a_payment_on_the_way_lessens_what_bears_interest_from_its_day_on() -> None:
    owed = [(date(2026, 1, 1), Decimal(1000)), (date(2026, 3, 1), Decimal(400))]
    first, second = interest(owed, date(2026, 2, 1), date(2026, 4, 1), CONSUMER)
    assert (first.days, first.principal, second.days, second.principal) == (28, Decimal(1000), 31, Decimal(400))
    assert (first.rate, first.year_days) == (Decimal("6.27"), 365)


def test_what_was_paid_and_went_back_the_same_day_divides_nothing() -> None:
    owed = [(date(2026, 1, 1), Decimal(10)), (date(2026, 3, 1), Decimal(10))]
    assert len(interest(owed, date(2026, 2, 1), date(2026, 4, 1), CONSUMER)) == 1


@given(OWED, DAYS, DAYS, POINTS)
def test_the_whole_is_the_sum_of_its_half_years(
    owed: list[tuple[date, Decimal]], one: date, two: date, points: Decimal
) -> None:
    start, end = min(one, two), max(one, two)
    whole = sum((part.exact for part in interest(owed, start, end, points)), Fraction(0))
    cuts = [start, *(day for day in half_years(start, end) if start < day < end), end]
    parts = [
        sum((part.exact for part in interest(owed, a, b, points)), Fraction(0)) for a, b in itertools.pairwise(cuts)
    ]
    assert whole == sum(parts, Fraction(0))
    assert whole >= 0


@given(EURO, DAYS, st.integers(0, 2000), POINTS)
def test_it_only_grows_and_each_day_counts_once(amount: Decimal, start: date, days: int, points: Decimal) -> None:
    found = interest([(date(2000, 1, 1), amount)], start, start + timedelta(days=days), points)
    assert sum(one.days for one in found) == max(0, days - max(0, (BASE_RATES[0][0] - start).days))
    assert all(one.start.year == (one.end - timedelta(days=1)).year for one in found)
    longer = interest([(date(2000, 1, 1), amount)], start, start + timedelta(days=days + 1), points)
    assert total_of(longer) >= total_of(found) >= 0


@given(DAYS)
def test_nobody_owes_below_nothing(day: date) -> None:
    day = max(day, BASE_RATES[0][0])
    (one,) = interest([(day, Decimal(100))], day, day + timedelta(days=1), Decimal(0))
    assert one.rate == max(base_rate(day), Decimal(0))


def test_the_table_runs_from_half_year_to_half_year_and_says_where_it_ends() -> None:
    days = [day for day, _rate in BASE_RATES]
    assert days == sorted(days)
    assert {(day.month, day.day) for day in days} == {(1, 1), (7, 1)}
    last = days[-1]
    ends = date(last.year, 7, 1) if last.month == 1 else date(last.year + 1, 1, 1)
    assert (is_known(ends - timedelta(days=1)), is_known(ends)) == (True, False)
    assert base_rate(ends) == BASE_RATES[-1][1]
