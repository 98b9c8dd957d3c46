"""What contracts used, as the pricing core reads it: loaded for many contracts at once, readings turned into amounts."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

from django.db.models import F, Q, QuerySet

from billing import pricing
from billing.models import UsageEvent

DAY = timedelta(days=1)
COLUMNS = ("contract_id", "meter__code", "on", "at", "value", "text", "reading", "initial", "pk")


class Row(NamedTuple):
    """A stored event."""

    contract: int
    meter: str
    on: date
    at: datetime
    value: Decimal | None
    text: str
    reading: Decimal | None
    initial: bool
    pk: int


def usage_of(contracts: Sequence[int], *, whole: bool = False, since: date | None = None) -> dict[int, pricing.Usage]:
    """The usage of these contracts: from the day on that is not settled, from `since` on, or the `whole` of it. One query."""
    found: dict[int, list[pricing.UsageEvent]] = defaultdict(list)
    for contract, event in events_of(rows_of(contracts, whole=whole, since=since)):
        found[contract].append(event)
    return {contract: pricing.Usage(events) for contract, events in found.items()}


def rows_of(
    contracts: Iterable[int], *, whole: bool, since: date | None = None
) -> "QuerySet[UsageEvent, tuple[object, ...]]":
    """Readings come whole, since each one is counted from the one before."""
    events = UsageEvent.objects.filter(contract_id__in=list(contracts), voided_at=None)
    if not whole:
        unsettled = Q(contract__settled_to__isnull=True) | Q(on__gte=F("contract__settled_to"))
        unsettled = Q(on__gte=since) if since else unsettled
        events = events.filter(unsettled | Q(reading__isnull=False))
    return events.order_by().values_list(*COLUMNS)


def events_of(rows: "QuerySet[UsageEvent, tuple[object, ...]]") -> Iterator[tuple[int, pricing.UsageEvent]]:
    """Each contract with each of its events; readings as what went through between them."""
    counters: dict[tuple[int, str], list[Row]] = defaultdict(list)
    for values in rows.iterator(chunk_size=20_000):
        row = Row(*values)  # type: ignore[arg-type]
        if row.reading is not None:
            counters[row.contract, row.meter].append(row)
        else:
            value = row.text or row.value or Decimal(0)
            yield row.contract, pricing.UsageEvent(row.meter, row.on, row.at, value, str(row.pk))
    for readings in counters.values():
        yield from amounts_of(sorted(readings, key=lambda row: (row.at, row.pk)))


def amounts_of(readings: Sequence[Row]) -> Iterator[tuple[int, pricing.UsageEvent]]:
    """What went through between two readings, counted on the last day before the later one; a new counter starts again."""
    for before, row in pairwise(readings):
        if not row.initial and row.reading is not None and before.reading is not None:
            amount = row.reading - before.reading
            yield row.contract, pricing.UsageEvent(row.meter, row.on - DAY, row.at - DAY, amount, str(row.pk))
