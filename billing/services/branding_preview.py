"""An invoice as it would look: the latest one of the organisation, or an example, in colours and words that are not stored."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.documents.invoice_pdf import picture_of_invoice
from billing.models import Branding, Creditor, Invoice
from billing.services.branding import texts_around
from billing.services.snapshots import creditor_data, issuer
from members.models import Organisation

EXAMPLE_IBAN = "DE02120300000000202051"


def picture(organisation: Organisation, branding: Branding, language: str) -> bytes:
    """The first page as a PNG."""
    with override(language):
        data = sample(organisation, branding, language)
    return picture_of_invoice(data, bytes(organisation.logo) if organisation.logo else None, organisation.colour)


def sample(organisation: Organisation, branding: Branding, language: str) -> dict[str, Any]:
    """The document as data. An invoice of their own shows best whether names and lines have room."""
    creditor = Creditor.objects.filter(organisation=organisation).order_by("pk").first()
    creditor = creditor or Creditor(organisation=organisation, name=organisation.name[:70], iban=EXAMPLE_IBAN)
    latest = Invoice.objects.filter(organisation=organisation, kind="invoice").order_by("-pk").first()
    data = latest.snapshot if latest else example(creditor)
    texts = texts_around(branding, "invoice", language)
    return data | {"language": language, "issuer": issuer(organisation, creditor, branding), "texts": texts}


def example(creditor: Creditor) -> dict[str, Any]:
    """Made up: two lines with VAT, paid by transfer."""
    today = timezone.localdate()
    first = today.replace(day=1).isoformat()
    usual = {
        "member": "Petra Muster (1001)",
        "from": first,
        "to": today.isoformat(),
        "explanation": "",
        "exemption": "",
    }
    lines = [
        usual | {"text": _("Basic price"), "amount": "29.00", "quantity": "1", "vat_rate": "19"},
        usual | {"text": _("Data volume"), "amount": "12.00", "quantity": "24", "vat_rate": "19"},
    ]
    recipient = {
        "member_number": "1001", "name": "Petra Muster", "company": "", "extra": "", "street": "Musterweg 5", "postal_code": "24143",
        "city": "Kiel", "country": "DE", "vat_id": "",
    }  # fmt: skip
    return {
        "version": 1, "kind": "invoice", "title": _("Invoice"), "number": "R2027-00042", "issued_on": today.isoformat(),
        "due_on": today.isoformat(), "supply": {"from": first, "to": today.isoformat()}, "recipient": recipient, "lines": lines,
        "prices": "net", "vat": [{"rate": "19", "net": "41.00", "vat": "7.79", "gross": "48.79", "exemption": ""}], "net": "41.00",
        "vat_total": "7.79", "gross": "48.79", "notes": [],
        "payment": creditor_data(creditor) | {"method": "transfer", "due_on": today.isoformat(), "remittance": "R2027-00042"},
    }  # fmt: skip
