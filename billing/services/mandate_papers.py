"""Papers of a mandate: scans that are checked and kept, erased when the law allows it, and all of them in one file as evidence."""

import hashlib
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from billing.models import Mandate, MandateDocument
from billing.services.invoicing import shown
from billing.services.mandates import erasable_from
from billing.services.scans import checked, plain_name
from members.models import User


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
