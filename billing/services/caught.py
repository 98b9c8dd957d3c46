"""What the mail catcher holds: messages as they would have left, taken apart for reading."""

from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage as Parsed
from email.message import Message
from email.policy import default

from django.core.mail import EmailMessage
from django.db.models import Q, QuerySet

from billing.documents.mails import one_line
from billing.models import CaughtMail, Mail
from members.models import Organisation, User

KEPT = 1000


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part that is no text of the message."""

    place: int
    name: str
    kind: str
    content: bytes

    @property
    def size(self) -> int:
        """In bytes."""
        return len(self.content)


def keep(message: EmailMessage, now: datetime) -> None:
    """One row per recipient; the oldest make room."""
    content = message.message().as_bytes()
    organisation = sender_of(str(message.extra_headers.get("Message-ID", "")))
    rows = [
        CaughtMail(
            organisation_id=organisation, recipient=to[:254], subject=one_line(str(message.subject))[:300],
            content=content, caught_at=now,
        )
        for to in message.recipients()
    ]  # fmt: skip
    CaughtMail.objects.bulk_create(rows)
    for oldest in CaughtMail.objects.order_by("-id").values_list("pk", flat=True)[KEPT : KEPT + 1]:
        CaughtMail.objects.filter(pk__lte=oldest).delete()


def sender_of(message_id: str) -> int | None:
    """Whose mail it is: what the outbox sends has its Message-ID there; sign-in codes and the like belong to nobody's books."""
    found = (
        Mail._base_manager.filter(message_id=message_id).values_list("organisation_id", flat=True) if message_id else []
    )
    return next(iter(found), None)


def visible_to(organisation: Organisation) -> QuerySet[CaughtMail]:
    """The organisation's mails, and those without one to somebody who belongs to it."""
    here = User.objects.filter(Q(office_roles__organisation=organisation) | Q(members__organisation=organisation))
    return CaughtMail.objects.filter(
        Q(organisation=organisation) | Q(organisation=None, recipient__in=here.values("email"))
    )


def parsed(mail: CaughtMail) -> Parsed:
    """The message, taken apart."""
    return message_from_bytes(bytes(mail.content), policy=default)


def headers_of(message: Parsed) -> list[tuple[str, str]]:
    """As they stand there, in their order."""
    return [(name, str(value)) for name, value in message.items()]


def text_of(message: Parsed) -> str:
    """The words of the message."""
    body = message.get_body(("plain", "html"))
    return str(body.get_content()) if body else ""


def attachments_of(message: Parsed) -> list[Attachment]:
    """What is attached."""
    return [attachment(place, part) for place, part in enumerate(message.iter_attachments())]


def attachment(place: int, part: Message) -> Attachment:
    """A message within the message is given as its bytes."""
    content = part.get_payload(decode=True)
    whole = content if isinstance(content, bytes) else part.as_bytes()
    return Attachment(place, part.get_filename() or f"{place}", part.get_content_type(), whole)
