"""A contract's course, told from what the pricing core and the books know: what held when, what was billed, what will come.

Reads only, with a fixed number of queries.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from billing import pricing
from billing.models import Contract, InvoiceLine, Meter
from billing.pricing.money import cents
from billing.pricing.periods import DAY, FOREVER, add_months
from billing.pricing.phases import NORMAL, Effect, price_in
from billing.pricing.stretches import Stretch
from billing.pricing.timeline import Timeline, full_price, quantity_on
from billing.pricing.words import plain
from billing.services import quote_words
from billing.services.quote_answers import component_data
from billing.services.quote_desk import (
    Desk,
    Events,
    course,
    earliest_end,
    gross_of,
    horizon,
    open_desk,
    priced,
    span_data,
)
from billing.services.vat import ZERO, split

AHEAD = 12


@dataclass(frozen=True, slots=True)
class Segment:
    """Days `[start, end)` under one version of a tariff. `amount`: the normal price of a period (EUR, with VAT), `every` its length.

    `usage`: what metered use costs, in words.
    """

    start: date
    end: date | None
    tariff: str
    version: int
    amount: Decimal | None
    every: dict[str, int]
    usage: list[str]


@dataclass(frozen=True, slots=True)
class Step:
    """Days on which a phase sets another price. `percent` of the normal one, empty where the phase names its own."""

    start: date
    end: date | None
    percent: str
    amount: Decimal | None


@dataclass(frozen=True, slots=True)
class Coming:
    """What will be billed: when it falls due, and whether its days still run, so that usage may be added."""

    on: date
    line: pricing.Line
    running: bool


@dataclass(frozen=True, slots=True)
class Ending:
    """What a cancellation of today would bring, VAT included, against going on for twelve months.

    `credit` comes back, `still` is still charged, `less` is what is paid less than without it.
    """

    last_day: date
    credit: Decimal
    still: Decimal
    less: Decimal
    lines: list[pricing.Line]


@dataclass(frozen=True, slots=True)
class Story:
    """All of it. `end`: the first day not covered, None: none; `next_end`: the end if it were cancelled today.

    `by_rule` and `at_once`: what such a cancellation would bring; None where it would change nothing.
    `metered`: usage is billed; `counted`: so are quantities.
    """

    contract: Contract
    start: date
    first_paid: date
    end: date | None
    next_end: date | None
    segments: list[Segment]
    phases: list[Step]
    pauses: list[tuple[date, date]]
    lines: list[InvoiceLine]
    coming: list[Coming]
    coming_total: Decimal
    by_rule: Ending | None
    at_once: Ending | None
    metered: bool
    counted: bool


def story_of(contract: Contract, on: date) -> Story:
    """The contract as it stands on a day, and as it goes on."""
    desk = open_desk(contract, on)
    line = course(desk, desk.events)
    until = horizon(desk, add_months(on, AHEAD))
    going_on = lines_until(desk, desk.events, until)
    return Story(
        contract=contract, start=contract.start, first_paid=line.first_paid, end=known(line.end),
        next_end=earliest_end(desk, desk.events, on) if line.end > on else None,
        segments=list(segments_of(desk, line)), phases=list(phases_of(desk, line)), pauses=list(line.pauses), lines=lines_of(contract),
        coming=coming(desk, going_on, until), coming_total=gross_of(desk, going_on),
        by_rule=ending(desk, line, "contractual", going_on, until),
        at_once=ending(desk, line, max(on + DAY, contract.start).isoformat(), going_on, until),
        metered=any(stretch.tariff.metered for stretch in line.stretches),
        counted=any(one.kind == "per_unit" for stretch in line.stretches for one in stretch.tariff.components),
    )  # fmt: skip


def known(day: date) -> date | None:
    """A day, or None for never."""
    return None if day == FOREVER else day


def segments_of(desk: Desk, line: Timeline) -> Iterator[Segment]:
    """What held from when to when, at the normal price; phases and discounts are told by themselves."""
    contract, units = priced(desk, desk.events), units_of(desk, line)
    for stretch in line.stretches:
        start, end = max(stretch.start, line.first_paid), min(stretch.end, line.end)
        if start < end:
            tariff = stretch.tariff
            day = min(max(start, desk.today), end - DAY)
            metered = (
                component_data(tariff, one) | {"unit": units.get(one.meter, one.meter)} for one in tariff.metered
            )
            words = [f"{one['name']}: {', '.join(quote_words.usage(one))}" for one in metered]
            name = desk.terms.info[tariff.code]["name"]
            amount = fixed_price(contract, stretch, day)
            yield Segment(start, known(end), name, tariff.version + 1, amount, span_data(stretch.grid.span), words)


def units_of(desk: Desk, line: Timeline) -> dict[str, str]:
    """The units of what is metered, if anything is."""
    if not any(stretch.tariff.metered for stretch in line.stretches):
        return {}
    meters = Meter.objects.filter(organisation=desk.contract.organisation_id).values_list("code", "unit", "name")
    return {code: unit or name for code, unit, name in meters}


def fixed_price(contract: pricing.Contract, stretch: Stretch, day: date, effect: Effect = NORMAL) -> Decimal | None:
    """What a whole period of the fixed components costs with VAT; None where nothing is fixed."""
    tariff = stretch.tariff
    if not tariff.fixed:
        return None
    full = ((part, full_price(part, quantity_on(contract, part.code, day))) for part in tariff.fixed)
    amount = sum((cents(price_in(part, effect, price) * stretch.scale) for part, price in full), ZERO)
    return split(tariff.vat_rate, tariff.prices, amount).gross


def phases_of(desk: Desk, line: Timeline) -> Iterator[Step]:
    """Each phase with another price than the normal one."""
    contract = priced(desk, desk.events)
    for stretch in line.stretches:
        if stretch.phases:
            ends = [*stretch.phases.days[1:], FOREVER]
            for day, until, effect in zip(stretch.phases.days, ends, stretch.phases.effects):
                start, end = max(day, stretch.start), min(until, stretch.end, line.end)
                if start < end and effect != NORMAL:
                    percent = "" if effect.price is not None else plain(effect.factor * 100)
                    yield Step(start, known(end), percent, fixed_price(contract, stretch, start, effect))


def lines_of(contract: Contract) -> list[InvoiceLine]:
    """What was billed, newest first."""
    rows = InvoiceLine.objects.filter(organisation=contract.organisation, contract=contract)
    return list(
        rows.select_related("invoice").defer("invoice__snapshot").order_by("-invoice__issued_on", "-start", "-id")
    )


def lines_until(desk: Desk, events: Events, until: date) -> list[pricing.Line]:
    """What is still to be billed until a day, corrections included; usage as far as it has come in, its days over or not."""
    usage = desk.usage or pricing.Usage()
    desired = pricing.charges(desk.terms.versions, priced(desk, events), usage, until, language=desk.language)
    return pricing.settle(desired, desk.billed, desk.language)


def coming(desk: Desk, lines: Sequence[pricing.Line], until: date) -> list[Coming]:
    """The lines with the days on which they fall due; what corrects days billed already is due at once."""
    usage = desk.usage or pricing.Usage()
    charges = pricing.charges(desk.terms.versions, priced(desk, desk.events), usage, until)
    found = {(charge.component, charge.start): charge for charge in charges}
    rows = []
    for line in lines:
        charge = found.get((line.component, line.start)) if line.kind == "charge" else None
        running = charge is not None and charge.kind == "usage" and charge.end > desk.today
        rows.append(Coming(charge.bill_on if charge else desk.today, line, running))
    return sorted(rows, key=lambda row: row.on)


def ending(desk: Desk, line: Timeline, value: Any, going_on: Sequence[pricing.Line], until: date) -> Ending | None:
    """What a cancellation that comes in today would bring; None if the contract ends no earlier by it."""
    event = {"on": desk.today.isoformat(), "cancel": value}
    events = [*desk.events, event]
    end = course(desk, events).end
    if end >= line.end or end == FOREVER:
        return None
    after = lines_until(desk, events, until)
    return Ending(
        last_day=end - DAY, credit=-gross_of(desk, [one for one in after if one.amount < 0 and one not in going_on]),
        still=gross_of(desk, [one for one in after if one.amount > 0]),
        less=gross_of(desk, going_on) - gross_of(desk, after), lines=after,
    )  # fmt: skip
