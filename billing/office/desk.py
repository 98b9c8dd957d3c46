"""The accountant's desk: what is new, one button for the next package, and every file with who took it."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST
from unfold.widgets import UnfoldAdminDateWidget, UnfoldAdminSelectWidget

from billing.models import LedgerFile, PostingBatch
from billing.office.access import attached, office, organisation_of, page
from billing.pricing.periods import add_months
from billing.services import desk, exports, images, ledger_export
from members.models import User

FILES = 25
KINDS = [
    (LedgerFile.Kind.CSV, gettext_lazy("Tables (CSV)")),
    (LedgerFile.Kind.JOURNAL, gettext_lazy("Text journal (ledger)")),
]


class SpanForm(forms.Form):
    """From which day to which."""

    start = forms.DateField(label=gettext_lazy("From"), widget=UnfoldAdminDateWidget)
    last = forms.DateField(label=gettext_lazy("To"), widget=UnfoldAdminDateWidget)

    def clean(self) -> dict[str, Any]:
        """The last day is not before the first."""
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("start") and cleaned.get("last") and cleaned["last"] < cleaned["start"]:
            raise ValidationError(_("The last day lies before the first one."), code="days")
        return cleaned

    @property
    def days(self) -> tuple[date, date]:
        """Half-open, as everything below takes them."""
        return self.cleaned_data["start"], self.cleaned_data["last"] + timedelta(days=1)


class LedgerForm(SpanForm):
    """The ledger for another program."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=KINDS, widget=UnfoldAdminSelectWidget)


@office("billing.export_postingbatch")
def downloads(request: HttpRequest) -> HttpResponse:
    """What is new, what the bank does not have, and every file, newest first."""
    organisation = organisation_of(request)
    shown = Paginator(desk.made_keys(organisation), FILES).get_page(request.GET.get("page"))
    files = desk.made_files(list(shown.object_list))
    batches = [one.row for one in files if one.kind == desk.DATEV]
    days = initial_days(timezone.localdate())
    context = {
        "new": desk.new_postings(organisation), "waiting": desk.not_handed_in(organisation), "files": files, "shown": shown,
        "without_images": desk.without_images(organisation, batches), "span": SpanForm(initial=days, prefix="span"),
        "ledger": LedgerForm(initial=days, prefix="ledger"),
    }  # fmt: skip
    return page(request, "office/downloads.html", _("Files for bank and accountant"), context)


def initial_days(today: date) -> dict[str, date]:
    """The month before this one."""
    first = add_months(today.replace(day=1), -1)
    return {"start": first, "last": today.replace(day=1) - timedelta(days=1)}


def acting(request: HttpRequest) -> User | None:
    """Who does it."""
    return request.user if isinstance(request.user, User) else None


@require_POST
@office("billing.export_postingbatch")
def package(request: HttpRequest) -> HttpResponse:
    """The next package: everything that no file holds yet, or what of it lies in some days; with the documents' images."""
    organisation, now = organisation_of(request), timezone.now()
    form = SpanForm(request.POST, prefix="span") if "span-start" in request.POST else None
    if form is not None and not form.is_valid():
        messages.error(request, _("Please enter the first and the last day, such as 01.01.2026 and 31.01.2026."))
        return redirect("office_downloads")
    if form is None:
        made = exports.export_new(organisation, acting(request), now)
    else:
        made = exports.export_span(organisation, *form.days, acting(request), now)
    drawn = [desk.add_images(batch, acting(request), now) for batch in made]
    tell(request, made, all(drawn))
    return redirect("office_downloads")


def tell(request: HttpRequest, made: list[PostingBatch], drawn: bool) -> None:
    """What came of it."""
    if not made:
        messages.info(request, _("Nothing is new: every posting lies in a file already."))
        return
    count = sum(batch.count for batch in made)
    text = ngettext("The package is made: %(count)s posting.", "The package is made: %(count)s postings.", count)
    messages.success(request, text % {"count": count})
    if not drawn:
        messages.info(request, _("The images of the documents are being drawn and appear here in some minutes."))


@require_POST
@office("billing.export_postingbatch")
def make_images(request: HttpRequest, pk: int) -> HttpResponse:
    """The documents' images of an export that has none yet."""
    batch = get_object_or_404(PostingBatch, pk=pk, organisation=organisation_of(request))
    if desk.add_images(batch, acting(request), timezone.now()):
        messages.success(request, _("The images of the documents are ready."))
    else:
        messages.info(request, _("The images of the documents are being drawn and appear here in some minutes."))
    return redirect("office_downloads")


@require_POST
@office("billing.export_postingbatch")
def make_ledger(request: HttpRequest) -> HttpResponse:
    """The whole ledger for another program; equal days give the file that is there."""
    form = LedgerForm(request.POST, prefix="ledger")
    if not form.is_valid():
        messages.error(request, _("Please enter the first and the last day, such as 01.01.2026 and 31.01.2026."))
        return redirect("office_downloads")
    organisation, kind = organisation_of(request), form.cleaned_data["kind"]
    ledger_export.make(organisation, kind, *form.days, acting(request), timezone.now())
    messages.success(request, _("The file of the ledger is ready below."))
    return redirect("office_downloads")


@office("billing.export_postingbatch")
def datev_file(request: HttpRequest, pk: int, kind: str) -> HttpResponseBase:
    """One of the two files of an export, as it was made first."""
    organisation = organisation_of(request)
    batch = get_object_or_404(PostingBatch, pk=pk, organisation=organisation)
    part = "postings" if kind == "postings" else "debtors"
    name = exports.file_names(batch)[part == "debtors"]
    desk.note_download(organisation, acting(request), timezone.now(), part, posting_batch=batch)
    return attached(
        StreamingHttpResponse(exports.pieces(batch, part), content_type="text/csv; charset=windows-1252"), name
    )


@office("billing.export_postingbatch")
def ledger_file(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Images of documents, or the ledger for another program."""
    organisation = organisation_of(request)
    file = get_object_or_404(LedgerFile.objects.select_related("batch"), pk=pk, organisation=organisation)
    name = ledger_export.file_name(file)
    if file.kind == LedgerFile.Kind.IMAGES:
        try:
            response: HttpResponseBase = FileResponse(images.opened(file), content_type="application/zip")
        except ValidationError as refused:
            messages.error(request, " ".join(refused.messages))
            return redirect("office_downloads")
    else:
        kind = "application/zip" if file.kind == LedgerFile.Kind.CSV else "text/plain; charset=utf-8"
        response = StreamingHttpResponse(ledger_export.content(file), content_type=kind)
    desk.note_download(organisation, acting(request), timezone.now(), ledger_file=file)
    return attached(response, name)
