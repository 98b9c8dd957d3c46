"""Questions from the portal: asked there, answered by the office, read there again and by mail."""

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.documents.mails import one_line, signature_of
from billing.models import Mail
from billing.services import mailing
from billing.services.addresses import portal_url
from billing.services.bounces import takes_mail
from billing.services.mail_templates import templates_of, written
from members.models import ContactEntry, Member, Organisation, User

LONGEST = 5000
MOST_A_DAY = 20
Kind = ContactEntry.Kind


def open_questions(organisation: Organisation) -> QuerySet[ContactEntry]:
    """What waits for the office, the longest waiting first."""
    rows = ContactEntry.objects.filter(organisation=organisation, open_since__isnull=False)
    return rows.select_related("member").order_by("open_since", "pk")


def conversation(question: ContactEntry, *, for_member: bool) -> list[ContactEntry]:
    """The question and what followed, oldest first. A member never sees the notes of the office."""
    replies = question.replies.select_related("by").order_by("at", "pk")
    if for_member:
        replies = replies.filter(kind__in=(Kind.QUESTION, Kind.ANSWER))
    return [question, *replies]


def mark_read(question: ContactEntry, now: datetime) -> int:
    """Whoever opens the conversation has seen its answers; gives how many were new."""
    return question.replies.filter(kind=Kind.ANSWER, read_at=None).update(read_at=now)


def checked(text: str) -> str:
    """A text that says something, of bearable length and without control characters."""
    text = "".join(
        one for one in text.replace("\r\n", "\n") if one in "\n\t" or one.isprintable() or one == "\xa0"
    ).strip()
    if not text:
        raise ValidationError(_("Please write what it is about."), code="empty")
    if len(text) > LONGEST:
        message = _("Please write at most %(most)s characters; these are %(count)s.")
        raise ValidationError(message, code="long", params={"most": LONGEST, "count": len(text)})
    return text


@transaction.atomic
def ask(member: Member, user: User, subject: str, text: str, about: str, now: datetime) -> ContactEntry:
    """Opens a question and tells the treasurers that it waits."""
    subject, text = one_line(subject)[:120], checked(text)
    if not subject:
        raise ValidationError(_("Please write in a few words what it is about."), code="subject")
    refuse_flood(member, now)
    question = ContactEntry.objects.create(
        organisation_id=member.organisation_id, member=member, kind=Kind.QUESTION, at=now, by=user, subject=subject, text=text,
        about=one_line(about)[:120], open_since=now,
    )  # fmt: skip
    tell_of(question, question.pk, now)
    return question


@transaction.atomic
def write_back(question: ContactEntry, user: User, text: str, now: datetime) -> ContactEntry:
    """The member goes on; the question waits again, from its first unanswered message on."""
    text = checked(text)
    refuse_flood(question.member, now)
    entry = add(question, Kind.QUESTION, text, user, now)
    if ContactEntry.objects.filter(pk=question.pk, open_since=None).update(open_since=now):
        tell_of(question, entry.pk, now)
    return entry


def refuse_flood(member: Member, now: datetime) -> None:
    """Twenty messages a day are enough for anybody."""
    Organisation.objects.select_for_update().get(pk=member.organisation_id)
    lately = ContactEntry.objects.filter(member=member, kind=Kind.QUESTION, at__gt=now - timedelta(days=1))
    if lately.count() >= MOST_A_DAY:
        message = _("You have written %(most)s messages within a day. Please go on tomorrow, or call the office.")
        raise ValidationError(message, code="flood", params={"most": MOST_A_DAY})


def add(question: ContactEntry, kind: str, text: str, user: User | None, now: datetime) -> ContactEntry:
    """The next entry of a conversation."""
    return ContactEntry.objects.create(
        organisation_id=question.organisation_id, member_id=question.member_id, kind=kind, at=now, by=user,
        subject=question.subject, text=text, question=question,
    )  # fmt: skip


def tell_of(question: ContactEntry, cause: int, now: datetime) -> None:
    """A mail to the treasurers, once per message that waits."""
    organisation = Organisation.objects.get(pk=question.organisation_id)
    with override(organisation.language):
        subject = _("Question of %(member)s: %(subject)s") % {"member": question.member, "subject": question.subject}
        text = _("It waits for your answer here: %(address)s\n") % {
            "address": f"{portal_url(organisation)}/office/questions/{question.pk}/"
        }
    mailing.tell_office(organisation, f"question:{cause}", one_line(subject)[:200], text, now)


@transaction.atomic
def answer(question: ContactEntry, user: User, text: str, seen: int, now: datetime) -> ContactEntry:
    """Answers in the portal and by mail. Refused when somebody wrote after the entry `seen`: a second press sends nothing twice."""
    text = checked(text)
    refuse_unseen(question, seen)
    entry = add(question, Kind.ANSWER, text, user, now)
    ContactEntry.objects.filter(pk=question.pk).update(open_since=None)
    send_answer(question, entry, now)
    return entry


@transaction.atomic
def settle(question: ContactEntry, user: User, note: str, seen: int, now: datetime) -> ContactEntry:
    """Closes a question without a mail, such as after a call; the note says how, and stays in the office."""
    note = checked(note)
    refuse_unseen(question, seen)
    entry = add(question, Kind.NOTE, note, user, now)
    ContactEntry.objects.filter(pk=question.pk).update(open_since=None)
    return entry


def refuse_unseen(question: ContactEntry, seen: int) -> None:
    """Two people never answer the same message without knowing of each other."""
    ContactEntry.objects.select_for_update().get(pk=question.pk)
    if newest(question) != seen:
        raise ValidationError(
            _("Something was written here meanwhile. Please look at it first; your text is still below."), code="stale"
        )


def newest(question: ContactEntry) -> int:
    """The latest entry of the conversation."""
    return question.replies.order_by("-pk").values_list("pk", flat=True).first() or question.pk


def send_answer(question: ContactEntry, entry: ContactEntry, now: datetime) -> None:
    """By mail, to the address of the member or else of their sign-in; without one it is in the portal only."""
    member = question.member
    to = address_of(member)
    if not to:
        return
    words = written(templates_of(member.organisation), "answer", member.language, answer_values(question, entry))
    Mail.objects.create(
        organisation_id=member.organisation_id, member=member, contact=entry, key=f"answer:{entry.pk}", kind="answer", recipient=to,
        subject=words.subject, text=words.text, next_at=now, created_at=now,
    )  # fmt: skip


def address_of(member: Member) -> str:
    """Where mail arrives; empty when nowhere."""
    known = [member.email, member.user.email if member.user else ""]
    return next((one for one in known if takes_mail(member.organisation, one)), "")


def answer_values(question: ContactEntry, entry: ContactEntry) -> dict[str, str]:
    """What the mail with the answer tells; the member's latest words stand below it."""
    organisation, asked = (
        question.member.organisation,
        [question, *question.replies.filter(kind=Kind.QUESTION).order_by("pk")],
    )
    return {
        "name": question.member.name, "organisation": organisation.name, "signature": signature_of(organisation),
        "subject": question.subject, "answer": entry.text, "question": "\n".join(f"> {line}" for line in asked[-1].text.split("\n")),
        "address": f"{portal_url(organisation)}/help/{question.pk}/",
    }  # fmt: skip
