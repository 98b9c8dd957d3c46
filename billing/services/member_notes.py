"""What members changed or asked for in the portal, told to the office and to the member in writing."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.documents.mails import one_line
from billing.models import Mail
from billing.services.bounces import takes_mail
from members.models import ContactEntry, Member, User

LONGEST_SUBJECT = 200


def note_change(member: Member, subject: str, text: str, user: User | None, now: datetime) -> ContactEntry:
    """An entry in the member's contacts that the office reads."""
    return ContactEntry.objects.create(
        organisation_id=member.organisation_id, member=member, kind=ContactEntry.Kind.CHANGE, at=now, by=user,
        subject=one_line(subject)[:120], text=text,
    )  # fmt: skip


def tell_member(member: Member, kind: str, key: str, subject: str, text: str, now: datetime, to: str = "") -> None:
    """In text form, once per key: by e-mail where there is an address that takes it, else as a letter to be printed.

    A child without an address of their own is written to at their payer's.
    """
    address = to or next((one.email for one in (member, member.payer) if one and one.email), "")
    by_mail = takes_mail(member.organisation, address)
    state: dict[str, Any] = {"recipient": address, "next_at": now} if by_mail else {"state": Mail.State.PRINT}
    with override(member.language):
        parts = [
            _("Hello %(name)s,") % {"name": member.name},
            text.strip(),
            _("Kind regards"),
            member.organisation.name,
        ]
        title = f"{one_line(subject)} – {one_line(member.organisation.name)}"[:LONGEST_SUBJECT]
    row = Mail(
        organisation_id=member.organisation_id, member=member, key=key[:80], kind=kind, subject=title,
        text="\n\n".join(parts) + "\n", created_at=now, **state,
    )  # fmt: skip
    Mail.objects.bulk_create([row], ignore_conflicts=True)
