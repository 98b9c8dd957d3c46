"""The typeface of all documents: Noto Sans (OFL, `fonts/OFL.txt`), cut to Latin, Greek and Cyrillic, without hints.

Every text is made printable first, so that a rare character never breaks a document and never hides silently.
"""

import unicodedata
from bisect import bisect
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

from reportlab import rl_config
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import registerFont, stringWidth
from reportlab.pdfbase.ttfonts import TTFont

REGULAR, BOLD = "NotoSans-Regular", "NotoSans-Bold"
FOLDER = Path(__file__).parent / "fonts"
MISSING = "\ufffd"
HELD = ("§", "§§", "Abs.", "Nr.")
# Text encoding of binary streams makes every file a quarter larger; nobody reads them as text.
rl_config.useA85 = 0
# The typeface reads its glyphs from one shared file position: one document is drawn at a time.
DRAWING = Lock()


@cache
def known_characters() -> frozenset[str]:
    """Registers both weights, once per process, and tells what they can print."""
    fonts = [TTFont(name, FOLDER / f"{name}.ttf", asciiReadable=False) for name in (REGULAR, BOLD)]
    for font in fonts:
        registerFont(font)
    return frozenset(map(chr, fonts[0].face.charToGlyph)) | {"\n"}


def printable(value: Any) -> Any:
    """The same data with every text in characters that the typeface has; what it lacks becomes a visible mark."""
    if isinstance(value, str):
        return printable_text(value)
    if isinstance(value, dict):
        return {key: printable(one) for key, one in value.items()}
    return [printable(one) for one in value] if isinstance(value, list) else value


def printable_text(text: str) -> str:
    """Composed letters first (o + umlaut = ö), then compatible ones (ﬀ = ff), then the mark for the unknown."""
    text = unicodedata.normalize("NFC", text)
    known = known_characters()
    return text if known.issuperset(text) else "".join(substitutes(text, known))


def substitutes(text: str, known: frozenset[str]) -> Iterator[str]:
    """Joiners, variation selectors and control characters have no shape of their own: nothing, or a space."""
    for character in text:
        compatible = unicodedata.normalize("NFKC", character)
        if character in known:
            yield character
        elif known.issuperset(compatible):
            yield compatible
        elif character.isspace() or unicodedata.category(character) == "Cc":
            yield " "
        elif unicodedata.category(character) not in ("Cf", "Mn", "Me"):
            yield MISSING


def font(bold: bool) -> str:
    """The name of the weight in the file."""
    return BOLD if bold else REGULAR


def width(text: str, size: float, bold: bool = False) -> float:
    """Printed width in mm of a text in `size` points."""
    millimetres: float = stringWidth(text, font(bold), size) / mm
    return millimetres


def fit(text: str, size: float, room: float, bold: bool = False) -> tuple[str, float]:
    """The text and size for one line of `room` mm: smaller down to 70 %, then cut with an ellipsis."""
    wide = width(text, size, bold)
    if wide <= room:
        return text, size
    smaller = max(size * room / wide, size * 0.7)
    if width(text, smaller, bold) <= room + 0.01:
        return text, smaller
    kept = bisect(range(len(text)), room, key=lambda length: width(f"{text[:length]}…", smaller, bold)) - 1
    return f"{text[: max(kept, 0)].rstrip()}…", smaller


def wrap(text: str, size: float, room: float, bold: bool = False) -> list[str]:
    """Lines of at most `room` mm; line breaks stay, and a word that is too long is cut."""
    if "\n" not in text and width(text, size, bold) <= room:
        return [text]
    lines = []
    for paragraph in text.split("\n"):
        lines += list(filled(pieces(together(paragraph.split()), size, room, bold), size, room, bold))
    return lines


def together(words: Iterable[str]) -> Iterator[str]:
    """`§ 10b`, `Abs. 4`: what is read as one stays on one line."""
    held = ""
    for word in words:
        held = f"{held} {word}" if held else word
        if word.lstrip("(") not in HELD:
            yield held
            held = ""
    if held:
        yield held


def filled(words: Iterable[str], size: float, room: float, bold: bool) -> Iterator[str]:
    """As many words a line as there is room for; an empty paragraph is an empty line."""
    line = ""
    for word in words:
        longer = f"{line} {word}" if line else word
        if line and width(longer, size, bold) > room:
            yield line
            longer = word
        line = longer
    yield line


def pieces(words: Iterable[str], size: float, room: float, bold: bool) -> Iterator[str]:
    """Words, cut where one alone is wider than the line."""
    for word in words:
        rest = word
        while width(rest, size, bold) > room and len(rest) > 1:
            share = max(1, int(len(rest) * room / width(rest, size, bold)))
            yield rest[:share]
            rest = rest[share:]
        yield rest
