"""VAT beside the invoices: the limits of small businesses, the recapitulative statement, and answers about VAT ids."""

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

from billing.models import VatCheck
from billing.office.access import download, office, organisation_of, page
from billing.services import recapitulative, turnover, vat_checks
from members.models import Member, Organisation, User

MOST = 300
ENTRY = {"class": "entry"}


class CheckForm(forms.Form):
    """What the tax office answered."""

    member: "forms.ModelChoiceField[Member]" = forms.ModelChoiceField(
        None, label=gettext_lazy("Member"), widget=forms.Select(attrs=ENTRY)
    )
    asked_on = forms.DateField(
        label=gettext_lazy("Asked on"), widget=forms.DateInput(attrs=ENTRY | {"type": "date"}, format="%Y-%m-%d")
    )  # fmt: skip
    result = forms.ChoiceField(
        label=gettext_lazy("Answer"), choices=VatCheck.Result.choices, widget=forms.Select(attrs=ENTRY)
    )
    note = forms.CharField(
        label=gettext_lazy("Reference of the answer"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs=ENTRY),
    )

    def __init__(self, organisation: Organisation, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.fields["member"].queryset = vat_checks.holders(organisation)  # type: ignore[attr-defined]


class QuarterForm(forms.Form):
    """Which statement."""

    year = forms.IntegerField(min_value=2000, max_value=2100)
    quarter = forms.IntegerField(min_value=1, max_value=4)


def asked(request: HttpRequest) -> tuple[int, int]:
    """The quarter of the address, else the last one that has ended."""
    form = QuarterForm(request.GET)
    if form.is_valid():
        return form.cleaned_data["year"], form.cleaned_data["quarter"]
    today = timezone.localdate()
    number = (today.month - 1) // 3
    return (today.year, number) if number else (today.year - 1, 4)


@office("billing.view_posting")
def vat_page(request: HttpRequest) -> HttpResponse:
    """Everything on one page."""
    return shown(request, CheckForm(organisation_of(request), initial={"asked_on": timezone.localdate()}))


def shown(request: HttpRequest, form: CheckForm) -> HttpResponse:
    """The page with its form as it is."""
    organisation, today, (year, number) = organisation_of(request), timezone.localdate(), asked(request)
    context: dict[str, Any] = {
        "form": form, "year": year, "quarter": number, "rows": recapitulative.rows(organisation, year, number),
        "meters": turnover.meters(organisation, today) if organisation.small_business else [],
        "small": organisation.small_business, "holders": vat_checks.checked(organisation, today, MOST),
        "quarters": [(one, number) for one in (today.year - 1, today.year) for number in (1, 2, 3, 4)],
    }  # fmt: skip
    return page(request, "office/vat.html", _("VAT"), context)


@office("billing.export_postingbatch")
def recapitulative_csv(request: HttpRequest) -> HttpResponse:
    """The statement as a file."""
    year, number = asked(request)
    content = recapitulative.as_csv(recapitulative.rows(organisation_of(request), year, number))
    return download(f"ZM-{year}-Q{number}.csv", content, "text/csv; charset=utf-8")


@require_POST
@office("billing.add_vatcheck")
def enter_check(request: HttpRequest) -> HttpResponse:
    """Keeps an answer of the tax office."""
    form = CheckForm(organisation_of(request), request.POST)
    if not form.is_valid():
        return shown(request, form)
    try:
        user = request.user if isinstance(request.user, User) else None
        vat_checks.enter(**form.cleaned_data, user=user, today=timezone.localdate())
    except ValidationError as refused:
        form.add_error(None, refused.messages)
        return shown(request, form)
    messages.success(request, _("The answer is kept."))
    return redirect("office_vat")
