"""A letter without a table: subject and running text under the organisation's letterhead, ready for a window envelope."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from billing.documents import letterhead
from billing.documents.figures import day
from billing.documents.sheet import LEFT, RIGHT, Block, Pen, accent_of, paginate, paragraph, space
from billing.documents.typeface import DRAWING, REGULAR, known_characters, printable, wrap

PAGE_NUMBER_ROOM, SUBJECT_SIZE, SUBJECT_LEADING = 6.5, 12.5, 6.2


@dataclass(frozen=True, slots=True)
class PlainLetter:
    """To whom (as `snapshots.recipient` gives it), of which day, and what it says."""

    recipient: Mapping[str, Any]
    language: str
    on: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class House:
    """Who writes, as `snapshots.issuer` gives it; logo and colour."""

    issuer: Mapping[str, str]
    creditor_identifier: str
    logo: bytes | None
    colour: str


def render_letters(letters: Sequence[PlainLetter], house: House) -> bytes:
    """One PDF of all letters; equal letters give equal bytes."""
    target = BytesIO()
    with DRAWING:
        known_characters()
        canvas = Canvas(target, pagesize=A4, pageCompression=1, invariant=1, initialFontName=REGULAR)
        canvas.setAuthor(house.issuer["name"])
        canvas.setCreator("Kassenwart")
        pen = Pen(canvas, accent_of(house.colour))
        for letter in letters:
            with override(letter.language):
                draw_letter(pen, letter, house)
        canvas.save()
    return target.getvalue()


def draw_letter(pen: Pen, letter: PlainLetter, house: House) -> None:
    """Laid out first, because every page says how many there are."""
    said = printable(
        {"subject": letter.subject, "text": letter.text, "to": dict(letter.recipient), "from": dict(house.issuer)}
    )
    footer = letterhead.footer_columns(said["from"], house.creditor_identifier)
    end = letterhead.footer_top(footer) - PAGE_NUMBER_ROOM
    pages = paginate(body(said), end - letterhead.CONTENT_TOP, end - letterhead.FOLLOWING_TOP)
    for number, blocks in enumerate(pages, start=1):
        if number == 1:
            draw_front(pen, letter, said, house.logo)
        else:
            letterhead.draw_continuation(pen, said["from"], said["subject"])
        y = letterhead.CONTENT_TOP if number == 1 else letterhead.FOLLOWING_TOP
        for block in blocks:
            block.draw(pen, y)
            y += block.height
        letterhead.draw_footer(pen, footer, number, len(pages))
        pen.canvas.showPage()


def draw_front(pen: Pen, letter: PlainLetter, said: Mapping[str, Any], logo: bytes | None) -> None:
    """Head, window, date and member number, fold marks."""
    letterhead.draw_head(pen, said["from"], logo)
    letterhead.draw_window(pen, said["from"], said["to"])
    rows = [(_("Date"), day(letter.on, letter.language)), (_("Member number"), said["to"]["member_number"])]
    letterhead.draw_information(pen, rows)
    letterhead.draw_marks(pen)


def body(said: Mapping[str, Any]) -> list[Block]:
    """Subject, then paragraph by paragraph."""
    blocks = [subject_line(line) for line in wrap(said["subject"], SUBJECT_SIZE, RIGHT - LEFT)]
    for part in said["text"].strip().split("\n\n"):
        blocks.append(space(4))
        for line in part.splitlines():
            blocks += paragraph(line)
    return blocks


def subject_line(line: str) -> Block:
    """What the letter is about, a line of it."""

    def draw(pen: Pen, y: float) -> None:
        pen.fitted(LEFT, y + 3.6, line, RIGHT - LEFT, SUBJECT_SIZE, bold=True)

    return Block(SUBJECT_LEADING, draw, keep=True)
