"""Papers of a mandate: scans that are checked and kept, erased when the law allows it, and all of them in one file as evidence."""

import hashlib
import io
from datetime import date, datetime

import pikepdf
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from PIL import Image

from billing.models import Mandate, MandateDocument
from billing.services.invoicing import shown
from billing.services.mandates import erasable_from
from members.models import User

LARGEST, MOST_PAGES, MOST_PIXELS = 10 * 1024 * 1024, 40, 25_000_000
LONGEST_SIDE = 2400
PDF, JPEG = "application/pdf", "image/jpeg"


def add_document(
    mandate: Mandate, kind: str, name: str, content: bytes, user: User | None, now: datetime
) -> MandateDocument:
    """Keeps a scan: a PDF as it is, a picture drawn anew. Refused if it is anything else, too large, or there already."""
    content_type, kept = checked(content)
    return store(mandate, kind, name, content_type, kept, user, now)


def store(
    mandate: Mandate, kind: str, name: str, content_type: str, content: bytes, user: User | None, now: datetime,
    evidence: dict[str, object] | None = None,
) -> MandateDocument:  # fmt: skip
    """Writes the row with the hash of its bytes."""
    sha256 = hashlib.sha256(content).hexdigest()
    try:
        with transaction.atomic():
            return MandateDocument.objects.create(
                organisation=mandate.organisation, mandate=mandate, kind=kind, name=plain_name(name), content_type=content_type,
                content=content, sha256=sha256, evidence=evidence, added_at=now, added_by=user,
            )  # fmt: skip
    except IntegrityError as twice:
        raise ValidationError(_("This file is there already."), code="twice") from twice


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
        raise ValidationError(_("A mandate has %(most)s pages at most.") % {"most": MOST_PAGES}, code="pages")


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


def erase(document: MandateDocument, on: date) -> None:
    """Erases the bytes of a paper, 14 months after the mandate's last collection and end at the earliest. The row stays."""
    first = erasable_from(document.mandate)
    if first is None or on < first:
        message = _("The mandate is still in use: its papers are kept.")
        if first:
            message = _("Papers of this mandate are kept until %(day)s: until then the payer's bank may ask for them.")
        raise ValidationError(message, code="kept", params={"day": shown(first) if first else ""})
    MandateDocument.objects.filter(pk=document.pk, erased_on=None).update(
        content=b"", evidence=None, name=_("erased"), erased_on=on
    )
