"""What a period costs: models, free units, bounds, phases, loyalty, discounts, part periods."""

import pytest

from billing.pricing import quote
from tests.pricing.build import Json, answer, flat, metered, rows, seats, tariff, used

TIERS = [{"up_to": "10", "unit": "2", "flat": "5"}, {"up_to": "20", "unit": "1"}, {"up_to": None, "unit": "0.5"}]
STEPS = [{"up_to": "10", "flat": "5"}, {"up_to": "100", "flat": "20"}, {"up_to": None, "flat": "50"}]


def cost(value: str, **part: object) -> str:
    found = answer({"a": tariff(metered(**part))}, "2026-02-01", usage=[used(value)])
    total: str = found["total"]
    return total


@pytest.mark.parametrize(
    "value, part, amount",
    [
        ("3", {"price": "0.333333"}, "1.00"),
        ("1", {"price": "0.005"}, "0.01"),
        ("0", {"model": "graduated", "tiers": TIERS}, "0.00"),
        ("10", {"model": "graduated", "tiers": TIERS}, "25.00"),
        ("10.5", {"model": "graduated", "tiers": TIERS}, "25.50"),
        ("30", {"model": "graduated", "tiers": TIERS}, "40.00"),
        ("0", {"model": "volume", "tiers": TIERS}, "0.00"),
        ("10", {"model": "volume", "tiers": TIERS}, "25.00"),
        ("11", {"model": "volume", "tiers": TIERS}, "11.00"),
        ("10", {"model": "stairstep", "tiers": STEPS}, "5.00"),
        ("10.1", {"model": "stairstep", "tiers": STEPS}, "20.00"),
        ("1000", {"model": "stairstep", "tiers": STEPS}, "50.00"),
        ("5", {"model": "stairstep", "tiers": STEPS, "included": "5"}, "0.00"),
        ("1", {"model": "package", "size": "10", "price": "3"}, "3.00"),
        ("20", {"model": "package", "size": "10", "price": "3"}, "6.00"),
        ("20.01", {"model": "package", "size": "10", "price": "3"}, "9.00"),
        ("200", {"model": "percentage", "percent": "1.5", "fixed": "0.10"}, "3.10"),
        ("200", {"model": "percentage", "percent": "1.5", "fixed": "0.10", "included": "500"}, "0.10"),
        ("1", {"price": "1", "min": "5"}, "5.00"),
        ("0", {"price": "1", "min": "5"}, "5.00"),
        ("9", {"price": "1", "max": "5"}, "5.00"),
        ("-4", {"price": "1"}, "0.00"),
    ],
)
def test_a_model_prices_a_quantity(value: str, part: Json, amount: str) -> None:
    assert cost(value, **part) == amount


@pytest.mark.parametrize(
    "aggregate, amount", [("sum", "12.00"), ("max", "5.00"), ("last", "2.00"), ("count", "4.00"), ("unique", "3.00")]
)
def test_an_aggregate_makes_one_quantity_of_many_events(aggregate: str, amount: str) -> None:
    usage = [
        used("2", "2026-01-20T10:00:00Z", "d"),
        used("5", "2026-01-10T10:00:00Z", "a"),
        used("5.0", "2026-01-11T10:00:00Z", "b"),
        used("0", "2026-01-11T09:00:00Z", "c"),
    ]
    found = answer({"a": tariff(metered(price="1", aggregate=aggregate))}, "2026-02-01", usage=usage)
    assert found["total"] == amount


def test_names_may_be_counted_where_only_different_ones_matter() -> None:
    usage = [used(name, f"2026-01-1{day}T10:00:00Z") for day, name in enumerate(["ada", "bob", "ada"])]
    found = answer({"a": tariff(metered(price="1", aggregate="unique"))}, "2026-02-01", usage=usage)
    assert found["total"] == "2.00"


