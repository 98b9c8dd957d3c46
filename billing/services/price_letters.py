"""The letters of a price change, for those who get no e-mail: printed, posted, and noted."""

from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone

from billing.documents.plain_letter import House, PlainLetter, render_letters
from billing.models import Creditor, Mail, PriceChange
from billing.services.drafts import MEMBER_FIELDS
from billing.services.snapshots import issuer, recipient
from members.models import Member

PRINT, PRINTED = Mail.State.PRINT, Mail.State.PRINTED


def letters(change: PriceChange) -> QuerySet[Mail]:
    """Those that are printed, posted or not, sorted by postcode for franking."""
    rows = Mail.objects.filter(
        organisation=change.organisation_id, key__startswith=f"price:{change.pk}:", state__in=(PRINT, PRINTED)
    )
    return rows.order_by("member__country", "member__postal_code", "id")


def as_pdf(change: PriceChange) -> bytes:
    """All of them in one file; empty when there are none."""
    mails = list(letters(change))
    people = {
        row["id"]: row
        for row in Member.objects.filter(pk__in=[mail.member_id for mail in mails]).values(*MEMBER_FIELDS)
    }
    found = [
        PlainLetter(
            recipient(people[mail.member_id]),
            people[mail.member_id]["language"],
            written(mail),
            mail.subject,
            mail.text,
        )
        for mail in mails
        if mail.member_id
    ]
    return render_letters(found, house_of(change)) if found else b""


def written(mail: Mail) -> str:
    """The date of a letter."""
    return timezone.localdate(mail.created_at).isoformat()


def house_of(change: PriceChange) -> House:
    """The letterhead."""
    organisation = change.organisation
    creditor = Creditor.objects.filter(organisation=organisation).order_by("pk").first() or Creditor()
    logo = bytes(organisation.logo) if organisation.logo else None
    return House(issuer(organisation, creditor), creditor.identifier, logo, organisation.colour)


def mark_posted(change: PriceChange, now: datetime) -> int:
    """They were printed and posted; gives how many were not noted yet."""
    return letters(change).filter(state=PRINT).update(state=PRINTED, sent_at=now)
