"""What holds for every contract, whatever happened to it."""

from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.pricing import (
    Billed,
    Charge,
    Contract,
    Line,
    Usage,
    Versions,
    charges,
    daily_runs,
    next_bill_on,
    parse_contract,
    parse_tariffs,
    parse_usage,
    settle,
)
from billing.pricing.contracts import Cancellation
from billing.pricing.timeline import timeline
from tests.pricing.build import Json
from tests.pricing.histories import UNTIL, cases

LONG = settings().max_examples >= 2000
often = settings(max_examples=10_000 if LONG else 300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
LATER = date(2029, 1, 1)
CENT = Decimal("0.01")


def parsed(case: Json) -> tuple[dict[str, Versions], Contract, Usage]:
    return parse_tariffs(case["tariffs"]), parse_contract(case["contract"]), Usage(parse_usage(case["usage"]))


def billed_lines(issued: list[Line]) -> list[Billed]:
    names = ("component", "kind", "start", "end", "amount", "vat_rate", "revision", "tariff", "reverses")
    return [Billed(ref, **{name: getattr(line, name) for name in names}) for ref, line in enumerate(issued)]


@often
@given(cases(phases=False, discounts=False))
def test_each_day_is_charged_once_or_free(case: Json) -> None:
    tariffs, contract, usage = parsed(case)
    line = timeline(tariffs, contract)
    covered: dict[date, int] = defaultdict(int)
    for charge in charges(tariffs, contract, usage, UNTIL):
        if charge.component == "fee":
            for offset in range((charge.end - charge.start).days):
                covered[charge.start + timedelta(days=offset)] += 1
    day, last = min(line.first_paid, contract.start), date(2026, 5, 31)
    while day < last:
        paused = any(pause.on <= day < pause.until for pause in contract.pauses)
        assert covered[day] == (line.first_paid <= day < line.end and not paused), day
        day += timedelta(days=1)


@often
@given(cases(prorations=("day", "month", "none")))
def test_daily_runs_bill_what_one_run_in_the_end_bills_and_running_again_adds_nothing(case: Json) -> None:
    tariffs, contract, usage = parsed(case)
    lines = [line for run in daily_runs(tariffs, contract, usage, UNTIL) for line in run.lines]
    desired = charges(tariffs, contract, usage, UNTIL)
    assert settle(desired, billed_lines(lines)) == []
    each_component_sums_to_what_is_desired(lines, desired)
    what_stays_and_what_is_credited_is_what_was_billed(lines, desired)
    no_line_is_written_or_reversed_twice(lines)


def each_component_sums_to_what_is_desired(lines: list[Line], desired: list[Charge]) -> None:
    left: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for line in lines:
        left[line.component, line.tariff] += line.amount
    for charge in desired:
        left[charge.component, charge.tariff] -= charge.amount
    assert not any(left.values())


def what_stays_and_what_is_credited_is_what_was_billed(lines: list[Line], desired: list[Charge]) -> None:
    stays = {(charge.component, charge.start): charge.amount for charge in desired}
    against: dict[int | None, list[Line]] = defaultdict(list)
    for line in lines:
        against[line.reverses].append(line)
    for ref, line in enumerate(lines):
        if line.kind == "charge":
            rest = line.amount + sum((other.amount for other in against[ref]), Decimal(0))
            gone = any(other.kind == "reversal" for other in against[ref])
            assert rest == (0 if gone else stays[line.component, line.start])
            assert all(other.amount < 0 for other in against[ref])


def no_line_is_written_or_reversed_twice(lines: list[Line]) -> None:
    keys = [(line.component, line.kind, line.start, line.revision) for line in lines]
    assert len(keys) == len(set(keys))
    gone = [line.reverses for line in lines if line.kind == "reversal"]
    assert len(gone) == len(set(gone))


@often
@given(cases(codes=("a",), prorations=("day", "month", "none")), st.integers(1, 5000))
def test_a_higher_flat_price_never_lowers_a_bill(case: Json, cents: int) -> None:
    tariffs, contract, usage = parsed(case)
    before = sum(charge.amount for charge in charges(tariffs, contract, usage, UNTIL))
    part: Any = case["tariffs"]["a"]["components"][0]
    part["price"] = str(Decimal(part["price"]) + cents * CENT)
    after = sum(charge.amount for charge in charges(parse_tariffs(case["tariffs"]), contract, usage, UNTIL))
    assert after >= before


@often
@given(cases(codes=("a",), discounts=False), st.data())
def test_the_whole_is_the_sum_of_its_parts(case: Json, data: st.DataObject) -> None:
    tariffs, contract, usage = parsed(case)
    whole = charges(tariffs, contract, usage, UNTIL)
    fees = [charge for charge in whole if charge.component == "fee"]
    for cut in data.draw(st.lists(st.sampled_from(fees), max_size=3)) if fees else []:
        day = cut.start + (cut.end - cut.start) / 2
        pieces = [*part_until(tariffs, contract, usage, day), *part_from(tariffs, contract, usage, day)]
        one, many = amounts(whole, cut), amounts(pieces, cut)
        assert abs(one - many) <= CENT, (one, many)


def part_until(tariffs: dict[str, Versions], contract: Contract, usage: Usage, day: date) -> list[Charge]:
    ended = replace(contract, cancellations=(*contract.cancellations, Cancellation(day, day, day)))
    return charges(tariffs, ended, usage, LATER)


def part_from(tariffs: dict[str, Versions], contract: Contract, usage: Usage, day: date) -> list[Charge]:
    return charges(tariffs, replace(contract, bill_from=day), usage, LATER)


def amounts(found: list[Charge], within: Charge) -> Decimal:
    """The sum of the flat component within the days of a charge."""
    return sum(
        (
            charge.amount
            for charge in found
            if charge.component == "fee" and within.start <= charge.start < within.end and charge.end <= within.end
        ),
        Decimal(0),
    )


@often
@given(cases(prorations=("day", "month", "none")), st.data())
def test_asking_from_a_period_boundary_on_gives_the_same_charges_without_the_settled_ones(
    case: Json, data: st.DataObject
) -> None:
    tariffs, contract, usage = parsed(case)
    whole = charges(tariffs, contract, usage, UNTIL)
    stretch = timeline(tariffs, contract).at(UNTIL)
    k = data.draw(st.integers(0, stretch.grid.index(UNTIL) + 1))
    since = stretch.grid.start(k)
    if since >= stretch.start:
        late = charges(tariffs, contract, usage, UNTIL, since)
        assert late == [charge for charge in whole if charge.start >= since]


@often
@given(cases(prorations=("day", "month", "none")))
def test_going_from_due_day_to_due_day_misses_no_charge(case: Json) -> None:
    tariffs, contract, usage = parsed(case)
    visited: set[date] = set()
    day = next_bill_on(tariffs, contract, contract.start - timedelta(days=1))
    while day is not None and day <= UNTIL:
        visited.add(day)
        day = next_bill_on(tariffs, contract, day)
    assert {charge.bill_on for charge in charges(tariffs, contract, usage, UNTIL)} <= visited
