"""Amounts and days in the reader's language, written as the documents write them."""

from datetime import date
from decimal import Decimal

from babel.dates import format_date
from django.utils.translation import get_language

from billing.documents import figures


def language() -> str:
    """`de` or `en`."""
    return (get_language() or "de")[:2]


def euro(amount: Decimal) -> str:
    """An amount in EUR: `96,00 €`, in English `€96.00`."""
    return figures.money(amount, language())


def day(when: date) -> str:
    """`04.01.2027`, in English `4 Jan 2027`."""
    return figures.day(when.isoformat(), language())


def weekday(when: date) -> str:
    """`Montag, 4. Januar 2027`: the day that matters most, so that nobody has to look it up."""
    return str(format_date(when, "full", locale=figures.locale(language())))
