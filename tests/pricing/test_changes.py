"""Changes of tariff, quantity and price, pauses, and what is entered late: how a bill follows."""

from decimal import Decimal

from billing.pricing import Billed, charges, parse_contract, parse_tariffs, settle
from tests.pricing.build import Json, answer, flat, invoiced, invoices, rows, seats, tariff

CHEAP, DEAR = tariff(flat("31")), tariff(flat("62"))


def change(on: str, to: str = "b", **more: str) -> Json:
    return {"on": on, "change_tariff": to, **more}


def test_an_upgrade_acts_at_once_and_a_downgrade_at_the_end_of_the_period() -> None:
    up = answer({"a": CHEAP, "b": DEAR}, "2026-02-01", events=[change("2026-01-11")])
    assert rows(up, "tariff", "from", "amount") == [
        ("a", "2026-01-01", "10.00"),
        ("b", "2026-01-11", "42.00"),
        ("b", "2026-02-01", "62.00"),
    ]
    down = answer({"b": DEAR, "a": CHEAP}, "2026-02-01", events=[change("2026-01-11", "a")])
    assert rows(down, "tariff", "from", "amount") == [("b", "2026-01-01", "62.00"), ("a", "2026-02-01", "31.00")]
    assert [(c["kind"], c["effective"]) for c in down["changes"]] == [("downgrade", "2026-02-01")]


def test_prices_are_compared_per_day_with_the_contracts_quantities() -> None:
    by_seat = tariff(seats("10"))
    few = answer({"a": CHEAP, "b": by_seat}, "2026-02-01", quantities={"seats": "3"}, events=[change("2026-01-11")])
    many = answer({"a": CHEAP, "b": by_seat}, "2026-02-01", quantities={"seats": "4"}, events=[change("2026-01-11")])
    assert [found["changes"][0]["kind"] for found in (few, many)] == ["downgrade", "upgrade"]


def test_a_dearer_tariff_with_a_shorter_interval_is_a_downgrade() -> None:
    yearly = tariff(flat("120"), interval={"months": 12})
    found = answer({"a": yearly, "b": CHEAP}, "2027-01-01", events=[change("2026-01-11")])
    assert rows(found, "tariff", "from", "amount") == [("a", "2026-01-01", "120.00"), ("b", "2027-01-01", "31.00")]


def test_a_longer_interval_begins_on_the_day_of_the_change() -> None:
    yearly = tariff(flat("1200"), interval={"months": 12})
    found = answer({"a": CHEAP, "b": yearly}, "2027-01-11", events=[change("2026-01-11")])
    assert rows(found) == [
        ("2026-01-01", "2026-01-11", "10.00"),
        ("2026-01-11", "2027-01-11", "1200.00"),
        ("2027-01-11", "2028-01-11", "1200.00"),
    ]


def test_the_day_of_a_change_may_be_overruled() -> None:
    now = answer({"b": DEAR, "a": CHEAP}, "2026-01-31", events=[change("2026-01-11", "a", when="immediately")])
    assert rows(now, "tariff", "amount") == [("b", "20.00"), ("a", "21.00")]
    term = {"b": tariff(flat("62"), minimum_term={"months": 3}, renewal={"months": 3}), "a": CHEAP}
    late = answer(term, "2026-07-01", events=[change("2026-01-11", "a", when="term_end")])
    assert late["changes"][0]["effective"] == "2026-04-01"


def test_a_later_wish_replaces_one_that_still_waits() -> None:
    events = [change("2026-01-11", "a"), change("2026-01-20", "c")]
    found = answer({"b": DEAR, "a": CHEAP, "c": tariff(flat("93"))}, "2026-02-01", events=events)
    assert rows(found, "tariff", "from") == [("b", "2026-01-01"), ("c", "2026-01-20"), ("c", "2026-02-01")]
    stays = [change("2026-01-11", "a"), change("2026-01-20", "b")]
    assert rows(answer({"b": DEAR, "a": CHEAP}, "2026-02-01", events=stays), "tariff") == [("b",), ("b",)]


def test_a_change_on_the_first_paid_day_leaves_nothing_of_the_first_tariff() -> None:
    found = answer({"a": CHEAP, "b": DEAR}, "2026-01-31", events=[change("2026-01-01")])
    assert rows(found, "tariff", "amount") == [("b", "62.00")]


def test_a_price_that_rises_three_times_on_one_day_is_billed_once() -> None:
    tariffs = {str(price): tariff(flat(str(price))) for price in range(4)}
    events = [change("2026-01-01", str(price)) for price in (1, 2, 3)]
    found = answer(tariffs, "2026-01-31", events=events)
    assert rows(found, "tariff", "from", "to", "amount") == [("3", "2026-01-01", "2026-02-01", "3.00")]
    assert invoices(found) == [("2026-01-01", [("charge", "3.00")])]
    late = answer(tariffs, "2026-01-31", events=[{**event, "known": "2026-01-05"} for event in events])
    assert invoices(late) == [("2026-01-05", [("charge", "3.00")])]


