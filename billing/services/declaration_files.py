"""The receipt of a declaration as a PDF: a durable copy for the sender (BGB 312k Abs. 3, 356a Abs. 4)."""

from django.utils import timezone

from billing.documents.letter_pdf import render_letter
from billing.models import Creditor, Declaration
from billing.services import declaration_words as words
from billing.services.snapshots import issuer

ADDRESS = ("member_number", "salutation", "company", "street", "postal_code", "city", "country")


def receipt_pdf(declaration: Declaration) -> bytes:
    """The same words as the receipt by e-mail; equal declarations give equal bytes."""
    organisation = declaration.organisation
    creditor = Creditor.objects.filter(organisation=organisation).order_by("pk").first() or Creditor()
    mail = words.receipt(declaration)
    letter = {
        "language": declaration.language, "title": mail.subject, "text": mail.text, "issuer": issuer(organisation, creditor),
        "issued_on": timezone.localdate(declaration.received_at).isoformat(),
        "recipient": dict.fromkeys(ADDRESS, "") | {"name": declaration.name, "extra": declaration.email},
    }  # fmt: skip
    return render_letter(letter, bytes(organisation.logo) if organisation.logo else None, organisation.colour)
