"""Papers as people scan or photograph them: looked into before they are kept, whatever their names say."""

import io

import pikepdf
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from PIL import Image

LARGEST, MOST_PAGES, MOST_PIXELS = 10 * 1024 * 1024, 40, 25_000_000
LONGEST_SIDE = 2400
PDF, JPEG = "application/pdf", "image/jpeg"


def plain_name(name: str) -> str:
    """A name without folders and without signs that steer anything."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(sign for sign in last if sign.isprintable() and sign not in '"<>:|?*')[:120] or "scan"


def checked(content: bytes) -> tuple[str, bytes]:
    """Kind and bytes to keep, known by what they begin with, never by their name."""
    if len(content) > LARGEST:
        raise ValidationError(_("The file is larger than 10 MB."), code="too_large")
    if content.startswith(b"%PDF-"):
        refuse_pdf(content)
        return PDF, content
    return JPEG, redrawn(content)


def refuse_pdf(content: bytes) -> None:
    """A PDF that opens without a password and is no book."""
    try:
        with pikepdf.open(io.BytesIO(content)) as found:
            pages = len(found.pages)
    except (pikepdf.PdfError, pikepdf.PasswordError, ValueError) as broken:
        raise ValidationError(
            _("This PDF cannot be opened: it is damaged or asks for a password."), code="pdf"
        ) from broken
    if not 1 <= pages <= MOST_PAGES:
        raise ValidationError(_("A paper has %(most)s pages at most.") % {"most": MOST_PAGES}, code="pages")


def redrawn(content: bytes) -> bytes:
    """A picture drawn anew as JPEG: whatever else was in the file stays outside."""
    try:
        picture = Image.open(io.BytesIO(content), formats=("PNG", "JPEG", "TIFF"))
        if picture.width * picture.height > MOST_PIXELS:
            raise ValidationError(_("The picture has too many pixels."), code="too_many_pixels")
        picture.load()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as broken:
        raise ValidationError(_("Choose a PDF, or a picture as PNG, JPEG or TIFF."), code="kind") from broken
    drawn = picture.convert("RGB")
    drawn.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    out = io.BytesIO()
    drawn.save(out, "JPEG", quality=85, optimize=True)
    return out.getvalue()
