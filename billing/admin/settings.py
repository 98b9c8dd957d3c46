"""The organisation's settings, as pages: the same as in the file that `setup_organisation` reads."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminURLInputWidget,
)

from billing.admin.base import MasterDataAdmin, OrganisationAdmin, OrganisationForm, display, organisation_of, register
from billing.admin.fields import PairsField
from billing.formats.pain008 import VERSIONS
from billing.models import Creditor, DebtSettings, ImportSettings, LedgerSettings, RunSettings, Series
from billing.services import amendments
from billing.services.chart import open_accounts
from members.models import Organisation

SERIES = (
    ("invoice", _("invoices")),
    ("credit", _("correction invoices")),
    ("cancellation", _("cancellation invoices")),
    ("receipt", _("donation receipts")),
)
TAKEN = [(version, version) for version, good in VERSIONS.items() if good]


class OnePage:
    """Settings of which there is one row: the list goes straight to it."""

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        row = self.get_queryset(request).order_by("pk").first()  # type: ignore[attr-defined]
        address = f"admin:{self.opts.app_label}_{self.opts.model_name}"  # type: ignore[attr-defined]
        if row is None and self.has_add_permission(request):
            return redirect(f"{address}_add")
        if row is None:
            return super().changelist_view(request, extra_context)  # type: ignore[misc,no-any-return]
        return redirect(f"{address}_change", row.pk)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only while there is none."""
        return bool(super().has_add_permission(request)) and not self.get_queryset(request).exists()  # type: ignore[misc,attr-defined]


class AddressForm(OrganisationForm):
    """The organisation; how it looks has a page of its own."""

    website = forms.URLField(
        label=_("website"), required=False, assume_scheme="https", widget=UnfoldAdminURLInputWidget
    )


