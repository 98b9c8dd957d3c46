"""The turnover of a small business against the two limits of UStG 19 (1), with warnings well before they are reached.

What counts is what was received for supplies that are taxable or exempt by section 19; genuine dues and other exemptions do
not. Invoices of the year are shown beside it: the larger of the two warns, so that a late bank statement hides nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal
from typing import Any

from django.db.models import QuerySet

from billing.documents.vat_words import how_taxed
from billing.models import Allocation, Invoice
from billing.services.vat import ZERO
from members.models import Organisation

# Of the year before, and of the running one, in EUR (since 2025).
BEFORE, RUNNING = Decimal(25_000), Decimal(100_000)
STEPS = (80, 95, 100)
COUNTED = ("taxed", "zero", "small", "reverse")


@dataclass(frozen=True, slots=True)
class Meter:
    """One year against one limit. `level`: the highest of 80, 95 and 100 per cent that is reached, else 0."""

    year: int
    received: Decimal
    invoiced: Decimal
    limit: Decimal

    @property
    def share(self) -> int:
        """In per cent of the limit, cut, by the larger figure."""
        return int((max(self.received, self.invoiced) * 100 / self.limit).to_integral_value(ROUND_DOWN))

    @property
    def level(self) -> int:
        """Which warning holds."""
        return max((step for step in STEPS if self.share >= step), default=0)


def meters(organisation: Organisation, today: date) -> list[Meter]:
    """This year against 100,000 EUR, and against 25,000 EUR, which decides about the next one; last year against 25,000 EUR."""
    this, last = (figures(organisation, year) for year in (today.year, today.year - 1))
    return [
        Meter(today.year, *this, RUNNING), Meter(today.year, *this, BEFORE), Meter(today.year - 1, *last, BEFORE)
    ]  # fmt: skip


def warnings(organisation: Organisation, today: date) -> list[Meter]:
    """The meters that somebody must look at: of the running year."""
    return [meter for meter in meters(organisation, today)[:2] if meter.level]


def figures(organisation: Organisation, year: int) -> tuple[Decimal, Decimal]:
    """What was received in a year, and what was invoiced in it."""
    documents = Invoice.objects.filter(organisation=organisation, issued_on__year=year)
    invoiced = sum((counted(vat) for vat in documents.values_list("snapshot__vat", flat=True)), ZERO)
    return received(Allocation.objects.filter(organisation=organisation, on__year=year)), invoiced


def received(payments: QuerySet[Allocation]) -> Decimal:
    """Of each payment the share that counts; what went back to the payer counts against it."""
    rows = payments.filter(kind__in=("payment", "return"), ancillary=None).exclude(invoice=None)
    return sum((part(*row) for row in rows.values_list("amount", "invoice__gross", "invoice__snapshot__vat")), ZERO)


def part(amount: Decimal, gross: Decimal, vat: Iterable[dict[str, Any]] | None) -> Decimal:
    """The share of a document's sums that counts, of what was paid on it; without its VAT."""
    return (amount * counted(vat) / gross).quantize(Decimal("0.01")) if gross else ZERO


def counted(vat: Iterable[dict[str, Any]] | None) -> Decimal:
    """The net sums of a document that belong to the total turnover."""
    return sum((Decimal(total["net"]) for total in vat or () if how_taxed(total) in COUNTED), ZERO)
