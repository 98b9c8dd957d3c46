"""The receipt of a declaration as a PDF: a durable copy for the sender (BGB 312k Abs. 3, 356a Abs. 4)."""

from django.utils import timezone
from django.utils.translation import override

from billing.documents.plain_letter import House, PlainLetter, render_letters
from billing.models import Creditor, Declaration
from billing.services import declaration_words as words
from billing.services.snapshots import issuer

ADDRESS = ("member_number", "salutation", "company", "street", "postal_code", "city", "country")


def receipt_pdf(declaration: Declaration) -> bytes:
    """The same words as the receipt by e-mail; equal declarations give equal bytes."""
    organisation = declaration.organisation
    creditor = Creditor.objects.filter(organisation=organisation).order_by("pk").first() or Creditor()
    logo = bytes(organisation.logo) if organisation.logo else None
    house = House(issuer(organisation, creditor), creditor.identifier, logo, organisation.colour)
    mail = words.receipt(declaration)
    to = dict.fromkeys(ADDRESS, "") | {"name": declaration.name, "extra": declaration.email}
    with override(declaration.language):
        on = timezone.localdate(declaration.received_at).isoformat()
        letter = PlainLetter(to, declaration.language, on, mail.subject, mail.text)
        return render_letters([letter], house)