def test_free_units_and_bounds_are_prorated_in_a_part_period_and_tiers_are_not() -> None:
    halved = tariff(metered(price="1", included="30", max="12"), anchor="calendar")
    usage = [used("20", "2026-04-20T12:00:00Z")]
    assert answer({"a": halved}, "2026-05-01", "2026-04-16", usage=usage)["total"] == "5.00"
    usage = [used("30", "2026-04-20T12:00:00Z")]
    assert answer({"a": halved}, "2026-05-01", "2026-04-16", usage=usage)["total"] == "6.00"
    whole = tariff(metered(price="1", included="30", included_prorated=False), anchor="calendar")
    assert answer({"a": whole}, "2026-05-01", "2026-04-16", usage=usage)["total"] == "0.00"
    tiered = tariff(metered(model="graduated", tiers=TIERS), anchor="calendar")
    usage = [used("10", "2026-04-20T12:00:00Z")]
    assert answer({"a": tiered}, "2026-05-01", "2026-04-16", usage=usage)["total"] == "25.00"


def test_phases_change_the_price_from_the_first_paid_day_on() -> None:
    phased = tariff(flat("10"), seats("1"), phases=[{"months": 1, "factor": "0"}, {"periods": 1, "price": "4"}])
    found = answer({"a": phased}, "2026-03-31", "2026-01-31", quantities={"seats": "2"})
    assert rows(found, "component", "from", "amount") == [
        ("fee", "2026-02-28", "4.00"),
        ("seats", "2026-02-28", "2.00"),
        ("fee", "2026-03-31", "10.00"),
        ("seats", "2026-03-31", "2.00"),
    ]


def test_a_phase_that_ends_within_a_period_cuts_it() -> None:
    phased = tariff(flat("31"), anchor="calendar", phases=[{"months": 1, "factor": "0.5"}])
    assert rows(answer({"a": phased}, "2026-03-11", "2026-02-11")) == [
        ("2026-02-11", "2026-03-01", "9.96"),
        ("2026-03-01", "2026-03-11", "5.00"),
        ("2026-03-11", "2026-04-01", "21.00"),
    ]


def test_one_off_components_are_charged_on_the_first_paid_day_alone() -> None:
    once = tariff(flat("10"), {"code": "setup", "kind": "once", "price": "25"}, trial={"days": 14})
    assert rows(answer({"a": once}, "2026-03-01"), "component", "bill_on", "amount") == [
        ("fee", "2026-01-15", "10.00"),
        ("setup", "2026-01-15", "25.00"),
        ("fee", "2026-02-15", "10.00"),
    ]


def test_loyalty_comes_first_then_discounts_in_their_order() -> None:
    loyal = tariff(flat("100"), loyalty=[{"after": {"months": 1}, "percent": "10"}])
    discounts = [{"percent": "50", "from": "2026-02-01", "periods": 1}, {"amount": "5", "from": "2026-02-01"}]
    found = answer({"a": loyal}, "2026-03-01", discounts=discounts)
    assert [charge["amount"] for charge in found["charges"]] == ["100.00", "40.00", "85.00"]


def test_a_discount_never_takes_a_charge_below_zero_and_what_is_left_goes_to_the_next() -> None:
    both = tariff(flat("4"), seats("1"))
    found = answer({"a": both}, "2026-01-01", discounts=[{"amount": "6"}], quantities={"seats": "5"})
    assert rows(found, "component", "amount") == [("seats", "3.00")]


def test_a_discount_may_be_for_some_components_only() -> None:
    both = tariff(flat("4"), seats("1"))
    discounts = [{"percent": "20", "components": ["seats"]}]
    found = answer({"a": both}, "2026-01-01", discounts=discounts, quantities={"seats": "5"})
    assert rows(found, "component", "amount") == [("fee", "4.00"), ("seats", "4.00")]


def test_a_discount_amount_is_prorated_like_the_fee() -> None:
    found = answer(
        {"a": tariff(flat("30"), anchor="calendar")}, "2026-04-16", "2026-04-16", discounts=[{"amount": "10"}]
    )
    assert found["total"] == "10.00"


