"""What holds for every contract, whatever happened to it: checked on ten thousand random histories in every run.

The long loop draws them cheaply and names the history that broke a rule; hypothesis draws a hundred more for each rule
and shrinks what it finds.
"""

import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.pricing import (
    Billed,
    Charge,
    Contract,
    Line,
    Usage,
    charges,
    daily_runs,
    next_bill_on,
    parse_contract,
    parse_tariffs,
    parse_usage,
    settle,
)
from billing.pricing.contracts import Cancellation
from billing.pricing.timeline import Timeline, timeline
from tests.pricing.build import Json
from tests.pricing.histories import UNTIL, catalogue, contract, usage

HISTORIES = 10_000
CONTRACTS = 25  # over the same tariffs, which take longer to read than a contract
DAY = timedelta(days=1)
CENT = Decimal("0.01")
Rule = Callable[["History"], None]


class Catalogue:
    """Random tariffs, and the same ones with a dearer fee."""

    def __init__(self, chance: Random) -> None:
        self.case = catalogue(chance)
        self.tariffs = parse_tariffs(self.case)
        self.dearer = parse_tariffs(with_higher_fees(self.case, chance.randrange(1, 5000) * CENT))


class History:
    """A random contract over these tariffs, and what the pricing core says about it."""

    def __init__(self, chance: Random, tariffs: Catalogue) -> None:
        self.chance = chance
        self.tariffs = tariffs.tariffs
        self.dearer = tariffs.dearer
        self.contract = parse_contract(contract(chance, tariffs.case))
        self.usage = Usage(parse_usage(usage(chance)))

    @cached_property
    def line(self) -> Timeline:
        return timeline(self.tariffs, self.contract)

    @cached_property
    def desired(self) -> list[Charge]:
        return self.charged(self.contract)

    @cached_property
    def without_discounts(self) -> list[Charge]:
        if not self.contract.discounts:
            return self.desired
        return self.charged(replace(self.contract, discounts=()))

    @cached_property
    def runs(self) -> list[Line]:
        """Every line of the daily runs, in their order."""
        issued = daily_runs(self.tariffs, self.contract, self.usage, UNTIL)
        return [line for run in issued for line in run.lines]

    def charged(self, contract: Contract, until: date = UNTIL) -> list[Charge]:
        return charges(self.tariffs, contract, self.usage, until)


def each_day_is_charged_once_or_free(history: History) -> None:
    """Free is a day before the paid time, after the end, in a pause, in a phase that costs nothing, or paid already."""
    line = history.line
    fees = [one for one in history.without_discounts if one.component == "fee"]
    for day in turning_points(history, fees):
        times = sum(fee.start <= day < fee.end for fee in fees)
        if not line.first_paid <= day < line.end or any(one.on <= day < one.until for one in history.contract.pauses):
            assert times == 0, day
        elif is_due(line, day, UNTIL) and not costs_nothing_more(line, fees, day):
            assert times == 1, day
        assert times <= 1, day


def turning_points(history: History, fees: list[Charge]) -> set[date]:
    """The days on which anything may begin or end: between two of them each day is like the one before."""
    line, contract = history.line, history.contract
    days = {contract.start, line.first_paid, line.end, contract.start - DAY}
    days.update(*((fee.start, fee.end) for fee in fees), *((pause.on, pause.until) for pause in contract.pauses))
    for stretch in line.stretches:
        days.update((stretch.start, *(stretch.phases.days if stretch.phases else ())))
        k = stretch.grid.index(stretch.start)
        while (day := stretch.grid.start(k)) <= min(stretch.end, UNTIL):
            days.add(day)
            k += 1
    return {day for day in days if day <= UNTIL}


def is_due(line: Timeline, day: date, until: date) -> bool:
    """Whether the period of the day is over by then, so that arrears are due too."""
    stretch = line.at(day)
    return stretch.grid.start(stretch.grid.index(day) + 1) <= until


def costs_nothing_more(line: Timeline, fees: list[Charge], day: date) -> bool:
    """A phase is free; where months or periods are charged, an earlier part of the period may have paid for the day."""
    stretch = line.at(day)
    if stretch.phases and stretch.phases.effect(day).factor == 0:
        return True
    first = stretch.grid.start(stretch.grid.index(day))
    return stretch.tariff.proration != "day" and any(first <= fee.start <= day for fee in fees)


def running_again_adds_nothing(history: History) -> None:
    assert settle(history.desired, billed_lines(history.runs)) == []


def billed_lines(issued: list[Line]) -> list[Billed]:
    names = ("component", "kind", "start", "end", "amount", "vat_rate", "revision", "tariff", "reverses")
    return [Billed(ref, **{name: getattr(line, name) for name in names}) for ref, line in enumerate(issued)]


def daily_runs_bill_what_one_run_in_the_end_bills(history: History) -> None:
    left: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for line in history.runs:
        left[line.component, line.tariff] += line.amount
    for once in settle(history.desired, []):
        left[once.component, once.tariff] -= once.amount
    assert not any(left.values())


