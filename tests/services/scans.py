"""Scans as people upload them."""

import io

import pikepdf
from PIL import Image


def picture(kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (80, 60), "white").save(out, kind)
    return out.getvalue()


def pdf(pages: int = 1, password: str = "") -> bytes:
    """The same bytes for the same pages: a PDF is otherwise marked with the second in which it was made."""
    out = io.BytesIO()
    with pikepdf.new() as made:
        for _page in range(pages):
            made.add_blank_page()
        lock = pikepdf.Encryption(owner=password, user=password) if password else False
        made.save(out, encryption=lock, deterministic_id=not password)
    return out.getvalue()
