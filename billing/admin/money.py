"""Issued things: invoices, direct debits, postings, messages. To look at, never to change."""

from typing import Any

from django.contrib import messages
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter, RadioFilter, RangeDateFilter

from billing.admin.base import (
    ReadOnlyAdmin,
    ReadOnlyInline,
    account_end,
    action,
    display,
    members_found,
    organisation_of,
    register,
)
from billing.models import BillingRun, Collection, DueWork, Invoice, InvoiceLine, Mail, Posting
from billing.services.einvoices import format_of
from billing.services.numbering import spellings

LONGEST_KEY = 15
STATES = {
    "new": _("new"), "built": _("file made"), "submitted": _("handed in"), "booked": _("collected"), "returned": _("returned"),
    "rejected": _("rejected by the bank"), "accepted": _("accepted by the bank"), "released": _("file released"), "withdrawn": _("file withdrawn"), "open": _("to be collected"),
    "cancelled": pgettext_lazy("invoice", "cancelled"), "transfer": _("by transfer"), "none": _("nothing to pay"), "credit": _("credit balance"),
}  # fmt: skip
COLOURS = {
    "booked": "success", "submitted": "info", "built": "warning", "released": "warning", "accepted": "info", "open": "warning", "returned": "danger", "rejected": "danger",
    "cancelled": "info", "transfer": "info", "none": "info", "credit": "info", "withdrawn": "info", "new": "info",
}  # fmt: skip
AGAIN = {
    "title": _("Send this message again?"), "description": _("Only a message that failed is sent again."), "form_class": None,
    "form_submit_text": _("Send again"),
}  # fmt: skip
KINDS = {
    "prepare_run": _("Prepare a run"),
    "finish_run": _("Issue and collect a run"),
    "draw_pdfs": _("Draw the documents of a run"),
    "lapsing_mandates": _("Remind of mandates that lapse"),
    "instalments": _("Look at instalment agreements"),
    "debit_plans": _("Announce the debits of a year"),
    "draw_document": _("Draw a document"),
    "document_images": _("Put the images of documents together"),
}


class PayerSearch(ReadOnlyAdmin):
    """Lists of money are searched by the payer's name or number and by one exact number."""

    exact = "number"
    payer = "payer"
    search_fields = ("id",)
    search_help_text = _("Name or member number, or the exact number of the invoice")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        payers = members_found(organisation_of(request), term).values("pk")
        return queryset.filter(Q(**{f"{self.exact}__in": spellings(term)}) | Q(**{f"{self.payer}__in": payers})), False


class LineInline(ReadOnlyInline):
    """The lines."""

    model = InvoiceLine
    fields = ("position", "text", "amount", "vat_rate")
    tab = False


class CollectionInline(ReadOnlyInline):
    """Attempts to collect."""

    model = Collection
    fields = ("end_to_end_id", "amount", "notified_on", "booked_on", "failed_on", "return_reason")


class PostingInline(ReadOnlyInline):
    """How it is booked."""

    model = Posting
    fields = ("posted_on", "debit_account", "credit_account", "amount", "sphere")


class RunFilter(DropdownFilter):  # type: ignore[misc]
    """Of one run, for who comes from its page; all of a run bear the same day, which finds them from here."""

    title, parameter_name = _("billing run"), "run__id__exact"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        chosen = request.GET.get(self.parameter_name, "")
        if not (chosen.isascii() and chosen.isdigit() and len(chosen) < LONGEST_KEY):
            return []
        runs = BillingRun.objects.filter(organisation=organisation_of(request), pk=int(chosen))
        return [(str(one.pk), str(one)) for one in runs.only("on", "until", "sequence")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Invoice]) -> QuerySet[Invoice]:
        known = {pk for pk, _name in self.lookup_choices}
        return queryset.filter(run=int(self.value())) if self.value() in known else queryset


