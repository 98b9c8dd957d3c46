"""What one member owes at any date: claim by claim with limitation, fees and interest, stops, statement, and handing over."""

from datetime import date, timedelta
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
from unfold.widgets import UnfoldAdminDateWidget

from billing.models import AncillaryClaim, DunningItem, DunningStop, HandedClaim, Invoice
from billing.office.access import download, office, organisation_of, page
from billing.office.money_words import euro
from billing.pricing.arrears import barred_after, barred_soon, is_barred
from billing.pricing.money import ZERO
from billing.services import dunning_stops, hand_over, waiving
from billing.services.account_pdf import statement_pdf
from billing.services.account_statement import account
from billing.services.open_items import OpenItem, advances, open_items
from members.models import Member, User

STOP_DAYS = 28


class DayForm(forms.Form):
    """At which date."""

    on = forms.DateField(label=gettext_lazy("Open items on"), required=False, widget=UnfoldAdminDateWidget)


class SpanForm(forms.Form):
    """The days of a statement, both included."""

    start = forms.DateField(label=gettext_lazy("From"), widget=UnfoldAdminDateWidget)
    end = forms.DateField(label=gettext_lazy("Until"), widget=UnfoldAdminDateWidget)

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if said.get("start") and said.get("end") and said["end"] < said["start"]:
            self.add_error("end", _("The last day lies before the first one."))
        return said


