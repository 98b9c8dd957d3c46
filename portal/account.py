"""My account: what is open, and everything that moved between two days, on a page and as a PDF."""

from datetime import date
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from billing.services.account_pdf import statement_pdf
from billing.services.account_statement import account
from members.tenancy import own_members
from portal.access import MemberRequest, signed_in
from portal.reminders import reminded_of


class SpanForm(forms.Form):
    """From which day until which, both included."""

    start = forms.DateField(
        label=gettext_lazy("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    end = forms.DateField(
        label=gettext_lazy("Until"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if said.get("start") and said.get("end") and said["end"] < said["start"]:
            self.add_error("end", _("The last day lies before the first one."))
        return said


def asked(request: HttpRequest) -> tuple[SpanForm, date, date]:
    """The form and its days; this year until today where nothing sensible was asked."""
    today = timezone.localdate()
    start, end = today.replace(month=1, day=1), today
    form = SpanForm(request.GET) if "start" in request.GET else SpanForm(initial={"start": start, "end": end})
    if form.is_bound and form.is_valid():
        return form, form.cleaned_data["start"], form.cleaned_data["end"]
    return form, start, end


@require_GET
@signed_in
def account_page(request: MemberRequest) -> HttpResponse:
    """The account of everything that I pay for, my household's too."""
    members, today = own_members(request), timezone.localdate()
    form, start, end = asked(request)
    found = account(members.values_list("pk", flat=True), start, end)
    context = {"form": form, "account": found, "reminded": reminded_of(members, today)}
    return render(request, "portal/account.html", context)


@require_GET
@signed_in
def account_pdf(request: MemberRequest) -> HttpResponse:
    """The same on paper."""
    members = list(own_members(request).select_related("organisation"))
    if not members:
        raise Http404
    _form, start, end = asked(request)
    found = account([one.pk for one in members], start, end)
    content = statement_pdf(members[0], found, timezone.localdate())
    headers = {"Content-Disposition": f'attachment; filename="Kontoauszug-{end.isoformat()}.pdf"'}
    return HttpResponse(content, content_type="application/pdf", headers=headers)
