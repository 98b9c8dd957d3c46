"""What a member is reminded of, in plain words: how much, until when, and with which code to pay."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import QuerySet

from billing.documents.girocode import girocode_payload, qr_matrix
from billing.documents.qr_picture import picture
from billing.models import Creditor, DunningItem, Invoice
from billing.pricing.money import ZERO
from billing.services.open_items import items_of
from members.models import Member


@dataclass(frozen=True, slots=True)
class Reminded:
    """An unpaid invoice with its latest reminder. `owed` EUR is all that is to be paid for it, `beside` the costs and interest in it."""

    invoice: int
    number: str
    name: str
    on: date
    pay_until: date
    owed: Decimal
    beside: Decimal


@dataclass(frozen=True, slots=True)
class AllReminded:
    """Everything that somebody is reminded of."""

    rows: list[Reminded]

    @property
    def owed(self) -> Decimal:
        """All that is to be paid, EUR."""
        return sum((one.owed for one in self.rows), ZERO)

    @property
    def beside(self) -> Decimal:
        """The costs and interest in it, EUR."""
        return sum((one.beside for one in self.rows), ZERO)

    @property
    def pay_until(self) -> date | None:
        """The earliest deadline."""
        return min((one.pay_until for one in self.rows), default=None)


def reminded(invoices: QuerySet[Invoice], on: date) -> list[Reminded]:
    """Those of these invoices that were reminded and are not paid; what is being collected needs no transfer."""
    rows = DunningItem.objects.filter(invoice__in=invoices.order_by().values("pk")).order_by("level")
    names = ("invoice_id", "notice__name", "notice__run__on", "notice__pay_until")
    latest = {invoice: (name, day, until) for invoice, name, day, until in rows.values_list(*names)}
    if not latest:
        return []
    items = items_of(Invoice.objects.filter(pk__in=list(latest)), on)
    return [
        Reminded(item.invoice, item.number, name, day, until, item.owed, item.ancillary)
        for item in items
        for name, day, until in [latest[item.invoice]]
        if item.owed > 0 and not item.in_collection
    ]


def reminded_of(members: QuerySet[Member], on: date) -> AllReminded:
    """Everything that these members are reminded of."""
    return AllReminded(reminded(Invoice.objects.for_members(members), on))


def code_of(one: Reminded, organisation: int) -> str:
    """The GiroCode over all that is to be paid, as a picture in the page itself; empty without an account."""
    creditor = Creditor.objects.filter(organisation=organisation).order_by("pk").first()
    if creditor is None:
        return ""
    payload = girocode_payload(creditor.name, creditor.iban, creditor.bic, one.owed, one.number)
    return picture(qr_matrix(payload)) if payload else ""


def of_invoice(invoice: Invoice, on: date) -> Reminded | None:
    """The reminder of one invoice, if there is one to follow."""
    found: Iterable[Reminded] = reminded(Invoice.objects.filter(pk=invoice.pk), on)
    return next(iter(found), None)
