"""Files for the bank and the accountant: who may take them, and noting that the bank has one."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from billing.models import CollectionBatch, Invoice
from billing.office.access import download, office, organisation_of
from billing.services import archive, collection, desk, handing_in


@office("billing.export_collectionbatch")
def sepa_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The file for the bank, as it was built."""
    batch = own(request, pk)
    if not batch.built_at:
        raise Http404
    if not batch.submitted_at and handing_in.needs_release(batch):
        messages.error(request, _("A second person has to release this file first."))
        return redirect("office_batch", pk)
    user: Any = request.user
    desk.note_download(batch.organisation, user, timezone.now(), collection_batch=batch)
    return download(collection.file_name(batch), bytes(batch.content or b""), "application/xml")


def own(request: HttpRequest, pk: int) -> CollectionBatch:
    """A file of this organisation, or 404."""
    batches = CollectionBatch.objects.filter(organisation=organisation_of(request)).select_related("run", "creditor")
    return get_object_or_404(batches, pk=pk)


def back(batch: CollectionBatch) -> HttpResponse:
    """To the run that the file belongs to, or to the file's own page."""
    return redirect("office_run", batch.run_id) if batch.run_id else redirect("office_batch", batch.pk)


@require_POST
@office("billing.submit_collectionbatch")
def submit(request: HttpRequest, pk: int) -> HttpResponse:
    """Notes that the bank has the file, after everything was checked once more."""
    batch = own(request, pk)
    try:
        collection.submit(batch, request.user, timezone.now(), request.POST.get("waiver", "").strip())  # type: ignore[arg-type]
    except ValidationError as refused:
        for text in refused.messages:
            messages.error(request, text)
    else:
        messages.success(request, _("Noted: the bank has the file."))
    return back(batch)


@require_POST
@office("billing.submit_collectionbatch")
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes a file back that the bank does not have."""
    batch = own(request, pk)
    try:
        collection.withdraw(batch, timezone.now())
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    else:
        messages.success(request, _("The file is withdrawn; its invoices can be collected by a new one."))
    return back(batch)


def document(request: HttpRequest, pk: int) -> Invoice:
    """A document that this organisation issued, or 404."""
    issued = Invoice.objects.filter(organisation=organisation_of(request)).exclude(kind=Invoice.Kind.OPENING)
    return get_object_or_404(issued, pk=pk)


@office("billing.view_invoice")
def invoice_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The archived document."""
    invoice = document(request, pk)
    return download(f"{invoice.number}.pdf", bytes(archive.pdf_of(invoice).content), "application/pdf")


@office("billing.view_invoice")
def invoice_xml(request: HttpRequest, pk: int) -> HttpResponse:
    """The archived e-invoice, where the document is one."""
    invoice = document(request, pk)
    file = archive.xml_of(invoice)
    if file is None:
        raise Http404
    return download(f"{invoice.number}.xml", bytes(file.content), "application/xml")
