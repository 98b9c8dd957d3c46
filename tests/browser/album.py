"""Pictures of the pages: kept during the tests in the folder that the variable SCREENSHOTS names, as one sheet at the end.

`python -m tests.browser.album FOLDER` writes the sheet (index.html) and says how many pictures there are.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from itertools import groupby
from pathlib import Path

from playwright.sync_api import Page, ViewportSize

DESK: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
STYLE = (
    "body{font:15px system-ui;margin:1.5rem;background:#e9ecef}section{display:flex;flex-wrap:wrap;gap:1rem;align-items:start}"
    "figure{margin:0;background:#fff;padding:.5rem}img{display:block;height:26rem;width:auto;max-width:90vw;object-fit:cover;"
    "object-position:top}h2{margin:1.5rem 0 .5rem;font-size:1rem}"
)


def seen(page: Page, name: str, *sizes: ViewportSize, dark: bool = False) -> None:
    """The page on a desk and on a phone, or in these sizes; the test's own window is as before."""
    if not wanted():
        return
    page.wait_for_load_state()
    with own_size_kept(page):
        for size in sizes or (DESK, PHONE):
            page.set_viewport_size(size)
            taken(page, Path(wanted()) / f"{of_test()}-{name}.{size['width']}{'.dark' if dark else ''}.jpg")


def wanted() -> str:
    """The folder, or nothing: then no picture is taken."""
    return os.environ.get("SCREENSHOTS", "")


def seen_as_is(page: Page, name: str) -> None:
    """In the size that the window has: for tests that run once on a desk and once on a phone."""
    seen(page, name, page.viewport_size or DESK)


@contextmanager
def own_size_kept(page: Page) -> Iterator[None]:
    """Whatever size the window gets in between."""
    before = page.viewport_size
    try:
        yield
    finally:
        if before:
            page.set_viewport_size(before)


def of_test() -> str:
    """The test's file: pictures of one journey stand together, and none takes another one's name."""
    file = os.environ.get("PYTEST_CURRENT_TEST", "").split("::")[0]
    return Path(file).stem.removeprefix("test_")


def taken(page: Page, path: Path) -> None:
    """The whole page, as far down as it goes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=path, full_page=True, type="jpeg", quality=80)


def sheet(folder: Path) -> int:
    """One page that shows all pictures, name by name; gives their number."""
    pictures = sorted(folder.glob("*.jpg"), key=lambda one: (title(one), one.name))
    parts = [f"<!doctype html><html lang=en><meta charset=utf-8><title>Every page</title><style>{STYLE}</style>"]
    parts.append(f"<h1>{len(pictures)} pictures</h1>")
    for name, group in groupby(pictures, key=title):
        parts.append(f"<h2>{escape(name)}</h2><section>{''.join(map(figure, group))}</section>")
    (folder / "index.html").write_text("\n".join(parts), encoding="utf-8")
    return len(pictures)


def title(picture: Path) -> str:
    """The page, without size and light."""
    return picture.name.split(".")[0]


def figure(picture: Path) -> str:
    """One picture, and the whole of it behind it."""
    words = escape(" ".join(picture.stem.split(".")))
    return f'<figure><a href="{escape(picture.name)}"><img src="{escape(picture.name)}" alt="{words}" loading="lazy"></a></figure>'


if __name__ == "__main__":
    where = Path(sys.argv[1])
    if where.is_dir():
        print(f"{sheet(where)} pictures of the pages: {where / 'index.html'}")
