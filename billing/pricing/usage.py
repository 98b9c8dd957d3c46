"""Metered events and what a period makes of them: sum, max, last, count, unique."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from decimal import Context, Decimal
from fractions import Fraction
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple
from zoneinfo import ZoneInfo

from billing.pricing.faults import Fault, Node, PricingFaults, exact, shown, step
from billing.pricing.periods import add_months
from billing.pricing.tariffs import Versions

BERLIN = "Europe/Berlin"
_RFC3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_WIDE = Context(prec=60)
_MOST = 1_000_000
_IN_ORDER = itemgetter(1, 2)


class UsageEvent(NamedTuple):
    """One metered event. `on` is its civil date in the organisation's time zone; `at` orders events of a day.

    `value` is a number, or any text where only different values are counted; `key` makes it count once.
    """

    meter: str
    on: date
    at: datetime
    value: Decimal | str
    key: str


@dataclass(frozen=True, slots=True)
class Measured:
    """What a meter says about some days: the aggregated quantity and the number of events."""

    quantity: Fraction
    events: int


NOTHING = Measured(Fraction(0), 0)


class Column(NamedTuple):
    """What one meter counted, in the order in which it happened: the day and the value of each event."""

    days: Sequence[date]
    values: Sequence[Decimal | str]


class Usage:
    """Events by meter in their order, each once, so that a period finds its own without reading all."""

    __slots__ = ("_columns",)

    def __init__(self, events: Iterable[UsageEvent] = ()) -> None:
        """From events in any order; of several with the same key the first one counts."""
        seen: dict[str, UsageEvent] = {}
        for event in events:
            seen.setdefault(event.key, event)
        sorted_by_meter: dict[str, list[UsageEvent]] = {}
        for event in sorted(seen.values(), key=_IN_ORDER):
            sorted_by_meter.setdefault(event.meter, []).append(event)
        self._columns: Mapping[str, Column] = {
            meter: Column([event.on for event in found], [event.value for event in found])
            for meter, found in sorted_by_meter.items()
        }

    @classmethod
    def of(cls, columns: Mapping[str, Column]) -> "Usage":
        """From what is in order already, without an object for each event: a million of them cost most of a run."""
        usage = cls.__new__(cls)
        usage._columns = columns
        return usage

    def measure(self, meter: str, aggregate: str, start: date, end: date) -> Measured:
        """The meter's aggregate over the days from `start` to before `end`; never below nothing."""
        column = self._columns.get(meter)
        if not column:
            return NOTHING
        values = column.values[bisect_left(column.days, start) : bisect_left(column.days, end)]
        if not values:
            return NOTHING
        return Measured(max(_aggregated(aggregate, values), Fraction(0)), len(values))

    def with_more(self, meter: str, on: date, value: Decimal) -> "Usage":
        """What is known, and an amount that may be expected as the day's last: for a look at the end of a period."""
        days, values = self._columns.get(meter, Column((), ()))
        place = bisect_right(days, on)
        more = Column([*days[:place], on, *days[place:]], [*values[:place], value, *values[place:]])
        return Usage.of({**self._columns, meter: more})

    def ahead(self, start: date, months: int) -> "Usage":
        """What is known, and for so many months from `start` (a first of a month) what may be expected.

        Each month is taken to be like the same one a year before or, where nothing is known that far back, like the last
        whole one. Days up to the last known event stay as they are.
        """
        if not self._columns:
            return self
        first = min(column.days[0] for column in self._columns.values())
        last = max(column.days[-1] for column in self._columns.values())
        ago = [12 if add_months(start, number - 12) >= first.replace(day=1) else number + 1 for number in range(months)]
        sources = [(add_months(start, number - back), back) for number, back in enumerate(ago)]
        return Usage.of({meter: _continued(column, sources, last) for meter, column in self._columns.items()})