def test_a_longer_rhythm_multiplies_prices_free_units_and_bounds() -> None:
    monthly = tariff(flat("12"), seats("1", included="1"), metered(price="1", included="10", min="2"), intervals=[3])
    usage = [used("35")]
    found = answer(
        {"a": monthly}, "2026-04-01", interval={"months": 3}, quantities={"seats": "3"}, usage=usage,
        events=[{"on": "2026-01-02", "cancel": "2026-04-01"}],
    )  # fmt: skip
    assert rows(found, "component", "amount") == [("fee", "36.00"), ("seats", "6.00"), ("u", "6.00")]


def test_begun_months_are_charged_once_however_often_a_pause_cuts_them() -> None:
    monthly = tariff(flat("36"), interval={"months": 3}, anchor="calendar", proration="month")
    pause = [{"on": "2026-02-10", "pause": {"until": "2026-02-20"}}]
    assert rows(answer({"a": monthly}, "2026-03-31", events=pause)) == [
        ("2026-01-01", "2026-02-10", "24.00"),
        ("2026-02-20", "2026-04-01", "12.00"),
    ]
    ended = [{"on": "2026-01-10", "pause": {"until": "2026-01-20"}}, {"on": "2026-01-05", "cancel": "2026-02-05"}]
    assert rows(answer({"a": monthly}, "2026-03-31", events=ended)) == [
        ("2026-01-01", "2026-01-10", "12.00"),
        ("2026-01-20", "2026-02-05", "12.00"),
    ]


def test_without_proration_a_period_is_charged_once_in_full() -> None:
    unprorated = tariff(flat("36"), seats("1"), anchor="calendar", proration="none")
    events = [{"on": "2026-01-20", "quantity": {"seats": "5"}}]
    found = answer({"a": unprorated}, "2026-01-31", "2026-01-10", quantities={"seats": "3"}, events=events)
    assert rows(found, "component", "from", "amount") == [
        ("fee", "2026-01-10", "36.00"),
        ("seats", "2026-01-10", "3.00"),
        ("seats", "2026-01-20", "2.00"),
    ]


@pytest.mark.parametrize(
    "rules, start, expected",
    [
        ({"interval": {"months": 3}, "anchor": "calendar"}, "2026-02-01", "2026-04-01"),
        ({"interval": {"months": 12}, "anchor": "calendar"}, "2026-02-01", "2027-01-01"),
        ({"interval": {"months": 3}, "anchor": {"day": 13}}, "2026-02-01", "2026-02-13"),
        ({"interval": {"months": 3}, "anchor": {"day": 13}}, "2026-02-20", "2026-03-13"),
        ({"interval": {"months": 12}, "anchor": {"day": 15, "month": 1}}, "2026-02-20", "2027-01-15"),
        ({"interval": {"months": 1}, "anchor": {"day": 31}}, "2026-02-20", "2026-02-28"),
        ({"interval": {"weeks": 2}, "anchor": "calendar"}, "2026-01-20", "2026-01-29"),
        ({"interval": {"days": 10}}, "2026-01-20", "2026-01-30"),
    ],
)
def test_the_first_period_ends_where_the_anchor_says(rules: Json, start: str, expected: str) -> None:
    assert rows(answer({"a": tariff(flat("1000"), **rules)}, start, start))[0][1] == expected


def test_arrears_are_due_when_the_period_is_over() -> None:
    found = answer({"a": tariff(flat("10"), timing="arrears")}, "2026-02-28", "2026-01-31")
    assert rows(found, "from", "to", "bill_on") == [("2026-01-31", "2026-02-28", "2026-02-28")]


def test_a_charge_says_how_it_came_about_in_either_language() -> None:
    part = tariff(flat("31", name="Beitrag"), anchor="calendar")
    case = {"tariffs": {"a": part}, "contract": {"tariff": "a", "start": "2026-01-20"}, "until": "2026-01-20"}
    german: Json = quote(case)
    english: Json = quote({**case, "language": "en"})
    assert german["charges"][0]["text"] == "Beitrag 20.01.2026 bis 31.01.2026 (Preis 31,00; 12 von 31 Tagen)"
    assert english["charges"][0]["text"] == "Beitrag 2026-01-20 to 2026-01-31 (price 31.00; 12 of 31 days)"
