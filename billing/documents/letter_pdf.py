"""A letter of plain words on the organisation's letterhead: what would have been a mail, for those who get none."""

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.documents.figures import day
from billing.documents.letterhead import number_of
from billing.documents.paper import Paper, written
from billing.documents.sheet import LEFT, RIGHT, Block, Pen, paragraph, space
from billing.documents.tagging import ROW, Tag
from billing.documents.typeface import DRAWING, known_characters, printable, wrap

Letter = Mapping[str, Any]
FACT = re.compile(r" +(\S.*?:) {2,}(\S.*)")
SUBJECT = 13
VALUE, SIZE, LEADING, BASE = 80.0, 9.2, 4.7, 3.5


def render_letter(letter: Letter, logo: bytes | None = None, colour: str = "#1b4d5c") -> bytes:
    """The PDF of a letter: `language`, `title`, `text`, `issued_on`, `issuer`, `recipient`. Equal letters give equal bytes."""
    with DRAWING, override(letter["language"]):
        known_characters()
        said = printable(dict(letter))
        return written(paper_of(said), body(said), logo, colour)


def paper_of(letter: Letter) -> Paper:
    """What surrounds it."""
    issued, recipient = day(letter["issued_on"], letter["language"]), letter["recipient"]
    information = [(_("Date"), issued), *number_of(letter["issuer"], recipient["member_number"])]
    return Paper(
        letter["language"], letter["title"], "", letter["issued_on"], letter["issuer"], recipient, information,
        f"{letter['title']}  ·  {issued}",
    )  # fmt: skip


def body(letter: Letter) -> list[Block]:
    """Subject, then the text by paragraphs; a single line break is kept, as addresses and lists have them."""
    title = Tag("H1")
    blocks = [subject(line, title) for line in wrap(letter["title"], SUBJECT, RIGHT - LEFT, bold=True)] + [space(4)]
    for part in letter["text"].strip().split("\n\n"):
        table = Tag("Table")
        for line in part.split("\n"):
            found = FACT.match(line)
            blocks += fact(found[1], found[2], table) if found else paragraph(line.strip())
        blocks.append(space(3))
    return blocks


def subject(line: str, tag: Tag) -> Block:
    """A line of the subject, never alone at the end of a page."""
    return Block(6.2, lambda pen, y: pen.text(LEFT, y + 4.2, line, SUBJECT, bold=True), keep=True, tag=tag)


def fact(label: str, value: str, table: Tag) -> list[Block]:
    """Label and value as two columns: what a mail lines up with spaces would not stand below each other in this typeface."""
    first, *following = wrap(value, SIZE, RIGHT - VALUE)
    row = Tag("TR", table)
    said = Tag("TD", row)

    def draw(pen: Pen, y: float) -> None:
        with pen.within("TH", ROW):
            pen.fitted(LEFT, y + BASE, label, VALUE - LEFT - 3, SIZE)
        with pen.tagged(said):
            pen.text(VALUE, y + BASE, first, SIZE)

    return [Block(LEADING, draw, tag=row), *(continued(line, said) for line in following)]


def continued(line: str, tag: Tag) -> Block:
    """The next line of a value."""
    return Block(LEADING, lambda pen, y: pen.text(VALUE, y + BASE, line, SIZE), tag=tag)
