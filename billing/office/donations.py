"""Donations from a list, and a donation that came back or was entered by mistake."""

import base64
import binascii
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
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminTextInputWidget

from billing.formats.donation_csv import LARGEST_FILE
from billing.models import Donation
from billing.office.access import office, organisation_of, page
from billing.office.money_words import euro
from billing.pricing.money import total
from billing.services import donations
from members.models import User

MOST_SHOWN = 200


class UploadForm(forms.Form):
    """A list of donations."""

    file = forms.FileField(label=gettext_lazy("List of donations (CSV)"), widget=UnfoldAdminFileFieldWidget)

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        if upload.size > LARGEST_FILE:
            raise ValidationError(donations.FILE_FAULTS["too_large"], code="too_large")
        return upload


class WithdrawForm(forms.Form):
    """Why it is no donation."""

    reason = forms.CharField(
        label=gettext_lazy("Why?"),
        max_length=200,
        widget=UnfoldAdminTextInputWidget,
        help_text=gettext_lazy("Such as: debit returned on 12.03.2026; entered twice"),
    )


def acting(request: HttpRequest) -> User | None:
    """Who does it."""
    return request.user if isinstance(request.user, User) else None


@office("billing.add_donation")
def upload(request: HttpRequest) -> HttpResponse:
    """Shows what a list would bring; the list travels with the page, nothing is kept before it is taken over."""
    form, found, content = UploadForm(request.POST or None, request.FILES or None), None, b""
    if request.method == "POST" and form.is_valid():
        content = form.cleaned_data["file"].read()
        try:
            found = donations.look(organisation_of(request), content, timezone.localdate())
        except ValidationError as refused:
            form.add_error("file", refused)
    context: dict[str, Any] = {"form": form, "found": found}
    if found:
        context |= {
            "content": base64.b64encode(content).decode(), "count": len(found.new), "total": euro(total(row.amount for row, _member in found.new)),
            "rows": [(row, member, euro(row.amount)) for row, member in found.new[:MOST_SHOWN]],
            "more": max(0, len(found.new) - MOST_SHOWN), "faults": found.faults[:MOST_SHOWN],
        }  # fmt: skip
    return page(request, "office/donation_upload.html", _("Donations from a list"), context)


@require_POST
@office("billing.add_donation")
def take(request: HttpRequest) -> HttpResponse:
    """Enters the list that was looked at; it is read and checked once more."""
    try:
        content = base64.b64decode(request.POST.get("content", ""), validate=True)
        now = timezone.now()
        count = donations.take(organisation_of(request), content, now, timezone.localdate(now), acting(request))
    except (ValidationError, binascii.Error) as refused:
        told = refused.messages if isinstance(refused, ValidationError) else [_("Upload the list again.")]
        messages.error(request, " ".join(told))
        return redirect("donation_upload")
    messages.success(request, _("%(count)s donations were entered.") % {"count": count})
    return redirect("admin:billing_donation_changelist")


@office("billing.change_donation")
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks why, then withdraws; a receipt that was given is named, because it must be called back."""
    donation = get_object_or_404(
        Donation.objects.select_related("member"), pk=pk, organisation=organisation_of(request)
    )
    form = WithdrawForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            receipt = donations.withdraw(donation, form.cleaned_data["reason"], timezone.localdate())
        except ValidationError as refused:
            form.add_error(None, refused)
        else:
            tell(request, receipt)
            return redirect("admin:billing_donation_change", pk)
    context = {"form": form, "donation": donation, "amount": euro(donation.amount)}
    return page(request, "office/donation_withdraw.html", _("Withdraw a donation"), context)


def tell(request: HttpRequest, receipt: Any) -> None:
    """What is left to do."""
    messages.success(request, _("The donation is withdrawn."))
    if receipt:
        message = _("Receipt %(number)s confirms it: call the receipt back and cancel it.") % {"number": receipt.number}
        messages.warning(request, message)
