"""Mandates. The account in full stands only in the form of those who may change it."""

import re
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from simple_history.template_utils import HistoricalRecordContextHelper
from unfold.contrib.filters.admin import RadioFilter

from billing.admin.base import (
    MasterDataAdmin,
    OrganisationForm,
    account_end,
    display,
    members_found,
    organisation_of,
    register,
)
from billing.models import Creditor, Mandate
from billing.models.payments import mask_iban
from billing.services.mandates import lapses_on, lapsing, next_reference, refuse_used

SHORTEST_END, BEGINNING = 4, re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{2}")


class MandateForm(OrganisationForm):
    """A mandate belongs to the organisation's creditor, before it is checked. Without a reference it gets the next one."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if not self.instance.creditor_id:
            self.instance.creditor = Creditor.objects.filter(organisation=self.organisation).order_by("pk").first()
        if not self.instance.pk and "reference" in self.fields:
            self.fields["reference"].required = False
            self.fields["reference"].help_text = _("Empty: the next one of your pattern")

    def clean(self) -> dict[str, Any]:
        """A new reference is one that was never used, not even before a change."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        creditor, member = self.instance.creditor, data.get("member")
        if not self.instance.pk and creditor and member:
            if data.get("reference"):
                refuse_used(creditor, data["reference"])
            else:
                data["reference"] = next_reference(creditor, member)
        return data

    def _get_validation_exclusions(self) -> set[str]:
        return super()._get_validation_exclusions() - {"creditor"}


class UseFilter(RadioFilter):  # type: ignore[misc]
    """In use, about to lapse, or over."""

    title, parameter_name = _("state"), "use"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("in_use", _("in use")), ("lapsing", _("lapses within 60 days")), ("ended", _("ended"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Mandate]) -> QuerySet[Mandate]:
        chosen = {
            "in_use": Q(ended_on=None), "ended": Q(ended_on__isnull=False), "lapsing": lapsing(timezone.localdate()),
        }  # fmt: skip
        return queryset.filter(chosen.get(self.value() or "", Q()))


class MaskedHistory(HistoricalRecordContextHelper):  # type: ignore[misc]
    """Shows that an account changed, and not which it was."""

    def prepare_delta_change_value(self, change: Any, value: Any) -> Any:
        return mask_iban(value or "") if change.field == "iban" else super().prepare_delta_change_value(change, value)


@register(Mandate)
class MandateAdmin(MasterDataAdmin):
    """Mandates of the members."""

    form = MandateForm
    list_display = (
        "reference",
        "member",
        "account_holder",
        "account",
        "signed_on",
        "last_presented_on",
        "state",
        "page_link",
    )
    list_filter = (UseFilter, "scheme", "source")
    list_select_related = ("member",)
    ordering = ("-id",)
    search_fields = ("id",)
    search_help_text = _("Name or number of the member, mandate reference, beginning or end of the IBAN")
    autocomplete_fields = ("member",)
    fields = (
        "member",
        ("reference", "signed_on"),
        ("account_holder", "iban"),
        ("bic", "scheme"),
        ("one_off", "source"),
        ("last_presented_on", "suspended_on", "ended_on"),
        ("bank_confirmed_on", "page_link"),
    )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Who only looks sees the masked account."""
        if self.has_change_permission(request, obj) or (obj is None and self.has_add_permission(request)):
            return self.fields
        return (
            "member",
            ("reference", "signed_on"),
            ("account_holder", "account"),
            ("scheme", "source"),
            ("last_presented_on", "suspended_on", "ended_on"),
            "page_link",
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A used mandate keeps what was signed; another account needs a new mandate."""
        frozen = ("member", "reference", "iban", "signed_on") if obj and obj.last_presented_on else ()
        return ("account", "page_link", "last_presented_on", "ended_on", *frozen)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A mandate needs a creditor."""
        if not super().has_add_permission(request):
            return False
        if not hasattr(request, "_has_creditor"):
            request._has_creditor = Creditor.objects.filter(organisation=organisation_of(request)).exists()  # type: ignore[attr-defined]
        return bool(request._has_creditor)  # type: ignore[attr-defined]

    def get_historical_record_context_helper(self, request: HttpRequest, historical_record: Any) -> MaskedHistory:
        """Old accounts are as secret as the present one."""
        return MaskedHistory(self.model, historical_record)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        wanted = Q(member__in=members_found(organisation_of(request), term)) | Q(reference__iexact=term)
        return queryset.filter(wanted | account_like(term)), False

    @display(description=_("IBAN"))
    def account(self, mandate: Mandate) -> str:
        return account_end(mandate.iban)

    @display(description=_("history and papers"))
    def page_link(self, mandate: Mandate) -> str:
        """Changes, revocation, scans and evidence are on the mandate's own page."""
        if mandate._state.adding:
            return "–"
        return format_html(
            '<a class="underline" href="{}">{}</a>', reverse("office_mandate", args=[mandate.pk]), _("open")
        )

    @display(
        description=_("state"), label={"in_use": "success", "suspended": "warning", "lapsed": "danger", "ended": "info"}
    )
    def state(self, mandate: Mandate) -> tuple[str, Any]:
        if mandate.ended_on:
            return "ended", _("ended")
        if mandate.suspended_on:
            return "suspended", _("suspended")
        lapsed = lapses_on(mandate.last_presented_on or mandate.signed_on) < timezone.localdate()
        return ("lapsed", _("lapsed")) if lapsed else ("in_use", _("in use"))


def account_like(term: str) -> Q:
    """Accounts whose number ends like this, or begins so (country, check digits and more); fewer than four digits name nobody."""
    part = term.replace(" ", "").upper()
    if BEGINNING.match(part):
        return Q(iban__startswith=part)
    return Q(iban__endswith=part) if len(part) >= SHORTEST_END else Q(pk__in=[])
