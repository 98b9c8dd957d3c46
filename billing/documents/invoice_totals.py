"""The sums of an invoice below its table: per VAT rate where there is one, and the grand total."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from billing.documents.figures import money
from billing.documents.sheet import GREY, RIGHT, Block, Pen
from billing.documents.vat_words import total_rows

TOTALS_LEFT, ROW, SIZE = 128.0, 5.4, 9.2


def totals_block(snapshot: Mapping[str, Any]) -> Block:
    """All of it together, at the right margin."""
    language = snapshot["language"]
    rows, gross = total_rows(snapshot["vat"], language), money(snapshot["gross"], language)
    above = 2.6 + ROW * len(rows) if rows else 0.0

    def draw(pen: Pen, y: float) -> None:
        for at, (label, amount) in enumerate(rows):
            base = y + 6.2 + at * ROW
            pen.text(TOTALS_LEFT, base, label, SIZE, colour=GREY)
            pen.right(RIGHT, base, amount, SIZE)
        if rows:
            pen.rule(TOTALS_LEFT, y + above + 1.4, RIGHT, pen.accent, 0.9)
        pen.text(TOTALS_LEFT, y + above + 8.2, _("Total"), 12, bold=True)
        pen.right(RIGHT, y + above + 8.2, gross, 12, bold=True, colour=pen.accent)

    return Block(above + 13.0, draw)
