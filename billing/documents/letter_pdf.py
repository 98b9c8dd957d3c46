"""A letter of plain words on the organisation's letterhead: what would have been a mail, for those who get none."""

import re
from collections.abc import Mapping
from io import BytesIO
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.documents import letterhead
from billing.documents.figures import day
from billing.documents.invoice_pdf import PAGE_NUMBER_ROOM, open_canvas
from billing.documents.sheet import LEFT, RIGHT, Block, Pen, accent_of, paginate, paragraph, space
from billing.documents.typeface import DRAWING, known_characters, printable, wrap

Letter = Mapping[str, Any]
FACT = re.compile(r" +(\S.*?:) {2,}(\S.*)")
SUBJECT = 13
VALUE, SIZE, LEADING, BASE = 80.0, 9.2, 4.7, 3.5


def render_letter(letter: Letter, logo: bytes | None = None, colour: str = "#1b4d5c") -> bytes:
    """The PDF of a letter: `language`, `title`, `text`, `issued_on`, `issuer`, `recipient`. Equal letters give equal bytes."""
    with DRAWING, override(letter["language"]):
        known_characters()
        return draw_letter(printable(dict(letter) | {"number": ""}), logo, colour)


def draw_letter(letter: Letter, logo: bytes | None, colour: str) -> bytes:
    """Page by page."""
    target = BytesIO()
    canvas = open_canvas(letter, target)
    pen = Pen(canvas, accent_of(colour))
    footer = letterhead.footer_columns(letter["issuer"], "")
    end = letterhead.footer_top(footer) - PAGE_NUMBER_ROOM
    pages = paginate(body(letter), end - letterhead.CONTENT_TOP, end - letterhead.FOLLOWING_TOP)
    for number, blocks in enumerate(pages, start=1):
        draw_page(pen, letter, logo, blocks, number)
        letterhead.draw_footer(pen, footer, number, len(pages))
        canvas.showPage()
    canvas.save()
    return target.getvalue()


def draw_page(pen: Pen, letter: Letter, logo: bytes | None, blocks: list[Block], number: int) -> None:
    """The surroundings of the page and its part of the text."""
    y, issued = letterhead.FOLLOWING_TOP, day(letter["issued_on"], letter["language"])
    if number == 1:
        y = letterhead.CONTENT_TOP
        letterhead.draw_head(pen, letter["issuer"], logo)
        letterhead.draw_window(pen, letter["issuer"], letter["recipient"])
        letterhead.draw_information(
            pen, [(_("Date"), issued), (_("Member number"), letter["recipient"]["member_number"])]
        )
        letterhead.draw_marks(pen)
    else:
        letterhead.draw_continuation(pen, letter["issuer"], f"{letter['title']}  ·  {issued}")
    for block in blocks:
        block.draw(pen, y)
        y += block.height


def body(letter: Letter) -> list[Block]:
    """Subject, then the text by paragraphs; a single line break is kept, as addresses and lists have them."""
    blocks = [subject(line) for line in wrap(letter["title"], SUBJECT, RIGHT - LEFT, bold=True)] + [space(4)]
    for part in letter["text"].strip().split("\n\n"):
        for line in part.split("\n"):
            found = FACT.match(line)
            blocks += fact(found[1], found[2]) if found else paragraph(line.strip())
        blocks.append(space(3))
    return blocks


def subject(line: str) -> Block:
    """A line of the subject, never alone at the end of a page."""
    return Block(6.2, lambda pen, y: pen.text(LEFT, y + 4.2, line, SUBJECT, bold=True), keep=True)


def fact(label: str, value: str) -> list[Block]:
    """Label and value as two columns: what a mail lines up with spaces would not stand below each other in this typeface."""
    first, *following = wrap(value, SIZE, RIGHT - VALUE)

    def draw(pen: Pen, y: float) -> None:
        pen.fitted(LEFT, y + BASE, label, VALUE - LEFT - 3, SIZE)
        pen.text(VALUE, y + BASE, first, SIZE)

    return [Block(LEADING, draw), *(continued(line) for line in following)]


def continued(line: str) -> Block:
    """The next line of a value."""
    return Block(LEADING, lambda pen, y: pen.text(VALUE, y + BASE, line, SIZE))
