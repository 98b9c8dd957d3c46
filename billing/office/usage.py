"""Usage in the office: one contract's meters, readings typed in, who is near their quota."""

from datetime import datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from unfold.widgets import UnfoldAdminDateWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from billing.documents.usage_words import Period, left_words, quantity, usage_chart, used_words
from billing.models import Contract, Meter, UsageEvent
from billing.office.access import office, organisation_of, page
from billing.office.money_words import euro
from billing.services import metering
from billing.services.quota import UsageRow, near_quota, usage_rows
from members.models import Organisation, User

PAGE, NEAR, FULL, UNUSUAL = 50, 80, 100, 5


class ReadingForm(forms.Form):
    """What a counter shows on a day."""

    meter = forms.ModelChoiceField(
        label=gettext_lazy("Meter"), queryset=Meter.objects.none(), widget=UnfoldAdminSelectWidget
    )
    day = forms.DateField(label=gettext_lazy("Read on"), widget=UnfoldAdminDateWidget)
    reading = forms.DecimalField(
        label=gettext_lazy("Counter shows"), min_value=0, max_digits=18, decimal_places=6, localize=True,
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal"}),
    )  # fmt: skip
    initial_reading = forms.BooleanField(
        label=gettext_lazy("This is the first reading of a new counter"), required=False
    )
    sure = forms.BooleanField(label=gettext_lazy("Yes, this is what it shows"), required=False)

    def __init__(self, *args: Any, contract: Contract, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.contract = contract
        self.fields["meter"].queryset = Meter.objects.filter(organisation=contract.organisation)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if {"meter", "day", "reading"} <= set(cleaned) and not cleaned["sure"] and not cleaned["initial_reading"]:
            doubt = self.doubt(cleaned["meter"], cleaned["day"], cleaned["reading"])
            if doubt:
                self.add_error("reading", doubt)
        return cleaned

    def doubt(self, meter: Meter, day: Any, reading: Decimal) -> str:
        """What looks wrong with a reading that is possible: far more went through than usual."""
        shown = list(
            readings(self.contract)
            .filter(meter=meter, on__lt=day)
            .order_by("-at")[:3]
            .values_list("reading", flat=True)
        )
        usual = [shown[i] - shown[i + 1] for i in range(len(shown) - 1)]
        if usual and reading - shown[0] > UNUSUAL * max(usual) > 0:
            return _("That is more than five times of what is usual. Look again, or confirm it below.")
        return ""


def readings(contract: Contract) -> Any:
    """The readings of a contract that count."""
    rows = UsageEvent.objects.filter(organisation=contract.organisation_id, contract=contract, voided_at=None)
    return rows.filter(reading__isnull=False)


@office("billing.view_usageevent")
def contract_usage(request: HttpRequest, pk: int) -> HttpResponse:
    """One contract's meters: drawn, with cost and forecast; its events; a reading typed in."""
    contract = get_object_or_404(
        Contract.objects.select_related("member", "tariff", "organisation"),
        pk=pk,
        organisation=organisation_of(request),
    )
    form = ReadingForm(request.POST or None, contract=contract, initial={"day": timezone.localdate()})
    if request.method == "POST" and may_enter(request) and form.is_valid() and entered(request, contract, form):
        return redirect("office_contract_usage", pk)
    events = UsageEvent.objects.filter(organisation=contract.organisation, contract=contract).select_related("meter")
    shown = Paginator(events.order_by("-at", "-id"), PAGE).get_page(request.GET.get("page"))
    rows = [shown_row(row) for row in usage_rows(contract, timezone.localdate())]
    context = {"contract": contract, "usage_rows": rows, "events": shown, "form": form}
    return page(request, "office/usage.html", _("Usage"), context)


def may_enter(request: HttpRequest) -> bool:
    """Whether somebody may type in readings."""
    return bool(request.user.has_perm("billing.add_usageevent"))


def entered(request: HttpRequest, contract: Contract, form: ReadingForm) -> bool:
    """Stores the reading; a refusal is shown at the field."""
    data = form.cleaned_data
    at = datetime.combine(data["day"], time(), ZoneInfo(contract.organisation.time_zone))
    event = metering.Incoming(
        metering.made_key(contract.pk, at, data["initial_reading"]), data["meter"].code, at, contract.pk,
        reading=data["reading"], initial=data["initial_reading"], made=True,
    )  # fmt: skip
    (outcome,) = metering.record(contract.organisation, [event], timezone.now())
    if outcome.message:
        form.add_error("reading", outcome.message)
        return False
    late = _(" Its days are billed already; the next invoice corrects them.") if outcome.late else ""
    messages.success(request, _("The reading is stored.") + late)
    return True


def shown_row(row: UsageRow) -> dict[str, Any]:
    """One meter in words, with its picture."""
    spans = [*row.past, row.now]
    periods = [Period(one.start, one.used, one.free) for one in spans]
    return {
        "row": row, "used": used_words(row.now.used, row.now.free, row.unit), "left": left_words(row.days_left, row.expected, row.unit),
        "cost": euro(row.now.cost), "expected_cost": euro(row.expected_cost),
        "picture": usage_chart(periods, row.unit, _("Usage per period, with the free quota as a line")),
        "spans": [(one, quantity(one.used, row.unit), quantity(one.free, row.unit), euro(one.cost)) for one in reversed(spans)],
    }  # fmt: skip


@require_POST
@office("billing.change_usageevent")
def void(request: HttpRequest, pk: int) -> HttpResponse:
    """A wrong event no longer counts; the next run settles the difference."""
    event = get_object_or_404(UsageEvent, pk=pk, organisation=organisation_of(request))
    try:
        metering.void(event, request.user if isinstance(request.user, User) else None, timezone.now())
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    else:
        messages.success(request, _("It no longer counts. If it was billed, the next run settles the difference."))
    return redirect("office_contract_usage", event.contract_id)


@office("billing.view_usageevent")
def quotas(request: HttpRequest) -> HttpResponse:
    """Customers near their quota in the period that runs, the fullest first; `?over`: those who have used it up, the dearest first."""
    organisation: Organisation = organisation_of(request)
    found = list(near_quota(organisation, timezone.localdate(), NEAR))
    near = sorted((pair for pair in found if (pair[1].percent or 0) < FULL), key=lambda pair: -(pair[1].percent or 0))
    over = sorted((pair for pair in found if (pair[1].percent or 0) >= FULL), key=lambda pair: -pair[1].expected_cost)
    chosen = over if "over" in request.GET else near
    shown = Paginator(chosen, PAGE).get_page(request.GET.get("page"))
    rows = [
        (one, row, used_words(row.now.used, row.now.free, row.unit), left_words(row.days_left, row.expected, row.unit), euro(row.expected_cost))
        for one, row in shown.object_list
    ]  # fmt: skip
    context = {
        "rows": rows, "shown": shown, "near": NEAR, "counts": (len(near), len(over)), "over": chosen is over,
    }  # fmt: skip
    return page(request, "office/usage_near.html", _("Near their quota"), context)
