"""Letters that are no invoice: a head, a title, blocks of text. The same bytes for the same record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import override

from billing.documents.invoice_pdf import title_block
from billing.documents.paper import Paper, written
from billing.documents.payment_words import Fact
from billing.documents.sheet import GREY, INK, LEFT, RIGHT, Block, Pen, paragraph, space
from billing.documents.tagging import COLUMN, ROW, Tag
from billing.documents.typeface import DRAWING, known_characters, printable, wrap

LABEL_WIDTH, FACT_SIZE, FACT_LEADING = 48.0, 9.0, 4.4


@dataclass(frozen=True, slots=True)
class Record:
    """`issuer` and `recipient` as in an invoice's snapshot; `issued_on` an ISO date; `parts` in their order:
    a text is a paragraph, a list of facts a table of two columns, a list of rows (first the heads) a table.
    """

    language: str
    title: str
    subject: str
    issued_on: str
    issuer: Mapping[str, Any]
    recipient: Mapping[str, Any]
    creditor_identifier: str
    information: Sequence[Fact]
    parts: Sequence["str | Facts | Table"]


@dataclass(frozen=True, slots=True)
class Facts:
    """Label and value."""

    rows: Sequence[Fact]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of texts below their heads; `widths` of the columns in mm."""

    title: str
    heads: Sequence[str]
    widths: Sequence[float]
    rows: Sequence[Sequence[str]]


def render_record(record: Record, logo: bytes | None = None, colour: str = "#1b4d5c") -> bytes:
    """The PDF."""
    with DRAWING, override(record.language):
        known_characters()
        title = printable(record.title)
        issuer, recipient = printable(dict(record.issuer)), printable(dict(record.recipient))
        facts = [(label, printable(value)) for label, value in record.information]
        paper = Paper(
            record.language, f"{title} {record.subject}", record.subject, record.issued_on, issuer, recipient, facts, title,
            record.creditor_identifier,
        )  # fmt: skip
        return written(paper, blocks_of(replace(record, title=title)), logo, colour)


def blocks_of(record: Record) -> list[Block]:
    """Title and parts."""
    blocks = [title_block(record.title)]
    for part in record.parts:
        if isinstance(part, Facts):
            table = Tag("Table")
            blocks += [fact_block(label, value, table) for label, value in part.rows]
        elif isinstance(part, Table):
            blocks += table_blocks(part)
        else:
            blocks += paragraph(printable(part))
        blocks.append(space(4))
    return blocks


def fact_block(label: str, value: str, table: Tag) -> Block:
    """A label, and its value beside it on as many lines as it needs."""
    lines = wrap(printable(value), FACT_SIZE, RIGHT - LEFT - LABEL_WIDTH)
    high = FACT_LEADING * max(len(lines), 1) + 0.8

    def draw_fact(pen: Pen, y: float) -> None:
        with pen.within("TH", ROW):
            pen.fitted(LEFT, y + 3.4, label, LABEL_WIDTH - 3, FACT_SIZE, colour=GREY)
        with pen.within("TD"):
            pen.lines(LEFT + LABEL_WIDTH, y + 3.4, lines, FACT_LEADING, FACT_SIZE)

    return Block(high, draw_fact, tag=Tag("TR", table))


def table_blocks(table: Table) -> list[Block]:
    """Title, heads and rows; the heads stand again on each following page."""
    tag = Tag("Table")
    heads = row_block(table.heads, table.widths, tag, head=True)
    rows = [row_block(row, table.widths, tag, heads=(heads,)) for row in table.rows]

    def draw_title(pen: Pen, y: float) -> None:
        pen.fitted(LEFT, y + 4, table.title, RIGHT - LEFT, 11, bold=True)

    return [Block(7, draw_title, keep=True, tag=Tag("H2")), replace(heads, keep=True), *rows]


def row_block(
    cells: Sequence[str], widths: Sequence[float], table: Tag, head: bool = False, heads: tuple[Block, ...] = ()
) -> Block:
    """One line of cells, each shortened to its column."""
    kind, attributes, colour = ("TH", COLUMN, GREY) if head else ("TD", "", INK)

    def draw_row(pen: Pen, y: float) -> None:
        x = LEFT
        for cell, wide in zip(cells, widths, strict=True):
            with pen.within(kind, attributes):
                pen.fitted(x, y + 3.2, printable(cell), wide - 2, 8, colour=colour)
            x += wide
        pen.rule(LEFT, y + 4.6, RIGHT)

    return Block(5.4, draw_row, heads=heads, tag=Tag("TR", table))
