"""What must hold for any usage: the order of arrival does not matter, a counter tells what amounts tell, each event is billed once."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from random import Random

import pytest
from django_scopes import scope
from hypothesis import given
from hypothesis import strategies as st

from billing import pricing
from billing.models import Contract, UsageEvent
from billing.pricing.periods import add_months
from billing.services import metering
from billing.services.usage import Row, counted
from members.models import Organisation
from tests.services.club import noon
from tests.services.metered import bill, customer, provider, use
from tests.services.test_usage_billing import billed, owed

FIRST = datetime(2027, 1, 1, tzinfo=UTC)
DIGITS = 4
amounts = st.decimals(0, 900, places=3)


def row(place: int, hours: int, **amount: object) -> Row:
    at = FIRST + timedelta(hours=hours)
    values: dict[str, object] = {
        "value": None,
        "text": "",
        "reading": None,
        "initial": False,
        "digits": DIGITS,
    } | amount
    return Row(contract=1, meter="gb", on=at.date(), at=at, pk=place, **values)  # type: ignore[arg-type]


def usage(rows: list[Row]) -> pricing.Usage:
    return pricing.Usage(event for _contract, event in counted(rows))


def measured(found: pricing.Usage) -> list[tuple[object, int]]:
    """What each ten days come to, by every way to count numbers."""
    days = [date(2027, 1, 1) + timedelta(days=10 * number) for number in range(12)]
    return [
        (found.measure("gb", aggregate, start, end).quantity, found.measure("gb", aggregate, start, end).events)
        for start, end in pairwise(days)
        for aggregate in ("sum", "max", "last", "count")
    ]


@given(st.lists(st.tuples(st.integers(0, 2400), amounts), max_size=12), st.lists(amounts, max_size=12), st.randoms())
def test_the_order_of_arrival_does_not_matter(
    events: list[tuple[int, Decimal]], steps: list[Decimal], chance: Random
) -> None:
    hours = sorted({hour for hour, _value in events})
    rows = [row(place, hour, value=value) for place, (hour, (_hour, value)) in enumerate(zip(hours, events))]
    rows += readings(steps, Decimal(7))
    mixed = list(rows)
    chance.shuffle(mixed)
    assert measured(usage(mixed)) == measured(usage(rows))


def readings(steps: list[Decimal], first: Decimal) -> list[Row]:
    """What a counter shows after each step, every fifth day; it begins again at nothing after its highest number."""
    shown, found = first, [row(1000, 1, reading=first)]
    for place, step in enumerate(steps, 1):
        shown = (shown + step) % 10**DIGITS
        found.append(row(1000 + place, 1 + place * 120, reading=shown))
    return found


@given(st.lists(amounts, max_size=15), st.decimals(0, 9999, places=3))
def test_a_counter_tells_the_same_as_amounts_on_the_days_before(steps: list[Decimal], first: Decimal) -> None:
    plain = [row(place, 1 + place * 120 - 24, value=step) for place, step in enumerate(steps, 1)]
    assert measured(usage(readings(steps, first))) == measured(usage(plain))


@given(st.lists(amounts, min_size=2, max_size=8), st.integers(1, 6), st.decimals(0, 9999, places=3))
def test_a_new_counter_begins_where_it_begins(steps: list[Decimal], place: int, shown: Decimal) -> None:
    whole = readings(steps, Decimal(0))
    swap = min(place, len(steps))
    old, rest = whole[: swap + 1], whole[swap + 1 :]
    other = [old[-1]._replace(reading=shown, initial=True, pk=1)]
    for one in rest:
        other.append(one._replace(reading=(shown + (one.reading or 0) - (old[-1].reading or 0)) % 10**DIGITS))
    assert measured(usage([*other, *old])) == measured(usage(whole))


@pytest.fixture
def house() -> Iterator[Organisation]:
    organisation = provider()
    with scope(organisation=organisation):
        yield organisation


@pytest.mark.both
@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(4))
def test_each_event_is_billed_once_however_it_and_the_runs_come(house: Organisation, seed: int) -> None:
    chance, one = Random(seed), customer(house, "1")
    events = [(f"e{number}", date(2027, 1, 1) + timedelta(days=chance.randrange(150))) for number in range(14)]
    chance.shuffle(events)
    on = date(2027, 1, 1)
    while events or on < date(2027, 6, 2):
        for _number in range(chance.randrange(4)):
            if events:
                key, day = events.pop()
                assert (
                    use(house, one, key, f"{day}T12:00:00+01:00", value=str(chance.randrange(1, 20))).status == "stored"
                )
        if chance.random() < 0.2 and UsageEvent.objects.filter(voided_at=None).exists():
            metering.void(UsageEvent.objects.filter(voided_at=None)[0], None, noon(on))
        bill(house, on, on + timedelta(days=chance.choice((0, 0, 20))))
        on += timedelta(days=chance.randrange(1, 33))
    last = add_months(on, 1)
    bill(house, last)
    assert billed(one) == owed(one, last)
    bill(house, last)
    assert billed(Contract.objects.get(pk=one.pk)) == owed(one, last)
