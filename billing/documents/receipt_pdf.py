"""A donation receipt as a PDF: the official form on one page, its annex on the next ones; drawn from the snapshot alone."""

import secrets
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

import pikepdf
from django.utils.translation import override

from billing.documents import letterhead
from billing.documents import receipt_words as words
from billing.documents.colours import tint
from billing.documents.figures import day, money
from billing.documents.paper import open_canvas, pen_for
from billing.documents.receipt_annex import draw_annex
from billing.documents.receipt_parts import (
    Part,
    draw_draft_mark,
    draw_signature,
    height_of,
    parts_of,
    put,
    signature_height,
)
from billing.documents.sheet import GREY, LEFT, RIGHT, Pen
from billing.documents.tagging import COLUMN
from billing.documents.typeface import DRAWING, known_characters, printable, width, wrap

# The logo ends above the title, which takes the whole line.
LOGO_TOP = 10.5
BODY_TOP, PAGE_END = 96.0, 289.0
# Running text shrinks until everything stands on one page: the form may not be longer.
SIZES = (9.2, 8.6, 8.0, 7.4, 6.8, 6.2, 5.6)
COLUMNS = (LEFT + 4, LEFT + 39, RIGHT - 43)
# A number is one word: it is set smaller before it is cut.
SPELLED = (10.0, 8.6, 7.6, 6.9, 6.2)
WORDS_ROOM = COLUMNS[2] - COLUMNS[1] - 4
Snapshot = Mapping[str, Any]


def render_receipt(
    snapshot: Snapshot, logo: bytes | None = None, colour: str = "#1b4d5c", signature: bytes | None = None
) -> bytes:
    """The receipt with its annex. `signature`: the picture that stands for a signature by hand. Equal data give equal bytes."""
    target = BytesIO()
    with DRAWING, override("de"):
        known_characters()
        said = printable(dict(snapshot))
        title = f"{words.TITLES[said['kind']]} {said['number']}".strip()
        canvas = open_canvas("de", title, said["number"], said["issued_on"], said["issuer"], target)
        pen = pen_for(said["issuer"], canvas, colour)
        draw_form(pen, said, logo, signature)
        pen.show_page()
        if said["lines"]:
            draw_annex(pen, said)
        pen.save()
    return target.getvalue()


def draw_form(pen: Pen, snapshot: Snapshot, logo: bytes | None, signature: bytes | None) -> None:
    """The official form, from the issuer down to the notes."""
    draw_head(pen, snapshot, logo)
    draw_donor(pen, snapshot)
    top = BODY_TOP + draw_amount(pen, snapshot) + 5
    notes = notes_of(snapshot)
    room = PAGE_END - top - height_of(notes) - signature_height(signature is not None)
    body = fitting(snapshot, room)
    end = put(pen, body, top)
    draw_signature(pen, snapshot, max(end, top + room - 4), signature)
    put(pen, notes, PAGE_END - height_of(notes))
    letterhead.draw_marks(pen)
    if snapshot["draft"]:
        draw_draft_mark(pen)


def fitting(snapshot: Snapshot, room: float) -> list[Part]:
    """The passages in the largest type that leaves everything on one page."""
    for size in SIZES:
        body = parts_of(list(words.passages(snapshot)), size)
        if height_of(body) <= room:
            return body
    return body


def draw_head(pen: Pen, snapshot: Snapshot, logo: bytes | None) -> None:
    """Issuer with address, then the title; above the window of an envelope."""
    issuer = snapshot["issuer"]
    drawn = letterhead.draw_logo(pen, issuer, logo, LOGO_TOP) if logo else 0.0
    room = RIGHT - LEFT - (drawn + 8 if drawn else 0)
    with pen.within("P"):
        pen.fitted(LEFT, 13.2, words.ISSUER, room, 6.8, colour=GREY)
        pen.fitted(LEFT, 19.4, issuer["name"], room, 13, bold=True, colour=pen.accent)
        address = "  ·  ".join(part for part in (issuer["street"], letterhead.place(issuer)) if part)
        pen.fitted(LEFT, 24.2, address, room, 9)
    pen.rule(LEFT, 27.4, RIGHT - (drawn + 8 if drawn else 0), pen.second, 1.2)
    with pen.within("H1"):
        pen.fitted(LEFT, 37.2, words.TITLES[snapshot["kind"]], RIGHT - LEFT, 15, bold=True)
    with pen.within("P"):
        pen.lines(LEFT, 41.8, wrap(words.SUBTITLE, 7.8, RIGHT - LEFT), 3.5, 7.8)


