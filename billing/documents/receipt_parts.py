"""The pieces that the form of a receipt is put together from: sentences with boxes, the signature, the mark of a draft."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader

from billing.documents.figures import long_day
from billing.documents.letterhead import prepared_logo
from billing.documents.receipt_words import SIGNED, Passage
from billing.documents.sheet import GREY, HEIGHT, INK, LEFT, LINE, RIGHT, Pen
from billing.documents.tagging import Tag
from billing.documents.typeface import width, wrap

TICKED, NOT_TICKED, SIGNATURE, DRAFT = "angekreuzt", "nicht angekreuzt", "Unterschrift: %s", "ENTWURF"
INDENT, BOX = 6.0, 3.0
SIGNATURE_LEFT, SIGNATURE_WIDTH, SIGNATURE_HEIGHT = 105.0, 60.0, 17.0


@dataclass(frozen=True, slots=True)
class Part:
    """A passage broken into lines."""

    passage: Passage
    lines: list[str]
    size: float

    @property
    def leading(self) -> float:
        """From line to line, mm."""
        return self.size * 0.49

    @property
    def height(self) -> float:
        """With the space below; a label stays close to what it belongs to."""
        return self.leading * len(self.lines) + (0.8 if self.passage.label else self.size * 0.3)


def parts_of(passages: Sequence[Passage], size: float) -> list[Part]:
    """Passages in `size` points."""
    room = RIGHT - LEFT
    return [
        Part(one, wrap(one.text, size, room - (INDENT if one.ticked else 0)), size - (0.8 if one.label else 0))
        for one in passages
    ]


def height_of(parts: Sequence[Part]) -> float:
    """Of parts below each other."""
    return sum(part.height for part in parts)


def put(pen: Pen, parts: Sequence[Part], top: float) -> float:
    """Draws them below each other; gives where they end."""
    for part in parts:
        base = top + part.leading * 0.78
        x = LEFT + (INDENT if part.passage.ticked else 0)
        with pen.within("P"):
            if part.passage.ticked:
                draw_box(pen, LEFT, base - BOX + 0.4, True)
            pen.lines(x, base, part.lines, part.leading, part.size, GREY if part.passage.label else INK)
            draw_choices(pen, part, base)
        top += part.height
    return top


def draw_choices(pen: Pen, part: Part, base: float) -> None:
    """`Ja` and `Nein` behind the sentence, each with its box."""
    x = LEFT + width(part.lines[-1], part.size) + 8
    for label, ticked in part.passage.boxes:
        pen.text(x, base, label, part.size, bold=ticked)
        x += width(label, part.size, ticked) + 2
        draw_box(pen, x, base - BOX + 0.4, ticked)
        x += BOX + 8


def draw_box(pen: Pen, x: float, y: float, ticked: bool) -> None:
    """A box of three millimetres, crossed where it applies."""
    left, bottom, side = x * mm, (HEIGHT - y - BOX) * mm, BOX * mm
    with pen.drawn(pen.figure(TICKED if ticked else NOT_TICKED, x, y, BOX, BOX)) as canvas:
        canvas.setStrokeColorRGB(*INK)
        canvas.setLineWidth(0.7)
        canvas.rect(left, bottom, side, side, stroke=1, fill=0)
        if ticked:
            canvas.setLineWidth(1.1)
            inner = 0.6 * mm
            canvas.line(left + inner, bottom + inner, left + side - inner, bottom + side - inner)
            canvas.line(left + inner, bottom + side - inner, left + side - inner, bottom + inner)


def signature_height(printed: bool) -> float:
    """Room for signing, by hand or as a picture."""
    return SIGNATURE_HEIGHT + (14.0 if printed else 13.0)


def draw_signature(pen: Pen, snapshot: Mapping[str, Any], top: float, signature: bytes | None) -> None:
    """Place and day on the left, the signature on the right, what the form calls them below."""
    line = top + SIGNATURE_HEIGHT + 1
    place = ", ".join(part for part in (snapshot["issuer"]["city"], long_day(snapshot["issued_on"], "de")) if part)
    with pen.within("P"):
        pen.fitted(LEFT, line - 1.6, place, SIGNATURE_LEFT - LEFT - 8, 10)
    if signature:
        draw_picture(pen, signature, line, SIGNATURE % snapshot["signatory"])
    pen.rule(LEFT, line, SIGNATURE_LEFT - 6, LINE, 0.7)
    pen.rule(SIGNATURE_LEFT, line, RIGHT, LINE, 0.7)
    with pen.within("P"):
        pen.text(LEFT, line + 3.8, SIGNED, 7.2, colour=GREY)
        pen.fitted(SIGNATURE_LEFT, line + 3.8, snapshot["signatory"], RIGHT - SIGNATURE_LEFT, 7.8, colour=GREY)


def draw_picture(pen: Pen, signature: bytes, line: float, alt: str) -> None:
    """The picture of a signature, standing on the line."""
    picture = prepared_logo(signature)
    if picture is None:
        return
    image = ImageReader(BytesIO(picture))
    wide, high = image.getSize()
    scale = min(SIGNATURE_WIDTH / wide, SIGNATURE_HEIGHT / high)
    pen.picture(SIGNATURE_LEFT, line - 0.6 - high * scale, image, wide * scale, high * scale, alt)


def draw_draft_mark(pen: Pen) -> None:
    """Nobody takes a draft for a receipt; a screen reader says so too."""
    with pen.drawn(Tag("Figure", None, DRAFT)) as canvas:
        canvas.saveState()
        canvas.translate(105 * mm, 150 * mm)
        canvas.rotate(52)
        canvas.setFillColorRGB(0.80, 0.25, 0.22)
        canvas.setFillAlpha(0.16)
        canvas.setFont("NotoSans-Bold", 110)
        canvas.drawCentredString(0, -14 * mm, DRAFT)
        canvas.restoreState()
