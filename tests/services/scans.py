"""Scans as people upload them."""

import io

import pikepdf
from PIL import Image


def picture(kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (80, 60), "white").save(out, kind)
    return out.getvalue()


def pdf(pages: int = 1, password: str = "") -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as made:
        for _page in range(pages):
            made.add_blank_page()
        made.save(out, encryption=pikepdf.Encryption(owner=password, user=password) if password else False)
    return out.getvalue()