def draw_donor(pen: Pen, snapshot: Snapshot) -> None:
    """Name and address of the donor, where the window of an envelope shows them; number and day beside it."""
    lines = letterhead.address_lines(snapshot["donor"], snapshot["issuer"]["country"])
    leading = min(4.8, letterhead.ADDRESS_HEIGHT / max(len(lines), 1))
    left, top = letterhead.ADDRESS_LEFT, letterhead.ADDRESS_TOP
    with pen.within("P"):
        pen.text(left, 57.0, words.DONOR, 7.2, colour=GREY)
        for at, line in enumerate(lines):
            pen.fitted(left, top + at * leading, line, letterhead.ADDRESS_ROOM, 10.5)
    rows = [("Nummer", snapshot["number"] or "–"), ("Datum", day(snapshot["issued_on"], "de"))]
    letterhead.draw_information(pen, [*rows, ("Mitgliedsnummer", snapshot["donor"]["number"])])


def draw_amount(pen: Pen, snapshot: Snapshot) -> float:
    """Figures, words and day in a panel; gives its height."""
    collective = snapshot["kind"] == "collective"
    size = spelled_size(snapshot["words"])
    spelled = wrap(snapshot["words"], size, WORDS_ROOM, bold=True)
    dated = [day(iso, "de") for iso in snapshot["period"]] if collective else [day(snapshot["given_on"], "de")]
    height = 13.5 + 4.6 * max(len(spelled), len(dated), 1)
    pen.panel(LEFT, BODY_TOP, RIGHT - LEFT, height, tint(pen.accent, 0.08))
    labels = (words.AMOUNTS[snapshot["kind"]], "", words.PERIOD if collective else words.DAY)
    values = ([money(snapshot["total"], "de")], spelled, [dated[0], *(f"bis {one}" for one in dated[1:])])
    with pen.within("Table"):
        draw_labels(pen, labels)
        with pen.within("TR"):
            for x, lines, points in zip(COLUMNS, values, (10, size, 10), strict=True):
                draw_value(pen, x, lines, points)
    return height


def draw_labels(pen: Pen, labels: Sequence[str]) -> None:
    """What the three columns of the panel are."""
    with pen.within("TR"):
        for x, label, below in zip(COLUMNS, labels, (words.FIGURES, words.WORDS, ""), strict=True):
            with pen.within("TH", COLUMN):
                pen.text(x, BODY_TOP + 5.2, label, 7, colour=GREY)
                pen.text(x, BODY_TOP + 8.6, below, 7, colour=GREY)


def draw_value(pen: Pen, x: float, lines: Sequence[str], points: float) -> None:
    """What stands below them."""
    with pen.within("TD"):
        for at, line in enumerate(lines):
            pen.text(x, BODY_TOP + 14.2 + at * 4.6, line, points, bold=True)


def spelled_size(text: str) -> float:
    """The largest type in which no word of the amount is cut."""
    longest = max(text.split(), key=len)
    return next((size for size in SPELLED if width(longest, size, bold=True) <= WORDS_ROOM), SPELLED[-1])


def notes_of(snapshot: Snapshot) -> list[Part]:
    """How the receipt was made, and the notes that always stand on it."""
    machine = words.machine_note(snapshot)
    said = [words.Passage(text) for text in (words.LIABILITY, words.VALIDITY)]
    head = parts_of([words.Passage(machine)], 7.6) if machine else []
    return [*head, *parts_of([words.Passage(words.NOTE, label=True), *said], 7.4)]


def protected(content: bytes) -> bytes:
    """The same file, which nobody can change without a password that nobody has (BMF of 6 February 2017)."""
    target = BytesIO()
    allowed = pikepdf.Permissions(
        modify_annotation=False, modify_assembly=False, modify_form=False, modify_other=False, extract=True
    )
    with pikepdf.open(BytesIO(content)) as opened:
        opened.save(target, encryption=pikepdf.Encryption(owner=secrets.token_urlsafe(32), user="", allow=allowed))
    return target.getvalue()
