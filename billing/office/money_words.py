"""Amounts that were stored as text, as people read them."""

from decimal import Decimal

from django.utils.formats import number_format


def euro(amount: str | Decimal) -> str:
    """`1.234,50 €`"""
    return f"{number_format(Decimal(amount), 2, force_grouping=True)} €"


def figure(amount: str | Decimal) -> str:
    """Without the currency, for a table whose head names it."""
    return number_format(Decimal(amount), 2, force_grouping=True)


def signed(amount: str | Decimal) -> str:
    """With a plus, where more is paid."""
    return f"+{euro(amount)}" if Decimal(amount) > 0 else euro(amount)


def whole(amount: str | Decimal) -> str:
    """Without cents, for an axis."""
    return number_format(round(Decimal(amount)), 0, force_grouping=True)
