"""The organisation's own words for its mails: read at once, checked before they are stored, filled with real data."""

from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.documents.mail_words import KINDS, Words
from billing.documents.mails import LONGEST_SUBJECT, Mail, composed
from billing.documents.placeholders import check, names_in
from billing.models import MailTemplate
from members.models import Organisation, User

LONGEST_TEXT = 10_000
Templates = Mapping[tuple[str, str], Words]


def templates_of(organisation: Organisation) -> Templates:
    """All of an organisation's own words, by kind and language."""
    rows = MailTemplate.objects.filter(organisation=organisation)
    return {(one.kind, one.language): Words(one.subject, one.text) for one in rows}


def written(templates: Templates, kind: str, language: str, values: Mapping[str, str]) -> Mail:
    """A mail of this kind in this language, with the values filled in."""
    return composed(kind, language, values, templates.get((kind, language)))


def words_of(organisation: Organisation, kind: str, language: str) -> Words:
    """What applies now: their own words, else ours."""
    own = templates_of(organisation).get((kind, language))
    with override(language):
        return own or KINDS[kind].default


def refuse_faulty(kind: str, words: Words) -> None:
    """Refuses unknown placeholders, what the mail cannot do without, line breaks in the subject, and endless texts."""
    if not words.subject.strip() or not words.text.strip():
        raise ValidationError(_("A mail needs a subject and a text."), code="empty")
    if not words.subject.isprintable() or len(words.subject) > LONGEST_SUBJECT:
        message = _("The subject is one line of at most %(most)s characters, without control characters.")
        raise ValidationError(message, code="subject", params={"most": LONGEST_SUBJECT})
    if len(words.text) > LONGEST_TEXT or "\x00" in words.text:
        message = _("The text has at most %(most)s characters, and no NUL character.")
        raise ValidationError(message, code="text", params={"most": LONGEST_TEXT})
    for said in (words.subject, words.text):
        check(said, KINDS[kind].placeholders)
    refuse_incomplete(kind, words)


def refuse_incomplete(kind: str, words: Words) -> None:
    """What the law or the reader needs may move, but not go away."""
    there = names_in(words.subject) | names_in(words.text)
    for name, why in KINDS[kind].needed.items():
        if name not in there:
            message = _("{%(name)s} must stay in the text: %(why)s.")
            raise ValidationError(message, code="needed", params={"name": name, "why": why})


def store(organisation: Organisation, kind: str, language: str, words: Words, user: User | None) -> MailTemplate:
    """Stores own words; they hold for every mail that is written from now on, and for invoices that wait to be sent."""
    words = Words(words.subject.strip(), words.text.replace("\r\n", "\n").strip() + "\n")
    refuse_faulty(kind, words)
    with transaction.atomic():
        row, _created = MailTemplate.objects.get_or_create(
            organisation=organisation, kind=kind, language=language,
            defaults={"subject": words.subject, "text": words.text},
        )  # fmt: skip
        if (row.subject, row.text) != (words.subject, words.text):
            row.subject, row.text = words.subject, words.text
            row._history_user = user  # type: ignore[attr-defined]
            row.save()
    return row


def forget(organisation: Organisation, kind: str, language: str) -> None:
    """Back to our words; the history keeps what there was."""
    for row in MailTemplate.objects.filter(organisation=organisation, kind=kind, language=language):
        row.delete()
