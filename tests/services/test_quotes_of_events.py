"""Quotes for a change of quantity, a pause and a cancellation, and what is refused."""

from collections.abc import Iterator
from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django_scopes import scope

from billing.models import ContractQuote
from billing.services import quotes
from members.models import Organisation
from tests.services.club import noon, small_club
from tests.services.test_quotes import START, TODAY, Answer, bill, contract_of, offer, quoted

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def club() -> Iterator[Organisation]:
    organisation = small_club()
    with scope(organisation=organisation):
        yield organisation


@pytest.mark.parametrize(
    "action, day, total",
    [
        ({"cancel": "2027-01-22"}, TODAY, "-20.00"),
        ({"cancel": "contractual"}, TODAY, "0.00"),
        ({"pause": {"until": "2027-02-15"}}, TODAY, "-9.00"),
        ({"quantity": {"seats": "3"}}, TODAY, "40.00"),
    ],
)
def test_other_events_are_billed_as_they_were_confirmed(
    club: Organisation, action: Answer, day: date, total: str
) -> None:
    seats = {"code": "seats", "kind": "per_unit", "price": "31.00"}
    tariff = offer(club, "small", "31.00", components=[{"code": "fee", "kind": "flat", "price": "31.00"}, seats])
    contract = contract_of(club, tariff, quantities={"seats": "1"})
    bill(club, START, date(2027, 1, 31))
    quote = quotes.quote_for(contract, action, day, noon(day))
    quotes.confirm(quote, None, noon(day))
    assert quote.answer["total"] == total
    issued = bill(club, date(2027, 1, 20), date(2027, 2, 20))
    assert [line for line in quoted(quote) if line not in issued] == []


@pytest.mark.parametrize(
    "action, reason",
    [
        ({"change_tariff": "small"}, "hat diesen Tarif"),
        ({"quantity": {"fee": "2"}}, "Preis"),
        ({"pause": {"until": "2027-01-01"}}, "Pause"),
        ({"cancel": "2026-12-01"}, "beginnt"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(club: Organisation, action: Answer, reason: str) -> None:
    contract = contract_of(club, offer(club, "small", "31.00"))
    with pytest.raises(ValidationError, match=reason):
        quotes.quote_for(contract, action, TODAY, noon(TODAY))
    assert ContractQuote.objects.count() == 0


def test_a_day_holds_one_cancellation(club: Organisation) -> None:
    contract = contract_of(club, offer(club, "small", "31.00"))
    quotes.confirm(quotes.quote_for(contract, {"cancel": "2027-06-01"}, TODAY, noon(TODAY)), None, noon(TODAY))
    with pytest.raises(ValidationError, match="anderen Tag"):
        quotes.quote_for(contract, {"cancel": "2027-05-01"}, TODAY, noon(TODAY))
