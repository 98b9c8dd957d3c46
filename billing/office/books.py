"""Fiscal years and months: what is locked, by whom, and opening it again."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Min, Q
from django.db.models.functions import TruncMonth
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST
from unfold.widgets import UnfoldAdminDateWidget, UnfoldAdminTextInputWidget

from billing.models import PeriodLock, Posting
from billing.office.access import office, organisation_of, page
from billing.office.desk import acting
from billing.office.money_words import euro
from billing.pricing.periods import add_months
from billing.services import deferral, fiscal
from billing.services.chart import ledger_settings
from members.models import Organisation

DAY = timedelta(days=1)
LOG = 50


class YearForm(forms.Form):
    """A year that is not the usual one."""

    start = forms.DateField(label=gettext_lazy("First day"), widget=UnfoldAdminDateWidget)
    last = forms.DateField(label=gettext_lazy("Last day"), widget=UnfoldAdminDateWidget)


class UnlockForm(forms.Form):
    """Until when the books stay closed, and why they are opened."""

    until = forms.DateField(
        label=gettext_lazy("Books stay closed until"), required=False, widget=UnfoldAdminDateWidget,
        help_text=gettext_lazy("The last day that stays closed, such as 31.12.2025. Empty: everything is opened."),
    )  # fmt: skip
    reason = forms.CharField(label=gettext_lazy("Why?"), max_length=200, widget=UnfoldAdminTextInputWidget)


@dataclass(frozen=True, slots=True)
class Month:
    """A month of the books: how many postings it has, how many no file holds, whether it is locked or may be now."""

    first: date
    last: date
    count: int
    new: int
    locked: PeriodLock | None
    closed: bool
    over: bool


@office("billing.view_periodlock")
def books(request: HttpRequest) -> HttpResponse:
    """The years, newest first, with their months."""
    organisation, today = organisation_of(request), timezone.localdate()
    settings = ledger_settings(organisation)
    waiting, amount = deferral.waiting(organisation, today)
    context: dict[str, Any] = {
        "years": years_of(organisation, today), "settings": settings, "log": PeriodLock.objects.filter(organisation=organisation)
        .select_related("by")[:LOG], "unlock": UnlockForm(), "year": YearForm(), "waiting": waiting, "amount": euro(amount),
    }  # fmt: skip
    return page(request, "office/books.html", _("Fiscal years"), context)


def years_of(organisation: Organisation, today: date) -> list[tuple[fiscal.Year, list[Month]]]:
    """Every year since the first posting until today."""
    settings = ledger_settings(organisation)
    rows = Posting.objects.filter(organisation=organisation)
    first = rows.aggregate(first=Min("posted_on"))["first"] or today
    calendar = fiscal.calendar_of(settings)
    months = months_of(organisation, settings.closed_until, today)
    start = min(first, today)
    return [
        (year, [months(day) for day in month_starts(year)])
        for year in reversed(list(calendar.between(start, today + DAY)))
    ]


def month_starts(year: fiscal.Year) -> list[date]:
    """The first days of the months of a year."""
    days, day = [], year.start.replace(day=1)
    while day < year.end:
        days.append(day)
        day = add_months(day, 1)
    return days


def months_of(organisation: Organisation, closed: date | None, today: date) -> Any:
    """Tells of any month; everything is read once."""
    rows = Posting.objects.filter(organisation=organisation).order_by().annotate(month=TruncMonth("posted_on"))
    counted = rows.values("month").annotate(count=Count("pk"), new=Count("pk", filter=Q(batch=None)))
    counts = {row["month"]: (row["count"], row["new"]) for row in counted}
    log = list(PeriodLock.objects.filter(organisation=organisation).select_related("by").order_by("pk"))

    def month(first: date) -> Month:
        last = add_months(first, 1) - DAY
        count, new = counts.get(first, (0, 0))
        is_closed = closed is not None and last <= closed
        return Month(first, last, count, new, locked_by(log, last) if is_closed else None, is_closed, last < today)

    return month


def locked_by(log: list[PeriodLock], last: date) -> PeriodLock | None:
    """The row by which a day became locked the last time."""
    found = None
    for row in log:
        if row.closed_until is None or row.closed_until < last:
            found = None
        elif found is None:
            found = row
    return found


@require_POST
@office("billing.add_periodlock")
def lock(request: HttpRequest) -> HttpResponse:
    """Closes the books until the end of a month."""
    try:
        until = date.fromisoformat(request.POST.get("until", ""))
    except ValueError:
        messages.error(request, _("Please choose a month."))
        return redirect("office_books")
    try:
        fiscal.lock(organisation_of(request), until, acting(request), timezone.now())
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    else:
        day = date_format(until, "SHORT_DATE_FORMAT")
        messages.success(request, _("The books are closed until %(day)s.") % {"day": day})
    return redirect("office_books")


@require_POST
@office("billing.unlock_periodlock")
def unlock(request: HttpRequest) -> HttpResponse:
    """Opens books again, with a reason."""
    form = UnlockForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Please enter a day such as 31.12.2025 and say why the books are opened again."))
        return redirect("office_books")
    try:
        fiscal.unlock(
            organisation_of(request), form.cleaned_data["until"], form.cleaned_data["reason"], acting(request), timezone.now()
        )  # fmt: skip
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    else:
        messages.success(request, _("The books are open again; who opened them and why stands in the log below."))
    return redirect("office_books")


@require_POST
@office("billing.add_fiscalyear")
def add_year(request: HttpRequest) -> HttpResponse:
    """A short first year, or one that moves the start."""
    form = YearForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Please enter the first and the last day of the year."))
        return redirect("office_books")
    try:
        fiscal.add_year(organisation_of(request), form.cleaned_data["start"], form.cleaned_data["last"] + DAY)
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    else:
        messages.success(request, _("The fiscal year is entered."))
    return redirect("office_books")


@require_POST
@office("billing.add_periodlock")
def release(request: HttpRequest) -> HttpResponse:
    """Dissolves what was deferred to years that have begun."""
    count = deferral.release(organisation_of(request), timezone.localdate())
    text = ngettext("%(count)s deferral is dissolved.", "%(count)s deferrals are dissolved.", count)
    messages.success(request, text % {"count": count})
    return redirect("office_books")
