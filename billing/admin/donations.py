"""Donations as they are entered, the notices of the tax office, and who signs receipts."""

import base64
from textwrap import shorten
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateFilter
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminImageFieldWidget

from billing.admin.base import (
    MasterDataAdmin,
    OrganisationAdmin,
    OrganisationForm,
    action,
    display,
    members_found,
    organisation_of,
    register,
    short_date,
)
from billing.admin.settings import OnePage
from billing.models import Donation, ReceiptSettings, TaxNotice
from billing.models.purposes import LEISURE, PURPOSES, known
from billing.services.pictures import redrawn

LEISURE_WORDS = "Kunst und Kultur, in erster Linie als Freizeitgestaltung (wie Laienchor oder Laientheater)"


def purpose_label(code: str) -> str:
    """`die Jugend- und Altenhilfe (§ 52 Abs. 2 Nr. 4 AO)`"""
    if code == LEISURE:
        return LEISURE_WORDS
    where = f"§ {code} AO" if code in ("53", "54") else f"§ 52 Abs. 2 Nr. {code} AO"
    return f"{shorten(PURPOSES[code][1], 90, placeholder=' …')} ({where})"


class TaxNoticeForm(OrganisationForm):
    """Purposes are chosen from the list of the law."""

    purposes = forms.MultipleChoiceField(
        label=_("purposes"),
        choices=[(code, purpose_label(code)) for code in PURPOSES],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("As the notice names them. They decide whether membership dues may be confirmed."),
    )

    def clean_purposes(self) -> list[str]:
        return known(self.cleaned_data["purposes"])


@register(TaxNotice)
class TaxNoticeAdmin(MasterDataAdmin):
    """What the tax office has said, newest first."""

    form = TaxNoticeForm
    list_display = ("kind", "tax_office", "issued", "until", "dues")
    fields = ("kind", ("tax_office", "tax_number"), ("issued_on", "period"), "purposes", "revoked_on")

    @display(description=_("date of the notice"), ordering="issued_on")
    def issued(self, notice: TaxNotice) -> str:
        return short_date(notice.issued_on)

    @display(description=_("receipts until"))
    def until(self, notice: TaxNotice) -> str:
        return short_date(notice.revoked_on or notice.last_day)

    @display(description=_("dues are deductible"), boolean=True)
    def dues(self, notice: TaxNotice) -> bool:
        return notice.dues_deductible


class SignatureForm(OrganisationForm):
    """The settings with an upload for the signature."""

    new_signature = forms.FileField(
        label=_("Picture of the signature"),
        required=False,
        widget=UnfoldAdminImageFieldWidget,
        help_text=_("PNG or JPEG on white, at most 5 MB. Only receipts without a signature by hand show it."),
    )

    def clean_new_signature(self) -> bytes | None:
        upload = self.cleaned_data.get("new_signature")
        return redrawn(upload) if upload else None

    def _get_validation_exclusions(self) -> set[str]:
        return super()._get_validation_exclusions() - {"signature"}

    def _post_clean(self) -> None:
        if self.cleaned_data.get("new_signature"):
            self.instance.signature = self.cleaned_data["new_signature"]
        super()._post_clean()  # type: ignore[misc]


@register(ReceiptSettings)
class ReceiptSettingsAdmin(OnePage, MasterDataAdmin):
    """Who signs, and whether by hand."""

    form = SignatureForm
    exclude = ("organisation", "signature")
    readonly_fields = ("signature_shown",)
    fields = ("signatory", "signature_shown", "new_signature", "notified_on")

    @display(description=_("Signature"))
    def signature_shown(self, settings: ReceiptSettings) -> str:
        if not settings.signature:
            return "–"
        picture = base64.b64encode(bytes(settings.signature)).decode()
        return format_html('<img src="data:image/png;base64,{}" alt="" class="h-16 bg-white">', picture)


class DonationForm(OrganisationForm):
    """A day that has come, and the particulars that the kind asks for."""

    def clean_given_on(self) -> Any:
        if self.cleaned_data["given_on"] > timezone.localdate():
            raise forms.ValidationError(_("This day has not come yet."), code="future")
        return self.cleaned_data["given_on"]


@register(Donation)
class DonationAdmin(OrganisationAdmin):
    """Entered once; a wrong entry is withdrawn."""

    form = DonationForm
    list_display = ("given", "who", "amount", "kind", "reference", "state")
    list_filter = (("given_on", RangeDateFilter), "kind")
    list_filter_submit = True
    list_select_related = ("member",)
    search_fields = ("reference",)
    search_help_text = _("Name or number of the donor, or the bank reference")
    autocomplete_fields = ("member",)
    actions_list = ("take_over",)
    actions_detail = ("withdraw",)
    fieldsets = (
        (None, {"fields": ("member", ("given_on", "amount"), "kind", "by_debit", "reference")}),
        (_("Only for a waived claim"), {"fields": ("claim", "claim_on")}),
        (_("Only for a thing"), {"fields": ("item", ("origin", "valued_by_papers"))}),
        (_("State"), {"fields": (("withdrawn_on", "withdrawn_reason"),)}),
    )
    readonly_fields = ("withdrawn_on", "withdrawn_reason")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fieldsets if obj else self.fieldsets[:-1]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        found, many = super().get_search_results(request, queryset, search_term)
        if search_term:
            found |= queryset.filter(member__in=members_found(organisation_of(request), search_term))
        return found, many

    def save_model(self, request: HttpRequest, obj: Donation, form: Any, change: Any) -> None:
        obj.recorded_at, obj.recorded_by_id = timezone.now(), request.user.pk
        super().save_model(request, obj, form, change)

    @display(description=_("given on"), ordering="given_on")
    def given(self, donation: Donation) -> str:
        return short_date(donation.given_on)

    @display(description=_("donor"))
    def who(self, donation: Donation) -> str:
        return str(donation.member)

    @display(description=_("state"), label={"withdrawn": "danger"})
    def state(self, donation: Donation) -> Any:
        return ("withdrawn", gettext("withdrawn")) if donation.withdrawn_on else ("", "")

    def has_withdraw_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return bool(request.user.has_perm("billing.change_donation"))

    @action(description=_("Take over a list"), permissions=["add"], icon="upload_file")
    def take_over(self, request: HttpRequest) -> HttpResponse:
        """To the page that takes over a list of donations."""
        return redirect("donation_upload")

    @action(description=_("Withdraw this donation"), permissions=["withdraw"], icon="undo")
    def withdraw(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """To the page that asks why."""
        return redirect("donation_withdraw", object_id)
