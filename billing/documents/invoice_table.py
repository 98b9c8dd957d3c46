"""The lines of an invoice as a table, gathered by member."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from billing.documents.figures import money, percent, period, quantity
from billing.documents.sheet import GREY, LEFT, LINE, RIGHT, Block, Pen
from billing.documents.tagging import COLUMN, Tag, spanning
from billing.documents.typeface import wrap
from billing.documents.vat_words import is_taxed
from billing.pricing.words import LANGUAGES, Words

SIZE, SMALL, LEADING, SMALL_LEADING, PADDING = 9.2, 7.8, 4.5, 3.8, 1.75
HEAD_HEIGHT, GROUP_HEIGHT = 7.5, 9.6
# So many lines stay with the totals.
LAST_LINES = 2
Line = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Columns:
    """Where the columns lie, in mm; quantity and rate (0) only when they tell something. `rates` are those to be shown."""

    period: float
    quantity: float
    rate: float
    rates: frozenset[str]

    @property
    def room(self) -> float:
        """Width of the first column."""
        return self.period - LEFT - 4

    @property
    def count(self) -> int:
        """How many columns there are."""
        return 3 + bool(self.quantity) + bool(self.rate)


def columns_of(snapshot: Mapping[str, Any]) -> Columns:
    """A quantity that is always 1 and a rate that is always the same stay out."""
    lines = snapshot["lines"]
    rates = frozenset(total["rate"] for total in snapshot["vat"] if is_taxed(total))
    counted = any(Decimal(line["quantity"]) != 1 for line in lines)
    rated = bool(rates) and len({line["vat_rate"] for line in lines}) > 1
    if rated:
        return Columns(92.0 if counted else 106.0, 150.0 if counted else 0.0, 164.0, rates)
    return Columns(106.0 if counted else 128.0, 162.0 if counted else 0.0, 0.0, rates)


def table_blocks(snapshot: Mapping[str, Any]) -> list[Block]:
    """Head, then each member's lines; the last lines stay with the totals."""
    columns, table, language = columns_of(snapshot), Tag("Table"), snapshot["language"]
    head = head_block(snapshot, table)
    blocks, named = [head], is_named(snapshot)
    for member, own in by_member(snapshot["lines"]).items():
        heads = [head]
        if named:
            blocks.append(group_block(member, own, language, (head,), Tag("TR", table), columns.count - 1))
            heads.append(continued_block(member))
        blocks += [line_block(line, columns, language, tuple(heads), Tag("TR", table)) for line in own]
    return [*blocks[:-LAST_LINES], *(replace(block, keep=True) for block in blocks[-LAST_LINES:])]


def by_member(lines: Sequence[Line]) -> dict[str, list[Line]]:
    """Lines per beneficiary, in the order of their first line."""
    groups: dict[str, list[Line]] = {}
    for line in lines:
        groups.setdefault(line["member"], []).append(line)
    return groups


def is_named(snapshot: Mapping[str, Any]) -> bool:
    """Who a line is for is said, unless it is all for the recipient."""
    own = f"({snapshot['recipient']['member_number']})"
    return any(not line["member"].endswith(own) for line in snapshot["lines"] if line["member"])


def head_block(snapshot: Mapping[str, Any], table: Tag) -> Block:
    """The table's head, repeated on every page."""
    columns = columns_of(snapshot)
    taxed = any(is_taxed(total) for total in snapshot["vat"])
    amount = {"net": _("Net amount"), "gross": _("Gross amount")}[snapshot["prices"]] if taxed else _("Amount")

    def draw(pen: Pen, y: float) -> None:
        base = y + 4.6
        for place, word in ((LEFT, _("Description")), (columns.period, _("Period"))):
            with pen.within("TH", COLUMN):
                pen.text(place, base, word, SMALL, colour=GREY)
        ends = ((columns.quantity, _("Quantity")), (columns.rate, pgettext("column", "VAT")), (RIGHT, amount))
        for end, word in ends:
            if end:
                with pen.within("TH", COLUMN):
                    pen.right(end, base, word, SMALL, colour=GREY)
        pen.rule(LEFT, y + HEAD_HEIGHT - 0.6, RIGHT, pen.second, 0.9)

    return Block(HEAD_HEIGHT, draw, keep=True, tag=Tag("TR", table))


