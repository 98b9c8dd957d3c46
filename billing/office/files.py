"""Files for the bank and the accountant: what there is, who may take it, and noting that the bank has it."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Count
from django.db.models.functions import TruncMonth
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from billing.models import CollectionBatch, Invoice, Posting, PostingBatch
from billing.office.access import download, office, organisation_of, page
from billing.services import archive, collection, exports, handing_in
from members.models import Organisation

MONTHS = 12


@office("billing.export_postingbatch")
def downloads(request: HttpRequest) -> HttpResponse:
    """Every month with its files, newest first, and the months with postings that are in no file yet."""
    organisation: Organisation = organisation_of(request)
    shown = Paginator(file_months(organisation), MONTHS).get_page(request.GET.get("page"))
    context = {
        "months": [(month, files_of(organisation, month)) for month in shown],
        "shown": shown,
        "open_months": open_months(organisation),
    }
    return page(request, "office/downloads.html", _("Files for bank and accountant"), context)


def file_months(organisation: Organisation) -> list[date]:
    """The months that have files."""
    sepa = (
        CollectionBatch.objects.filter(organisation=organisation)
        .exclude(built_at=None)
        .dates("collection_date", "month")
    )
    datev = PostingBatch.objects.filter(organisation=organisation).dates("month", "month")
    return sorted({*sepa, *datev}, reverse=True)


def files_of(organisation: Organisation, month: date) -> dict[str, Any]:
    """One month's files, without their content."""
    batches = CollectionBatch.objects.filter(
        organisation=organisation, collection_date__year=month.year, collection_date__month=month.month
    )
    parts = PostingBatch.objects.filter(organisation=organisation, month=month)
    return {
        "sepa": batches.exclude(built_at=None).defer("content").select_related("submitted_by").order_by("collection_date", "pk"),
        "datev": parts.defer("content", "debtors").select_related("exported_by").order_by("part"),
    }  # fmt: skip


def open_months(organisation: Organisation) -> list[tuple[date, int]]:
    """Months with postings that no export holds yet, and how many."""
    rows = (
        Posting.objects.filter(organisation=organisation, batch=None)
        .annotate(month=TruncMonth("posted_on"))
        .order_by("-month")
    )
    return list(rows.values("month").annotate(count=Count("pk")).values_list("month", "count"))


@require_POST
@office("billing.export_postingbatch")
def export_month(request: HttpRequest, month: str) -> HttpResponse:
    """Makes the DATEV files of a month; what was made before stays as it is."""
    try:
        day = date.fromisoformat(f"{month}-01")
    except ValueError as broken:
        raise Http404 from broken
    exports.export(organisation_of(request), day, request.user, timezone.now())  # type: ignore[arg-type]
    messages.success(request, _("The files for the accountant are made."))
    return redirect("office_downloads")


@office("billing.export_postingbatch")
def datev_file(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """One of the two files of an export, as it was made first."""
    part = get_object_or_404(PostingBatch, pk=pk, organisation=organisation_of(request))
    postings, debtors = exports.file_names(part)
    name, content = (postings, part.content) if kind == "postings" else (debtors, part.debtors)
    return download(name, bytes(content), "text/csv; charset=windows-1252")


@office("billing.export_collectionbatch")
def sepa_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The file for the bank, as it was built."""
    batch = own(request, pk)
    if not batch.built_at:
        raise Http404
    if not batch.submitted_at and handing_in.needs_release(batch):
        messages.error(request, _("A second person has to release this file first."))
        return redirect("office_batch", pk)
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


@office("billing.view_invoice")
def invoice_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The archived document."""
    invoice = get_object_or_404(Invoice, pk=pk, organisation=organisation_of(request))
    return download(f"{invoice.number}.pdf", bytes(archive.pdf_of(invoice).content), "application/pdf")


@office("billing.view_invoice")
def invoice_xml(request: HttpRequest, pk: int) -> HttpResponse:
    """The archived e-invoice, where the document is one."""
    invoice = get_object_or_404(Invoice, pk=pk, organisation=organisation_of(request))
    file = archive.xml_of(invoice)
    if file is None:
        raise Http404
    return download(f"{invoice.number}.xml", bytes(file.content), "application/xml")