def what_stays_and_what_is_credited_is_what_was_billed(history: History) -> None:
    lines = history.runs
    stays = {(charge.component, charge.start): charge.amount for charge in history.desired}
    against: dict[int | None, list[Line]] = defaultdict(list)
    for line in lines:
        against[line.reverses].append(line)
    for ref, line in enumerate(lines):
        if line.kind == "charge":
            rest = line.amount + sum((other.amount for other in against[ref]), Decimal(0))
            gone = any(other.kind == "reversal" for other in against[ref])
            assert rest == (0 if gone else stays.get((line.component, line.start)))
            assert all(other.amount < 0 for other in against[ref])


def no_line_is_written_or_reversed_twice(history: History) -> None:
    keys = [(line.component, line.kind, line.start, line.revision) for line in history.runs]
    assert len(keys) == len(set(keys))
    gone = [line.reverses for line in history.runs if line.kind == "reversal"]
    assert len(gone) == len(set(gone))


def a_higher_flat_price_never_lowers_a_bill(history: History) -> None:
    """Without changes of tariff: which way those go depends on the price."""
    stays = replace(history.contract, changes=())
    before = history.charged(stays) if history.contract.changes else history.desired
    after = charges(history.dearer, stays, history.usage, UNTIL)
    assert sum(charge.amount for charge in after) >= sum(charge.amount for charge in before)


def with_higher_fees(tariffs: Json, more: Decimal) -> Json:
    return {
        code: [{**version, "components": dearer(version["components"], more)} for version in versions]
        for code, versions in tariffs.items()
    }


def dearer(components: list[Json], more: Decimal) -> list[Json]:
    return [
        {**part, "price": str(Decimal(part["price"]) + more)} if part["kind"] == "flat" else part for part in components
    ]


def the_whole_is_the_sum_of_its_parts(history: History) -> None:
    """A charge that is cut in two by an end and a beginning costs what it costs in one, to the cent."""
    agreed = replace(history.contract, discounts=())
    whole = history.without_discounts
    fees = [one for one in whole if one.component == "fee" and history.line.at(one.start).tariff.proration == "day"]
    if fees:
        cut = history.chance.choice(fees)
        day = cut.start + (cut.end - cut.start) * history.chance.randrange(1, 10) / 10
        ended = replace(agreed, cancellations=(*agreed.cancellations, Cancellation(day, day, day)))
        parts = [*history.charged(ended, cut.end), *history.charged(replace(agreed, bill_from=day), cut.end)]
        one, many = amounts(whole, cut), amounts(parts, cut)
        assert abs(one - many) <= CENT, (one, many)


def amounts(found: list[Charge], within: Charge) -> Decimal:
    """The sum of the flat component within the days of a charge."""
    fees = (one for one in found if one.component == "fee")
    return sum((one.amount for one in fees if within.start <= one.start and one.end <= within.end), Decimal(0))


def asking_from_a_period_boundary_gives_the_same_charges_without_the_settled_ones(history: History) -> None:
    stretch = history.line.at(UNTIL)
    since = stretch.grid.start(history.chance.randrange(stretch.grid.index(UNTIL) + 2))
    if since >= stretch.start:
        late = charges(history.tariffs, history.contract, history.usage, UNTIL, since)
        assert late == [charge for charge in history.desired if charge.start >= since]


def going_from_due_day_to_due_day_misses_no_charge(history: History) -> None:
    visited: set[date] = set()
    day = next_bill_on(history.tariffs, history.contract, history.contract.start - DAY)
    while day is not None and day <= UNTIL:
        visited.add(day)
        day = next_bill_on(history.tariffs, history.contract, day)
    assert {charge.bill_on for charge in history.desired} <= visited


RULES: list[Rule] = [
    each_day_is_charged_once_or_free,
    running_again_adds_nothing,
    daily_runs_bill_what_one_run_in_the_end_bills,
    what_stays_and_what_is_credited_is_what_was_billed,
    no_line_is_written_or_reversed_twice,
    a_higher_flat_price_never_lowers_a_bill,
    the_whole_is_the_sum_of_its_parts,
    asking_from_a_period_boundary_gives_the_same_charges_without_the_settled_ones,
    going_from_due_day_to_due_day_misses_no_charge,
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.randoms(use_true_random=False))
def test_the_rule_holds(rule: Rule, chance: Random) -> None:
    rule(History(chance, Catalogue(chance)))


def test_ten_thousand_histories_keep_every_rule() -> None:
    first = random.randrange(10**9)
    broken: dict[str, str] = {}
    tariffs = Catalogue(Random(first // CONTRACTS))
    for number in range(first, first + HISTORIES):
        if number % CONTRACTS == 0:
            tariffs = Catalogue(Random(number // CONTRACTS))
        history = History(Random(number), tariffs)
        for rule in RULES:
            try:
                rule(history)
            except AssertionError as error:
                broken.setdefault(rule.__name__, f"history Random({number}): {error}")
    assert not broken
