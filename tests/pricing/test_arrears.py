"""When default begins, and when a claim is barred."""

from dataclasses import replace
from datetime import date

import pytest

from billing.pricing.arrears import Claim, barred_after, barred_soon, default_of, is_barred, points_of

BILL = Claim(due_on=date(2026, 1, 15), issued_on=date(2026, 1, 2), consumer=True, dues=False)
DUES = replace(BILL, dues=True)


def begins(claim: Claim) -> tuple[str, str] | None:
    found = default_of(claim)
    return (found.on.isoformat(), found.reason) if found else None


@pytest.mark.parametrize(
    "claim, expected",
    [
        (DUES, None),
        (replace(DUES, fixed_day=True), ("2026-01-16", "calendar")),
        # A day that the bill alone names is not agreed: thirty days for companies, for consumers only if the bill says so.
        (BILL, None),
        (replace(BILL, fixed_day=True), None),
        (replace(BILL, told=True), ("2026-02-15", "thirty_days")),
        (replace(BILL, consumer=False), ("2026-02-15", "thirty_days")),
        (replace(BILL, consumer=False, issued_on=date(2026, 1, 20)), ("2026-02-23", "thirty_days")),
        (replace(DUES, consumer=False), None),
        # The reminder arrives after three days; interest runs from the day after.
        (replace(BILL, reminded=[date(2026, 2, 1), date(2026, 3, 1)]), ("2026-02-05", "reminder")),
        (replace(BILL, reminded=[date(2026, 1, 15)]), None),
        (replace(BILL, consumer=False, reminded=[date(2026, 1, 20)]), ("2026-01-24", "reminder")),
        # Whoever is debited has done their part until a debit fails by their fault.
        (replace(DUES, fixed_day=True, by_debit=True), None),
        (replace(DUES, fixed_day=True, by_debit=True, failed_on=date(2026, 1, 20)), ("2026-01-21", "calendar")),
        (replace(DUES, fixed_day=True, by_debit=True, failed_on=date(2026, 1, 20), our_fault=True), None),
        (
            replace(DUES, by_debit=True, failed_on=date(2026, 2, 20), our_fault=True, reminded=[date(2026, 2, 1), date(2026, 3, 1)]),
            ("2026-03-05", "reminder"),
        ),
    ],
)  # fmt: skip
def test_default_begins_by_the_rule_of_the_claim(claim: Claim, expected: tuple[str, str] | None) -> None:
    assert begins(claim) == expected


def test_nine_points_only_where_no_consumer_is_involved_and_a_service_is_paid() -> None:
    found = {(consumer, dues): int(points_of(consumer, dues)) for consumer in (True, False) for dues in (True, False)}
    assert found == {(True, True): 5, (True, False): 5, (False, True): 5, (False, False): 9}


def test_a_claim_is_barred_three_years_after_its_years_end() -> None:
    due = date(2023, 5, 15)
    assert barred_after(due) == date(2026, 12, 31)
    assert [is_barred(due, day) for day in (date(2026, 12, 31), date(2027, 1, 1))] == [False, True]
    days = (date(2025, 11, 1), date(2026, 9, 30), date(2026, 10, 1), date(2026, 12, 31), date(2027, 1, 1))
    assert [barred_soon(due, day) for day in days] == [False, False, True, True, False]
