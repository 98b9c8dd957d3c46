"""What goes by post: one PDF for the printer, in the order in which it is franked, and how many sheets each letter has."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from billing.documents.letter_pdf import render_letter
from billing.documents.letters import merge_pdfs, pages_of
from billing.documents.mails import housed
from billing.models import BillingRun, Branding, Creditor, Mail
from billing.services.archive import pdf_of
from billing.services.branding import branding_of, mail_words_of, texts_around
from billing.services.drafts import MEMBER_FIELDS
from billing.services.dunning_letters import notice_pdf
from billing.services.snapshots import issuer, recipient
from members.models import Member, Organisation

# A print-out that one person can fold in an evening; the rest follows when these are posted.
AT_ONCE = 500
# Sheets of 80 g/m² printed on one side, up to the weights of the German post: 20 g, 50 g, 500 g.
STEPS = (3, 8)


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter as it will be printed. `step`: 0, 1, 2 by its weight."""

    mail: Mail
    content: bytes
    sheets: int
    step: int
    abroad: bool


@dataclass(frozen=True, slots=True)
class Pile:
    """Letters that cost the same postage. `most`: sheets of the heaviest that belongs here, none: no limit."""

    abroad: bool
    most: int | None
    letters: int
    sheets: int


def waiting(organisation: Organisation) -> QuerySet[Mail]:
    """Letters that nobody has posted yet, oldest first."""
    rows = Mail.objects.filter(organisation=organisation, state=Mail.State.PRINT, member__isnull=False)
    return rows.select_related("member", "invoice", "notice").order_by("pk")


def letters(organisation: Organisation, mails: Iterable[Mail]) -> list[Letter]:
    """Sorted for franking: by country, weight, postcode, number, so that equal stamps and near places lie together."""
    head = Head.of(organisation)
    found = [letter_of(mail, head) for mail in mails]
    return sorted(found, key=lambda one: (one.abroad, one.step, *place_of(one.mail)))


def place_of(mail: Mail) -> tuple[str, str, str, int]:
    """Where it goes."""
    member = mail.member
    return (member.country, member.postal_code, member.number, mail.pk) if member else ("", "", "", mail.pk)


@dataclass(frozen=True, slots=True)
class Head:
    """What all letters of an organisation share, read once."""

    organisation: Organisation
    issuer: dict[str, str]
    branding: Branding

    @classmethod
    def of(cls, organisation: Organisation) -> "Head":
        """With the account, as on the invoices, where there is one."""
        creditor = Creditor.objects.filter(organisation=organisation).order_by("pk").first()
        branding = branding_of(organisation)
        return cls(
            organisation, issuer(organisation, creditor or Creditor(organisation=organisation), branding), branding
        )


def letter_of(mail: Mail, head: Head) -> Letter:
    """The archived document, the reminder, or the words of the mail on the letterhead."""
    is_document = mail.kind == "invoice" and mail.invoice is not None
    content = bytes(pdf_of(mail.invoice).content) if is_document and mail.invoice else drawn(mail, head)
    sheets = pages_of(content)
    step = sum(sheets > most for most in STEPS)
    return Letter(mail, content, sheets, step, bool(mail.member and mail.member.country != head.organisation.country))


def drawn(mail: Mail, head: Head) -> bytes:
    """A reminder with its tables, or a letter of plain words."""
    member, organisation = mail.member or Member(), head.organisation
    if mail.notice:
        return notice_pdf(mail.notice, organisation)
    around = texts_around(head.branding, "letter", member.language)
    text = housed(mail.text, member.language, mail_words_of(head.branding, member.language))
    data: dict[str, Any] = {
        "language": member.language, "title": mail.subject, "issuer": head.issuer,
        "issued_on": timezone.localdate(mail.created_at).isoformat(),
        "text": "\n\n".join(part for part in (around["intro"], text.strip(), around["closing"]) if part),
        "recipient": recipient({name: getattr(member, name) for name in MEMBER_FIELDS}),
    }  # fmt: skip
    return render_letter(data, bytes(organisation.logo) if organisation.logo else None, organisation.colour)


def piles(found: Sequence[Letter]) -> list[Pile]:
    """How many letters and sheets there are of each postage, in the order of the print-out."""
    keys = sorted({(one.abroad, one.step) for one in found})
    of_key = {key: [one for one in found if (one.abroad, one.step) == key] for key in keys}
    return [
        Pile(abroad, dict(enumerate(STEPS)).get(step), len(rows), sum(one.sheets for one in rows))
        for (abroad, step), rows in of_key.items()
    ]


def printed(found: Sequence[Letter]) -> bytes:
    """One PDF, in their order; empty when there are none."""
    return merge_pdfs([one.content for one in found]) if found else b""


def letters_of(run: BillingRun) -> bytes:
    """One PDF of all documents of a run that go by letter."""
    by_letter = Mail.objects.filter(invoice__run=run, state__in=("print", "printed"))
    return printed(letters(run.organisation, by_letter.select_related("member", "invoice")))


def batch(organisation: Organisation) -> list[Letter]:
    """The next print-out: up to 500 of what waits."""
    return letters(organisation, waiting(organisation)[:AT_ONCE])


def mark_posted(organisation: Organisation, up_to: int, now: datetime) -> int:
    """Notes the letters of a print-out as posted, up to its last one; what came since still waits."""
    return waiting(organisation).filter(pk__lte=up_to).update(state=Mail.State.PRINTED, sent_at=now)
