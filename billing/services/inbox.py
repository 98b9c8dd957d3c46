"""What the office sent to a member or answered, as one list, newest first; what was not opened yet comes before.

Mails and letters are what went out, as it went out; what still waits is not told. Answers to questions stand in their
conversation, so the mails that brought them are left out.
"""

from collections.abc import Collection as Several
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import BooleanField, Case, F, QuerySet, Value, When
from django.db.models.functions import Coalesce

from billing.models import Mail
from members.models import ContactEntry

MAIL, ANSWER = "mail", "answer"
OUT = (Mail.State.SENT, Mail.State.PRINTED, Mail.State.BOUNCED)
# What the office reads, not the member.
NOT_SHOWN = ("office", ANSWER)


@dataclass(frozen=True, slots=True)
class Message:
    """`key`: of the mail, or of the question whose conversation holds the answer."""

    source: str
    key: int
    subject: str
    at: datetime
    new: bool


def messages_to(members: Several[int]) -> QuerySet[Any]:
    """Rows of everything that was said to these members themselves."""
    mails = mails_to(members).order_by().annotate(
        source=Value(MAIL), row=F("pk"), title=F("subject"), moment=Coalesce("sent_at", "created_at"),
        unread=Value(False, BooleanField()),
    )  # fmt: skip
    fresh = Case(When(read_at=None, then=Value(True)), default=Value(False), output_field=BooleanField())
    answers = ContactEntry.objects.filter(member__in=members, kind=ContactEntry.Kind.ANSWER).order_by().annotate(
        source=Value(ANSWER), row=F("question_id"), title=F("subject"), moment=F("at"), unread=fresh
    )  # fmt: skip
    names = ("source", "row", "title", "moment", "unread")
    return mails.values_list(*names).union(answers.values_list(*names), all=True).order_by("-unread", "-moment", "-row")


def mails_to(members: Several[int]) -> QuerySet[Mail]:
    """The mails and letters that went out to these members."""
    return Mail.objects.filter(member__in=members, state__in=OUT).exclude(kind__in=NOT_SHOWN)


def listed(rows: Iterable[Any]) -> list[Message]:
    """The rows of a page."""
    return [Message(*row) for row in rows]