def group_block(
    member: str, lines: Sequence[Line], language: str, heads: tuple[Block, ...], tag: Tag, columns: int
) -> Block:
    """The member's name, with what their lines come to when there are several."""
    total = money(sum((Decimal(line["amount"]) for line in lines), Decimal(0)), language) if len(lines) > 1 else ""

    def draw(pen: Pen, y: float) -> None:
        with pen.within("TH", spanning(columns)):
            pen.fitted(LEFT, y + 6.9, member, 120, SIZE, bold=True, colour=pen.accent)
        with pen.within("TD"):
            pen.right(RIGHT, y + 6.9, total, SMALL, colour=GREY)
        pen.rule(LEFT, y + GROUP_HEIGHT, RIGHT, LINE, 0.4)

    return Block(GROUP_HEIGHT, draw, keep=True, heads=heads, tag=tag)


def continued_block(member: str) -> Block:
    """The member's name once more, on top of the next page."""
    label = _("%(member)s, continued") % {"member": member}

    def draw(pen: Pen, y: float) -> None:
        pen.fitted(LEFT, y + 5.2, label, 120, SMALL, colour=GREY)
        pen.rule(LEFT, y + 7.6, RIGHT, LINE, 0.4)

    return Block(7.6, draw)


def line_block(line: Line, columns: Columns, language: str, heads: tuple[Block, ...], tag: Tag) -> Block:
    """One line: what, when, how much; how it came about in small print below."""
    title, how = said(line, language)
    titles = wrap(title, SIZE, columns.room)
    notes = wrap(how, SMALL, columns.room) if how else []
    height = 2 * PADDING + LEADING * len(titles) + SMALL_LEADING * len(notes)
    days = period(line["from"], line["to"], language)

    def draw(pen: Pen, y: float) -> None:
        base = y + PADDING + 3.4
        with pen.within("TD"):
            pen.lines(LEFT, base, titles, LEADING, SIZE)
            pen.lines(LEFT, base + LEADING * len(titles) - 0.2, notes, SMALL_LEADING, SMALL, GREY)
        with pen.within("TD"):
            pen.text(columns.period, base, days, SMALL, colour=GREY)
        draw_figures(pen, base, line, columns, language)
        pen.rule(LEFT, y + height, RIGHT, LINE, 0.4)

    return Block(height, draw, heads=heads, tag=tag)


def draw_figures(pen: Pen, base: float, line: Line, columns: Columns, language: str) -> None:
    """Quantity, rate and amount. What is exempt or outside VAT has no rate, not even 0 %."""
    rate = percent(line["vat_rate"], language) if line["vat_rate"] in columns.rates else ""
    figures = ((columns.quantity, quantity(line["quantity"], language)), (columns.rate, rate))
    for end, figure in (*figures, (RIGHT, money(line["amount"], language))):
        if end:
            with pen.within("TD"):
                pen.right(end, base, figure, SIZE)


def said(line: Line, language: str) -> tuple[str, str]:
    """What is charged, and how it came about. The days have their own column, so they need not be in the text too."""
    words = Words(language if language in LANGUAGES else "de")
    days = words.range(date.fromisoformat(line["from"]), date.fromisoformat(line["to"]))
    name, _days, how = line["text"].partition(f" {days}")
    title = (name if name.strip() else line["text"]).strip()
    details = [how.strip().removeprefix("(").removesuffix(")"), line["explanation"]]
    return title[:1].upper() + title[1:], "; ".join(detail for detail in details if detail)
