"""Numbers and days as people read them, in the language of the document: 1.234,50 €, 4. Januar 2027, 19 %."""

from datetime import date, timedelta
from decimal import Decimal

from babel.dates import format_date
from babel.numbers import format_currency, format_decimal

LOCALES = {"de": "de_DE", "en": "en_GB"}
DAY = timedelta(days=1)
NO_BREAK = "\xa0"


def locale(language: str) -> str:
    """Day before month in both languages: 04/01 must mean the same everywhere in Germany."""
    return LOCALES.get(language, LOCALES["de"])


def money(amount: str | Decimal, language: str) -> str:
    """An amount in EUR with two decimals and a true minus sign."""
    text: str = format_currency(Decimal(amount), "EUR", locale=locale(language))
    return text.replace("-", "\u2212")


def quantity(value: str, language: str) -> str:
    """A quantity with as many decimals as it has, six at most."""
    text: str = format_decimal(Decimal(value), format="#,##0.######", locale=locale(language))
    return text.replace("-", "\u2212")


def figure(value: str | Decimal, language: str) -> str:
    """A stored figure of which nobody says whether it is money: two decimals, and as many more as it has, six at most."""
    text: str = format_decimal(Decimal(value), format="#,##0.00####", locale=locale(language))
    return text.replace("-", "\u2212")


def percent(rate: str, language: str) -> str:
    """A rate given in per cent: 19 %, in English 19%."""
    return f"{quantity(rate, language)}{'%' if language == 'en' else NO_BREAK + '%'}"


def day(iso: str, language: str) -> str:
    """04.01.2027, or 4 Jan 2027."""
    text: str = format_date(date.fromisoformat(iso), "medium", locale=locale(language))
    return text


def long_day(iso: str, language: str) -> str:
    """4. Januar 2027, or 4 January 2027."""
    text: str = format_date(date.fromisoformat(iso), "long", locale=locale(language))
    return text


def period(start: str, end: str, language: str) -> str:
    """The days of a half-open range, the last one included: 01.01.2027 – 31.01.2027."""
    first, last = date.fromisoformat(start), date.fromisoformat(end) - DAY
    if first >= last:
        return day(start, language)
    return f"{day(start, language)} – {day(last.isoformat(), language)}"


def grouped_iban(iban: str) -> str:
    """In groups of four, as banks print it; a masked account number stays as it is."""
    plain = iban.replace(" ", "")
    return iban if "*" in iban else " ".join(plain[at : at + 4] for at in range(0, len(plain), 4))
