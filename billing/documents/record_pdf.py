"""Letters that are no invoice: a head, a title, blocks of text. The same bytes for the same record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.documents.girocode import Matrix
from billing.documents.invoice_pdf import title_block
from billing.documents.paper import Paper, written
from billing.documents.payment_panel import CODE_SIDE, payment_block
from billing.documents.payment_words import Fact
from billing.documents.sheet import GREY, INK, LEFT, RIGHT, Block, Pen, paragraph, space
from billing.documents.tagging import COLUMN, ROW, Tag
from billing.documents.typeface import DRAWING, fit, known_characters, printable, wrap

LABEL_WIDTH, FACT_SIZE, FACT_LEADING = 48.0, 9.0, 4.4
# A value that is longer goes on in a row of its own, since a row is never cut.
LINES_AT_ONCE = 30


@dataclass(frozen=True, slots=True)
class Record:
    """`issuer` and `recipient` as in an invoice's snapshot; `issued_on` an ISO date; `parts` in their order:
    a text is a paragraph, a list of facts a table of two columns, a list of rows (first the heads) a table, a code a picture;
    how it is paid is the panel of invoices with its code.
    """

    language: str
    title: str
    subject: str
    issued_on: str
    issuer: Mapping[str, Any]
    recipient: Mapping[str, Any]
    creditor_identifier: str
    information: Sequence[Fact]
    parts: Sequence["str | Facts | Table | Code | Payment"]


@dataclass(frozen=True, slots=True)
class Facts:
    """Label and value, below a heading if there is one."""

    rows: Sequence[Fact]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Code:
    """A GiroCode, with a word on what to do with it."""

    matrix: Matrix


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of texts below their heads; `widths` of the columns in mm; those in `right` stand at the right, `strong` rows are bold."""

    title: str
    heads: Sequence[str]
    widths: Sequence[float]
    rows: Sequence[Sequence[str]]
    right: frozenset[int] = frozenset()
    strong: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Payment:
    """How it is paid: as an invoice's snapshot says it."""

    snapshot: Mapping[str, Any]


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
            blocks += fact_blocks(part)
        elif isinstance(part, Table):
            blocks += table_blocks(part)
        elif isinstance(part, Code):
            blocks.append(code_block(part))
        elif isinstance(part, Payment):
            blocks.append(payment_block(printable(dict(part.snapshot))))
        else:
            blocks += paragraph(printable(part))
        blocks.append(space(4))
    return blocks


def fact_blocks(facts: Facts) -> list[Block]:
    """The heading, which stays with what follows, and the facts."""
    tag = Tag("Table")
    blocks = [title_line(facts.title)] if facts.title else []
    for label, value in facts.rows:
        lines = wrap(printable(value), FACT_SIZE, RIGHT - LEFT - LABEL_WIDTH)
        for at in range(0, max(len(lines), 1), LINES_AT_ONCE):
            named = f"{label} ({at // LINES_AT_ONCE + 1})" if at else label
            blocks.append(fact_block(named, lines[at : at + LINES_AT_ONCE], tag))
    return blocks


def fact_block(label: str, lines: Sequence[str], table: Tag) -> Block:
    """A label, and its value beside it on as many lines as it needs."""
    high = FACT_LEADING * max(len(lines), 1) + 0.8

    def draw_fact(pen: Pen, y: float) -> None:
        with pen.within("TH", ROW):
            pen.fitted(LEFT, y + 3.4, label, LABEL_WIDTH - 3, FACT_SIZE, colour=GREY)
        with pen.within("TD"):
            pen.lines(LEFT + LABEL_WIDTH, y + 3.4, lines, FACT_LEADING, FACT_SIZE)

    return Block(high, draw_fact, tag=Tag("TR", table))


def title_line(title: str) -> Block:
    """The heading of a table, never the last thing on a page."""

    def draw_title(pen: Pen, y: float) -> None:
        pen.fitted(LEFT, y + 4, printable(title), RIGHT - LEFT, 11, bold=True)

    return Block(7, draw_title, keep=True, tag=Tag("H2"))


def code_block(code: Code) -> Block:
    """The code on white, its caption beside it."""

    def draw_code(pen: Pen, y: float) -> None:
        pen.code(LEFT + LABEL_WIDTH, y, CODE_SIDE, code.matrix, _("Scan with your banking app"))
        pen.text(LEFT, y + 3.4, _("Scan with your banking app"), 7, colour=GREY)

    return Block(CODE_SIDE + 2, draw_code)


def table_blocks(table: Table) -> list[Block]:
    """Title, heads and rows; the heads stand again on each following page."""
    tag = Tag("Table")
    heads = row_block(table, table.heads, tag, head=True)
    rows = [row_block(table, row, tag, strong=at in table.strong, heads=(heads,)) for at, row in enumerate(table.rows)]
    return [title_line(table.title), replace(heads, keep=True), *rows]


def row_block(
    table: Table,
    cells: Sequence[str],
    tag: Tag,
    head: bool = False,
    strong: bool = False,
    heads: tuple[Block, ...] = (),
) -> Block:
    """One line of cells, each shortened to its column."""
    kind, attributes, colour = ("TH", COLUMN, GREY) if head else ("TD", "", INK)

    def draw_row(pen: Pen, y: float) -> None:
        x = LEFT
        for at, (cell, wide) in enumerate(zip(cells, table.widths, strict=True)):
            text, size = fit(printable(cell), 8, wide - 2, strong)
            write, place = (pen.right, x + wide) if at in table.right else (pen.text, x)
            with pen.within(kind, attributes):
                write(place, y + 3.2, text, size, strong, colour)
            x += wide
        pen.rule(LEFT, y + 4.6, RIGHT)

    return Block(5.4, draw_row, heads=heads, tag=Tag("TR", tag))
