"""Donation receipts: who gets what for a year, look at one, make one or all, print, cancel."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from billing.models import Receipt
from billing.office.access import download, office, organisation_of, page
from billing.office.money_words import euro
from billing.pricing.money import total
from billing.services import receipt_mails, receipts
from billing.services.receipt_house import by_machine, house_on
from billing.services.receipt_plan import plan
from members.models import Member, User

PER_PAGE = 50


class CancelForm(forms.Form):
    """Why it is void, and where the original is."""

    reason = forms.CharField(label=gettext_lazy("Why?"), max_length=200, widget=UnfoldAdminTextInputWidget)
    original_back = forms.BooleanField(
        label=gettext_lazy("The original is back, or I know that it is destroyed"),
        required=False,
        widget=UnfoldBooleanWidget,
    )


def year_of(request: HttpRequest) -> int:
    """The year that is asked for; else the last one, because receipts are made after it."""
    today = timezone.localdate()
    asked = request.POST.get("year") or request.GET.get("year") or ""
    if asked.isascii() and asked.isdigit() and 2000 <= int(asked) <= today.year:
        return int(asked)
    return today.year - 1


@office("billing.view_receipt")
def receipts_page(request: HttpRequest) -> HttpResponse:
    """What is to be made for a year, what waits to be printed, and what was made."""
    organisation, today, year = organisation_of(request), timezone.localdate(), year_of(request)
    made = Receipt.objects.filter(organisation=organisation, given_in=year).select_related("member").defer("snapshot")
    shown = Paginator(made, PER_PAGE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "year": year, "years": range(today.year, today.year - 5, -1), "shown": shown, "made": [(one, euro(one.total)) for one in shown],
        "doubtful": receipts.doubtful(organisation), "letters": receipt_mails.to_print(organisation).count(),
        "most": receipts.MOST_AT_ONCE, **to_make(request, year),
    }  # fmt: skip
    return page(request, "office/receipts.html", _("Donation receipts"), context)


def to_make(request: HttpRequest, year: int) -> dict[str, Any]:
    """The receipts that can be made today, or why none can."""
    organisation, today = organisation_of(request), timezone.localdate()
    try:
        house = house_on(organisation, today)
    except ValidationError as refused:
        return {"refused": " ".join(refused.messages)}
    found = plan(organisation, house.notice, year, today)
    rows = [(one, Receipt.Kind(one.kind).label, euro(one.total), by_machine(house, one, today)) for one in found.wanted]
    return {
        "notice": house.notice, "rows": rows, "ready": len(found.ready), "sum": euro(total(one.total for one in found.ready)),
        "waiting": euro(found.waiting) if found.waiting else "", "certain_on": found.certain_on,
    }  # fmt: skip


@require_POST
@office("billing.add_receipt")
def make(request: HttpRequest) -> HttpResponse:
    """For one member, or for everybody who is ready."""
    year, now = year_of(request), timezone.now()
    one = request.POST.get("member", "")
    chosen = {int(one)} if one.isascii() and one.isdigit() else None
    user = request.user if isinstance(request.user, User) else None
    try:
        made = receipts.make(organisation_of(request), year, timezone.localdate(now), now, user, chosen)
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
        return back(year)
    message = ngettext("%(count)s receipt was made.", "%(count)s receipts were made.", len(made))
    messages.success(request, message % {"count": len(made)})
    return back(year)


def back(year: int) -> HttpResponse:
    """To the page of that year."""
    return redirect(f"{reverse('office_receipts')}?year={year}")


@office("billing.add_receipt")
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """What a member would get, marked as a draft."""
    organisation, year = organisation_of(request), year_of(request)
    member = get_object_or_404(Member, pk=pk, organisation=organisation)
    try:
        content = receipts.preview(organisation, year, member.pk, timezone.localdate())
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
        return back(year)
    return download(f"Entwurf-{member.number}.pdf", content, "application/pdf")


@office("billing.export_receipt")
def receipt_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The duplicate."""
    receipt = find(request, pk)
    return download(f"{receipt.number}.pdf".replace("/", "-"), receipts.duplicate(receipt), "application/pdf")


def find(request: HttpRequest, pk: int) -> Receipt:
    """A receipt of this organisation."""
    return get_object_or_404(Receipt.objects.select_related("member"), pk=pk, organisation=organisation_of(request))


@office("billing.export_receipt")
def letters(request: HttpRequest) -> HttpResponse:
    """Everything that waits to be printed and signed, in one file."""
    content = receipt_mails.letters(organisation_of(request))
    if not content:
        raise Http404
    return download("Zuwendungsbestaetigungen.pdf", content, "application/pdf")


@require_POST
@office("billing.add_receipt")
def printed(request: HttpRequest) -> HttpResponse:
    """They are on their way."""
    count = receipt_mails.mark_posted(organisation_of(request), timezone.now())
    message = ngettext("%(count)s receipt was signed and posted.", "%(count)s receipts were signed and posted.", count)
    messages.success(request, message % {"count": count})
    return back(year_of(request))


@office("billing.change_receipt")
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks why and for the original; the receipt stays in the list, and its payments may be confirmed anew."""
    receipt = find(request, pk)
    form = CancelForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = request.user if isinstance(request.user, User) else None
        said = form.cleaned_data
        try:
            receipts.cancel(receipt, said["reason"], said["original_back"], timezone.localdate(), user)
        except ValidationError as refused:
            form.add_error(None, refused)
        else:
            messages.success(
                request, _("%(number)s is cancelled; its payments may be confirmed anew.") % {"number": receipt.number}
            )
            return back(receipt.given_in)
    context = {"form": form, "receipt": receipt, "amount": euro(receipt.total)}
    return page(request, "office/receipt_cancel.html", _("Cancel a receipt"), context)
