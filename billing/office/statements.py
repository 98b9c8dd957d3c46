"""Bank statements by upload: choose the file, look at what it brings, take it over; then on to the open lines."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from unfold.widgets import UnfoldAdminFileFieldWidget

from billing.models import StatementEntry, StatementFile
from billing.office.access import office, organisation_of, page
from billing.office.money_words import euro
from billing.services import reconciliation, statement_import
from members.models import User

LARGEST = 50 * 1024 * 1024


class StatementForm(forms.Form):
    """The file."""

    file = forms.FileField(label=gettext_lazy("Bank statement (camt, MT940 or ZIP)"), widget=UnfoldAdminFileFieldWidget)

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        if upload.size > LARGEST:
            message = _(
                "The file is larger than 50 MB. Load it in parts, or let whoever runs the server use `import_statement`."
            )
            raise ValidationError(message)
        return upload


@office("billing.add_statementfile")
def upload(request: HttpRequest) -> HttpResponse:
    """Keeps the file and shows what it would bring; a file that is no statement is told at once."""
    organisation = organisation_of(request)
    form = StatementForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        stored = keep(request, form)
        if stored:
            return redirect("statement_preview", stored.pk)
    past = StatementFile.objects.filter(organisation=organisation).defer("content")[:20]
    open_lines = StatementEntry.objects.filter(organisation=organisation).open().count()
    context = {"form": form, "past": past, "open_lines": open_lines}
    return page(request, "office/statement_upload.html", _("Bank statements"), context)


def keep(request: HttpRequest, form: StatementForm) -> StatementFile | None:
    """Stores the bytes and what they would bring; of a refused file nothing stays."""
    file, now = form.cleaned_data["file"], timezone.now()
    user = request.user if isinstance(request.user, User) else None
    try:
        with transaction.atomic():
            stored = statement_import.keep(organisation_of(request), file.name, file.file, user, now)
            if not stored.taken_at:
                report = statement_import.preview(stored, now, file.file)
                StatementFile.objects.filter(pk=stored.pk).update(report=statement_import.as_json(report))
    except ValidationError as refused:
        form.add_error("file", refused)
        return None
    return stored


@office("billing.add_statementfile")
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """What is new and what is known already."""
    stored = find(request, pk)
    report: dict[str, Any] = stored.report or {}
    sums = {name: euro(report.get(name, "0")) for name in ("received", "taken")}
    return page(request, "office/statement_preview.html", stored.name, {"stored": stored, "report": report} | sums)


def find(request: HttpRequest, pk: int) -> StatementFile:
    """A file of this organisation."""
    files = StatementFile.objects.filter(organisation=organisation_of(request)).defer("content")
    return get_object_or_404(files, pk=pk)


@require_POST
@office("billing.add_statementfile")
def take(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes the statement over, books what is certain and goes on to the rest."""
    stored, now = find(request, pk), timezone.now()
    try:
        report = statement_import.take(stored, now)
        booked = reconciliation.match_open(stored.organisation, now)
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
        return redirect("statement_preview", pk)
    counts = {"new": report.new, "booked": booked}
    messages.success(request, _("%(new)s new lines; %(booked)s were certain and are booked.") % counts)
    return redirect("clearing")