@register(Invoice)
class InvoiceAdmin(PayerSearch):
    """Invoices with their PDF."""

    list_display = ("number", "payer", "issued_on", "gross", "due_on", "state", "pdf_link")
    list_filter = (
        ("kind", ChoicesDropdownFilter),
        ("method", ChoicesDropdownFilter),
        ("issued_on", RangeDateFilter),
        RunFilter,
    )
    list_filter_submit = True
    list_select_related = ("payer",)
    inlines = (LineInline, CollectionInline, PostingInline)
    fields = (
        ("number", "kind"),
        ("payer", "run"),
        ("issued_on", "due_on"),
        ("net", "vat"),
        ("gross", "method"),
        ("state_shown", "pdf_link", "xml_link"),
        ("corrected_by", "corrects", "reason"),
        "seal",
    )
    readonly_fields = ("pdf_link", "xml_link", "state_shown", "seal", "corrected_by")
    actions_detail = ("correct",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With what the state is told from; the files for the bank stay in the database."""
        attempts = Collection.objects.select_related("batch").defer("batch__content").order_by("pk")
        undone = Invoice.objects.filter(corrects=OuterRef("pk"), kind=Invoice.Kind.CANCELLATION)
        rows: QuerySet[Any] = super().get_queryset(request).defer("snapshot").annotate(undone=Exists(undone))
        return rows.prefetch_related(Prefetch("collections", queryset=attempts))

    def has_correct_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("billing.correct_invoice"))

    @action(description=_("Cancel or correct"), permissions=["correct"], icon="undo")
    def correct(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """To the page that asks what shall be taken back, and why."""
        return redirect("office_correction", object_id)

    @display(description=_("corrected by"))
    def corrected_by(self, invoice: Invoice) -> str:
        """The documents that cancel or correct this one."""
        links = [
            (reverse("admin:billing_invoice_change", args=[one.pk]), one.number) for one in invoice.corrections.all()
        ]
        return format_html_join(", ", '<a class="underline" href="{}">{}</a>', links) or "–"

    @display(description=_("document"))
    def pdf_link(self, invoice: Invoice) -> str:
        if not invoice.is_ours:
            return "–"
        return format_html('<a class="underline" href="{}">PDF</a>', reverse("office_invoice_pdf", args=[invoice.pk]))

    @display(description=_("e-invoice"))
    def xml_link(self, invoice: Invoice) -> str:
        """Where the document is one."""
        if not invoice.is_ours or not format_of(invoice.snapshot):
            return "–"
        return format_html('<a class="underline" href="{}">XML</a>', reverse("office_invoice_xml", args=[invoice.pk]))

    @display(description=_("state"), label=COLOURS)
    def state(self, invoice: Any) -> tuple[str, Any]:
        """How far collecting is: the latest attempt, or how it is paid otherwise."""
        if invoice.undone:
            return "cancelled", STATES["cancelled"]
        attempts = list(invoice.collections.all())
        found = attempts[-1].state if attempts else "open" if invoice.method == "debit" else invoice.method
        return found, STATES.get(found, found)

    @display(description=_("hash"))
    def seal(self, invoice: Invoice) -> str:
        return format_html('<span class="kw-seal">{}</span>', invoice.hash)

    @display(description=_("state"))
    def state_shown(self, invoice: Invoice) -> Any:
        return self.state(invoice)[1]


class OutcomeFilter(RadioFilter):  # type: ignore[misc]
    """What became of a debit."""

    title, parameter_name = _("state"), "outcome"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("running", _("under way")), ("booked", _("collected")), ("failed", _("returned or rejected"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Collection]) -> QuerySet[Collection]:
        chosen = {
            "running": Q(booked_on=None, failed_on=None), "booked": Q(booked_on__isnull=False, failed_on=None),
            "failed": Q(failed_as__in=("returned", "rejected")),
        }  # fmt: skip
        return queryset.filter(chosen.get(self.value() or "", Q()))


@register(Collection)
class CollectionAdmin(PayerSearch):
    """Direct debits."""

    exact, payer = "invoice__number", "invoice__payer"
    list_display = ("invoice", "debtor", "account", "amount", "day", "state_label", "return_reason")
    list_filter = (OutcomeFilter, ("batch__collection_date", RangeDateFilter))
    list_filter_submit = True
    list_select_related = ("invoice", "batch")
    fields = (
        ("invoice", "amount"), ("debtor", "account"), ("mandate_reference", "signed_on"), ("state_shown", "day"), "remittance",
        ("notified_on", "booked_on"), ("failed_on", "return_reason"), ("end_to_end_id", "batch"),
    )  # fmt: skip
    readonly_fields = ("account", "state_shown", "day", "debtor")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("batch__content", "invoice__snapshot")

    @display(description=_("IBAN"))
    def account(self, collection: Collection) -> str:
        return account_end(collection.debtor_iban)

    @display(description=_("collection date"), ordering="batch__collection_date")
    def day(self, collection: Collection) -> Any:
        return collection.batch.collection_date

    @display(description=_("state"), label=COLOURS)
    def state_label(self, collection: Collection) -> tuple[str, Any]:
        return collection.state, STATES.get(collection.state, collection.state)

    @display(description=_("state"))
    def state_shown(self, collection: Collection) -> Any:
        return STATES.get(collection.state, collection.state)

    @display(description=_("account holder"), ordering="debtor_name")
    def debtor(self, collection: Collection) -> str:
        return collection.debtor_name


@register(Posting)
class PostingAdmin(ReadOnlyAdmin):
    """The journal."""

    list_display = ("posted_on", "debit_account", "credit_account", "amount", "reference", "sphere", "text")
    list_filter = (("posted_on", RangeDateFilter), "sphere")
    list_filter_submit = True
    search_fields = ("reference", "debit_account", "credit_account")
    search_help_text = _("Invoice number or account")


@register(Mail)
class MailAdmin(PayerSearch):
    """What was sent or waits."""

    exact, payer = "invoice__number", "member"
    list_display = ("created_at", "subject_or_kind", "recipient", "member", "state_label", "sent_at")
    list_filter = (("state", ChoicesDropdownFilter), "kind")
    list_filter_submit = True
    list_select_related = ("member", "invoice")
    fields = (
        ("subject", "recipient"),
        ("member", "pdf_link"),
        ("state_shown", "sent_at"),
        ("attempts", "error"),
        "text",
    )
    readonly_fields = ("pdf_link", "state_shown")
    actions_detail = ("send_again",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("invoice__snapshot")

    @display(description=_("subject"))
    def subject_or_kind(self, mail: Mail) -> str:
        """The words of an invoice's mail are made when it is sent."""
        return mail.subject or str(mail.invoice or mail.kind)

    @display(description=_("document"))
    def pdf_link(self, mail: Mail) -> str:
        if mail.invoice is None:
            return "–"
        return format_html(
            '<a class="underline" href="{}">{} (PDF)</a>',
            reverse("office_invoice_pdf", args=[mail.invoice.pk]),
            mail.invoice.number,
        )

    @display(
        description=_("state"),
        label={
            "waiting": "info",
            "sent": "success",
            "printed": "success",
            "failed": "danger",
            "bounced": "danger",
            "print": "warning",
        },
    )
    def state_label(self, mail: Mail) -> tuple[str, Any]:
        return mail.state, mail.get_state_display()

    @display(description=_("state"))
    def state_shown(self, mail: Mail) -> str:
        return mail.get_state_display()

    def has_send_again_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("billing.change_mail"))

    @action(description=_("Send again"), permissions=["send_again"], icon="forward_to_inbox", dialog=AGAIN)
    def send_again(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Lets the worker try a failed message once more; any other is left alone."""
        failed = self.get_queryset(request).filter(pk=object_id, state=Mail.State.FAILED)
        if failed.update(state=Mail.State.WAITING, attempts=0, next_at=timezone.now(), error=""):
            messages.success(request, _("The worker sends it within a minute."))
        return HttpResponse(headers={"HX-Redirect": reverse("admin:billing_mail_change", args=[object_id])})


@register(DueWork)
class DueWorkAdmin(ReadOnlyAdmin):
    """What the worker does, did and could not do."""

    list_display = ("what", "key", "due_at", "progress", "total", "attempts", "done_at", "parked_at", "error")
    list_filter = ("kind",)
    fields = (("what", "key"), ("due_at", "attempts"), ("done_at", "parked_at"), ("progress", "total"), "error")
    readonly_fields = ("what",)

    @display(description=_("kind"), ordering="kind")
    def what(self, due: DueWork) -> Any:
        return KINDS.get(due.kind, due.kind)
