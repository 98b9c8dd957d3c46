"""Reads finished PDFs the way a person or a machine would: words with places, fonts, pixels."""

import shutil
import subprocess
from functools import cache
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import pikepdf
import pytest
from lxml import html
from PIL import Image

MM = 72 / 25.4


class Word(NamedTuple):
    """A word and its box in mm from the top left corner of the page."""

    text: str
    left: float
    top: float
    right: float
    bottom: float


@cache
def tool(name: str) -> str:
    """A poppler tool; without it the reading tests are left out."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"needs {name}: apt install poppler-utils")
    return found


def run(name: str, pdf: bytes, *options: str) -> bytes:
    """What the tool writes to its output; only pdftoppm does so unasked."""
    target = [] if name == "pdftoppm" else ["-"]
    with TemporaryDirectory() as folder:
        file = Path(folder, "document.pdf")
        file.write_bytes(pdf)
        return subprocess.run([tool(name), *options, file, *target], check=True, capture_output=True).stdout


def text(pdf: bytes) -> str:
    """All text, a line of print a line of text, spaces between words made single."""
    lines = run("pdftotext", pdf, "-layout").decode().replace("\xa0", " ").splitlines()
    return "\n".join(" ".join(one.split()) for one in lines)


def pages(pdf: bytes) -> list[str]:
    """The text of each page on one line."""
    layout = run("pdftotext", pdf, "-layout").decode().rstrip("\f").split("\f")
    return [" ".join(page.split()) for page in layout]


def words(pdf: bytes) -> list[Word]:
    """The words of all pages with their places."""
    tree: Any = html.fromstring(run("pdftotext", pdf, "-bbox").decode())
    sides = ("xmin", "ymin", "xmax", "ymax")
    return [Word(one.text, *(round(float(one.get(side)) / MM, 2) for side in sides)) for one in tree.iter("word")]


def picture(pdf: bytes, dots_per_inch: int = 150) -> Image.Image:
    """The first page as it looks."""
    return Image.open(BytesIO(run("pdftoppm", pdf, "-png", "-r", str(dots_per_inch), "-f", "1", "-l", "1")))


def fonts(pdf: bytes) -> dict[str, bool]:
    """Every font of the file, and whether it is embedded."""
    with pikepdf.open(BytesIO(pdf)) as opened:
        dictionaries: list[Any] = [one for one in opened.objects if isinstance(one, pikepdf.Dictionary)]
        found = [one for one in dictionaries if one.get("/Type") == "/Font"]
        return {str(one.get("/BaseFont")): "/FontFile2" in one.get("/FontDescriptor", {}) for one in found}
