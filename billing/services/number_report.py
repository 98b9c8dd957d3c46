"""Every number of every series, and those that are missing: always none (UStAE 14.5 Abs. 10 and 11; GoBD). Reads only.

Claims that came over bear the numbers of another program and are no series of ours.
"""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max, QuerySet, Window
from django.db.models.functions import Lead

from billing.models import Invoice, NumberRange, Receipt
from billing.services.numbering import formatted, pattern_of
from members.models import Organisation

RECEIPT = "receipt"


@dataclass(frozen=True, slots=True)
class SeriesReport:
    """One series in one year: from which number to which, how many documents, and the numbers that no document has."""

    kind: str
    year: int
    first: str
    last: str
    count: int
    missing: list[str]


def number_report(organisation: Organisation) -> list[SeriesReport]:
    """Each series, the latest year first. What the counter gave and no document bears is missing, at the end as well."""
    found = {(kind, year): (count, last) for kind, year, count, last in counted(organisation)}
    given = {
        (kind, year): value - 1
        for kind, year, value in NumberRange.objects.filter(organisation=organisation).values_list(
            "kind", "year", "next_value"
        )
    }
    used = {*found, *(key for key, last in given.items() if last)}
    series = sorted((key for key in used if key[0] != Invoice.Kind.OPENING), key=lambda key: (-key[1], key[0]))
    return [report(organisation, key, found.get(key, (0, 0)), given.get(key, 0)) for key in series]


def counted(organisation: Organisation) -> list[tuple[str, int, int, int]]:
    """Kind, year, how many documents, and the highest number: of invoices and of donation receipts."""
    count, last = Count("pk"), Max("sequence")
    invoices = Invoice.objects.filter(organisation=organisation).values("kind", "year").order_by()
    receipts = Receipt.objects.filter(organisation=organisation).values("year").order_by()
    return [
        *invoices.annotate(count=count, last=last).values_list("kind", "year", "count", "last"),
        *((RECEIPT, *row) for row in receipts.annotate(count=count, last=last).values_list("year", "count", "last")),
    ]


def report(organisation: Organisation, key: tuple[str, int], found: tuple[int, int], given: int) -> SeriesReport:
    """One series; its gaps are only looked for where the count does not fit."""
    (kind, year), (count, highest) = key, found
    pattern, last = pattern_of(organisation, kind), max(highest, given)
    numbers = gaps(organisation, kind, year, last) if count != last else []
    missing = [formatted(pattern, year, number) for number in numbers]
    return SeriesReport(kind, year, formatted(pattern, year, 1), formatted(pattern, year, last), count, missing)


def gaps(organisation: Organisation, kind: str, year: int, last: int) -> list[int]:
    """The numbers from 1 to the last that no document has; only the edges of the gaps are read."""
    receipts = Receipt.objects.filter(organisation=organisation, year=year)
    invoices = Invoice.objects.filter(organisation=organisation, kind=kind, year=year)
    rows: QuerySet[Any] = receipts if kind == RECEIPT else invoices
    following = rows.annotate(following=Window(Lead("sequence"), order_by="sequence")).values_list(
        "sequence", "following"
    )
    edges = [(0, rows.order_by("sequence").values_list("sequence", flat=True).first() or last + 1)]
    edges += [(one, after or last + 1) for one, after in following.order_by("sequence").iterator() if after != one + 1]
    return [number for before, after in edges for number in range(before + 1, after)]
