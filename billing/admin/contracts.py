"""Contracts: made and ended through the services, so that each bill can be explained."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminDateWidget

from billing.admin.base import (
    MasterDataAdmin,
    OrganisationForm,
    ReadOnlyInline,
    action,
    display,
    members_found,
    organisation_of,
    register,
    short_date,
)
from billing.admin.fields import RHYTHMS, rhythm_field
from billing.models import Contract, ContractEvent, InvoiceLine
from billing.services import contracts

TERMS = ("tariff", "start", "bill_from", "interval_months")


class ContractForm(OrganisationForm):
    """A new contract, checked against what its tariff allows."""

    interval_months = rhythm_field(_("rhythm of payment"))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.instance.pk and not self.errors and cleaned.get("tariff"):
            contracts.check_terms(
                Contract(organisation=self.organisation, **{name: cleaned.get(name) for name in TERMS})
            )
        return cleaned


def take(contract: Contract) -> None:
    """Makes the contract of a checked form; the row of the form then stands for it."""
    made = contracts.create_contract(
        contract.organisation, contract.member, contract.tariff, contract.start, bill_from=contract.bill_from,
        interval_months=contract.interval_months,
    )  # fmt: skip
    contract.pk = made.pk


class EventInline(ReadOnlyInline):
    """What happened to the contract."""

    model = ContractEvent
    fields = ("on", "kind", "what", "known_on", "user")
    readonly_fields = ("what",)

    @display(description=_("details"))
    def what(self, event: ContractEvent) -> str:
        value = event.data.get("value")
        if event.kind == ContractEvent.Kind.CANCEL and value == "contractual":
            return str(_("by the rules of the tariff"))
        if event.kind == ContractEvent.Kind.CANCEL and value:
            last = date.fromisoformat(value) - timedelta(days=1)
            return str(_("last day %(day)s") % {"day": short_date(last)})
        return str(value)


class LineInline(ReadOnlyInline):
    """What was billed on it."""

    model = InvoiceLine
    fields = ("invoice", "kind", "text", "amount")
    ordering = ("-start",)
    per_page = 24

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("invoice").defer("invoice__snapshot")


class CancelForm(forms.Form):
    """The last day that is still paid for."""

    last_day = forms.DateField(label=_("Last day of the contract"), widget=UnfoldAdminDateWidget)


@register(Contract)
class ContractAdmin(MasterDataAdmin):
    """Contracts: made here, changed by events only."""

    form = ContractForm
    list_display = ("member", "tariff", "start", "rhythm", "next_due", "course")
    list_filter = ("tariff",)
    list_select_related = ("member", "tariff")
    ordering = ("-id",)
    search_fields = ("id",)
    search_help_text = _("Name or number of the member")
    autocomplete_fields = ("member", "tariff")
    fields = ("member", "tariff", ("start", "bill_from"), "interval_months")
    inlines = (EventInline, LineInline)
    actions_detail = ("timeline", "cancel")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A contract that was made shows its rhythm in words, and what only a file can set."""
        return (
            ("member", "tariff", ("start", "bill_from"), ("rhythm", "next_due"), *extras(obj)) if obj else self.fields
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A contract that was made is changed by events."""
        return (
            ("member", "tariff", "start", "bill_from", "rhythm", "next_due", "quantities", "discounts") if obj else ()
        )

    def get_inline_instances(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """A new contract has no history yet."""
        return list(super().get_inline_instances(request, obj)) if obj else []

    def save_model(self, request: HttpRequest, obj: Contract, form: Any, change: Any) -> None:
        """There is only one way to make a contract, and none to edit one."""
        if not change:
            take(obj)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        found = members_found(organisation_of(request), search_term)
        return (queryset.filter(member__in=found) if search_term.strip() else queryset), False

    @display(description=_("rhythm of payment"))
    def rhythm(self, contract: Contract) -> Any:
        return dict(RHYTHMS).get(contract.interval_months or "", contract.interval_months)

    @display(description=_("next due"), ordering="due_on")
    def next_due(self, contract: Contract) -> Any:
        return short_date(contract.due_on) if contract.due_on else _("ended")

    @display(description=_("course"))
    def course(self, contract: Contract) -> SafeString:
        return format_html('<a href="{}">{}</a>', reverse("office_contract", args=[contract.pk]), _("show"))

    @action(description=_("Course and invoices"), permissions=["view"], icon="timeline")
    def timeline(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """To the page that tells the contract's whole story."""
        return redirect("office_contract", object_id)

    @action(description=_("Cancel this contract"), permissions=["change"], icon="event_busy")
    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Asks for the last day, then cancels; the next run settles what was paid ahead."""
        contract = get_object_or_404(self.get_queryset(request).select_related("member", "tariff"), pk=object_id)
        form = CancelForm(request.POST or None)
        if request.method == "POST" and form.is_valid() and self.ended(request, contract, form):
            return redirect("admin:billing_contract_change", object_id)
        context = self.admin_site.each_context(request) | {
            "form": form,
            "contract": contract,
            "title": _("Cancel contract"),
            "opts": self.opts,
        }
        return render(request, "office/contract_cancel.html", context)

    def ended(self, request: HttpRequest, contract: Contract, form: CancelForm) -> bool:
        """Enters the cancellation; a refusal is shown at the field."""
        ends_on = form.cleaned_data["last_day"] + timedelta(days=1)
        try:
            contracts.cancel_contract(contract, ends_on, timezone.localdate(), request.user)  # type: ignore[arg-type]
        except ValidationError as refused:
            form.add_error("last_day", refused.messages)
            return False
        self.message_user(request, _("The contract ends; the next run settles what was paid ahead."))
        return True


def extras(contract: Contract) -> tuple[str, ...]:
    """Quantities and discounts, where there are any."""
    return tuple(name for name in ("quantities", "discounts") if getattr(contract, name))
