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
from django.utils.translation import gettext_lazy as _

from billing.models import Mail
from members.models import ContactEntry

ANSWER, INVOICE = "answer", "invoice"
OUT = (Mail.State.SENT, Mail.State.PRINTED, Mail.State.BOUNCED)
# What the office reads, not the member.
NOT_SHOWN = ("office", ANSWER)
LABELS = {
    ANSWER: _("Answer to your question"), INVOICE: _("Invoice"), "contract": _("Confirmation of a change"),
    "price": _("Change of price"), "quota": _("Free quota nearly used"), "notice": _("Reminder of payment"),
    "receipt": _("Donation receipt"), "debit_plan": _("Coming debits"), "announcement": _("Announcement of a debit"),
    "mandate": _("Mandate"), "invitation": _("Invitation to the portal"), "instalments": _("Instalments"), "proof": _("Your proof"),
    "data": _("Your data"), "erasure": _("Erasure of your data"), "join_welcome": _("Welcome"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Message:
    """`key`: of the mail, or of the question whose conversation holds the answer; `kind`: of the mail, or `answer`."""

    kind: str
    key: int
    subject: str
    at: datetime
    new: bool

    @property
    def is_answer(self) -> bool:
        """Read in its conversation."""
        return self.kind == ANSWER

    @property
    def label(self) -> str:
        """What sort of message it is."""
        return str(LABELS.get(self.kind, _("Message")))


def messages_to(members: Several[int], *, invoices: bool = True) -> QuerySet[Any]:
    """Rows of what was said to these members themselves: kind, key, subject, when, whether it is new."""
    mails = mails_to(members).exclude(kind__in=[] if invoices else [INVOICE]).order_by().annotate(
        what=F("kind"), row=F("pk"), title=F("subject"), moment=Coalesce("sent_at", "created_at"),
        unread=Value(False, BooleanField()),
    )  # fmt: skip
    fresh = Case(When(read_at=None, then=Value(True)), default=Value(False), output_field=BooleanField())
    answers = ContactEntry.objects.filter(member__in=members, kind=ContactEntry.Kind.ANSWER).order_by().annotate(
        what=Value(ANSWER), row=F("question_id"), title=F("subject"), moment=F("at"), unread=fresh
    )  # fmt: skip
    names = ("what", "row", "title", "moment", "unread")
    return mails.values_list(*names).union(answers.values_list(*names), all=True).order_by("-unread", "-moment", "-row")


def mails_to(members: Several[int]) -> QuerySet[Mail]:
    """The mails and letters that went out to these members."""
    return Mail.objects.filter(member__in=members, state__in=OUT).exclude(kind__in=NOT_SHOWN)


def listed(rows: Iterable[Any], house: str) -> list[Message]:
    """The rows of a page. The house's own name, which every subject bears, is left out here."""
    return [Message(kind, key, plain(kind, subject, house), at, bool(new)) for kind, key, subject, at, new in rows]


def plain(kind: str, subject: str, house: str) -> str:
    """A subject as it says something to somebody who knows whose page this is; a bare number gets its noun."""
    said = subject.removeprefix(f"{house}: ").removesuffix(f" – {house}") or subject
    return f"{LABELS[kind]} {said}" if kind == INVOICE and " " not in said else said
