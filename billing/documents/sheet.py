"""The sheet of paper: a pen that measures in mm from the top left corner, and blocks that flow over pages."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from reportlab.lib.units import mm

from billing.documents.girocode import Matrix, dark_runs
from billing.documents.typeface import fit, font, width, wrap

HEIGHT = 297.0
LEFT, RIGHT = 25.0, 190.0
Colour = tuple[float, float, float]
INK: Colour = (0.11, 0.14, 0.18)
GREY: Colour = (0.40, 0.44, 0.49)
LINE: Colour = (0.85, 0.87, 0.89)
WHITE: Colour = (1.0, 1.0, 1.0)
# The lowest contrast of small print on white (WCAG 2.1, 1.4.3).
READABLE = 4.5


def accent_of(colour: str) -> Colour:
    """The organisation's colour `#rrggbb`, darkened until it can be read on white paper."""
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    while 1.05 / (luminance((red, green, blue)) + 0.05) < READABLE:
        red, green, blue = red * 0.94, green * 0.94, blue * 0.94
    return red, green, blue


def luminance(colour: Colour) -> float:
    """Relative luminance (WCAG 2.1)."""
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def tint(colour: Colour, share: float) -> Colour:
    """So much of the colour, the rest white."""
    red, green, blue = (1 - share * (1 - part) for part in colour)
    return red, green, blue


class Pen:
    """Draws on the page. Positions and lengths in mm from the top left corner, type in points; `y` is the base line."""

    def __init__(self, canvas: Any, accent: Colour) -> None:
        self.canvas = canvas
        self.accent = accent

    def text(self, x: float, y: float, text: str, size: float = 9, bold: bool = False, colour: Colour = INK) -> None:
        """Left-aligned."""
        self.canvas.setFillColorRGB(*colour)
        self.canvas.setFont(font(bold), size)
        self.canvas.drawString(x * mm, (HEIGHT - y) * mm, text.replace("\n", " "))

    def right(self, x: float, y: float, text: str, size: float = 9, bold: bool = False, colour: Colour = INK) -> None:
        """Ends at `x`."""
        self.text(x - width(text, size, bold), y, text, size, bold, colour)

    def fitted(
        self, x: float, y: float, text: str, room: float, size: float = 9, bold: bool = False, colour: Colour = INK
    ) -> None:
        """On one line of `room` mm, smaller or shortened where it must be."""
        text, size = fit(text, size, room, bold)
        self.text(x, y, text, size, bold, colour)

    def lines(
        self, x: float, y: float, lines: Iterable[str], leading: float, size: float, colour: Colour = INK
    ) -> None:
        """One below the other, `leading` mm apart."""
        for at, line in enumerate(lines):
            self.text(x, y + at * leading, line, size, colour=colour)

    def rule(self, x: float, y: float, end: float, colour: Colour = LINE, weight: float = 0.5) -> None:
        """A level line, `weight` points thick."""
        self.canvas.setStrokeColorRGB(*colour)
        self.canvas.setLineWidth(weight)
        self.canvas.line(x * mm, (HEIGHT - y) * mm, end * mm, (HEIGHT - y) * mm)

    def panel(self, x: float, y: float, wide: float, high: float, colour: Colour, radius: float = 1.6) -> None:
        """A filled area with soft corners."""
        self.canvas.setFillColorRGB(*colour)
        self.canvas.roundRect(x * mm, (HEIGHT - y - high) * mm, wide * mm, high * mm, radius * mm, stroke=0, fill=1)

    def code(self, x: float, y: float, side: float, matrix: Matrix) -> None:
        """A QR code as one path, so that no hairlines show between its rows."""
        module = side / len(matrix)
        path = self.canvas.beginPath()
        for row, column, length in dark_runs(matrix):
            bottom = HEIGHT - y - (row + 1) * module
            path.rect((x + column * module) * mm, bottom * mm, length * module * mm, module * mm)
        self.canvas.setFillColorRGB(*INK)
        self.canvas.drawPath(path, stroke=0, fill=1)


@dataclass(frozen=True, slots=True)
class Block:
    """Something `height` mm high that is never cut.

    `keep`: not without the next one. `heads`: what stands above it again when it is the first on a following page.
    """

    height: float
    draw: Callable[[Pen, float], None]
    keep: bool = False
    heads: tuple["Block", ...] = ()


def space(height: float) -> Block:
    """White space."""
    return Block(height, lambda _pen, _y: None)


def paginate(blocks: Iterable[Block], first: float, following: float) -> list[list[Block]]:
    """Pages of blocks: `first` mm of room on page one, `following` on the others."""
    pages: list[list[Block]] = [[]]
    left = first
    for group in kept_together(blocks):
        if total_height(group) > left and pages[-1]:
            pages.append([])
            group, left = [*group[0].heads, *group], following
        pages[-1] += group
        left -= total_height(group)
    return pages


def total_height(blocks: Iterable[Block]) -> float:
    """Of blocks below each other."""
    return sum(block.height for block in blocks)


def kept_together(blocks: Iterable[Block]) -> Iterable[list[Block]]:
    """Blocks that belong on the same page."""
    group: list[Block] = []
    for block in blocks:
        group.append(block)
        if not block.keep:
            yield group
            group = []
    if group:
        yield group


def paragraph(text: str) -> list[Block]:
    """Running text, a block per line, so that it may go on on the next page."""
    return [line_of(line, 9.2, 4.7, INK) for line in wrap(text, 9.2, RIGHT - LEFT)]


def small_print(text: str) -> list[Block]:
    """Notes below the totals."""
    return [line_of(line, 8, 4, GREY) for line in wrap(text, 8, RIGHT - LEFT)]


def line_of(line: str, size: float, leading: float, colour: Colour) -> Block:
    """One line of a paragraph."""
    return Block(leading, lambda pen, y: pen.text(LEFT, y + leading - 1.2, line, size, colour=colour))
