"""Rounding: once, half up, away from zero."""

from decimal import Decimal
from fractions import Fraction

import pytest

from billing.pricing.money import cents, total


@pytest.mark.parametrize(
    "value, rounded",
    [
        (Decimal("0.005"), "0.01"),
        (Decimal("-0.005"), "-0.01"),
        (Decimal("2.675"), "2.68"),
        (Fraction(1, 3), "0.33"),
        (Fraction(-1, 200), "-0.01"),
        (Fraction(2, 3), "0.67"),
        (7, "7.00"),
        (Decimal("123456789012345678901234567890.125"), "123456789012345678901234567890.13"),
        (Fraction(123456789012345678901234567890125, 1000), "123456789012345678901234567890.13"),
    ],
)
def test_half_a_cent_goes_away_from_zero(value: Decimal | Fraction | int, rounded: str) -> None:
    assert str(cents(value)) == rounded


def test_a_sum_has_two_decimals_even_of_nothing() -> None:
    assert str(total([])) == "0.00"
    assert str(total([Decimal("0.1"), Decimal("0.2")])) == "0.30"
