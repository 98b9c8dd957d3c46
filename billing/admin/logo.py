"""A logo, drawn anew: whatever was uploaded, only a small PNG gets in."""

import io
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from PIL import Image

LARGEST_FILE = 5 * 1024 * 1024
MOST_PIXELS = 25_000_000
LARGEST_LOGO = (600, 300)


def redrawn(upload: Any) -> bytes:
    """A PNG of at most 600 by 300 pixels; SVG, huge pictures and everything else are refused."""
    if upload.size > LARGEST_FILE:
        raise ValidationError(_("The picture is larger than 5 MB."), code="too_large")
    try:
        picture = Image.open(upload, formats=("PNG", "JPEG"))
        if picture.width * picture.height > MOST_PIXELS:
            raise ValidationError(_("The picture has too many pixels."), code="too_many_pixels")
        picture.load()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as broken:
        raise ValidationError(_("This is no PNG or JPEG picture."), code="no_picture") from broken
    drawn = picture.convert("RGBA")
    drawn.thumbnail(LARGEST_LOGO)
    out = io.BytesIO()
    drawn.save(out, "PNG", optimize=True)
    return out.getvalue()