def _continued(column: Column, sources: Iterable[tuple[date, int]], last: date) -> Column:
    """A column, and after the `last` known day what it counted in these months (their first days), so many months later."""
    days, values = list(column.days), list(column.values)
    for month, later in sources:
        found = slice(bisect_left(column.days, month), bisect_left(column.days, add_months(month, 1)))
        for day, value in zip(column.days[found], column.values[found]):
            expected = add_months(day, later)
            if expected > last:
                days.append(expected)
                values.append(value)
    return Column(days, values)


def as_usage(usage: "Usage | Sequence[UsageEvent]") -> Usage:
    """The events in order; a list is put in order first."""
    return usage if isinstance(usage, Usage) else Usage(usage)


def _aggregated(aggregate: str, values: Sequence[Decimal | str]) -> Fraction:
    if aggregate == "count":
        return Fraction(len(values))
    if aggregate == "unique":
        return Fraction(len(set(values)))
    numbers = [value if isinstance(value, Decimal) else Decimal(0) for value in values]
    if aggregate == "max":
        return Fraction(max(numbers))
    if aggregate == "last":
        return Fraction(numbers[-1])
    result = Decimal(0)
    for number in numbers:
        result = _WIDE.add(result, number)
    return Fraction(result)


@lru_cache(maxsize=8)
def zone(name: str) -> ZoneInfo:
    """The time zone of that name. Raises KeyError or ValueError if there is none."""
    return ZoneInfo(name)


def civil_date(at: datetime, where: tzinfo) -> date:
    """The date on the organisation's wall when the event happened."""
    return at.astimezone(where).date()


def parse_usage(data: object, path: str = "", time_zone: str = BERLIN) -> tuple[UsageEvent, ...]:
    """Read a list of usage events. Raises PricingFaults with everything that is wrong."""
    node = Node(data, path)
    where = zone(time_zone)
    events = tuple(_event(item, where) for item in node.items(_MOST))
    node.settle()
    return events


def _event(node: Node, where: tzinfo) -> UsageEvent:
    required = ("meter", "at", "value", "key")
    keys = node.fields(frozenset(required), required)
    at = _instant(keys["at"]) if "at" in keys else datetime(2000, 1, 1, tzinfo=UTC)
    return UsageEvent(
        meter=keys["meter"].text() if "meter" in keys else "",
        on=civil_date(at, where),
        at=at,
        value=_value(keys["value"]) if "value" in keys else Decimal(0),
        key=keys["key"].text() if "key" in keys else "",
    )


def _instant(node: Node) -> datetime:
    text = node.value
    if isinstance(text, datetime) and text.tzinfo is not None:
        return text
    at = parse_instant(text) if isinstance(text, str) else None
    if at is None:
        node.fault("must be an instant with its offset, like 2026-03-31T21:59:59Z, not {value}", value=shown(text))
    return at or datetime(2000, 1, 1, tzinfo=UTC)


def parse_instant(text: str) -> datetime | None:
    """An RFC 3339 instant with its offset; None if it is none."""
    if not _RFC3339.fullmatch(text):
        return None
    try:
        at = datetime.fromisoformat(text.upper())
    except ValueError:
        return None
    return at if 1900 <= at.year <= 2299 else None


def _value(node: Node) -> Decimal | str:
    if isinstance(node.value, str) and node.value and exact(node.value) is None:
        return node.value
    return node.decimal(lowest=None, places=12)


def check_values(tariffs: Mapping[str, Versions], events: Sequence[UsageEvent], path: str = "usage") -> None:
    """Refuse an event without a number where a tariff adds up, compares or takes the last."""
    parts = [part for versions in tariffs.values() for tariff in versions.versions for part in tariff.components]
    counted = {part.meter for part in parts if part.kind == "usage" and part.aggregate not in ("count", "unique")}
    faults = [
        Fault(step(step(path, index), "value"), "must be a number, not {value}", {"value": shown(event.value)})
        for index, event in enumerate(events)
        if event.meter in counted and not isinstance(event.value, Decimal)
    ]
    if faults:
        raise PricingFaults(faults)
