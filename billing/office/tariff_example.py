"""The example invoice beside the form: computed by the run's own prices, said in the words of an invoice."""

from dataclasses import asdict
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from billing.documents.figures import money
from billing.documents.vat_words import exemption_notes, total_rows
from billing.pricing.words import LANGUAGES
from billing.services.tariff_examples import Bill, Example


def language() -> str:
    """The reader's language, as invoices know it."""
    found = (get_language() or "de")[:2]
    return found if found in LANGUAGES else "de"


def example_words(found: Example) -> dict[str, Any]:
    """Invoices and figures for the page."""
    first = bill_words(found.first, _("First invoice, %(day)s")) if found.first else None
    usual = bill_words(found.usual, _("A usual invoice, %(day)s")) if found.usual else None
    return {"bills": [one for one in (first, usual) if one], "figures": figures(found)}


def figures(found: Example) -> list[tuple[str, str, str]]:
    """The first year and how long it binds: label, figure, and a word more."""
    count = ngettext("%(count)s invoice", "%(count)s invoices", found.bills) % {"count": found.bills}
    rows = [(_("Billed in the first twelve months"), money(found.year, language()), count)]
    if found.ends:
        rows.append((_("Ends by itself"), shown(found.ends), _("last day")))
    if found.leaves is None:
        rows.append((_("Can be left"), _("never"), _("by these terms")))
    elif found.leaves != found.ends:
        rows.append((_("Can be left first"), shown(found.leaves), _("last day, if notice is given on the first day")))
    return rows


def bill_words(bill: Bill, title: str) -> dict[str, Any]:
    """One invoice: its lines, and its sums as the document has them."""
    totals = [asdict(one) for one in bill.totals]
    return {
        "title": title % {"day": shown(bill.on)},
        "lines": [(text, money(amount, language())) for text, amount in bill.lines],
        "totals": total_rows(totals, language()),
        "gross": money(bill.gross, language()),
        "notes": exemption_notes(totals, language()),
    }


def shown(day: date) -> str:
    """A day in the reader's language."""
    return date_format(day, "SHORT_DATE_FORMAT")
