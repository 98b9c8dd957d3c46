"""When contracts end: notice, minimum terms, renewals, fixed terms, trials."""

from typing import Any

import pytest

from tests.pricing.build import Json, answer, flat, metered, rows, tariff, used

YEARLY_TERM: Json = {"minimum_term": {"months": 12}, "notice": {"months": 1}, "renewal": {"months": 3}}


def cancelled(on: str, start: str = "2026-01-31", **rules: Any) -> str | None:
    events = [{"on": on, "cancel": "contractual"}]
    ends: str | None = answer({"a": tariff(flat("10"), **rules)}, "2030-01-01", start, events=events)["ends_on"]
    return ends


@pytest.mark.parametrize(
    "on, end",
    [
        ("2026-03-01", "2027-01-31"),
        ("2026-12-31", "2027-01-31"),
        ("2027-01-01", "2027-04-30"),
        ("2027-03-30", "2027-04-30"),
        ("2027-03-31", "2027-04-30"),
        ("2027-04-01", "2027-07-31"),
    ],
)
def test_a_cancellation_waits_for_the_first_term_end_that_its_notice_reaches(on: str, end: str) -> None:
    assert cancelled(on, **YEARLY_TERM) == end


def test_without_a_minimum_term_a_period_end_is_awaited() -> None:
    assert cancelled("2026-02-10") == "2026-02-28"
    assert cancelled("2026-02-10", notice={"days": 30}) == "2026-03-31"
    assert cancelled("2026-02-28") == "2026-02-28"


def test_a_change_of_tariff_cuts_a_period_without_ending_it() -> None:
    tariffs = {"a": tariff(flat("10")), "b": tariff(flat("200"), interval={"months": 12})}
    events = [{"on": "2026-02-10", "cancel": "contractual"}, {"on": "2026-02-20", "change_tariff": "b"}]
    assert answer(tariffs, "2030-01-01", "2026-02-05", events=events)["ends_on"] == "2027-02-20"
    assert (
        answer({**tariffs, "b": tariff(flat("20"))}, "2030-01-01", "2026-02-05", events=events)["ends_on"]
        == "2026-03-05"
    )


def test_any_day_ends_on_the_day_that_the_notice_reaches() -> None:
    assert cancelled("2026-02-10", notice={"days": 14}, ends="any_day") == "2026-02-24"


def test_after_a_minimum_term_without_renewal_every_period_may_be_the_last() -> None:
    rules: Json = {"minimum_term": {"months": 6}, "notice": {"days": 14}}
    assert cancelled("2026-03-01", **rules) == "2026-07-31"
    assert cancelled("2026-09-01", **rules) == "2026-09-30"


def test_a_fixed_day_ends_the_contract_on_that_day() -> None:
    found = answer({"a": tariff(flat("31"))}, "2027-01-01", events=[{"on": "2026-01-05", "cancel": "2026-01-11"}])
    assert rows(found) == [("2026-01-01", "2026-01-11", "10.00")]
    assert found["ends_on"] == "2026-01-11"


def test_who_withdraws_before_the_beginning_owes_nothing() -> None:
    found = answer({"a": tariff(flat("31"))}, "2027-01-01", events=[{"on": "2025-12-01", "cancel": "2025-12-01"}])
    assert (found["charges"], found["ends_on"]) == ([], "2026-01-01")


def test_the_earliest_of_several_ends_holds() -> None:
    events = [{"on": "2026-01-05", "cancel": "2026-06-01"}, {"on": "2026-02-05", "cancel": "2026-03-01"}]
    assert answer({"a": tariff(flat("10"))}, "2027-01-01", events=events)["ends_on"] == "2026-03-01"


def test_instalments_end_after_their_periods() -> None:
    plan = tariff(flat("49.00"), phases=[{"periods": 24, "factor": "1"}], then="end")
    found = answer({"a": plan}, "2030-01-01", "2026-01-31")
    assert (found["total"], found["ends_on"], len(found["charges"])) == ("1176.00", "2028-01-31", 24)


def test_a_trial_costs_nothing_and_the_paid_time_begins_on_its_end() -> None:
    part = metered(price="1")
    usage = [used("5", "2026-02-10T12:00:00+01:00"), used("7", "2026-03-05T12:00:00+01:00")]
    trial = tariff(flat("10"), part, trial={"months": 1}, minimum_term={"months": 1})
    events = [{"on": "2026-02-15", "cancel": "2026-03-28"}]
    found = answer({"a": trial}, "2027-01-01", "2026-01-31", usage=usage, events=events)
    assert rows(found, "component", "from", "to", "amount") == [
        ("fee", "2026-02-28", "2026-03-28", "10.00"),
        ("u", "2026-02-28", "2026-03-28", "7.00"),
    ]


def test_a_trial_may_end_the_contract_or_lead_to_another_tariff() -> None:
    ending = answer({"a": tariff(flat("10"), trial={"days": 14, "then": "end"})}, "2026-03-01")
    assert (ending["charges"], ending["ends_on"]) == ([], "2026-01-15")
    leading = {"a": tariff(flat("10"), trial={"weeks": 2, "then": "b"}), "b": tariff(flat("20"))}
    assert rows(answer(leading, "2026-02-01"), "tariff", "from", "amount") == [("b", "2026-01-15", "20.00")]


def test_who_cancels_within_the_trial_never_pays() -> None:
    trial = tariff(flat("10"), trial={"days": 14}, minimum_term={"months": 12})
    found = answer({"a": trial}, "2027-01-01", events=[{"on": "2026-01-08", "cancel": "contractual"}])
    assert (found["charges"], found["ends_on"]) == ([], "2026-01-15")


def test_a_notice_longer_than_the_trial_leads_to_the_first_term_end() -> None:
    trial = tariff(flat("10"), trial={"days": 14}, minimum_term={"months": 3}, notice={"months": 1})
    found = answer({"a": trial}, "2027-01-01", events=[{"on": "2026-01-08", "cancel": "contractual"}])
    assert (found["total"], found["ends_on"]) == ("30.00", "2026-04-15")
