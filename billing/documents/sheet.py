"""The sheet of paper: a pen that measures in mm from the top left corner, and blocks that flow over pages."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader

from billing.documents.colours import Colour
from billing.documents.girocode import Matrix, dark_runs
from billing.documents.tagging import ARTIFACT, Structure, Tag
from billing.documents.typeface import fit, font, width, wrap

HEIGHT = 297.0
LEFT, RIGHT = 25.0, 190.0
INK: Colour = (0.11, 0.14, 0.18)
GREY: Colour = (0.40, 0.44, 0.49)
LINE: Colour = (0.85, 0.87, 0.89)
WHITE: Colour = (1.0, 1.0, 1.0)
CELLS = ("TH", "TD")


class Pen:
    """Draws on the page. Positions and lengths in mm from the top left corner, type in points; `y` is the base line.

    What is written belongs to the tag that is open; lines and panels are decoration.
    """

    def __init__(self, canvas: Any, accent: Colour, second: Colour | None = None, structure: Any = None) -> None:
        self.canvas = canvas
        self.accent = accent
        self.second = second or accent
        self.structure = structure or Structure(canvas)
        self.tag: Tag | None = None

    @contextmanager
    def tagged(self, tag: Tag | None) -> Iterator[None]:
        """All of this belongs to the tag; inside of decoration everything is decoration."""
        before = self.tag
        self.tag = ARTIFACT if before is ARTIFACT else tag
        yield
        self.tag = before

    @contextmanager
    def within(self, kind: str, attributes: str = "") -> Iterator[None]:
        """A piece of the open tag; a cell is there even if nothing is written into it."""
        tag = Tag(kind, self.tag, "", attributes)
        if self.tag is not ARTIFACT and kind in CELLS:
            self.structure.node(tag)
        with self.tagged(tag):
            yield

    @contextmanager
    def drawn(self, tag: Tag | None = None) -> Iterator[Any]:
        """The canvas itself: for a figure, or without a tag for decoration."""
        self.structure.begin(ARTIFACT if self.tag is ARTIFACT else tag)
        yield self.canvas
        self.structure.end()

    def figure(self, alt: str, x: float, y: float, wide: float, high: float) -> Tag:
        """A picture at a place of the page, with what it shows in words."""
        box = " ".join(f"{one * mm:.1f}" for one in (x, HEIGHT - y - high, x + wide, HEIGHT - y))
        parent = self.tag if self.tag is not ARTIFACT else None
        return Tag("Figure", parent, alt, f"/O/Layout/Placement/Block/BBox[{box}]")

    def show_page(self) -> None:
        """The page is complete."""
        self.canvas.showPage()
        self.structure.page_shown()

    def save(self) -> None:
        """The document is complete."""
        self.structure.write()
        self.canvas.save()

    def text(self, x: float, y: float, text: str, size: float = 9, bold: bool = False, colour: Colour = INK) -> None:
        """Left-aligned; nothing is no mark either."""
        if not text:
            return
        self.structure.begin(self.tag)
        self.canvas.setFillColorRGB(*colour)
        self.canvas.setFont(font(bold), size)
        self.canvas.drawString(x * mm, (HEIGHT - y) * mm, text.replace("\n", " "))
        self.structure.end()

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
        with self.drawn() as canvas:
            canvas.setStrokeColorRGB(*colour)
            canvas.setLineWidth(weight)
            canvas.line(x * mm, (HEIGHT - y) * mm, end * mm, (HEIGHT - y) * mm)

    def panel(self, x: float, y: float, wide: float, high: float, colour: Colour, radius: float = 1.6) -> None:
        """A filled area with soft corners."""
        with self.drawn() as canvas:
            canvas.setFillColorRGB(*colour)
            canvas.roundRect(x * mm, (HEIGHT - y - high) * mm, wide * mm, high * mm, radius * mm, stroke=0, fill=1)

    def code(self, x: float, y: float, side: float, matrix: Matrix, alt: str) -> None:
        """A QR code as one path, so that no hairlines show between its rows."""
        module = side / len(matrix)
        with self.drawn(self.figure(alt, x, y, side, side)) as canvas:
            path = canvas.beginPath()
            for row, column, length in dark_runs(matrix):
                bottom = HEIGHT - y - (row + 1) * module
                path.rect((x + column * module) * mm, bottom * mm, length * module * mm, module * mm)
            canvas.setFillColorRGB(*INK)
            canvas.drawPath(path, stroke=0, fill=1)

    def picture(self, x: float, y: float, picture: ImageReader, wide: float, high: float, alt: str) -> None:
        """A photograph or drawing of dots; `y` is its upper edge."""
        with self.drawn(self.figure(alt, x, y, wide, high)) as canvas:
            canvas.drawImage(picture, x * mm, (HEIGHT - y - high) * mm, wide * mm, high * mm)


@dataclass(frozen=True, slots=True)
class Block:
    """Something `height` mm high that is never cut.

    `keep`: not without the next one. `heads`: what stands above it again when it is the first on a following page. `tag`: what
    its words are; blocks of the same tag, such as the lines of a paragraph, are one piece.
    """

    height: float
    draw: Callable[[Pen, float], None]
    keep: bool = False
    heads: tuple["Block", ...] = ()
    tag: Tag | None = None


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
            group, left = [*map(repeated, group[0].heads), *group], following
        pages[-1] += group
        left -= total_height(group)
    return pages


def repeated(block: Block) -> Block:
    """What stands on the page for the eye only, since it was read before."""
    return replace(block, tag=ARTIFACT)


def draw_blocks(pen: Pen, blocks: Iterable[Block], y: float) -> None:
    """Blocks below each other, from `y` on; what says nothing else of itself is a paragraph."""
    for block in blocks:
        with pen.tagged(block.tag or Tag("P")):
            block.draw(pen, y)
        y += block.height


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
    return running(text, 9.2, 4.7, INK)


def small_print(text: str) -> list[Block]:
    """Notes below the totals."""
    return running(text, 8, 4, GREY)


def running(text: str, size: float, leading: float, colour: Colour) -> list[Block]:
    """The lines of one paragraph."""
    tag = Tag("P")
    return [line_of(line, size, leading, colour, tag) for line in wrap(text, size, RIGHT - LEFT)]


def line_of(line: str, size: float, leading: float, colour: Colour, tag: Tag) -> Block:
    """One line of a paragraph."""
    return Block(leading, lambda pen, y: pen.text(LEFT, y + leading - 1.2, line, size, colour=colour), tag=tag)
