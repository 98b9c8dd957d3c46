"""A document on the organisation's paper: what stands around it is the same for invoices, letters and records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from billing.documents import letterhead
from billing.documents.colours import accent_of, line_of
from billing.documents.sheet import Block, Pen, draw_blocks, paginate
from billing.documents.typeface import REGULAR

PAGE_NUMBER_ROOM = 6.5
Text = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Paper:
    """What surrounds the text. `title`: what the file calls itself; `again`: the head of the pages after the first."""

    language: str
    title: str
    number: str
    issued_on: str
    issuer: Text
    recipient: Text
    information: Sequence[tuple[str, str]]
    again: str
    creditor_identifier: str = ""


def written(paper: Paper, blocks: Sequence[Block], logo: bytes | None, colour: str) -> bytes:
    """The PDF. The colours that the issuer had on the day of issue win over the one given."""
    target = BytesIO()
    pen = pen_for(
        paper.issuer,
        open_canvas(paper.language, paper.title, paper.number, paper.issued_on, paper.issuer, target),
        colour,
    )
    lay_out(pen, paper, blocks, logo)
    pen.save()
    return target.getvalue()


def pen_for(issuer: Text, canvas: Any, colour: str, structure: Any = None) -> Pen:
    """A pen in the issuer's colours."""
    accent, second = issuer.get("colour") or colour, issuer.get("second_colour")
    return Pen(canvas, accent_of(accent), line_of(second) if second else None, structure)


def open_canvas(language: str, title: str, number: str, issued_on: str, issuer: Text, target: BytesIO) -> Any:
    """An empty file that knows its language, title and author, and is dated by the document, not by a clock."""
    canvas = Canvas(target, pagesize=A4, pageCompression=1, invariant=1, initialFontName=REGULAR, lang=language)
    canvas.setTitle(title)
    canvas.setAuthor(issuer["name"])
    canvas.setSubject(number)
    canvas.setCreator("Kassenwart")
    canvas.setViewerPreference("DisplayDocTitle", "true")
    canvas.setDateFormatter(lambda *_now: f"D:{issued_on.replace('-', '')}000000Z")
    return canvas


def lay_out(pen: Pen, paper: Paper, blocks: Sequence[Block], logo: bytes | None) -> None:
    """Lays everything out first, because every page says how many there are, and then draws it."""
    footer = letterhead.footer_columns(paper.issuer, paper.creditor_identifier)
    end = letterhead.footer_top(footer) - PAGE_NUMBER_ROOM
    pages = paginate(blocks, end - letterhead.CONTENT_TOP, end - letterhead.FOLLOWING_TOP)
    for number, part in enumerate(pages, start=1):
        if number == 1:
            draw_first(pen, paper, logo)
        else:
            letterhead.draw_continuation(pen, paper.issuer, paper.again)
        draw_blocks(pen, part, letterhead.CONTENT_TOP if number == 1 else letterhead.FOLLOWING_TOP)
        letterhead.draw_footer(pen, footer, number, len(pages))
        pen.show_page()


def draw_first(pen: Pen, paper: Paper, logo: bytes | None) -> None:
    """Head, address window and the facts beside it."""
    letterhead.draw_head(pen, paper.issuer, logo)
    letterhead.draw_window(pen, paper.issuer, paper.recipient)
    letterhead.draw_information(pen, paper.information)
    letterhead.draw_marks(pen)
