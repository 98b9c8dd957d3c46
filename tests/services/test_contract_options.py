"""What members change about a contract themselves: only what the tariff lets them, and the next run bills the quote."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django_scopes import scope

from billing.models import Contract, ContractEvent, InvoiceLine, Mail, Tariff, TariffVersion
from billing.services import contract_options, quotes
from members.models import Organisation
from tests.services.club import join, noon, small_club
from tests.services.test_quotes import START, TODAY, bill

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def club() -> Iterator[Organisation]:
    organisation = small_club()
    with scope(organisation=organisation):
        yield organisation


def held(club: Organisation, **choices: Any) -> Contract:
    """An adult's monthly contract, January billed; the tariff lets its members choose this."""
    join(club, "1", start=START)
    Tariff.objects.filter(code="ERW").update(**choices)
    bill(club, START, date(2027, 1, 31))
    return Contract.objects.select_related("organisation", "tariff", "member").get()


def chosen(contract: Contract, action: dict[str, Any], on: date = TODAY) -> dict[str, Any]:
    """Asked, allowed, shown and confirmed."""
    contract_options.refuse_beyond(contract, action, on, TODAY)
    quote = quotes.quote_for(contract, action, on, noon(TODAY))
    quotes.confirm(quote, None, noon(TODAY))
    return dict(quote.answer)


def test_a_quarter_is_billed_from_the_day_that_was_shown(club: Organisation) -> None:
    contract = held(club, choose_rhythm=True)
    assert contract_options.options(contract, TODAY).rhythms == [1, 3, 6, 12]
    answer = chosen(contract, {"rhythm": {"months": 3}})
    assert (answer["effective"], answer["credit"], answer["new"]["steps"][0]["amount"]) == (
        "2027-04-01",
        "0.00",
        "42.00",
    )
    assert contract_options.options(contract, TODAY).waiting == (date(2027, 4, 1), 3)
    lines = [(one["from"], one["amount"]) for one in bill(club, date(2027, 2, 1), date(2027, 4, 30))]
    assert [(on, str(amount)) for on, amount in lines] == [
        ("2027-02-01", "14.00"),
        ("2027-03-01", "14.00"),
        ("2027-04-01", "42.00"),
    ]
    assert quotes.standings(club, [contract], date(2027, 4, 2))[contract.pk].every.months == 3
    assert Mail.objects.filter(kind="contract").count() == 1


def test_a_pause_gives_back_what_was_billed_and_counts_against_the_year(club: Organisation) -> None:
    contract = held(club, pause_months=3)
    answer = chosen(contract, {"pause": {"until": "2027-03-01"}}, date(2027, 2, 1))
    assert Decimal(answer["spared"]) >= 0
    assert contract_options.options(contract, TODAY).pause_months == 2
    assert [one["from"] for one in bill(club, date(2027, 2, 1), date(2027, 3, 31))] == ["2027-03-01"]
    with pytest.raises(ValidationError, match="zusammen 3 Monate"):
        chosen(contract, {"pause": {"until": "2027-08-01"}}, date(2027, 5, 1))


def pieces(club: Organisation, most: dict[str, int]) -> Contract:
    """Boats by the piece, and a locker that one has or has not."""
    tariff = Tariff.objects.create(organisation=club, code="BOOT", name="Liegeplatz", pieces_most=most)
    parts = [
        {"code": "boat", "kind": "per_unit", "name": "Boot", "price": "5.00"},
        {"code": "locker", "kind": "per_unit", "name": "Spind", "price": "2.00"},
    ]  # fmt: skip
    terms = {
        "interval": {"months": 1},
        "anchor": "calendar",
        "proration": "none",
        "vat_rate": None,
        "components": parts,
    }
    TariffVersion.objects.create(organisation=club, tariff=tariff, terms=terms)
    join(club, "1", tariff="BOOT", start=START)
    Contract.objects.update(quantities={"boat": "1"})
    bill(club, START, date(2027, 1, 31))
    return Contract.objects.select_related("organisation", "tariff", "member").get()


def test_pieces_and_extras_are_billed_as_shown(club: Organisation) -> None:
    contract = pieces(club, {"boat": 3, "locker": 1})
    found = contract_options.options(contract, TODAY)
    assert [(one.name, int(one.now), one.most) for one in found.pieces] == [("Boot", 1, 3), ("Spind", 0, 1)]
    answer = chosen(contract, {"quantity": {"boat": "2", "locker": "1"}}, date(2027, 2, 1))
    assert answer["new"]["steps"][0]["amount"] == "12.00"
    billed = bill(club, date(2027, 2, 1), date(2027, 2, 28))
    assert sorted(one["amount"] for one in billed) == [Decimal("2.00"), Decimal("10.00")]


@pytest.mark.parametrize(
    "action, choices",
    [
        ({"rhythm": {"months": 3}}, {}), ({"rhythm": {"months": 2}}, {"choose_rhythm": True}),
        ({"pause": {"until": "2027-02-01"}}, {}), ({"pause": {"until": "2027-04-01"}}, {"pause_months": 1}),
        ({"quantity": {"beitrag": "2"}}, {"choose_rhythm": True}), ({"cancel": "contractual"}, {"choose_rhythm": True}),
        ({"change_tariff": "PAS"}, {"choose_rhythm": True}), ({"pause": {"until": "2027-01-12"}}, {"pause_months": 1}),
    ],
)  # fmt: skip
def test_what_the_tariff_leaves_to_the_office_is_refused(
    club: Organisation, action: dict[str, Any], choices: dict[str, Any]
) -> None:
    contract = held(club, **choices)
    with pytest.raises(ValidationError):
        contract_options.refuse_beyond(contract, action, TODAY, TODAY)
    assert not ContractEvent.objects.exists()


@pytest.mark.parametrize("on", [date(2027, 1, 11), date(2028, 1, 13)])
def test_days_gone_by_and_far_away_are_the_offices(club: Organisation, on: date) -> None:
    contract = held(club, pause_months=12)
    with pytest.raises(ValidationError, match="zwölf Monaten"):
        contract_options.refuse_beyond(contract, {"pause": {"until": "2028-02-01"}}, on, TODAY)


def test_a_cancelled_contract_has_no_choices(club: Organisation) -> None:
    contract = held(club, choose_rhythm=True, pause_months=2)
    chosen_end = quotes.quote_for(contract, {"cancel": "contractual"}, TODAY, noon(TODAY))
    quotes.confirm(chosen_end, None, noon(TODAY))
    assert contract_options.options(contract, TODAY).empty
    with pytest.raises(ValidationError):
        contract_options.refuse_beyond(contract, {"rhythm": {"months": 3}}, TODAY, TODAY)
    assert InvoiceLine.objects.exists()


def test_the_rhythm_that_holds_is_no_change(club: Organisation) -> None:
    contract = held(club, choose_rhythm=True)
    with pytest.raises(ValidationError, match="schon in dieser Zahlungsweise"):
        quotes.quote_for(contract, {"rhythm": {"months": 1}}, TODAY, noon(TODAY))
