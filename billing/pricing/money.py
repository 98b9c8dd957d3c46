"""Money: the only room of the house that rounds.

Inside a calculation amounts are exact fractions; they become cents once, half up (commercially, away from zero).
"""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

CENT = Decimal("0.01")
ZERO = Decimal("0.00")
_WIDE = Context(prec=60, rounding=ROUND_HALF_UP)
_MICRO = Decimal("0.000001")


def cents(value: Decimal | Fraction | int) -> Decimal:
    """The amount in whole cents, half up: 0.005 becomes 0.01 and -0.005 becomes -0.01."""
    if not isinstance(value, Fraction):
        return Decimal(value).quantize(CENT, context=_WIDE)
    numerator, denominator = abs(value.numerator), value.denominator
    rounded = (200 * numerator + denominator) // (2 * denominator)
    return Decimal(-rounded if value < 0 else rounded).scaleb(-2, context=_WIDE)


def total(values: Iterable[Decimal]) -> Decimal:
    """The sum in whole cents. Sums that come out of a database pass through here too."""
    result = ZERO
    for value in values:
        result = _WIDE.add(result, value)
    return cents(result)


def exactly(value: Fraction) -> Decimal:
    """A fraction that came from decimal numbers, as a decimal number again."""
    return _WIDE.divide(Decimal(value.numerator), Decimal(value.denominator))


def readable(value: Fraction) -> Decimal:
    """A unit price or a quantity with at most six decimal places, for people to read; never calculated with."""
    return exactly(value).quantize(_MICRO, context=_WIDE)
