"""The letters of a price change, for those who get no e-mail: printed, posted, and noted."""

from datetime import datetime

from django.db.models import QuerySet

from billing.models import Mail, PriceChange
from billing.services import letters as post

PRINT, PRINTED = Mail.State.PRINT, Mail.State.PRINTED


def letters(change: PriceChange) -> QuerySet[Mail]:
    """Those that are printed, posted or not."""
    rows = Mail.objects.filter(
        organisation=change.organisation_id, key__startswith=f"price:{change.pk}:", state__in=(PRINT, PRINTED)
    )
    return rows.select_related("member", "invoice")


def as_pdf(change: PriceChange) -> bytes:
    """All of them in one file, sorted for franking; empty when there are none."""
    return post.printed(post.letters(change.organisation, letters(change)))


def mark_posted(change: PriceChange, now: datetime) -> int:
    """They were printed and posted; gives how many were not noted yet."""
    return letters(change).filter(state=PRINT).update(state=PRINTED, sent_at=now)
