"""One PDF of many letters, for the printer."""

from collections.abc import Sequence
from io import BytesIO

from pikepdf import Pdf


def merge_pdfs(files: Sequence[bytes]) -> bytes:
    """All pages in the given order; equal files give equal bytes. ValueError when there is nothing to merge."""
    if not files:
        raise ValueError("There are no letters to merge.")
    target = BytesIO()
    with Pdf.new() as merged:
        for content in files:
            with Pdf.open(BytesIO(content)) as one:
                merged.pages.extend(one.pages)
        merged.save(target, deterministic_id=True)
    return target.getvalue()


def pages_of(content: bytes) -> int:
    """How many pages a PDF has."""
    with Pdf.open(BytesIO(content)) as one:
        return len(one.pages)
