"""Members: found by name, number, e-mail, beginning or end of the IBAN, mandate reference or invoice number."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RadioFilter, RangeDateFilter

from billing.admin.base import (
    MasterDataAdmin,
    OrganisationInline,
    ReadOnlyInline,
    account_end,
    display,
    holds_words,
    organisation_of,
    register,
)
from billing.admin.contracts import ContractForm, take
from billing.admin.mandates import account_like
from billing.models import Contract, Invoice, Mandate
from billing.services.bounces import takes_mail
from billing.services.contact_history import latest
from billing.services.dashboard import without_mandate
from billing.services.invitations import Invited, invite_all
from billing.services.numbering import spellings
from members.consenting import agreed_to
from members.models import ConsentPurpose, Member, Organisation

LATEST = 8
FIELDSETS = (
    (None, {"fields": (("number", "kind"), ("salutation", "title"), ("first_name", "last_name"), ("company", "date_of_birth"), ("joined_on", "left_on"), "payer")}),
    (_("Address and contact"), {"fields": (("street", "address_extra"), ("postal_code", "city"), ("email", "phone"), ("country", "language"), "delivery")}),
    (_("Invoices to a company or authority"), {"fields": (("vat_id", "buyer_reference"), "invoice_format")}),
    (_("Note and sign-in"), {"fields": ("note", "user")}),
)  # fmt: skip


class ContractInline(OrganisationInline):
    """Contracts; a new one is billed by the next run, an old one is ended by a cancellation."""

    model = Contract
    form = ContractForm
    fields = ("tariff", "start", "bill_from", "interval_months", "page")
    verbose_name_plural = _("Contracts")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("tariff")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class MandateInline(ReadOnlyInline):
    """Mandates, the account masked."""

    model = Mandate
    fields = ("reference", "account_holder", "account", "signed_on", "last_presented_on", "ended_on", "page")
    readonly_fields = ("account", "page")
    verbose_name_plural = _("Mandates")

    @display(description=_("IBAN"))
    def account(self, mandate: Mandate) -> str:
        return account_end(mandate.iban)


class InvoiceInline(ReadOnlyInline):
    """What was billed to this payer."""

    model = Invoice
    fields = ("number", "issued_on", "gross", "method", "due_on", "page")
    verbose_name_plural = _("Invoices")
    ordering = ("-issued_on", "-sequence")
    per_page = 12

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("snapshot")


class StateFilter(RadioFilter):  # type: ignore[misc]
    """Here, leaving or gone; those whose payer has no mandate; and those whom nobody has invited to the portal."""

    title, parameter_name = _("state"), "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("active", _("active")),
            ("left", _("left")),
            ("no_mandate", _("pays without a mandate")),
            ("no_access", _("not invited to the portal yet")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Member]) -> QuerySet[Member]:
        gone = Q(left_on__lt=timezone.localdate())
        if self.value() == "no_mandate":
            return without_mandate(queryset.exclude(gone))
        if self.value() == "no_access":
            return queryset.exclude(gone).exclude(email="").filter(user=None)
        return queryset.filter({"active": ~gone, "left": gone}.get(self.value() or "", Q()))


class ConsentFilter(RadioFilter):  # type: ignore[misc]
    """Who agrees to a purpose."""

    title, parameter_name = _("consent"), "consent"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        rows = ConsentPurpose.objects.filter(organisation=organisation_of(request))
        return [(str(one.pk), one.name) for one in rows]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Member]) -> QuerySet[Member]:
        chosen = self.value() or ""
        if not (chosen.isascii() and chosen.isdigit() and len(chosen) < 15):
            return queryset
        return queryset.filter(pk__in=agreed_to(organisation_of(request), int(chosen)).values("member"))


@register(Member)
class MemberAdmin(MasterDataAdmin):
    """One page per member."""

    list_display = ("who", "number", "place", "contact", "payer_name", "state")
    list_filter = (
        StateFilter,
        ("kind", ChoicesDropdownFilter),
        ("delivery", ChoicesDropdownFilter),
        ("joined_on", RangeDateFilter),
        ("left_on", RangeDateFilter),
        ConsentFilter,
    )
    list_filter_submit = True
    actions = ("send_invitations",)
    list_select_related = ("payer",)
    ordering = ("last_name", "first_name", "company")
    search_fields = ("search",)
    search_help_text = _("Name, number, e-mail, beginning or end of the IBAN, mandate reference or invoice number")
    autocomplete_fields = ("payer",)
    readonly_fields = ("user",)
    inlines = (ContractInline, MandateInline, InvoiceInline)
    fieldsets = FIELDSETS
    change_form_before_template = "office/_member_notes.html"
    change_form_after_template = "office/_member_contacts.html"

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """With the latest contacts below the form, for those who may read them."""
        return super().render_change_form(
            request, context | latest_contacts(request, kwargs.get("obj")), *args, **kwargs
        )

    @admin.action(description=_("Invite to the portal"), permissions=["change"])
    def send_invitations(self, request: HttpRequest, queryset: QuerySet[Member]) -> None:
        """Those who are ticked get a sign-in and a message that says how to use it."""
        for level, said in told(invite_all(queryset, timezone.now())):
            messages.add_message(request, level, said)

    @display(description=_("name"), ordering="last_name")
    def who(self, member: Member) -> str:
        return ", ".join(part for part in (member.last_name, member.first_name) if part) or member.company

    @display(description=_("town"), ordering="city")
    def place(self, member: Member) -> str:
        return f"{member.postal_code} {member.city}".strip()

    @display(description=_("e-mail"))
    def contact(self, member: Member) -> str:
        return member.email or "–"

    @display(description=_("payer"))
    def payer_name(self, member: Member) -> str:
        return str(member.payer) if member.payer else "–"

    @display(description=_("state"), label={"active": "success", "leaving": "warning", "left": "info"})
    def state(self, member: Member) -> tuple[str, Any]:
        if member.left_on is None:
            return "active", _("active")
        return ("left", _("left")) if member.left_on < timezone.localdate() else ("leaving", _("leaving"))

    def get_inline_instances(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """A new member starts with contracts; mandates and invoices come later."""
        inlines = super().get_inline_instances(request, obj)
        return list(inlines) if obj else [one for one in inlines if isinstance(one, ContractInline)]

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: Any) -> None:
        """New contracts go the way of all contracts."""
        for contract in formset.save(commit=False):
            take(contract)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = " ".join(search_term.split())
        if not term:
            return queryset, False
        organisation = organisation_of(request)
        return queryset.filter(holds_words(term) | Q(pk__in=known_by(organisation, term))), False


def told(done: Invited) -> Iterator[tuple[int, str]]:
    """What came of the invitations, in sentences."""
    if done.count:
        sent = ngettext("%(count)s invitation is on its way.", "%(count)s invitations are on their way.", done.count)
        yield messages.SUCCESS, sent % {"count": done.count}
    for refused in done.refused[:LATEST]:
        yield messages.WARNING, refused
    left = len(done.refused) - LATEST
    if left > 0:
        more = ngettext("%(count)s more could not be invited.", "%(count)s more could not be invited.", left)
        yield messages.WARNING, more % {"count": left}
    if done.waiting:
        later = ngettext(
            "%(count)s was not reached yet: invite those who are left once more.",
            "%(count)s were not reached yet: invite those who are left once more.", done.waiting,
        )  # fmt: skip
        yield messages.INFO, later % {"count": done.waiting}


def latest_contacts(request: HttpRequest, member: Member | None) -> dict[str, Any]:
    """What the member's page shows of its contacts, whether their address takes no mail, and other records of the same person."""
    if member is None or not request.user.has_perm("members.view_contactentry"):
        return {}
    bounced = bool(member.email) and not takes_mail(organisation_of(request), member.email)
    same = list(Member.objects.filter(Q(pk=member.merged_into_id or 0) | Q(merged_into=member.pk)))
    told = {"unreachable": bounced, "same": same, "goes_on": member.merged_into_id}
    return {"contacts_of": member, "contacts": latest(member, LATEST), **told}


def known_by(organisation: Organisation, term: str) -> set[int]:
    """Who has this invoice, account or mandate: questions of their own, since a search over joins uses no index."""
    invoices = Invoice.objects.filter(organisation=organisation, number__in=spellings(term))
    mandates = Mandate.objects.filter(
        Q(reference__iexact=term) | account_like(term), organisation=organisation
    ).order_by()
    return set(invoices.values_list("payer_id", flat=True)[:50]) | set(
        mandates.values_list("member_id", flat=True)[:50]
    )