class StopForm(forms.Form):
    """Why, and until when nothing is reminded: all of the member, or one claim."""

    claim = forms.ChoiceField(
        label=gettext_lazy("Of what"), required=False, widget=forms.Select(attrs={"class": "entry"})
    )
    reason = forms.CharField(
        label=gettext_lazy("Why"), max_length=200, widget=forms.TextInput(attrs={"class": "entry wide"})
    )
    until = forms.DateField(label=gettext_lazy("Last day of the stop"), widget=UnfoldAdminDateWidget)

    def __init__(self, *args: Any, claims: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["claim"].choices = [("", _("everything that the member owes")), *claims]  # type: ignore[attr-defined]


def user_of(request: HttpRequest) -> User | None:
    """Who does it."""
    return request.user if isinstance(request.user, User) else None


def member_of(request: HttpRequest, pk: int) -> Member:
    """A member of this organisation."""
    rows = Member.objects.select_related("organisation")
    return get_object_or_404(rows, pk=pk, organisation=organisation_of(request))


def faults_of(form: forms.Form) -> str:
    """What is wrong with it, in one line."""
    return " ".join(str(text) for texts in form.errors.values() for text in texts)


@office("billing.view_dunningrun")
def account_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything about the member's account on one page."""
    member, today = member_of(request, pk), timezone.localdate()
    day = DayForm(request.GET or None)
    on = (day.cleaned_data["on"] if day.is_bound and day.is_valid() else None) or today
    items = open_items(member.organisation, on, [member.pk])
    handed = (
        HandedClaim.objects.filter(invoice__payer=member)
        .select_related("invoice", "handed_by")
        .defer("invoice__snapshot")
    )
    context: dict[str, Any] = {
        "member": member, "on": on, "today": today, "day_form": DayForm(initial={"on": on}), "items": [item_row(one, on) for one in items],
        "total": euro(sum((one.owed for one in items), ZERO)), "advance": advance_of(member, on),
        "costs": cost_rows(member), "stops": dunning_stops.stops_of(member), "handed": handed,
        "taken": {one.invoice_id for one in handed if one.taken_back_on is None},
        "stop_form": StopForm(claims=claims_of(items), initial={"until": today + timedelta(days=STOP_DAYS)}),
        "span_form": SpanForm(initial={"start": today.replace(month=1, day=1), "end": today}),
        "reminded": reminded_rows(member), "can_hand": any(one.due_on < today for one in items),
    }  # fmt: skip
    return page(request, "office/account.html", _("Account of %(name)s") % {"name": member.name}, context)


def item_row(item: OpenItem, on: date) -> dict[str, Any]:
    """A claim as the page shows it."""
    return {
        "item": item, "payable": euro(item.payable), "paid": euro(item.paid) if item.paid else "", "open": euro(item.open),
        "costs": euro(item.ancillary) if item.ancillary else "", "late": item.due_on < on, "barred_after": barred_after(item.due_on),
        "barred": is_barred(item.due_on, on), "barred_soon": barred_soon(item.due_on, on),
    }  # fmt: skip


def advance_of(member: Member, on: date) -> str:
    """What they paid too much."""
    found = advances(member.organisation, on, [member.pk]).get(member.pk)
    return euro(found) if found else ""


def cost_rows(member: Member) -> list[dict[str, Any]]:
    """Fees, lump sums and interest, the waived ones too."""
    rows = (
        AncillaryClaim.objects.filter(invoice__payer=member)
        .select_related("invoice", "waived_by")
        .defer("invoice__snapshot")
    )
    return [{"claim": one, "amount": euro(one.amount)} for one in rows.order_by("-on", "-pk")]


def claims_of(items: list[OpenItem]) -> list[tuple[str, str]]:
    """As choices."""
    return [(str(one.invoice), f"{one.number} ({euro(one.open)})") for one in items if one.open]


def reminded_rows(member: Member) -> list[DunningItem]:
    """What was reminded, newest first."""
    rows = DunningItem.objects.filter(notice__member=member).select_related("notice__run", "invoice")
    return list(rows.defer("notice__snapshot", "invoice__snapshot").order_by("-notice__run__on", "invoice"))


@office("billing.view_dunningrun")
def account_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The statement of account for a span of days."""
    member, form = member_of(request, pk), SpanForm(request.GET)
    if not form.is_valid():
        messages.error(request, faults_of(form))
        return redirect("office_account", member.pk)
    found = account([member.pk], form.cleaned_data["start"], form.cleaned_data["end"])
    content = statement_pdf(member, found, timezone.localdate())
    return download(f"Kontoauszug-{member.number}-{found.end.isoformat()}.pdf", content, "application/pdf")


@require_POST
@office("billing.add_dunningstop")
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Nothing is reminded for a while."""
    member, today = member_of(request, pk), timezone.localdate()
    claims = Invoice.objects.filter(organisation=member.organisation, payer=member)
    form = StopForm(request.POST, claims=[(str(one), str(one)) for one in claims.values_list("pk", flat=True)])
    if not form.is_valid():
        messages.error(request, faults_of(form))
        return redirect("office_account", member.pk)
    said = form.cleaned_data
    try:
        if said["claim"]:
            dunning_stops.stop_claim(
                claims.get(pk=said["claim"]), said["reason"], said["until"], user_of(request), today
            )
        else:
            dunning_stops.stop_member(member, said["reason"], said["until"], user_of(request), today)
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    else:
        messages.success(request, _("Stopped: nothing of it is reminded up to and including that day."))
    return redirect("office_account", member.pk)


@require_POST
@office("billing.change_dunningstop")
def lift(request: HttpRequest, pk: int) -> HttpResponse:
    """Reminded again."""
    found = get_object_or_404(DunningStop, pk=pk, organisation=organisation_of(request))
    holder = found.member_id or (found.invoice.payer_id if found.invoice else 0)
    return done(
        request,
        holder,
        lambda: dunning_stops.lift(found, user_of(request), timezone.localdate()),
        _("The stop is lifted."),
    )


@require_POST
@office("billing.change_ancillaryclaim")
def waive(request: HttpRequest, pk: int) -> HttpResponse:
    """Does without a fee or interest."""
    rows = AncillaryClaim.objects.select_related("invoice", "organisation")
    found = get_object_or_404(rows, pk=pk, organisation=organisation_of(request))
    reason = request.POST.get("reason", "")
    return done(
        request, found.invoice.payer_id, lambda: waiving.waive(found, reason, user_of(request), timezone.localdate()),
        _("It is waived and posted back."),
    )  # fmt: skip


@require_POST
@office("billing.add_handedclaim")
def hand(request: HttpRequest, pk: int) -> HttpResponse:
    """A lawyer or the court gets these claims."""
    member, today = member_of(request, pk), timezone.localdate()
    chosen = [int(one) for one in request.POST.getlist("claim") if one.isascii() and one.isdigit()]
    return done(
        request, member.pk, lambda: hand_over.hand_over(member, chosen, request.POST.get("to", ""), user_of(request), today),
        _("Handed over: nothing of it is reminded from here. Download the package now."),
    )  # fmt: skip


@office("billing.export_billingrun")
def hand_zip(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything about the claims that are handed over."""
    member, today = member_of(request, pk), timezone.localdate()
    try:
        content = hand_over.package(member, today)
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
        return redirect("office_account", member.pk)
    return download(f"Abgabe-{member.number}-{today.isoformat()}.zip", content, "application/zip")


@require_POST
@office("billing.change_handedclaim")
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """A claim comes back."""
    rows = HandedClaim.objects.select_related("invoice")
    found = get_object_or_404(rows, pk=pk, organisation=organisation_of(request))
    return done(
        request, found.invoice.payer_id, lambda: dunning_stops.take_back(found, timezone.localdate()),
        _("The claim is back; it is reminded from here again."),
    )  # fmt: skip


def done(request: HttpRequest, member: int, take: Any, said: str) -> HttpResponse:
    """Takes a step, says so, and goes back to the account."""
    try:
        take()
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    else:
        messages.success(request, said)
    return redirect("office_account", member)
