"""A line of an invoice in whole sentences: which days, how much of what, and why this amount."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing.documents.invoice_table import said
from billing.pricing.words import read

SENTENCES = {
    "days": _("Only part of the period: %(part)s of %(full)s days."),
    "months": _("Only part of the period: %(part)s of %(full)s months."),
    "price": _("The whole would be %(price)s €."),
    "units": _("%(quantity)s × %(price)s €"),
    "units_fixed": _("%(quantity)s × %(price)s € plus a fixed amount of %(price_2)s €"),
    "fixed": _("plus a fixed amount of %(price)s €"),
    "measured": _("Used: %(quantity)s."),
    "measured_included": _("Used: %(quantity)s, of that %(quantity_2)s free."),
    "phase": _("The price agreed for this part of the contract."),
    "loyalty": _("%(percent)s %% loyalty discount is taken off."),
    "percent": _("%(percent)s %% discount is taken off."),
    "amount": _("%(price)s € discount is taken off."),
    "minimum": _("This is the agreed minimum amount."),
    "maximum": _("This is the agreed maximum amount; more is not charged."),
    "before": _("Part of this time was charged already; here is only the rest."),
}


def title_of(line: Mapping[str, Any], language: str) -> str:
    """What is charged, without the days, which stand beside it."""
    return said(line, language)[0]


def sentences(line: Mapping[str, Any], language: str, unit: str = "") -> list[str]:
    """Every note of the line, in the reader's words. `language`: the one that the document is written in."""
    notes = [note for note in said(line, language)[1].split("; ") if note]
    return list(filter(None, (sentence(note, language, unit) for note in notes))) or [
        gettext("The full price for these days.")
    ]


def sentence(note: str, language: str, unit: str) -> str:
    """One note; what is not ours is shown as it stands."""
    kind, values = read(note, language)
    counted = {name: f"{value} {unit}".strip() for name, value in values.items() if name.startswith("quantity")}
    return str(SENTENCES[kind]) % (values | counted) if kind in SENTENCES else note
