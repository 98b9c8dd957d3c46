"""Another rhythm of payment: from the day on which both begin a period, so that nothing is cut and nothing comes back."""

from typing import Any

import pytest

from tests.pricing.build import answer, flat, invoices, rows, tariff

MONTHLY = tariff(flat("12.00"), anchor="calendar", intervals=[1, 3, 12])


def rhythm(on: str, months: int) -> dict[str, Any]:
    return {"on": on, "rhythm": {"months": months}}


def test_quarters_begin_where_a_quarter_and_a_month_begin() -> None:
    found = answer({"a": MONTHLY}, "2026-07-01", events=[rhythm("2026-02-10", 3)])
    assert rows(found) == [
        ("2026-01-01", "2026-02-01", "12.00"), ("2026-02-01", "2026-03-01", "12.00"), ("2026-03-01", "2026-04-01", "12.00"),
        ("2026-04-01", "2026-07-01", "36.00"), ("2026-07-01", "2026-10-01", "36.00"),
    ]  # fmt: skip
    assert all(kind == "charge" for _on, lines in invoices(found) for kind, _amount in lines)


def test_months_begin_when_the_quarter_is_over() -> None:
    found = answer({"a": MONTHLY}, "2026-04-01", interval={"months": 3}, events=[rhythm("2026-01-20", 1)])
    assert rows(found) == [("2026-01-01", "2026-04-01", "36.00"), ("2026-04-01", "2026-05-01", "12.00")]


def test_who_began_on_the_31st_keeps_the_last_day_of_the_month() -> None:
    start = tariff(flat("12.00"), intervals=[1, 3])
    found = answer({"a": start}, "2026-08-01", start="2026-01-31", events=[rhythm("2026-02-05", 3)])
    assert [one[0] for one in rows(found)] == ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-07-31"]


def test_the_last_wish_counts_and_the_present_rhythm_takes_it_back() -> None:
    wishes = [rhythm("2026-01-10", 12), rhythm("2026-01-11", 1)]
    found = answer({"a": MONTHLY}, "2026-03-01", events=wishes)
    assert rows(found) == rows(answer({"a": MONTHLY}, "2026-03-01"))


def test_a_tariff_without_this_rhythm_keeps_its_own_and_the_next_one_takes_the_wish() -> None:
    only_months = tariff(flat("10.00"), anchor="calendar")
    events = [rhythm("2026-01-10", 3), {"on": "2026-03-15", "change_tariff": "a", "when": "period_end"}]
    found = answer({"b": only_months, "a": MONTHLY}, "2026-04-01", events=events)
    assert rows(found)[-1] == ("2026-04-01", "2026-07-01", "36.00")
    assert [one[2] for one in rows(found)[:3]] == ["10.00"] * 3


def test_a_change_of_tariff_on_the_same_day_brings_both() -> None:
    dearer = tariff(flat("20.00"), anchor="calendar", intervals=[1, 3])
    events = [rhythm("2026-02-10", 3), {"on": "2026-03-15", "change_tariff": "b", "when": "period_end"}]
    found = answer({"a": MONTHLY, "b": dearer}, "2026-04-01", events=events)
    assert rows(found)[2:] == [("2026-03-01", "2026-04-01", "12.00"), ("2026-04-01", "2026-07-01", "60.00")]


@pytest.mark.parametrize("value", [{}, {"months": 0}, {"months": 1, "days": 1}, 3, None])
def test_a_rhythm_is_one_length_of_time(value: Any) -> None:
    with pytest.raises(Exception, match="rhythm"):
        answer({"a": MONTHLY}, "2026-03-01", events=[{"on": "2026-01-10", "rhythm": value}])
