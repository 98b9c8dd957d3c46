"""How old the open items are, at a date that the reader chooses, and the same as a table for a spreadsheet."""

from datetime import date

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminDateWidget

from billing.office.access import download, office, organisation_of, page
from billing.office.money_words import euro
from billing.services.aging import aging, as_csv, headings

SHOWN = 500


class DayForm(forms.Form):
    """At which date."""

    on = forms.DateField(label=gettext_lazy("Open items on"), widget=UnfoldAdminDateWidget)


def asked(request: HttpRequest) -> tuple[DayForm, date]:
    """The form, and the day in it, or today."""
    form = DayForm(request.GET if "on" in request.GET else None)
    if form.is_bound and form.is_valid():
        return form, form.cleaned_data["on"]
    today = timezone.localdate()
    return (form if form.is_bound else DayForm(initial={"on": today})), today


@office("billing.view_dunningrun")
def aging_page(request: HttpRequest) -> HttpResponse:
    """Sums of the columns, then each payer, the largest first."""
    form, on = asked(request)
    found = aging(organisation_of(request), on)
    names = headings()
    rows = [
        (
            row,
            [(name, euro(one) if one else "–") for name, one in zip(names, row.buckets, strict=True)],
            euro(row.total),
        )
        for row in found.rows[:SHOWN]
    ]
    context = {
        "form": form, "on": on, "rows": rows, "headings": names, "sums": list(zip(names, map(euro, found.buckets), strict=True)),
        "total": euro(found.total), "more": max(0, len(found.rows) - SHOWN),
    }  # fmt: skip
    return page(request, "office/aging.html", _("How old the open items are"), context)


@office("billing.export_billingrun")
def aging_csv(request: HttpRequest) -> HttpResponse:
    """All payers."""
    _form, on = asked(request)
    return download(
        f"Offene-Posten-{on.isoformat()}.csv", as_csv(aging(organisation_of(request), on)), "text/csv; charset=utf-8"
    )
