"""What charges say about themselves, in the member's language. Pure texts: no catalogue, no settings."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from billing.pricing.money import cents, readable
from billing.pricing.periods import DAY
from billing.pricing.rates import Step

LANGUAGES = ("de", "en")

_TEXTS = {
    "de": {
        "range": "{first} bis {last}",
        "days": "{part} von {full} Tagen",
        "months": "{part} von {full} Monaten",
        "units": "{quantity} × {price}",
        "price": "Preis {price}",
        "fixed": "zuzüglich {price}",
        "measured": "Menge {quantity}",
        "included": "davon {quantity} frei",
        "phase": "Preisphase",
        "loyalty": "abzüglich {percent} % Treuerabatt",
        "percent": "abzüglich {percent} % Rabatt",
        "amount": "abzüglich {price} Rabatt",
        "minimum": "Mindestbetrag",
        "maximum": "Höchstbetrag",
        "before": "ein Teil dieses Zeitraums ist schon berechnet",
        "credit": "Erstattung {name} {range}",
        "reversal": "Storno {name}",
        "upgrade": "Wechsel in einen höheren Tarif: {new} statt {old} je Tag",
        "downgrade": "kein Wechsel in einen höheren Tarif: {new} statt {old} je Tag",
        "shorter": "kein Wechsel in einen höheren Tarif: der Abrechnungszeitraum wird kürzer",
    },
    "en": {
        "range": "{first} to {last}",
        "days": "{part} of {full} days",
        "months": "{part} of {full} months",
        "units": "{quantity} × {price}",
        "price": "price {price}",
        "fixed": "plus {price}",
        "measured": "quantity {quantity}",
        "included": "{quantity} of them free",
        "phase": "price phase",
        "loyalty": "less {percent} % loyalty discount",
        "percent": "less {percent} % discount",
        "amount": "less {price} discount",
        "minimum": "minimum amount",
        "maximum": "maximum amount",
        "before": "part of this time has been charged already",
        "credit": "Credit {name} {range}",
        "reversal": "Reversal {name}",
        "upgrade": "upgrade: {new} instead of {old} per day",
        "downgrade": "no upgrade: {new} instead of {old} per day",
        "shorter": "no upgrade: the billing interval becomes shorter",
    },
}


# Notes that are made of two texts come before those that they begin with, and whole words before a text that would take them for a value.
_TOGETHER = {"measured_included": ("measured", "included"), "units_fixed": ("units", "fixed")}
_JOINTS = {"measured_included": ", ", "units_fixed": " "}


def _pattern(texts: Mapping[str, str], key: str) -> re.Pattern[str]:
    """What a note of this kind looks like; the second of two texts names its values apart."""
    first, *second = (texts[one] for one in _TOGETHER.get(key, (key,)))
    names = [re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+?)", re.escape(first))]
    names += [re.sub(r"\\{(\w+)\\}", r"(?P<\1_2>.+?)", re.escape(text)) for text in second]
    return re.compile(re.escape(_JOINTS.get(key, "")).join(names))


_NOTES = (
    *_TOGETHER, "days", "months", "units", "phase", "price", "fixed", "measured", "loyalty", "percent", "amount", "minimum", "maximum",
    "before",
)  # fmt: skip
_PATTERNS = {language: {key: _pattern(texts, key) for key in _NOTES} for language, texts in _TEXTS.items()}


def read(note: str, language: str) -> tuple[str, dict[str, str]]:
    """Which kind of note it is, and the values in it; no kind for what is not ours."""
    for key, pattern in _PATTERNS.get(language, {}).items():
        if found := pattern.fullmatch(note):
            return key, found.groupdict()
    return "", {}


def plain(value: Fraction | Decimal) -> str:
    """A number without superfluous zeros: 1200, 100.5."""
    text = format(value if isinstance(value, Decimal) else readable(value), "f")
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


@dataclass(frozen=True, slots=True)
class Words:
    """The texts of one language."""

    language: str = "de"

    def _say(self, key: str, **values: str) -> str:
        return _TEXTS[self.language][key].format(**values)

    def day(self, day: date) -> str:
        """13.02.2026, or 2026-02-13 in English."""
        return f"{day.day:02}.{day.month:02}.{day.year}" if self.language == "de" else day.isoformat()

    def number(self, value: Fraction | Decimal) -> str:
        """A number with the decimal sign of the language."""
        text = plain(value)
        return text.replace(".", ",") if self.language == "de" else text

    def price(self, value: Fraction) -> str:
        """A price with two decimals, or as many as it has up to six."""
        whole, _, rest = plain(value).partition(".")
        return f"{whole}{',' if self.language == 'de' else '.'}{rest:0<2}"

    def range(self, start: date, end: date) -> str:
        """The days of a half-open range, the last one included."""
        if end - start == DAY:
            return self.day(start)
        return self._say("range", first=self.day(start), last=self.day(end - DAY))

    def charge(self, name: str, start: date, end: date, notes: tuple[str, ...]) -> str:
        """The text of a charge: what, when, and how it came about."""
        said = f"{name} {self.range(start, end)}"
        return f"{said} ({'; '.join(notes)})" if notes else said

    def credit(self, name: str, start: date, end: date) -> str:
        """The text of a credit for days taken away."""
        return self._say("credit", name=name, range=self.range(start, end))

    def reversal(self, name: str) -> str:
        """The text of a billed line's reversal."""
        return self._say("reversal", name=name)

    def part(self, kind: str, part: int, full: int) -> str:
        """Days or months counted."""
        return self._say(kind, part=str(part), full=str(full))

    def note(self, key: str) -> str:
        """A note that stands by itself: phase, minimum, maximum, before."""
        return self._say(key)

    def full_price(self, price: Fraction) -> str:
        """The full price that a part or a reduction was taken of."""
        return self._say("price", price=self.price(price))

    def step(self, step: Step) -> str:
        """One step of a price calculation."""
        said = self._say("units", quantity=self.number(step.quantity), price=self.price(step.unit))
        if not step.flat:
            return said
        fixed = self._say("fixed", price=self.price(step.flat))
        return f"{said} {fixed}" if step.unit else fixed

    def measured(self, quantity: Fraction, included: Fraction) -> str:
        """What the meter said, and what of it is free."""
        said = self._say("measured", quantity=self.number(quantity))
        return f"{said}, {self._say('included', quantity=self.number(included))}" if included else said

    def loyalty(self, percent: Fraction) -> str:
        """The loyalty discount taken."""
        return self._say("loyalty", percent=self.number(percent))

    def discount_percent(self, percent: Fraction) -> str:
        """A discount in per cent taken."""
        return self._say("percent", percent=self.number(percent))

    def discount_amount(self, amount: Fraction) -> str:
        """A discount amount taken."""
        return self._say("amount", price=self.price(Fraction(cents(amount))))

    def change(self, upgrade: bool, shorter: bool, old: Fraction, new: Fraction) -> str:
        """Why a change of tariff is an upgrade, or is not."""
        key = "upgrade" if upgrade else "shorter" if shorter and new > old else "downgrade"
        return self._say(key, old=self.price(old), new=self.price(new))
