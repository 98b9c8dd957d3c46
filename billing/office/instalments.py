"""Instalment agreements: all of them, making one, one with its progress, its paper, its end, and the files for debited ones."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST
from unfold.widgets import UnfoldAdminDateWidget, UnfoldAdminIntegerFieldWidget, UnfoldBooleanSwitchWidget

from billing.models import InstalmentPlan
from billing.office.access import download, office, organisation_of, page
from billing.office.clearing import user_of
from billing.office.money_words import euro
from billing.pricing.periods import add_months
from billing.services import instalment_debits, instalment_papers, instalment_plans
from billing.services.instalments import Progress, progress_of
from billing.services.open_items import open_items
from members.models import Member

PAGE = 30
AHEAD = timedelta(days=31)


class PlanForm(forms.Form):
    """How many parts, how far apart, from when, and how they are paid."""

    count = forms.IntegerField(
        label=gettext_lazy("Number of instalments"), min_value=2, max_value=instalment_plans.MOST, widget=UnfoldAdminIntegerFieldWidget
    )  # fmt: skip
    months = forms.IntegerField(
        label=gettext_lazy("Months between them"), min_value=1, max_value=12, widget=UnfoldAdminIntegerFieldWidget
    )
    first_on = forms.DateField(label=gettext_lazy("First instalment on"), widget=UnfoldAdminDateWidget)
    by_debit = forms.BooleanField(
        label=gettext_lazy("Collect them by direct debit"), required=False, widget=UnfoldBooleanSwitchWidget
    )


class UntilForm(forms.Form):
    """Until which day instalments are put into files."""

    until = forms.DateField(label=gettext_lazy("Instalments due until"), widget=UnfoldAdminDateWidget)


@office("billing.view_instalmentplan")
def plans(request: HttpRequest) -> HttpResponse:
    """Running ones first, then those that are over."""
    organisation, today = organisation_of(request), timezone.localdate()
    every = InstalmentPlan.objects.filter(organisation=organisation)
    shown = Paginator(every.order_by("ended_on", "-pk").only("pk"), PAGE).get_page(request.GET.get("page"))
    keys = [one.pk for one in shown]
    rows = [row_of(one) for one in progress_of(InstalmentPlan.objects.filter(pk__in=keys), today)]
    rows.sort(key=lambda row: keys.index(row["plan"].pk))
    debited = every.filter(ended_on=None).exclude(mandate=None).exists()
    context = {"rows": rows, "shown": shown, "form": UntilForm(initial={"until": today + AHEAD}), "debited": debited}
    return page(request, "office/instalments.html", _("Instalments"), context)


def row_of(one: Progress) -> dict[str, Any]:
    """An agreement as pages show it."""
    return {
        "plan": one.plan, "total": euro(one.total), "paid": euro(one.paid), "percent": int(100 * one.paid / one.total), "next": one.next,
        "next_amount": euro(one.next.left) if one.next else "", "broken": one.broken, "owed": euro(one.owed),
    }  # fmt: skip


@office("billing.add_instalmentplan")
def new_plan(request: HttpRequest, pk: int) -> HttpResponse:
    """Chooses the claims of a payer; shows the parts; makes the agreement when that is confirmed."""
    organisation, today = organisation_of(request), timezone.localdate()
    member = get_object_or_404(Member, organisation=organisation, pk=pk)
    form = PlanForm(request.POST or None, initial={"count": 6, "months": 1, "first_on": add_months(today, 1)})
    chosen = [int(text) for text in request.POST.getlist("invoice") if text.isdigit()]
    draft = drafted(request, member, form, chosen) if request.method == "POST" and form.is_valid() else None
    if draft and "agree" in request.POST:
        made = agreed(request, member, form, chosen)
        if made:
            return redirect("office_instalment_plan", made.pk)
    items = open_items(organisation, today, [member.pk])
    ticked = chosen if request.method == "POST" else [item.invoice for item in items if not item.in_collection]
    context = {
        "member": member, "form": form, "items": [(item, euro(item.owed), item.invoice in ticked) for item in items],
        "parts": [(day, euro(amount)) for day, amount in draft.parts] if draft else (), "total": euro(draft.total) if draft else "",
    }  # fmt: skip
    return page(request, "office/instalments_new.html", _("New instalment agreement"), context)


def wish_of(form: PlanForm, chosen: list[int]) -> instalment_plans.Wish:
    """What was typed in."""
    found = form.cleaned_data
    return instalment_plans.Wish(chosen, found["count"], found["months"], found["first_on"], found["by_debit"])


def drafted(request: HttpRequest, member: Member, form: PlanForm, chosen: list[int]) -> instalment_plans.Draft | None:
    """The agreement as it would be; a refusal stands above the form."""
    try:
        return instalment_plans.drafted(organisation_of(request), member, wish_of(form, chosen), timezone.localdate())
    except ValidationError as refused:
        form.add_error(None, refused)
        return None


def agreed(request: HttpRequest, member: Member, form: PlanForm, chosen: list[int]) -> InstalmentPlan | None:
    """Makes it and tells the payer."""
    try:
        plan = instalment_plans.agree(
            organisation_of(request), member, wish_of(form, chosen), user_of(request), timezone.now()
        )
    except ValidationError as refused:
        form.add_error(None, refused)
        return None
    messages.success(request, _("Agreement %(reference)s is made; the payer is told.") % {"reference": plan.reference})
    return plan


def find(request: HttpRequest, pk: int) -> InstalmentPlan:
    """An agreement of this organisation."""
    rows = InstalmentPlan.objects.filter(organisation=organisation_of(request)).select_related(
        "member", "mandate__creditor"
    )
    return get_object_or_404(rows, pk=pk)


@office("billing.view_instalmentplan")
def plan_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One agreement: its parts with what came in, and its claims."""
    plan = find(request, pk)
    [one] = progress_of(InstalmentPlan.objects.filter(pk=plan.pk), timezone.localdate())
    context = row_of(one) | {
        "parts": [(part, euro(part.instalment.amount), euro(part.paid)) for part in one.parts],
        "claims": [(claim, euro(claim.amount)) for claim in one.claims], "account": instalment_papers.account(plan),
    }  # fmt: skip
    return page(
        request, "office/instalment_plan.html", _("Agreement %(reference)s") % {"reference": plan.reference}, context
    )


@office("billing.view_instalmentplan")
def paper(request: HttpRequest, pk: int) -> HttpResponse:
    """The agreement as a PDF."""
    plan = find(request, pk)
    return download(f"{plan.reference}.pdf", instalment_papers.paper(plan), "application/pdf")


@require_POST
@office("billing.change_instalmentplan")
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """It no longer holds; what is open is due as before."""
    plan = find(request, pk)
    try:
        instalment_plans.end(plan, instalment_plans.End.ENDED, timezone.localdate())
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    else:
        messages.success(request, _("The agreement is ended; what is open is due as before."))
    return redirect("office_instalment_plan", pk)


@require_POST
@office("billing.submit_collectionbatch")
def collect(request: HttpRequest) -> HttpResponse:
    """The files over the debited instalments that are due until a day."""
    form = UntilForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Enter a day."))
        return redirect("office_instalments")
    now = timezone.now()
    try:
        made = instalment_debits.collect_due(
            organisation_of(request), form.cleaned_data["until"], user_of(request), now, timezone.localdate(now)
        )
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
        return redirect("office_instalments")
    text = ngettext("%(count)s file is made.", "%(count)s files are made.", len(made))
    messages.success(request, text % {"count": len(made)})
    return redirect("office_batches")
