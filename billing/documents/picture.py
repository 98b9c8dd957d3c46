"""A page as a picture of dots: the same drawing as the PDF, for looking at it in a browser. Knows what our pages draw with."""

from functools import cache
from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.pagesizes import A4

from billing.documents.typeface import FOLDER

DOTS = 110 / 72
Box = tuple[float, float, float, float]


@cache
def typeface(name: str, size: float) -> ImageFont.FreeTypeFont:
    """The typeface of the documents in `size` points."""
    return ImageFont.truetype(FOLDER / f"{name}.ttf", size * DOTS)


class NoStructure:
    """A picture has nothing for a screen reader; the page around it describes it."""

    def begin(self, tag: Any) -> None:
        """Nothing to mark."""

    def end(self) -> None:
        """Nothing to mark."""

    def node(self, tag: Any) -> None:
        """Nothing to remember."""

    def page_shown(self) -> None:
        """Nothing to remember."""


class Path:
    """Rectangles to be filled at once."""

    def __init__(self) -> None:
        self.boxes: list[Box] = []

    def rect(self, x: float, y: float, wide: float, high: float) -> None:
        """One more."""
        self.boxes.append((x, y, wide, high))


class PictureCanvas:
    """Draws what a PDF canvas draws; points from the lower left corner. Keeps its first page."""

    def __init__(self) -> None:
        self.image = Image.new("RGB", (round(A4[0] * DOTS), round(A4[1] * DOTS)), "white")
        self.draw = ImageDraw.Draw(self.image)
        self.fill = self.stroke = (0, 0, 0)
        self.weight = 1.0
        self.font = typeface("NotoSans-Regular", 9)
        self.shown = False

    def box(self, x: float, y: float, wide: float, high: float) -> Box:
        """In dots from the upper left corner."""
        top = A4[1] - y - high
        return x * DOTS, top * DOTS, (x + wide) * DOTS, (top + high) * DOTS

    def setFillColorRGB(self, *colour: float) -> None:  # noqa: N802
        """The colour of words and areas."""
        self.fill = dots_of(colour)

    def setStrokeColorRGB(self, *colour: float) -> None:  # noqa: N802
        """The colour of lines."""
        self.stroke = dots_of(colour)

    def setLineWidth(self, weight: float) -> None:  # noqa: N802
        """In points."""
        self.weight = weight

    def setFont(self, name: str, size: float) -> None:  # noqa: N802
        """The typeface of what follows."""
        self.font = typeface(name, size)

    def drawString(self, x: float, y: float, text: str) -> None:  # noqa: N802
        """Words from `x` on, standing on the line `y`."""
        if not self.shown:
            self.draw.text((x * DOTS, (A4[1] - y) * DOTS), text, fill=self.fill, font=self.font, anchor="ls")

    def line(self, x: float, y: float, end: float, bottom: float) -> None:
        """A straight line."""
        if not self.shown:
            ends = (x * DOTS, (A4[1] - y) * DOTS, end * DOTS, (A4[1] - bottom) * DOTS)
            self.draw.line(ends, fill=self.stroke, width=max(1, round(self.weight * DOTS)))

    def roundRect(  # noqa: N802
        self, x: float, y: float, wide: float, high: float, radius: float, stroke: int, fill: int
    ) -> None:
        """A filled area with soft corners."""
        if not self.shown:
            self.draw.rounded_rectangle(self.box(x, y, wide, high), radius * DOTS, fill=self.fill)

    def beginPath(self) -> Path:  # noqa: N802
        """A shape of rectangles."""
        return Path()

    def drawPath(self, path: Path, stroke: int, fill: int) -> None:  # noqa: N802
        """Fills it; the edges of neighbours meet on a dot."""
        for one in path.boxes if not self.shown else ():
            left, top, right, bottom = map(round, self.box(*one))
            self.draw.rectangle((left, top, max(left, right - 1), max(top, bottom - 1)), fill=self.fill)

    def drawImage(self, image: Any, x: float, y: float, wide: float, high: float) -> None:  # noqa: N802
        """A picture in its place."""
        if not self.shown:
            left, top, right, bottom = map(round, self.box(x, y, wide, high))
            source = image._image.convert("RGB").resize((max(1, right - left), max(1, bottom - top)))
            self.image.paste(source, (left, top))

    def showPage(self) -> None:  # noqa: N802
        """What follows is on other pages."""
        self.shown = True

    def png(self) -> bytes:
        """The first page."""
        target = BytesIO()
        self.image.save(target, "PNG", optimize=False, compress_level=6)
        return target.getvalue()


def dots_of(colour: tuple[float, ...]) -> tuple[int, int, int]:
    """A colour in 256 steps."""
    red, green, blue = (round(part * 255) for part in colour)
    return red, green, blue
