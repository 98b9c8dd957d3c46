"""Tariffs from a file: upload or paste it, look at what it would bring, take it over."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import pricing
from billing.models.fault_words import told
from billing.office.access import office, organisation_of, page
from billing.office.tariff_fields import ENTRY
from billing.services import tariff_files

LARGEST = 1_000_000


class FileForm(forms.Form):
    """A file, or its text."""

    file = forms.FileField(
        label=gettext_lazy("File (JSON)"), required=False, widget=forms.FileInput(attrs=ENTRY | {"accept": ".json"})
    )
    text = forms.CharField(
        label=gettext_lazy("or its text"),
        required=False,
        max_length=LARGEST,
        widget=forms.Textarea(attrs=ENTRY | {"rows": 12, "spellcheck": "false"}),
    )

    def clean(self) -> dict[str, Any]:
        """The tariffs in it, as `data`."""
        cleaned: dict[str, Any] = super().clean() or {}
        upload = cleaned.get("file")
        if upload and upload.size > LARGEST:
            raise ValidationError(_("The file is larger than 1 MB: these are no tariffs."))
        content = upload.read() if upload else (cleaned.get("text") or "").encode()
        if not content.strip():
            raise ValidationError(_("Please choose a file, or enter its text."))
        try:
            cleaned["data"] = pricing.read_json(content)
        except pricing.PricingFaults as refused:
            raise ValidationError(told(refused.faults)) from refused
        return cleaned | {"text": content.decode("utf-8-sig")}


@office("billing.add_tariff")
def import_tariffs(request: HttpRequest) -> HttpResponse:
    """The preview writes nothing; taking over is all or nothing."""
    organisation = organisation_of(request)
    form = FileForm(request.POST or None, request.FILES or None)
    plan = None
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data["data"]
        plan = tariff_files.plan(organisation, data)
        if request.POST.get("do") == "take" and not plan.faults:
            report = tariff_files.import_tariffs(organisation, data)
            counts = {"new": len(report.tariffs), "versions": len(report.versions), "same": len(report.unchanged)}
            messages.success(request, _("%(new)s new tariffs, %(versions)s versions, %(same)s unchanged.") % counts)
            return redirect("office_tariffs")
        form = FileForm(initial={"text": form.cleaned_data["text"]})
    return page(request, "office/tariff_import.html", _("Import tariffs"), {"form": form, "plan": plan})
