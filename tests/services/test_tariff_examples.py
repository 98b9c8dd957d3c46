"""Each template over a plausible year, and what the example says of it: figures worked out by hand."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from billing import pricing
from billing.pricing.law import breaches
from billing.services.tariff_examples import Asked, Example, example
from billing.services.tariff_templates import BY_KEY

START = date(2027, 1, 1)


def priced(key: str, *, start: date = START, language: str = "de", **asked: Any) -> Example:
    template = BY_KEY[key]
    assert breaches(template.terms) == []
    amounts = {
        name: {code: Decimal(number) for code, number in asked.pop(name, {}).items()}
        for name in ("quantities", "usage")
    }
    tariffs = pricing.parse_tariffs({"T": template.terms})
    return example(tariffs, {"T": template.terms}, "T", Asked(start, asked.pop("months", None), **amounts), language)


@pytest.mark.parametrize(
    ("key", "asked", "first", "usual", "year"),
    [
        ("club", {}, "34.00", "14.00", "188.00"),  # 12 x 14 and 20 once
        ("club", {"months": 3}, "62.00", "42.00", "188.00"),
        ("gym", {"start": date(2027, 1, 1)}, "29.95", "29.90", "328.95"),  # 15 + 3 x 14.95 + 9 x 29.90: the trial moves all
        ("allotment", {"quantities": {"pacht": "250"}, "usage": {"wasser": "2"}}, "103.00", "159.40", "103.00"),
        ("internet", {"usage": {"volumen": "640"}}, "78.90", "133.90", "1551.80"),  # 540 beyond the free 100: 100 + 4
        ("kindergarten", {"usage": {"essen": "18"}}, "185.00", "253.40", "2972.40"),
        ("magazine", {}, "58.80", "58.80", "58.80"),
        ("instalments", {}, "148.00", "49.00", "687.00"),  # 99 down and 12 of 24 rates
        ("downloads", {"usage": {"downloads": "25"}}, "14.70", "14.70", "161.70"),  # 3 packages of 10 for 22
    ],
)  # fmt: skip
def test_a_plausible_year_of_each_template(key: str, asked: Any, first: str, usual: str, year: str) -> None:
    found = priced(key, **asked)
    assert found.first is not None
    assert found.usual is not None
    assert (found.first.gross, found.usual.gross, found.year) == (Decimal(first), Decimal(usual), Decimal(year))


@pytest.mark.parametrize(
    ("key", "leaves", "ends"),
    [
        ("club", date(2027, 1, 31), None), ("gym", date(2028, 1, 14), None), ("allotment", date(2027, 12, 31), None),
        ("internet", date(2028, 12, 31), None), ("kindergarten", date(2027, 3, 31), None), ("magazine", date(2027, 12, 31), None),
        ("instalments", date(2027, 1, 31), date(2028, 12, 31)), ("downloads", START, None),
    ],
)  # fmt: skip
def test_how_long_each_template_binds(key: str, leaves: date, ends: date | None) -> None:
    found = priced(key)
    assert (found.leaves, found.ends) == (leaves, ends)


def test_the_lines_are_those_of_an_invoice() -> None:
    found = priced("internet", start=date(2027, 1, 20), usage={"volumen": "640"})
    assert found.first is not None
    assert found.usual is not None
    assert found.first.lines[0] == (
        "Grundpreis 20.01.2027 bis 31.01.2027 (Preis 29,90; 12 von 31 Tagen)",
        Decimal("11.57"),
    )
    assert found.usual.on == date(2027, 3, 1)
    assert "davon 100 frei" in found.usual.lines[0][0]
    english = priced("internet", start=date(2027, 1, 20), language="en")
    assert english.first is not None
    assert "12 of 31 days" in english.first.lines[0][0]


def test_a_rhythm_that_the_tariff_does_not_have_is_told() -> None:
    with pytest.raises(pricing.PricingFaults) as refused:
        priced("gym", months=3)
    assert [fault.path for fault in refused.value.faults] == ["contract.interval"]
