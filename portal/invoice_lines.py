"""The lines of an invoice, each with what it is, for whom, for which days, and why it comes to this amount."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from billing.documents.line_words import sentences, title_of
from billing.models import Invoice, InvoiceLine, Meter, Tariff, TariffVersion

Kind = InvoiceLine.Kind


@dataclass(frozen=True, slots=True)
class Line:
    """A line as printed, and its explanation; `last` is the last day inclusively."""

    member: str
    text: str
    first: date
    last: date
    amount: Decimal
    why: list[str]


def lines_of(invoice: Invoice) -> list[Line]:
    """The lines of the document; its ranges are half-open, people read the last day. Four queries at most."""
    printed, language = invoice.snapshot["lines"], str(invoice.snapshot.get("language", "de"))
    stored = stored_lines(invoice, len(printed))
    units, reduced = units_of(stored), reduced_of(stored)
    rows: list[InvoiceLine | None] = list(stored) or [None] * len(printed)
    return [
        Line(
            member=line["member"], text=title_of(full(line), language), first=date.fromisoformat(line["from"]),
            last=date.fromisoformat(line["to"]) - timedelta(days=1), amount=Decimal(line["amount"]),
            why=list(why(full(line), language, row, units, reduced)),
        )
        for line, row in zip(printed, rows, strict=True)
    ]  # fmt: skip


def full(line: dict[str, Any]) -> dict[str, Any]:
    """Older documents have no explanation of their own."""
    return {"explanation": ""} | line


def stored_lines(invoice: Invoice, count: int) -> list[InvoiceLine]:
    """The rows behind the printed lines, in their order; none where they are not one for one."""
    rows = InvoiceLine.objects.filter(invoice=invoice).select_related("reverses__invoice").order_by("position")
    found = list(rows.defer("reverses__invoice__snapshot"))
    return found if len(found) == count else []


def why(
    line: dict[str, Any],
    language: str,
    row: InvoiceLine | None,
    units: dict[tuple[str, str], str],
    reduced: dict[str, str],
) -> Iterator[str]:
    """What it corrects, how it was computed, and why it is less than usual."""
    if row and row.kind != Kind.CHARGE:
        yield taken_back(row)
        return
    if row and row.revision > 1:
        yield _("Charged anew, because something about the contract or its usage has changed since.")
    yield from sentences(line, language, units.get((row.tariff, row.component), "") if row else "")
    if row and row.tariff in reduced:
        yield _("Reduced, because we have your proof; without it this would be %(tariff)s.") % {
            "tariff": reduced[row.tariff]
        }


def taken_back(row: InvoiceLine) -> str:
    """A line that gives something back names the invoice that charged it."""
    words = {
        Kind.CREDIT: _("Days that no longer count are given back; invoice %(number)s had charged them."),
        Kind.REVERSAL: _("Takes back what invoice %(number)s charged for these days, because something has changed since."),
        Kind.WAIVER: _("We gave up what invoice %(number)s charged for these days."),
        Kind.REDUCED: _("We took something off what invoice %(number)s charged for these days."),
    }[Kind(row.kind)]  # fmt: skip
    return words % {"number": row.reverses.invoice.number if row.reverses else ""}


def units_of(rows: Sequence[InvoiceLine]) -> dict[tuple[str, str], str]:
    """The unit of each metered component, by tariff and component."""
    if not rows or not any(row.kind == Kind.CHARGE and row.quantity != 1 for row in rows):
        return {}
    house, codes = rows[0].organisation_id, {row.tariff for row in rows}
    meters = dict(Meter.objects.filter(organisation=house).values_list("code", "unit"))
    versions = TariffVersion.objects.filter(organisation=house, tariff__code__in=codes)
    return {
        (code, part.get("code", "")): meters.get(part["meter"], "")
        for code, terms in versions.order_by("number").values_list("tariff__code", "terms")
        for part in terms.get("components", ())
        if "meter" in part
    }


def reduced_of(rows: Sequence[InvoiceLine]) -> dict[str, str]:
    """The tariffs that need a proof, each with the name of the one that holds without."""
    if not rows:
        return {}
    found = Tariff.objects.filter(organisation=rows[0].organisation_id, code__in={row.tariff for row in rows})
    return dict(found.filter(falls_back_to__isnull=False).values_list("code", "falls_back_to__name"))
