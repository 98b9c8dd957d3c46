"""What a tariff would bill, for an example: the same prices and words as the run's invoices. Reads and writes nothing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from billing import pricing
from billing.pricing.periods import DAY, FOREVER, Span, add_months
from billing.pricing.tariffs import Tariff
from billing.pricing.timeline import Timeline, timeline
from billing.pricing.usage import UsageEvent
from billing.services.drafts import exemption_of
from billing.services.vat import ZERO, VatTotal, vat_totals

YEAR, MOST_MONTHS, MOST_COUNTED = 12, 120, 1000
Info = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Asked:
    """The contract of the example: its first day, its rhythm, pieces by component, and usage of a month by component."""

    start: date
    months: int | None = None
    quantities: Mapping[str, Decimal] = field(default_factory=dict)
    usage: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Bill:
    """One invoice, EUR: its lines as they are priced (gross or net), and its sums."""

    on: date
    lines: list[tuple[str, Decimal]]
    totals: list[VatTotal]

    @property
    def gross(self) -> Decimal:
        """What is to pay."""
        return sum((one.gross for one in self.totals), ZERO)


@dataclass(frozen=True, slots=True)
class Example:
    """What comes of it: the first invoice, a usual one, the invoices of the first twelve months, and how long it binds.

    `leaves` is the last day if notice were given on the first one; `ends` the last day of what ends by itself.
    """

    first: Bill | None
    usual: Bill | None
    year: Decimal
    bills: int
    leaves: date | None
    ends: date | None


def example(tariffs: Mapping[str, pricing.Versions], info: Info, code: str, asked: Asked, language: str) -> Example:
    """Prices the example. Raises PricingFaults, with paths below `contract`."""
    data = contract_data(code, asked)
    contract = pricing.parse_contract(data, "contract")
    pricing.check_references(tariffs, contract)
    line, tariff = timeline(tariffs, contract), version(tariffs, code, asked.start)
    months = months_ahead(tariff, asked)
    events = list(usage_events(tariff, asked, months))
    issued = pricing.daily_runs(tariffs, contract, events, add_months(asked.start, months), language)
    bills = [bill_of(info, one) for one in issued]
    year = [one for one in bills if one.on < add_months(asked.start, YEAR)]
    place = usual_place(line, tariff, issued)
    return Example(
        first=bills[0] if bills else None,
        usual=bills[place] if place is not None else None,
        year=sum((one.gross for one in year), ZERO),
        bills=len(year),
        leaves=last_day(timeline(tariffs, pricing.parse_contract(cancelled(data, asked), "contract")), asked.start),
        ends=last_day(line, asked.start),
    )


def contract_data(code: str, asked: Asked) -> dict[str, Any]:
    """The contract as the pricing core reads it."""
    quantities = {name: f"{number:f}" for name, number in asked.quantities.items()}
    data: dict[str, Any] = {"tariff": code, "start": asked.start.isoformat(), "quantities": quantities}
    return data | ({"interval": {"months": asked.months}} if asked.months else {})


def cancelled(data: dict[str, Any], asked: Asked) -> dict[str, Any]:
    """The same with notice given on the first day."""
    return data | {"events": [{"on": asked.start.isoformat(), "cancel": "contractual"}]}


def version(tariffs: Mapping[str, pricing.Versions], code: str, start: date) -> Tariff:
    """The terms that the example begins with."""
    found = tariffs[code].for_new(start)
    return found or tariffs[code].versions[-1]


def months_ahead(tariff: Tariff, asked: Asked) -> int:
    """Far enough for a year, and for a usual invoice after trial and phases."""
    rhythm = asked.months or tariff.interval.months or 1
    spans = [phase.span or Span(months=phase.periods * rhythm) for phase in tariff.phases]
    spans += [tariff.trial.span] if tariff.trial else []
    days = sum((span.mean_days for span in spans), Span(months=2 * rhythm).mean_days)
    return min(max(YEAR, int(days // 30) + 2), MOST_MONTHS)


def usage_events(tariff: Tariff, asked: Asked, months: int) -> Iterator[UsageEvent]:
    """The usage of each month, on the day of the month that the contract began on."""
    seen = set()
    for part in tariff.metered:
        amount = asked.usage.get(part.code, ZERO)
        if part.meter in seen or not amount:
            continue
        seen.add(part.meter)
        for month in range(months + 1):
            yield from month_events(part.meter, part.aggregate, amount, add_months(asked.start, month))


def month_events(meter: str, aggregate: str, amount: Decimal, on: date) -> Iterator[UsageEvent]:
    """One event with the amount; as many events as are counted, where they are counted."""
    counted = aggregate in ("count", "unique")
    for number in range(min(int(amount), MOST_COUNTED) if counted else 1):
        value = Decimal(number + 1) if counted else amount
        at = datetime.combine(on, time(11), UTC)
        yield UsageEvent(meter=meter, at=at, on=on, value=value, key=f"{meter} {on} {number}")


def bill_of(info: Info, issued: pricing.Issued) -> Bill:
    """The invoice of one day."""
    totals = vat_totals(
        (line.vat_rate, info[line.tariff].get("prices", "gross"), line.amount, exemption_of(dict(info[line.tariff])))
        for line in issued.lines
    )
    return Bill(issued.on, [(line.text, line.amount) for line in issued.lines], totals)


def usual_place(line: Timeline, tariff: Tariff, issued: list[pricing.Issued]) -> int | None:
    """The first invoice with nothing but whole periods, after trial and phases; else the second one."""
    opens = line.first_paid
    for phase in tariff.phases if not tariff.ends_after_phases else ():
        opens = phase.span.after(opens) if phase.span else line.at(opens).grid.span.after(opens, phase.periods)
    for place, one in enumerate(issued):
        if place and one.on >= opens and all(is_whole(line, charge) for charge in one.lines):
            return place
    return 1 if len(issued) > 1 else None


def is_whole(line: Timeline, charge: pricing.Line) -> bool:
    """Whether a line bills a whole period."""
    grid = line.at(charge.start).grid
    return grid.boundary_from(charge.start) == charge.start and grid.boundary_from(charge.start + DAY) == charge.end


def last_day(line: Timeline, start: date) -> date | None:
    """The last day that is covered, the first one at the earliest; None if there is none."""
    return None if line.end == FOREVER else max(line.end - DAY, start)
