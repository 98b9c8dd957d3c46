"""The announcements of a file that go by post, as one PDF for the printer."""

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.documents.figures import day
from billing.documents.letter_pdf import Letter, render_letter
from billing.documents.letters import merge_pdfs
from billing.models import CollectionBatch, Mail
from billing.services.announcements import letters
from billing.services.drafts import MEMBER_FIELDS
from billing.services.snapshots import issuer, recipient


def letters_of(batch: CollectionBatch) -> bytes:
    """All of them, sorted for franking; empty when there are none."""
    files = [letter_of(batch, mail) for mail in letters(batch)]
    return merge_pdfs(files) if files else b""


def letter_of(batch: CollectionBatch, mail: Mail) -> bytes:
    """One message in the organisation's letterhead, in the payer's language."""
    member, organisation = mail.member, batch.organisation
    language = member.language if member else organisation.language
    written = timezone.localdate(mail.created_at).isoformat()
    payer = {name: getattr(member, name, "") for name in MEMBER_FIELDS}
    with override(language):
        letter = Letter(
            language=language, title=mail.subject.rpartition(" – ")[0] or mail.subject, subject=batch.message_id,
            issued_on=written, issuer=issuer(organisation, batch.creditor), recipient=recipient(payer),
            creditor_identifier=batch.creditor_identifier, information=[(_("Date"), day(written, language))],
            parts=mail.text.strip().split("\n\n"),
        )  # fmt: skip
        return render_letter(letter, bytes(organisation.logo) if organisation.logo else None, organisation.colour)
