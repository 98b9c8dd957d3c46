"""The sums of an invoice below its table: per VAT rate where there is one, and the grand total."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from billing.documents.figures import money
from billing.documents.payment_words import set_off_rows
from billing.documents.sheet import GREY, LEFT, RIGHT, Block, Pen
from billing.documents.tagging import ROW as HEADS_ROW
from billing.documents.tagging import Tag
from billing.documents.typeface import width
from billing.documents.vat_words import total_rows

TOTALS_LEFT, ROW, SIZE = 128.0, 5.4, 9.2
# Between words and amount; and what the larger print of the last row needs more.
GAP, TO_PAY = 4.0, 3.4


def totals_block(snapshot: Mapping[str, Any]) -> Block:
    """All of it together, at the right margin."""
    language = snapshot["language"]
    rows, gross = total_rows(snapshot["vat"], language), money(snapshot["gross"], language)
    given = set_off_rows(snapshot)
    above = 2.6 + ROW * len(rows) if rows else 0.0

    def draw(pen: Pen, y: float) -> None:
        for at, (label, amount) in enumerate(rows):
            draw_row(pen, TOTALS_LEFT, y + 6.2 + at * ROW, label, amount)
        if rows:
            pen.rule(TOTALS_LEFT, y + above + 1.4, RIGHT, pen.second, 0.9)
        draw_sum(pen, y + above + 8.2, _("Total"), gross)
        draw_set_off(pen, y + above + 8.2, given)

    return Block(above + 13.0 + (ROW * len(given) + TO_PAY if given else 0), draw, tag=Tag("Table"))


def draw_row(pen: Pen, left: float, base: float, label: str, amount: str) -> None:
    """A sum among others."""
    with pen.within("TR"):
        with pen.within("TH", HEADS_ROW):
            pen.fitted(left, base, label, RIGHT - width(amount, SIZE) - GAP - left, SIZE, colour=GREY)
        with pen.within("TD"):
            pen.right(RIGHT, base, amount, SIZE)


def draw_sum(pen: Pen, base: float, label: str, amount: str) -> None:
    """A sum that counts."""
    with pen.within("TR"):
        with pen.within("TH", HEADS_ROW):
            pen.text(TOTALS_LEFT, base, label, 12, bold=True)
        with pen.within("TD"):
            pen.right(RIGHT, base, amount, 12, bold=True, colour=pen.accent)


def draw_set_off(pen: Pen, y: float, rows: list[tuple[str, str]]) -> None:
    """Below the total: what is taken off it, and what counts in the end."""
    if not rows:
        return
    *given, (to_pay, payable) = rows
    left = words_from(given)
    for at, (label, amount) in enumerate(given, 1):
        draw_row(pen, left, y + at * ROW + 1, label, amount)
    base = y + len(rows) * ROW + TO_PAY
    pen.rule(TOTALS_LEFT, base - 5.2, RIGHT, pen.second, 0.9)
    draw_sum(pen, base, to_pay, payable)


def words_from(rows: list[tuple[str, str]]) -> float:
    """Where the words begin: below the total's, or as far to the left as the longest of them needs."""
    longest = max(width(label, SIZE) + width(amount, SIZE) for label, amount in rows)
    return max(LEFT, min(TOTALS_LEFT, RIGHT - GAP - longest))
