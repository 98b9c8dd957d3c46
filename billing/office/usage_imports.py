"""Lists of usage and readings by upload: choose the file, look at what it would bring, take it over."""

import hashlib
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from unfold.widgets import UnfoldAdminFileFieldWidget

from billing.models import UsageImport
from billing.office.access import office, organisation_of, page
from billing.services import metering, usage_import
from billing.services.usage_import import Report
from members.models import Organisation

LARGEST, TOLD = 20 * 1024 * 1024, 200


class UsageForm(forms.Form):
    """The list."""

    file = forms.FileField(label=gettext_lazy("List (CSV)"), widget=UnfoldAdminFileFieldWidget)

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        if upload.size > LARGEST:
            raise ValidationError(
                _("The file is larger than 20 MB. Split it, or let whoever runs the server use `import_usage`.")
            )
        return upload


@office("billing.add_usageimport")
def upload(request: HttpRequest) -> HttpResponse:
    """Keeps the file and shows what it would bring; a file that is no list is told at once."""
    organisation = organisation_of(request)
    form = UsageForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        stored = keep(request, organisation, form)
        if stored:
            return redirect("usage_preview", stored.pk)
    past = UsageImport.objects.filter(organisation=organisation).defer("content")[:10]
    return page(request, "office/usage_upload.html", _("Usage and readings"), {"form": form, "past": past})


def keep(request: HttpRequest, organisation: Organisation, form: UsageForm) -> UsageImport | None:
    """Stores the bytes between upload and taking over."""
    file = form.cleaned_data["file"]
    content = file.read()
    try:
        usage_import.preview(organisation, content, timezone.now())
    except ValidationError as refused:
        form.add_error("file", refused)
        return None
    return UsageImport.objects.create(
        organisation=organisation, name=file.name[:120], content=content, sha256=hashlib.sha256(content).hexdigest(),
        uploaded_at=timezone.now(), uploaded_by_id=request.user.pk,
    )  # fmt: skip


@office("billing.add_usageimport")
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """What is new, known already, in conflict, refused and why; computed anew each time."""
    stored = get_object_or_404(UsageImport, pk=pk, organisation=organisation_of(request))
    if stored.taken_at:
        return page(
            request, "office/usage_preview.html", _("Usage and readings"), {"stored": stored, "counts": stored.report}
        )
    report = usage_import.preview(stored.organisation, bytes(stored.content), timezone.now())
    context = {"stored": stored, "counts": counts_of(report), "refused": report.refused[:TOLD], "meters": report.meters}
    return page(request, "office/usage_preview.html", _("Usage and readings"), context)


def counts_of(report: Report) -> dict[str, int]:
    """The figures of a list."""
    names = (metering.STORED, metering.DUPLICATE, metering.CONFLICT, metering.REFUSED)
    return {"rows": report.rows, "late": report.late} | {name: report.outcomes[name] for name in names}


@require_POST
@office("billing.add_usageimport")
def take(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes the list over, once."""
    stored = get_object_or_404(UsageImport, pk=pk, organisation=organisation_of(request))
    now = timezone.now()
    if not UsageImport.objects.filter(pk=stored.pk, taken_at=None).update(taken_at=now):
        messages.error(request, _("This list was taken over already."))
        return redirect("usage_preview", pk)
    report = usage_import.import_usage(stored.organisation, bytes(stored.content), now)
    UsageImport.objects.filter(pk=stored.pk).update(report=counts_of(report))
    messages.success(request, _("%(stored)s new entries are stored.") % counts_of(report))
    return redirect("usage_preview", pk)
