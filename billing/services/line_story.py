"""How one billed line came about: the pricing core is asked again, with what was known when it was billed and with what is known today.

Reads only.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Q

from billing import pricing
from billing.models import InvoiceLine, UsageEvent
from billing.pricing.periods import DAY
from billing.services.quote_desk import Desk, open_desk, priced
from billing.services.usage import events_of, rows_of

MOST_EVENTS = 200


@dataclass(frozen=True, slots=True)
class Counted:
    """A metered event as it counts for the line; `amount` is what went through, also where a counter was read."""

    event: UsageEvent
    amount: Decimal | str
    late: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """How a billed line came about. A credit or a reversal is explained by the charge that it takes back, `about`.

    `charge`: the core's steps; `exact`: they come to what was billed; `today`: what these days cost by what is known today;
    `differs`: the next run will settle a difference.
    """

    line: InvoiceLine
    about: InvoiceLine
    tariff: str
    charge: pricing.Charge | None
    exact: bool
    today: pricing.Charge | None
    differs: bool
    undone_by: list[InvoiceLine]
    events: list[Counted]
    counted: int
    used: Decimal | None


def explain(line: InvoiceLine) -> Explanation:
    """The line's own explanation."""
    about = line.reverses or line
    desk = open_desk(line.contract, about.invoice.issued_on)
    moment = about.invoice.run.issued_at if about.invoice.run else None
    today = charge_of(desk, about, priced(desk, desk.events), desk.usage)
    found = next((one for one in as_billed(desk, about, moment) if one and one.amount == about.amount), None)
    undone = list(about.reversed_by.select_related("invoice").defer("invoice__snapshot").order_by("pk"))
    counted = counted_events(desk, about, found or today)
    return Explanation(
        line=line, about=about, tariff=desk.terms.info[about.tariff]["name"], charge=found or today, exact=found is not None,
        today=today, differs=bool(pricing.settle([today] if today else [], lines_about(desk, about))), undone_by=undone,
        events=shown(counted, moment), counted=len(counted), used=used(counted),
    )  # fmt: skip


def as_billed(desk: Desk, about: InvoiceLine, moment: datetime | None) -> Iterator[pricing.Charge | None]:
    """What the core said with what was known on the invoice's day, on the evening before, and what it says today."""
    contract, usage = priced(desk, desk.events), usage_known(desk, moment)
    for day in (about.invoice.issued_on, about.invoice.issued_on - DAY):
        yield charge_of(desk, about, contract.known_by(day), usage)
    yield charge_of(desk, about, contract, desk.usage)


def usage_known(desk: Desk, moment: datetime | None) -> pricing.Usage | None:
    """The usage that had come in, and was not voided yet, when the run was issued."""
    if moment is None or desk.usage is None:
        return desk.usage
    rows = UsageEvent.objects.filter(organisation=desk.contract.organisation_id, contract=desk.contract)
    rows = rows.filter(Q(voided_at=None) | Q(voided_at__gt=moment), received_at__lte=moment)
    return pricing.Usage(event for _contract, event in events_of(rows))


def charge_of(
    desk: Desk, about: InvoiceLine, contract: pricing.Contract, usage: pricing.Usage | None
) -> pricing.Charge | None:
    """What these days of the component cost then."""
    found = pricing.charges(desk.terms.versions, contract, usage or pricing.Usage(), about.end, language=desk.language)
    return next((one for one in found if (one.component, one.start) == (about.component, about.start)), None)


def lines_about(desk: Desk, about: InvoiceLine) -> list[pricing.Billed]:
    """Every charge of these days, with what took it back."""
    key = (about.component, about.start)
    refs = {one.ref for one in desk.billed if one.kind == "charge" and (one.component, one.start) == key}
    return [one for one in desk.billed if one.ref in refs or one.reverses in refs]


def counted_events(desk: Desk, about: InvoiceLine, charge: pricing.Charge | None) -> list[pricing.UsageEvent]:
    """The metered events of the line's days as the core counts them: a reading counts on the day before it was taken."""
    versions = desk.terms.versions[about.tariff].versions
    if charge and charge.tariff == about.tariff:
        versions = versions[charge.version : charge.version + 1]
    meters = {part.meter for version in versions for part in version.metered if part.code == about.component}
    if not meters:
        return []
    events = (event for _contract, event in events_of(rows_of([desk.contract.pk], whole=True)))
    found = [event for event in events if event.meter in meters and about.start <= event.on < about.end]
    return sorted(found, key=lambda event: (event.at, event.key))


def shown(counted: Sequence[pricing.UsageEvent], moment: datetime | None) -> list[Counted]:
    """The first of them with their stored rows."""
    first = counted[:MOST_EVENTS]
    rows = UsageEvent.objects.select_related("meter").in_bulk([int(event.key) for event in first])
    pairs = [(rows[int(event.key)], event.value) for event in first]
    return [Counted(row, value, moment is not None and row.received_at > moment) for row, value in pairs]


def used(counted: Sequence[pricing.UsageEvent]) -> Decimal | None:
    """Their sum; None where names are counted."""
    values = [event.value for event in counted]
    numbers = [value for value in values if isinstance(value, Decimal)]
    return sum(numbers, Decimal(0)) if numbers and len(numbers) == len(values) else None