@register(Organisation)
class OwnOrganisationAdmin(OnePage, MasterDataAdmin):
    """Name, address, numbers: the own organisation, and no other."""

    form = AddressForm
    exclude = ("logo", "colour")
    readonly_fields = ("slug", "look")
    fieldsets = (
        (None, {"fields": (("name", "slug"), ("kind", "language"), "time_zone")}),
        (
            _("Address and contact"),
            {"fields": ("street", ("postal_code", "city"), ("email", "phone"), ("website", "country"))},
        ),
        (
            _("On every document"),
            {
                "fields": (
                    ("tax_number", "vat_id"),
                    "small_business",
                    ("legal_form", "seat"),
                    "register_entry",
                    ("board", "supervisory_chair"),
                    "look",
                )
            },
        ),
        (_("Portal"), {"fields": ("host",)}),
        (_("Legal buttons of the portal"), {"fields": ("cancel_button", "withdraw_button", "no_button_reason")}),
        (_("Members' data and proofs"), {"fields": ("names_wait", "proof_reminder_days", "proof_files_days")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return Organisation.objects.filter(pk=organisation_of(request).pk)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Strangers in a public demo do not lead each other to another address."""
        fields = super().get_readonly_fields(request, obj)
        return (*fields, "host") if settings.PUBLIC_DEMO else fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @display(description=_("logo, colours, words"))
    def look(self, organisation: Organisation) -> str:
        return format_html('<a href="{}">{}</a>', reverse("office_branding"), _("Letterhead and colours"))


def told(count: int) -> str:
    """What a change of the creditor brings."""
    sentence = ngettext(
        "%(count)s mandate is told to the debtor's bank with its next collection. Build files anew that are not at the bank.",
        "%(count)s mandates are told to the debtors' banks with their next collections. Build files anew that are not at the bank.",
        count,
    )
    return sentence % {"count": count}


class CreditorForm(OrganisationForm):
    """The version of the file is a choice: banks take few."""

    pain_version = forms.ChoiceField(label=_("file version"), choices=TAKEN, widget=UnfoldAdminSelectWidget)


@register(Creditor)
class CreditorAdmin(OnePage, MasterDataAdmin):
    """Who collects, and the bank's rules."""

    form = CreditorForm
    fieldsets = (
        (None, {"fields": ("name", "identifier", ("iban", "bic"))}),
        (
            _("Rules of the bank"),
            {
                "fields": (
                    ("lead_days", "cut_off"),
                    ("earliest_days", "closed_days"),
                    "prenotification_days",
                    ("max_debits", "max_total"),
                    ("bank_profile", "pain_version"),
                )
            },
        ),
        (_("Mandates"), {"fields": (("mandate_pattern", "next_mandate"), "electronic_mandates_since")}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """The counter only goes up, by itself."""
        return ("next_mandate",)

    def save_model(self, request: HttpRequest, obj: Creditor, form: Any, change: Any) -> None:
        """Another name or identifier is told to the debtors' banks with the next collection of each mandate."""
        before = Creditor.objects.filter(pk=obj.pk).first()
        super().save_model(request, obj, form, change)
        if before:
            user: Any = request.user
            count = amendments.creditor_changed(obj, before.name, before.identifier, user)
            if count:
                messages.info(request, told(count))


class LedgerForm(OrganisationForm):
    """Accounts that differ from the chart, one a line."""

    accounts = PairsField(
        label=_("accounts"),
        help_text=_("Only where the accountant's number differs from the chart: revenue.outside = 8200"),
    )


@register(LedgerSettings)
class LedgerSettingsAdmin(OnePage, MasterDataAdmin):
    """The accountant's numbers."""

    form = LedgerForm
    fields = (
        ("consultant_number", "client_number"),
        ("chart", "account_length"),
        ("fiscal_year_start", "first_debtor"),
        "defers_income",
        "closed_until",
        "cash_basis_since",
        "accounts",
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Months are locked on their own page, where who did it and why is kept."""
        return ("closed_until",)

    def save_model(self, request: HttpRequest, obj: LedgerSettings, form: Any, change: Any) -> None:
        super().save_model(request, obj, form, change)
        open_accounts(obj.organisation, obj)


@register(RunSettings)
class RunSettingsAdmin(OnePage, MasterDataAdmin):
    """When the month is prepared."""

    fields = (
        ("day_of_month", "collect_after_days"),
        ("months_ahead", "unusual_factor"),
        ("mail_invoices", "automatic"),
        "mails_per_hour",
        ("four_eyes", "combine_debits"),
    )


@register(DebtSettings)
class DebtSettingsAdmin(OnePage, MasterDataAdmin):
    """What becomes of claims that stay open."""

    fields = ("small_difference", "write_off_four_eyes", "grace_days", "yearly_plan")


class ImportForm(OrganisationForm):
    """What the words of the list mean, one a line."""

    fee_groups = PairsField(label=_("fee groups"), help_text=_("Word in the list = code of the tariff"))
    departments = PairsField(label=_("departments"), help_text=_("Word in the list = code of the tariff"))
    rhythms = PairsField(
        label=_("rhythms of payment"), numbers=True, help_text=_("Word in the list = number of months")
    )


@register(ImportSettings)
class ImportSettingsAdmin(OnePage, OrganisationAdmin):
    """What the words of a member list mean."""

    form = ImportForm
    fields = ("fee_groups", "departments", "rhythms")


class SeriesForm(OrganisationForm):
    """One pattern for each kind of document."""

    kind = forms.ChoiceField(label=_("kind"), choices=SERIES, widget=UnfoldAdminSelectWidget)

    def clean_pattern(self) -> str:
        """A pattern that cannot be filled in is refused here and not in the middle of a run."""
        pattern: str = self.cleaned_data["pattern"]
        try:
            pattern.format(year=2027, number=1)
        except (KeyError, IndexError, ValueError) as broken:
            raise ValidationError(_("Write letters, {year}, a dash and {number:05d}."), code="pattern") from broken
        return pattern


@register(Series)
class SeriesAdmin(OrganisationAdmin):
    """Patterns of numbers."""

    form = SeriesForm
    list_display = ("kind_shown", "pattern", "example")
    fields = ("kind", "pattern")

    @display(description=_("kind"))
    def kind_shown(self, series: Series) -> Any:
        return dict(SERIES).get(series.kind, series.kind)

    @display(description=_("example"))
    def example(self, series: Series) -> str:
        return series.pattern.format(year=2027, number=1)
