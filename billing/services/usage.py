"""What contracts used, as the pricing core reads it: loaded for many contracts at once, readings turned into amounts."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Context, Decimal
from itertools import pairwise
from typing import Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import F, Q, QuerySet, TextField
from django.db.models.functions import Cast

from billing import pricing
from billing.models import UsageEvent
from billing.services.among import Among
from billing.services.usage_columns import columns_of, day

DAY = timedelta(days=1)
NAMES = ("contract_id", "meter__code", "meter__digits", "on", "at", "value", "text", "reading", "initial", "pk")
# A column that is asked for by name comes from SQLite through a parser of every single day; a text does not.
TEXTS = tuple(Cast(name, TextField()) if name in ("on", "at") else F(name) for name in NAMES)
AT_ONCE = 20_000
from_float = Context(prec=15).create_decimal_from_float


class Row(NamedTuple):
    """A stored event."""

    contract: int
    meter: str
    digits: int | None
    on: date
    at: datetime
    value: Decimal | None
    text: str
    reading: Decimal | None
    initial: bool
    pk: int


def usage_of(contracts: Sequence[int], *, whole: bool = False, since: date | None = None) -> dict[int, pricing.Usage]:
    """The usage of these contracts: from the day on that is not settled, from `since` on, or the `whole` of it.

    One query, and a second one if some of it is names or readings.
    """
    columns, others = columns_of(rows_of(contracts, whole=whole, since=since))
    found = {contract: pricing.Usage.of(of_meters) for contract, of_meters in columns.items()}
    events: dict[int, list[pricing.UsageEvent]] = defaultdict(list)
    for contract, event in events_of(rows_of(others, whole=whole, since=since)) if others else ():
        events[contract].append(event)
    return found | {contract: pricing.Usage(of_contract) for contract, of_contract in events.items()}


def rows_of(contracts: Iterable[int], *, whole: bool, since: date | None = None) -> QuerySet[UsageEvent]:
    """Readings come whole, since each one is counted from the one before."""
    events = UsageEvent.objects.filter(Among(F("contract"), tuple(contracts)), voided_at=None)
    if not whole:
        unsettled = Q(contract__settled_to__isnull=True) | Q(on__gte=F("contract__settled_to"))
        unsettled = Q(on__gte=since) if since else unsettled
        events = events.filter(unsettled | Q(reading__isnull=False))
    return events


def events_of(rows: QuerySet[UsageEvent]) -> Iterator[tuple[int, pricing.UsageEvent]]:
    """Each contract with each of its stored events."""
    return counted(fetched(rows))


def counted(rows: Iterable[Row]) -> Iterator[tuple[int, pricing.UsageEvent]]:
    """Each contract with each of its events, in whatever order they come; readings as what went through between them."""
    counters: dict[tuple[int, str], list[Row]] = defaultdict(list)
    for row in rows:
        if row.reading is not None:
            counters[row.contract, row.meter].append(row)
        else:
            value = row.text or row.value or Decimal(0)
            yield row.contract, pricing.UsageEvent(row.meter, row.on, row.at, value, str(row.pk))
    for readings in counters.values():
        yield from amounts_of(sorted(readings, key=lambda row: (row.at, row.initial, row.pk)))


def fetched(rows: QuerySet[UsageEvent]) -> Iterator[Row]:
    """The rows as the driver gives them. Django would convert each value of a million by several calls."""
    postgres = connection.vendor == "postgresql"
    read: Callable[[Any], Row] = Row._make if postgres else from_text
    try:
        question = rows.order_by().values_list(*(NAMES if postgres else TEXTS)).query.sql_with_params()
    except EmptyResultSet:
        return
    with connection.cursor() as cursor:
        cursor.execute(*question)
        while part := cursor.fetchmany(AT_ONCE):
            yield from map(read, part)


def from_text(values: Sequence[Any]) -> Row:
    """SQLite keeps days and instants (UTC) as texts and decimals as numbers."""
    contract, meter, digits, on, at, value, text, reading, initial, pk = values
    return Row(
        contract, meter, digits, day(on), datetime.fromisoformat(at + "+00:00"), number(value), text, number(reading), bool(initial), pk
    )  # fmt: skip


def number(value: float | None) -> Decimal | None:
    """A number of SQLite, with the fifteen places that it keeps."""
    return None if value is None else from_float(value)


def amounts_of(readings: Sequence[Row]) -> Iterator[tuple[int, pricing.UsageEvent]]:
    """What went through between two readings, counted on the last day before the later one; a new counter starts again."""
    for before, row in pairwise(readings):
        if not row.initial and row.reading is not None and before.reading is not None:
            amount = went_through(before.reading, row.reading, row.digits)
            yield row.contract, pricing.UsageEvent(row.meter, row.on - DAY, row.at - DAY, amount, str(row.pk))


def went_through(before: Decimal, after: Decimal, digits: int | None) -> Decimal:
    """The difference; a counter with so many digits before the point begins again at nothing after its highest number."""
    return after - before + (Decimal(10) ** digits if digits and after < before else 0)