def test_two_pauses_within_an_annual_term_leave_the_days_between() -> None:
    yearly = tariff(flat("365"), interval={"months": 12})
    events = [
        {"on": "2026-03-01", "pause": {"until": "2026-04-01"}},
        {"on": "2026-06-01", "pause": {"until": "2026-07-01"}},
    ]
    found = answer({"a": yearly}, "2026-12-31", events=events)
    assert [amount for _, _, amount in rows(found)] == ["59.00", "61.00", "184.00"]
    assert invoices(found) == [
        ("2026-01-01", [("charge", "365.00")]),
        ("2026-03-01", [("credit", "-306.00")]),
        ("2026-04-01", [("charge", "275.00")]),
        ("2026-06-01", [("credit", "-214.00")]),
        ("2026-07-01", [("charge", "184.00")]),
    ]
    assert invoiced(found) == Decimal("304.00")


def test_a_change_entered_late_corrects_what_was_billed_meanwhile() -> None:
    late = change("2026-01-11", known="2026-02-05")
    found = answer({"a": CHEAP, "b": DEAR}, "2026-03-01", events=[late])
    assert invoices(found) == [
        ("2026-01-01", [("charge", "31.00")]),
        ("2026-02-01", [("charge", "31.00")]),
        ("2026-02-05", [("credit", "-21.00"), ("credit", "-31.00"), ("charge", "42.00"), ("charge", "62.00")]),
        ("2026-03-01", [("charge", "62.00")]),
    ]
    assert str(invoiced(found)) == found["total"]


def test_a_change_of_quantity_credits_the_rest_and_charges_it_anew() -> None:
    events = [{"on": "2026-01-11", "quantity": {"seats": "5"}}]
    found = answer({"a": tariff(seats("31"))}, "2026-01-31", quantities={"seats": "3"}, events=events)
    assert rows(found, "from", "quantity", "amount") == [("2026-01-01", "3", "30.00"), ("2026-01-11", "5", "105.00")]
    assert invoices(found)[1] == ("2026-01-11", [("credit", "-63.00"), ("charge", "105.00")])


def test_a_quantity_that_is_taken_back_on_its_day_cuts_nothing() -> None:
    events = [{"on": "2026-01-11", "quantity": {"seats": number}} for number in ("7", "3")]
    found = answer({"a": tariff(seats("31"))}, "2026-01-31", quantities={"seats": "3"}, events=events)
    assert rows(found) == [("2026-01-01", "2026-02-01", "93.00")]


def test_without_existing_from_a_running_contract_keeps_its_price_for_good() -> None:
    versions = [tariff(flat("10")), tariff(flat("12"), valid_from="2026-02-01")]
    assert answer({"a": versions}, "2026-03-01")["total"] == "30.00"
    assert answer({"a": versions}, "2026-03-01", "2026-02-01")["total"] == "24.00"


def test_a_new_version_waits_for_the_next_period_and_may_bring_another_interval() -> None:
    versions = [
        tariff(flat("10")),
        tariff(flat("30"), interval={"months": 3}, valid_from="2026-02-01", existing_from="2026-02-10"),
    ]
    assert rows(answer({"a": versions}, "2026-06-01")) == [
        ("2026-01-01", "2026-02-01", "10.00"),
        ("2026-02-01", "2026-03-01", "10.00"),
        ("2026-03-01", "2026-06-01", "30.00"),
        ("2026-06-01", "2026-09-01", "30.00"),
    ]


def test_days_billed_elsewhere_are_not_billed_again() -> None:
    found = answer({"a": tariff(flat("31"), anchor="calendar")}, "2026-04-01", "2025-05-05", bill_from="2026-03-11")
    assert rows(found) == [("2026-03-11", "2026-04-01", "21.00"), ("2026-04-01", "2026-05-01", "31.00")]


def billed(ref: int, kind: str, amount: str, revision: int = 1, reverses: int | None = None) -> Billed:
    fee = charges(parse_tariffs({"a": CHEAP}), parse_contract({"start": "2026-01-01", "tariff": "a"}), (), DAY)[0]
    return Billed(
        ref, "fee", kind, fee.start, fee.end, Decimal(amount), fee.vat_rate, revision, "a", reverses, "Beitrag"
    )


DAY = parse_contract({"start": "2026-01-01", "tariff": "a"}).start


def test_a_wrong_amount_is_reversed_by_name_and_charged_anew() -> None:
    desired = charges(parse_tariffs({"a": CHEAP}), parse_contract({"start": "2026-01-01", "tariff": "a"}), (), DAY)
    lines = settle(desired, [billed(7, "charge", "30.00")])
    assert [(line.kind, str(line.amount), line.revision, line.reverses) for line in lines] == [
        ("reversal", "-30.00", 1, 7),
        ("charge", "31.00", 2, None),
    ]
    assert lines[0].text == "Storno Beitrag"


def test_an_amount_that_falls_without_a_day_taken_away_is_reversed_too() -> None:
    desired = charges(parse_tariffs({"a": CHEAP}), parse_contract({"start": "2026-01-01", "tariff": "a"}), (), DAY)
    assert [line.kind for line in settle(desired, [billed(7, "charge", "32.00")])] == ["reversal", "charge"]


def test_a_reversed_line_is_charged_again_when_it_is_wanted_again() -> None:
    desired = charges(parse_tariffs({"a": CHEAP}), parse_contract({"start": "2026-01-01", "tariff": "a"}), (), DAY)
    gone = [billed(1, "charge", "31.00"), billed(2, "reversal", "-31.00", reverses=1)]
    assert [(line.kind, line.revision) for line in settle(desired, gone)] == [("charge", 2)]
    assert settle([], gone) == []
