"""A member's invoices, each with its state and how it is paid."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import DecimalField, Max, OuterRef, Prefetch, QuerySet, Subquery, Sum

from billing.documents.girocode import girocode_payload, qr_matrix
from billing.documents.qr_picture import picture
from billing.models import Allocation, Collection, Discharge, Invoice, SetOff
from billing.models.payments import mask_iban
from billing.pricing.money import ZERO, total
from members.models import Member
from portal.states import PaymentState, Received, corrections_of, payable_of, state_of

# What was written off is still owed; a difference that was given up and what came from the credit balance is not.
NOT_LOST = (Discharge.Kind.ADVANCE, Discharge.Kind.DIFFERENCE)


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    """An invoice as it stands in a list."""

    invoice: Invoice
    state: PaymentState
    attempt: Collection | None
    received: Received

    @property
    def open(self) -> Decimal:
        """What is still to be paid, EUR."""
        return max(self.payable - self.received.amount, ZERO)

    @property
    def to_move(self) -> Decimal:
        """What the next payment moves, EUR: a debit that is under way as it stands in its file, else all that is open."""
        return self.attempt.amount if self.attempt and not self.attempt.failed_on else self.open

    @property
    def title(self) -> str:
        """What it is for, as printed on the document."""
        return str(self.invoice.snapshot.get("title") or self.invoice.get_kind_display())

    @property
    def set_off(self) -> list[tuple[str, Decimal]]:
        """The credits that are set off, each with its document's number."""
        return [(one["number"], Decimal(one["amount"])) for one in self.invoice.snapshot["payment"].get("set_off", ())]

    @property
    def corrections(self) -> list[tuple[str, Decimal]]:
        """What corrections took off before it was paid, each with its document's number."""
        return corrections_of(self.invoice)

    @property
    def payable(self) -> Decimal:
        """What is to be paid by all that is known today."""
        return payable_of(self.invoice)

    @property
    def payment(self) -> dict[str, str]:
        """How it is paid: as the document says, and for a debit the account and mandate that were really used."""
        stated: dict[str, str] = self.invoice.snapshot["payment"]
        if self.attempt is None:
            return stated
        used = {"mandate_reference": self.attempt.mandate_reference, "account_holder": self.attempt.debtor_name}
        return stated | used | {"debtor_iban": mask_iban(self.attempt.debtor_iban)}


def with_attempts(members: QuerySet[Member]) -> QuerySet[Invoice]:
    """The invoices that these members pay, newest first, ready for `row_of` in two queries; the files for the bank stay in the database."""
    attempts = Collection.objects.select_related("batch").defer("batch__content").order_by("id")
    payments = Allocation.objects.filter(undone_on=None, ancillary=None)
    given_up = Discharge.objects.filter(on__isnull=False, undone_on=None, ancillary=None, kind__in=NOT_LOST)
    set_offs = SetOff.objects.filter(credit__corrects=OuterRef("pk"))
    undone = Invoice.objects.filter(corrects=OuterRef("pk"), kind=Invoice.Kind.CANCELLATION).order_by("pk")
    invoices: QuerySet[Invoice] = Invoice.objects.for_members(members)
    return invoices.annotate(
        paid=sum_of(payments), paid_on=latest(payments), less=sum_of(given_up), less_on=latest(given_up),
        corrected=sum_of(set_offs), undone_by=Subquery(undone.values("number")[:1]),
    ).prefetch_related(Prefetch("collections", queryset=attempts))  # fmt: skip


def sum_of(rows: QuerySet[Any]) -> Subquery:
    """What these rows come to for an invoice, EUR."""
    own = rows.filter(invoice=OuterRef("pk")).order_by().values("invoice")
    return Subquery(own.annotate(sum=Sum("amount")).values("sum"), output_field=DecimalField())


def latest(rows: QuerySet[Any]) -> Subquery:
    """The last day of these rows for an invoice."""
    own = rows.filter(invoice=OuterRef("pk")).order_by().values("invoice")
    return Subquery(own.annotate(last=Max("on")).values("last"))


def row_of(invoice: Any, on: date) -> InvoiceRow:
    """An invoice of `with_attempts` with its state on a day."""
    attempts = list(invoice.collections.all())
    attempt = attempts[-1] if attempts else None
    days = [day for day in (invoice.paid_on, invoice.less_on) if day]
    received = Received(total([invoice.paid or ZERO, invoice.less or ZERO]), max(days, default=None))
    return InvoiceRow(invoice, state_of(invoice, attempt, on, received), attempt, received)


def transfer_code(row: InvoiceRow) -> str:
    """The GiroCode as a picture in the page itself; empty if there is nothing to transfer."""
    if row.state.code != "to_transfer":
        return ""
    payment = row.payment
    payload = girocode_payload(payment["name"], payment["iban"], payment["bic"], row.open, payment["remittance"])
    return picture(qr_matrix(payload)) if payload else ""
