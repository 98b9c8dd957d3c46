"""The rate is that of the day on which the supply is performed; what frees a supply decides what the document says."""

from datetime import date
from decimal import Decimal

import pytest

from billing.pricing import Usage, charges, parse_contract, parse_tariffs
from billing.pricing.vat import HISTORY, rate_on, treatment


@pytest.mark.parametrize(
    ("day", "standard", "reduced"),
    [
        (date(2007, 1, 1), 19, 7),
        (date(2020, 6, 30), 19, 7),
        (date(2020, 7, 1), 16, 5),
        (date(2020, 12, 31), 16, 5),
        (date(2021, 1, 1), 19, 7),
        (date(2027, 2, 1), 19, 7),
    ],
)
def test_the_rates_of_the_law_on_both_sides_of_every_change(day: date, standard: int, reduced: int) -> None:
    assert (rate_on(Decimal(19), day), rate_on(Decimal(7), day)) == (Decimal(standard), Decimal(reduced))


@pytest.mark.parametrize("rate", [None, Decimal(0), Decimal("5.5"), Decimal(16)])
def test_any_other_rate_and_none_stay(rate: Decimal | None) -> None:
    assert rate_on(rate, date(2020, 8, 1)) == rate


def test_the_history_goes_up_and_names_its_source() -> None:
    assert [one.since for one in HISTORY] == sorted({one.since for one in HISTORY})
    assert all(one.source for one in HISTORY)


def rates(months: int) -> list[tuple[str, str]]:
    """First day and rate of what a contract over 2020 costs in this interval."""
    component = {"code": "fee", "kind": "flat", "price": "10.00"}
    tariff = {
        "code": "S",
        "interval": {"months": months},
        "anchor": "calendar",
        "vat_rate": "19",
        "components": [component],
    }
    contract = parse_contract({"tariff": "S", "start": "2020-01-01"})
    found = charges(parse_tariffs({"S": tariff}), contract, Usage(), date(2020, 12, 31))
    return [(f"{one.start:%m}", str(one.vat_rate)) for one in found]


def test_twelve_agreed_parts_have_each_the_rate_of_their_own_month() -> None:
    assert rates(1) == [(f"{month:02}", "19" if month < 7 else "16") for month in range(1, 13)]


def test_one_price_for_the_year_has_the_rate_of_its_last_day() -> None:
    assert rates(12) == [("01", "16")]


@pytest.mark.parametrize(
    ("rate", "exemption", "expected"),
    [
        (None, "", "outside"),
        ("0", "", "zero"),
        ("19", "", "taxed"),
        ("0", "§ 4 Nr. 22 Buchst. a UStG", "exempt"),
        ("0", "§ 19 Abs. 1 UStG", "small"),
        ("0", "Kleinunternehmer nach §19 UStG", "small"),
        ("0", "§ 13b Abs. 2 Nr. 4 UStG", "reverse"),
        ("0", "Steuerschuldnerschaft des Leistungsempfängers", "reverse"),
        (None, "§ 4 Nr. 20 UStG", "exempt"),
    ],
)
def test_what_frees_a_supply_decides_how_it_is_treated(rate: str | None, exemption: str, expected: str) -> None:
    assert treatment(Decimal(rate) if rate is not None else None, exemption) == expected
