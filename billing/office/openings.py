"""Open items of another program: a preview, then claims."""

import base64
import binascii
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from unfold.widgets import UnfoldAdminDateWidget, UnfoldAdminFileFieldWidget

from billing.formats.opening_csv import LARGEST_FILE
from billing.office.access import office, organisation_of, page
from billing.office.money_words import euro
from billing.services import openings

MOST_SHOWN = 200


class UploadForm(forms.Form):
    """A list of open items, and the day on which they are posted."""

    file = forms.FileField(label=gettext_lazy("List of open items (CSV)"), widget=UnfoldAdminFileFieldWidget)
    on = forms.DateField(
        label=gettext_lazy("Posted on"), widget=UnfoldAdminDateWidget,
        help_text=gettext_lazy("The day on which this program takes over; often the first day of your fiscal year."),
    )  # fmt: skip

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        if upload.size > LARGEST_FILE:
            raise ValidationError(openings.FILE_FAULTS["too_large"], code="too_large")
        return upload


@office("billing.change_ledgersettings")
def upload(request: HttpRequest) -> HttpResponse:
    """Shows what a list would bring; the list travels with the page, nothing is kept before it is taken over."""
    form = UploadForm(request.POST or None, request.FILES or None, initial={"on": timezone.localdate()})
    found, content = None, b""
    if request.method == "POST" and form.is_valid():
        content = form.cleaned_data["file"].read()
        try:
            found = openings.look(organisation_of(request), content, form.cleaned_data["on"])
        except ValidationError as refused:
            form.add_error("file", refused)
    context: dict[str, Any] = {"form": form, "found": found}
    if found:
        context |= {
            "content": base64.b64encode(content).decode(), "on": form.cleaned_data["on"], "count": len(found.new),
            "total": euro(found.total), "rows": [(row, member, euro(row.amount)) for row, member in found.new[:MOST_SHOWN]],
            "more": max(0, len(found.new) - MOST_SHOWN), "faults": found.faults[:MOST_SHOWN],
        }  # fmt: skip
    return page(request, "office/opening_upload.html", _("Open items of another program"), context)


@require_POST
@office("billing.change_ledgersettings")
def take(request: HttpRequest) -> HttpResponse:
    """Takes the list over that was looked at; it is read and checked once more."""
    try:
        content = base64.b64decode(request.POST.get("content", ""), validate=True)
        on = date.fromisoformat(request.POST.get("on", ""))
    except (ValueError, binascii.Error):
        messages.error(request, _("Upload the list again."))
        return redirect("opening_upload")
    try:
        count = openings.take(organisation_of(request), content, on)
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
        return redirect("opening_upload")
    messages.success(request, _("%(count)s claims were taken over.") % {"count": count})
    return redirect("admin:billing_invoice_changelist")
