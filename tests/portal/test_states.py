"""One place says what became of an invoice; here is what it says, case by case."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils.translation import override
from django_scopes import scopes_disabled

from billing.models import Collection, Invoice
from portal.states import PaymentState, Received, state_of
from tests.portal.world import COLLECTED_ON, TODAY, World, attempt, invoice

LATER = COLLECTED_ON + timedelta(days=10)


@pytest.fixture(autouse=True)
def english_and_unscoped() -> Iterator[None]:
    with override("en"), scopes_disabled():
        yield


def state(claim: Invoice, latest: Collection | None = None, on: date = TODAY) -> PaymentState:
    return state_of(claim, latest, on)


def test_an_invoice_announces_the_day_of_its_debit_before_any_file_is_made(world: World) -> None:
    found = state(invoice(world, "R1"))
    assert (found.code, found.due, found.text) == ("to_debit", COLLECTED_ON, "will be debited on 4 Jan 2027")


def test_the_day_of_the_file_counts_once_there_is_one(world: World) -> None:
    claim = invoice(world, "R1")
    moved = COLLECTED_ON + timedelta(days=3)
    assert state(claim, attempt(world, claim, on=moved, submitted=False)).due == moved


def test_on_the_day_itself_the_debit_is_still_to_come(world: World) -> None:
    claim = invoice(world, "R1")
    assert state(claim, attempt(world, claim), COLLECTED_ON).code == "to_debit"


def test_after_the_day_a_debit_is_called_debited_but_not_paid(world: World) -> None:
    claim = invoice(world, "R1")
    found = state(claim, attempt(world, claim), LATER)
    assert (found.code, found.due, found.text) == ("debited", None, "debited on 4 Jan 2027")


def test_only_the_line_of_the_bank_makes_it_paid(world: World) -> None:
    claim = invoice(world, "R1")
    found = state(claim, attempt(world, claim, booked_on=date(2027, 1, 5)), LATER)
    assert (found.code, found.text) == ("paid", "paid on 5 Jan 2027")


def test_a_file_that_never_went_to_the_bank_has_debited_nothing(world: World) -> None:
    claim = invoice(world, "R1")
    assert state(claim, attempt(world, claim, submitted=False), LATER).code == "debit_later"


def test_a_withdrawn_debit_comes_later_even_if_the_announced_day_is_ahead(world: World) -> None:
    claim = invoice(world, "R1")
    withdrawn = attempt(world, claim, submitted=False, failed_on=TODAY, failed_as="withdrawn")
    assert state(claim, withdrawn).code == "debit_later"


@pytest.mark.parametrize(
    "failed_as, words",
    [("returned", "returned by the bank on 12 Jan 2027"), ("rejected", "not carried out by the bank on 12 Jan 2027")],
)
def test_a_debit_that_failed_is_a_problem_even_if_it_was_booked_before(
    world: World, failed_as: str, words: str
) -> None:
    claim = invoice(world, "R1")
    failed = attempt(world, claim, booked_on=date(2027, 1, 5), failed_on=date(2027, 1, 12), failed_as=failed_as)
    found = state(claim, failed, LATER)
    assert (found.code, found.tone, found.text) == (failed_as, "problem", words)


@pytest.mark.parametrize(
    "fields, on, code",
    [
        ({"method": "transfer"}, COLLECTED_ON, "to_transfer"),
        ({"method": "transfer"}, LATER, "transfer_was_due"),
        ({"method": "none"}, TODAY, "nothing"),
        ({"method": "credit"}, TODAY, "credit"),
    ],
)
def test_what_is_not_debited_says_so(world: World, fields: dict[str, Any], on: date, code: str) -> None:
    assert state(invoice(world, "R1", **fields), None, on).code == code


def test_a_cancelled_invoice_and_what_cancels_it_say_so(world: World) -> None:
    cancelled = invoice(world, "R1")
    undone = invoice(world, "S1", kind="cancellation", method="none", corrects=cancelled, reason="twice")
    assert state(undone, None, TODAY).code == "cancellation"
    assert (state(cancelled, None, TODAY).code, state(cancelled, None, TODAY).due) == ("cancelled", None)


def test_germans_read_german_words_and_days(world: World) -> None:
    with override("de"):
        assert "04.01.2027" in state(invoice(world, "R1")).text


def test_a_transfer_that_arrived_is_paid_and_a_part_of_it_says_what_is_left(world: World) -> None:
    claim = invoice(world, "R1", method="transfer")
    whole = Received(claim.payable, date(2027, 1, 5))
    assert state_of(claim, None, LATER, whole).text == "paid on 5 Jan 2027"
    part = state_of(claim, None, LATER, Received(Decimal("4.00"), date(2027, 1, 5)))
    assert part.code == "to_transfer"
    assert "4.00" in part.text


def test_a_returned_debit_that_was_transferred_afterwards_is_paid(world: World) -> None:
    claim = invoice(world, "R1")
    back = attempt(world, claim, failed_on=date(2027, 1, 8), failed_as="returned", return_reason="AM04")
    assert state_of(claim, back, LATER, Received(Decimal(0), date(2027, 1, 8))).code == "returned"
    assert state_of(claim, back, LATER, Received(claim.payable, date(2027, 1, 9))).text == "paid on 9 Jan 2027"


@pytest.mark.parametrize(
    "reason, words", [("AC04", ": the account is closed"), ("MS03", ""), ("MD07", ""), ("AM05", ""), ("", "")]
)
def test_a_return_says_why_only_where_the_bank_says_so_and_it_concerns_the_member(
    world: World, reason: str, words: str
) -> None:
    claim = invoice(world, "R1")
    back = attempt(world, claim, failed_on=date(2027, 1, 8), failed_as="returned", return_reason=reason)
    assert state(claim, back, LATER).text == f"returned by the bank on 8 Jan 2027{words}"


def test_what_the_bank_did_not_carry_out_says_why_too(world: World) -> None:
    claim = invoice(world, "R1")
    back = attempt(world, claim, failed_on=date(2027, 1, 8), failed_as="rejected", return_reason="MD01")
    text = "not carried out by the bank on 8 Jan 2027: your bank says that there is no valid mandate"
    assert state(claim, back, LATER).text == text
