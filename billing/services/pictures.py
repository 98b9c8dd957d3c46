"""A picture from outside, drawn anew: whatever was uploaded, only the dots of a small PNG get in."""

import io
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

LARGEST_FILE = 5 * 1024 * 1024
MOST_PIXELS = 25_000_000
LARGEST = (600, 300)
BROKEN = (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError)


def redrawn(upload: Any) -> bytes:
    """A PNG of at most 600 by 300 pixels; SVG, huge pictures and everything else are refused.

    What travels with a picture (place of the photograph, programs behind its end) does not come along.
    """
    if upload.size > LARGEST_FILE:
        raise ValidationError(_("The picture is larger than 5 MB."), code="too_large")
    refuse_svg(upload)
    try:
        picture = Image.open(upload, formats=("PNG", "JPEG"))
        if picture.width * picture.height > MOST_PIXELS:
            raise ValidationError(_("The picture has too many pixels."), code="too_many_pixels")
        picture.load()
        drawn = ImageOps.exif_transpose(picture).convert("RGBA")
    except BROKEN as broken:
        raise ValidationError(_("This is no PNG or JPEG picture."), code="no_picture") from broken
    drawn.thumbnail(LARGEST)
    clean = Image.new("RGBA", drawn.size)
    clean.paste(drawn)
    out = io.BytesIO()
    clean.save(out, "PNG", optimize=True)
    return out.getvalue()


def refuse_svg(upload: Any) -> None:
    """A drawing of lines may hold programs; the program that made it can store it as a picture of dots."""
    upload.seek(0)
    start = upload.read(2000).lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    upload.seek(0)
    if start.startswith((b"<svg", b"<?xml", b"<!doctype svg")) or b"<svg" in start:
        message = _("SVG drawings are not taken. Please store the logo as PNG, 600 pixels wide, and upload that.")
        raise ValidationError(message, code="svg")
