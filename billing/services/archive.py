"""The archive: each document's PDF and e-invoice are made once, from its snapshot, stored with their hash and served from there."""

import hashlib

from django.db import IntegrityError, transaction

from billing.documents.invoice_pdf import heading, render_invoice
from billing.documents.pdf_a import Words, with_einvoice
from billing.models import BillingRun, EInvoiceFile, Invoice, InvoiceFile
from billing.services.branding import logo_for
from billing.services.einvoices import Made, make
from members.models import Organisation


def pdf_of(invoice: Invoice) -> InvoiceFile:
    """The archived PDF, drawn now if this is the first time anybody asks."""
    found = InvoiceFile.objects.filter(invoice=invoice).first()
    return found or archive(invoice, Organisation.objects.get(pk=invoice.organisation_id))


def xml_of(invoice: Invoice) -> EInvoiceFile | None:
    """The archived e-invoice; None for a document that is none."""
    pdf_of(invoice)
    return EInvoiceFile.objects.filter(invoice=invoice).first()


def archive(invoice: Invoice, organisation: Organisation) -> InvoiceFile:
    """Makes and stores the files of a document; when another worker was faster, theirs count."""
    made = make(invoice)
    content = drawn(invoice, organisation, made)
    try:
        with transaction.atomic():
            if made:
                EInvoiceFile.objects.create(
                    organisation=organisation, invoice=invoice, format=made.format, content=made.content,
                    sha256=sha256(made.content),
                )  # fmt: skip
            return InvoiceFile.objects.create(
                organisation=organisation, invoice=invoice, content=content, sha256=sha256(content)
            )
    except IntegrityError:
        return InvoiceFile.objects.get(invoice=invoice)


def drawn(invoice: Invoice, organisation: Organisation, made: Made | None) -> bytes:
    """The PDF; as ZUGFeRD with its XML inside. An XRechnung travels beside it as a file of its own."""
    snapshot = invoice.snapshot
    pdf = render_invoice(snapshot, logo_for(snapshot["issuer"], organisation), organisation.colour)
    if made is None or made.format != EInvoiceFile.Format.ZUGFERD:
        return pdf
    words = Words(heading(snapshot), snapshot["issuer"]["name"], snapshot["number"], snapshot["issued_on"])
    return with_einvoice(pdf, made.content, words)


def sha256(content: bytes) -> str:
    """The seal of a file."""
    return hashlib.sha256(content).hexdigest()


def archive_some(run: BillingRun, limit: int) -> int:
    """Draws the next PDFs of a run; gives how many."""
    missing = run.invoices.filter(pdf__isnull=True).order_by("sequence")[:limit]
    return len([archive(invoice, run.organisation) for invoice in missing])
