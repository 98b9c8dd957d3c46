"""Everything sent to or said with a member, as one list, newest first, found by its words.

Mails and letters are rows of the outbox, calls, notes and portal messages are contact entries. Both are found by an index on
member and time, so that a member's page costs the same among 100 members and among 100,000.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.paginator import Page, Paginator
from django.db.models import F, Q, QuerySet, Value
from django.utils.translation import gettext as _

from billing.models import Mail
from billing.services.questions import checked
from members.models import ContactEntry, Member, User

PAGE = 20
MOST_WORDS, LONGEST_WORD = 8, 60
MAIL, ENTRY = "mail", "entry"
Kind = ContactEntry.Kind
NOTES = (Kind.CALL, Kind.NOTE)


@dataclass(frozen=True, slots=True)
class Row:
    """One contact. `mail`: the message itself, or the mail by which an answer went out."""

    at: datetime
    entry: ContactEntry | None
    mail: Mail | None


def history(member: Member, words: str, number: Any) -> Page[Any]:
    """A page of the list; `words` must all be found in subject, text or what it is about, in any order and case."""
    page: Page[Any] = Paginator(everything(member, words), PAGE).get_page(number)
    page.object_list = filled(list(page.object_list))
    return page


def latest(member: Member, size: int) -> list[Row]:
    """The beginning of the list."""
    return filled(list(everything(member, "")[:size]))


def everything(member: Member, words: str) -> QuerySet[Any]:
    """Pointers to all rows that hold the words, newest first."""
    mails = narrowed(Mail.objects.filter(member=member, contact=None), words, "subject", "text", "invoice__number")
    entries = narrowed(ContactEntry.objects.filter(member=member), words, "subject", "text", "about")
    pointers = pointed(mails, MAIL, "created_at").union(pointed(entries, ENTRY, "at"), all=True)
    return pointers.order_by("-moment", "-row")


def pointed(rows: QuerySet[Any], source: str, moment: str) -> QuerySet[Any]:
    """Where a row is and when it was: all that is needed to bring the two kinds into one order."""
    marked: QuerySet[Any] = rows.order_by().annotate(source=Value(source), row=F("pk"), moment=F(moment))
    return marked.values_list("source", "row", "moment")


def narrowed(rows: QuerySet[Any], words: str, *fields: str) -> QuerySet[Any]:
    """Rows that hold every word. By regular expression, which ignores the case of umlauts on SQLite too."""
    for word in "".join(one if one.isprintable() else " " for one in words).split()[:MOST_WORDS]:
        pattern = re.escape(word[:LONGEST_WORD])
        anywhere = Q()
        for field in fields:
            anywhere |= Q(**{f"{field}__iregex": pattern})
        rows = rows.filter(anywhere)
    return rows


def filled(pointers: list[tuple[str, int, datetime]]) -> list[Row]:
    """The rows behind the pointers, read at once."""
    mails = mails_of([row for source, row, _at in pointers if source == MAIL])
    ids = [row for source, row, _at in pointers if source == ENTRY]
    entries = ContactEntry.objects.select_related("by", "question").in_bulk(ids)
    answers = {mail.contact_id: mail for mail in Mail.objects.filter(contact__in=ids)} if ids else {}
    return [
        Row(at, None, mails[row]) if source == MAIL else Row(at, entries[row], answers.get(row))
        for source, row, at in pointers
    ]


def mails_of(ids: list[int]) -> dict[int, Mail]:
    """With the number of their document, without the document."""
    rows = Mail.objects.select_related("invoice").defer("invoice__snapshot")
    return rows.in_bulk(ids) if ids else {}


def note(member: Member, kind: str, subject: str, text: str, user: User, now: datetime) -> ContactEntry:
    """Writes down a call or anything else worth knowing; only the office sees it."""
    if kind not in NOTES:
        raise ValidationError(_("Choose what it was: a call or a note."), code="kind")
    return ContactEntry.objects.create(
        organisation_id=member.organisation_id, member=member, kind=kind, at=now, by=user,
        subject=" ".join(subject.split())[:120], text=checked(text),
    )  # fmt: skip
