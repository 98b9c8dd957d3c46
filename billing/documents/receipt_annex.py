"""The annex of a collective receipt: each payment with day, kind, waiver and amount, and the same total as on the receipt."""

from collections.abc import Mapping, Sequence
from typing import Any

from billing.documents import letterhead
from billing.documents.colours import tint
from billing.documents.figures import day, money
from billing.documents.receipt_parts import draw_draft_mark
from billing.documents.receipt_words import ANNEX, ANNEX_COLUMNS, ANNEX_TOTAL, annex_row
from billing.documents.sheet import GREY, LEFT, LINE, RIGHT, Pen
from billing.documents.tagging import ARTIFACT, COLUMN, Tag, spanning
from billing.documents.typeface import wrap

TOP, HEAD, ROW, END = 46.0, 11.0, 6.2, 276.0
COLUMNS = (LEFT + 3, LEFT + 40, LEFT + 94)
ROOMS = (34.0, 50.0, 42.0)
PER_PAGE = int((END - TOP - HEAD - 2 * ROW) / ROW)
Snapshot = Mapping[str, Any]


def draw_annex(pen: Pen, snapshot: Snapshot) -> None:
    """As many pages as it takes."""
    rows, table = snapshot["lines"], Tag("Table")
    pages = [rows[at : at + PER_PAGE] for at in range(0, len(rows), PER_PAGE)]
    for number, part in enumerate(pages, start=1):
        with pen.tagged(None if number == 1 else ARTIFACT):
            draw_page_head(pen, snapshot, table)
        end = draw_rows(pen, part, table)
        if number == len(pages):
            draw_total(pen, snapshot, end, Tag("TR", table))
        if len(pages) > 1:
            pen.right(RIGHT, 285, f"Anlage, Seite {number} von {len(pages)}", 7.5, colour=GREY)
        if snapshot["draft"]:
            draw_draft_mark(pen)
        pen.show_page()


def draw_page_head(pen: Pen, snapshot: Snapshot, table: Tag) -> None:
    """To which receipt it belongs, and whose it is."""
    letterhead.draw_continuation(pen, snapshot["issuer"], snapshot["number"])
    with pen.within("H1"):
        pen.text(LEFT, 33, ANNEX % {"day": day(snapshot["issued_on"], "de")}, 14, bold=True)
    donor = snapshot["donor"]
    who = ", ".join(
        part for part in (donor["name"] or donor["company"], donor["street"], letterhead.place(donor)) if part
    )
    with pen.within("P"):
        pen.fitted(LEFT, 39.5, who, RIGHT - LEFT, 9.2)
    pen.panel(LEFT, TOP, RIGHT - LEFT, HEAD, tint(pen.accent, 0.08))
    with pen.tagged(Tag("TR", table)):
        for x, room, label in zip(COLUMNS, ROOMS, ANNEX_COLUMNS[:3], strict=True):
            with pen.within("TH", COLUMN):
                pen.lines(x, TOP + 4.4, wrap(label, 7.4, room), 3.6, 7.4, GREY)
        with pen.within("TH", COLUMN):
            pen.right(RIGHT - 3, TOP + 4.4, ANNEX_COLUMNS[3], 7.4, colour=GREY)


def draw_rows(pen: Pen, rows: Sequence[Mapping[str, str]], table: Tag) -> float:
    """A line of print for each payment; gives where they end."""
    y = TOP + HEAD
    for row in rows:
        *cells, amount = annex_row(row)
        with pen.tagged(Tag("TR", table)):
            for x, cell in zip(COLUMNS, cells, strict=True):
                with pen.within("TD"):
                    pen.text(x, y + 4.4, cell, 9.2)
            with pen.within("TD"):
                pen.right(RIGHT - 3, y + 4.4, money(amount, "de"), 9.2)
        y += ROW
        pen.rule(LEFT, y, RIGHT, LINE, 0.4)
    return y


def draw_total(pen: Pen, snapshot: Snapshot, y: float, row: Tag) -> None:
    """The sum, which is that of the receipt."""
    pen.rule(LEFT, y, RIGHT, pen.second, 1.0)
    with pen.tagged(row):
        with pen.within("TH", spanning(3)):
            pen.text(COLUMNS[0], y + 5.6, ANNEX_TOTAL, 10, bold=True)
        with pen.within("TD"):
            pen.right(RIGHT - 3, y + 5.6, money(snapshot["total"], "de"), 10, bold=True)
