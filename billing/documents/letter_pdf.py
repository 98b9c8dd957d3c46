"""A letter of plain words on the organisation's letterhead: what would have been a mail, for those who get none."""

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.documents import letterhead
from billing.documents.figures import day
from billing.documents.invoice_pdf import PAGE_NUMBER_ROOM, _drawing, open_canvas, title_block
from billing.documents.sheet import Block, Pen, accent_of, paginate, paragraph, space
from billing.documents.typeface import known_characters, printable

Letter = Mapping[str, Any]


def render_letter(letter: Letter, logo: bytes | None = None, colour: str = "#1b4d5c") -> bytes:
    """The PDF of a letter: `language`, `title`, `text`, `issued_on`, `issuer`, `recipient`. Equal letters give equal bytes."""
    with _drawing, override(letter["language"]):
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
    blocks = [title_block(letter["title"])]
    for part in letter["text"].strip().split("\n\n"):
        for line in part.split("\n"):
            blocks += paragraph(line)
        blocks.append(space(3))
    return blocks
