"""Member lists by upload: choose the file, look at what it would change, take it over."""

import hashlib
from functools import wraps
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
from unfold.widgets import UnfoldAdminDateWidget, UnfoldAdminFileFieldWidget

from billing.formats.member_csv import LARGEST_FILE
from billing.models import MemberImport
from billing.office.access import View, office, page
from billing.pricing.periods import add_months
from billing.services import member_import
from billing.services.member_plan import ImportPlan, check_bill_from

SHOWN, MOST_TOLD = 50, 500


class UploadForm(forms.Form):
    """A list, and the first day that is billed here."""

    file = forms.FileField(label=gettext_lazy("Member list (CSV)"), widget=UnfoldAdminFileFieldWidget)
    bill_from = forms.DateField(label=gettext_lazy("Bill from"), widget=UnfoldAdminDateWidget)

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        if upload.size > LARGEST_FILE:
            raise ValidationError(_("The file is larger than 10 MB: this is no member list."))
        return upload

    def clean_bill_from(self) -> Any:
        check_bill_from(self.cleaned_data["bill_from"], timezone.localdate())
        return self.cleaned_data["bill_from"]


@office("billing.add_memberimport")
def upload(request: HttpRequest) -> HttpResponse:
    """Keeps the file and shows what it would change; a file that is no list is told at once."""
    first = add_months(timezone.localdate().replace(day=1), 1)
    form = UploadForm(request.POST or None, request.FILES or None, initial={"bill_from": first})
    if request.method == "POST" and form.is_valid():
        stored = keep(request, form)
        if stored:
            return redirect("import_preview", stored.pk)
    past = MemberImport.objects.filter(organisation=request.organisation).defer("content")[:10]  # type: ignore[attr-defined]
    return page(request, "office/import_upload.html", _("Import members"), {"form": form, "past": past})


def keep(request: HttpRequest, form: UploadForm) -> MemberImport | None:
    """Stores the bytes between upload and taking over."""
    organisation, file = request.organisation, form.cleaned_data["file"]  # type: ignore[attr-defined]
    content = file.read()
    try:
        member_import.plan(organisation, content, form.cleaned_data["bill_from"])
    except ValidationError as refused:
        form.add_error("file", refused)
        return None
    return MemberImport.objects.create(
        organisation=organisation, name=file.name[:120], content=content, sha256=hashlib.sha256(content).hexdigest(),
        bill_from=form.cleaned_data["bill_from"], uploaded_at=timezone.now(), uploaded_by_id=request.user.pk,
    )  # fmt: skip


def planned(request: HttpRequest, pk: int) -> tuple[MemberImport, ImportPlan]:
    """The upload and what it would change now."""
    stored = get_object_or_404(MemberImport, pk=pk, organisation=request.organisation)  # type: ignore[attr-defined]
    return stored, member_import.plan(stored.organisation, bytes(stored.content), stored.bill_from)


def readable(view: View) -> View:
    """A list that was readable when it came can become unreadable when the settings change: said, not crashed."""

    @wraps(view)
    def told(request: HttpRequest, pk: int) -> HttpResponse:
        try:
            return view(request, pk)
        except ValidationError as refused:
            messages.error(request, " ".join(refused.messages))
            return redirect("import_upload")

    return told


@office("billing.add_memberimport")
@readable
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """What is new, what changes from what to what, what is refused and why."""
    stored, plan = planned(request, pk)
    context = {
        "stored": stored,
        "plan": plan,
        "new": plan.new[:SHOWN],
        "changed": plan.changed[:MOST_TOLD],
        "refused": plan.refused[:MOST_TOLD],
        "warnings": plan.warnings[:MOST_TOLD],
        "more_refused": max(0, len(plan.refused) - MOST_TOLD),
        "more": max(0, len(plan.new) - SHOWN),
    }
    return page(request, "office/import_preview.html", _("Preview of the import"), context)


@require_POST
@office("billing.add_memberimport")
@readable
def take(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes the list over, once, and only as it was looked at."""
    stored, plan = planned(request, pk)
    try:
        if request.POST.get("seen") != plan.fingerprint:
            raise member_import.stale()
        report = member_import.take(plan, now=timezone.now(), user=request.user)  # type: ignore[arg-type]
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
        return redirect("import_preview", pk)
    counts = {"new": report.new, "changed": report.changed, "unchanged": report.unchanged, "refused": report.refused}
    MemberImport.objects.filter(pk=stored.pk).update(taken_at=timezone.now(), report=counts)
    messages.success(
        request, _("%(new)s new, %(changed)s changed, %(unchanged)s unchanged, %(refused)s refused.") % counts
    )
    return redirect("import_preview", pk)
