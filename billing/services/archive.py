"""The archive: each document's PDF is drawn once, from its snapshot, stored with its hash and served from there."""

import hashlib

from django.db import IntegrityError, transaction

from billing.documents.invoice_pdf import render_invoice
from billing.models import BillingRun, Invoice, InvoiceFile
from members.models import Organisation


def pdf_of(invoice: Invoice) -> InvoiceFile:
    """The archived PDF, drawn now if this is the first time anybody asks."""
    found = InvoiceFile.objects.filter(invoice=invoice).first()
    return found or archive(invoice, Organisation.objects.get(pk=invoice.organisation_id))


def archive(invoice: Invoice, organisation: Organisation) -> InvoiceFile:
    """Draws and stores a PDF; when another worker was faster, theirs counts."""
    content = render_invoice(
        invoice.snapshot, bytes(organisation.logo) if organisation.logo else None, organisation.colour
    )
    sha256 = hashlib.sha256(content).hexdigest()
    try:
        with transaction.atomic():
            return InvoiceFile.objects.create(
                organisation=organisation, invoice=invoice, content=content, sha256=sha256
            )
    except IntegrityError:
        return InvoiceFile.objects.get(invoice=invoice)


def archive_some(run: BillingRun, limit: int) -> int:
    """Draws the next PDFs of a run; gives how many."""
    missing = run.invoices.filter(pdf__isnull=True).order_by("sequence")[:limit]
    return len([archive(invoice, run.organisation) for invoice in missing])
