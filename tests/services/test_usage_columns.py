"""Amounts that the database joined say the same as events read one by one; and a list of ids finds what each id finds."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest
from django.db.models import F
from django_scopes import scope

from billing import pricing
from billing.models import Contract, Meter, UsageEvent
from billing.pricing.periods import add_months
from billing.services import bulk, metering
from billing.services.among import Among
from billing.services.metering import Incoming
from billing.services.usage import events_of, rows_of, usage_of
from members.models import Organisation
from tests.services.club import noon
from tests.services.metered import customer, provider, use

pytestmark = [pytest.mark.both, pytest.mark.django_db]
FIRST = datetime.fromisoformat("2027-01-01T00:00:00+01:00")
AMOUNTS = ("0.000001", "0.5", "3", "120.25", "-4.125", "99999999.999999", "0")


@pytest.fixture
def house() -> Iterator[Organisation]:
    organisation = provider()
    with scope(organisation=organisation):
        Meter.objects.create(organisation=organisation, code="calls", name="Calls")
        yield organisation


def said(usage: pricing.Usage) -> list[tuple[object, int]]:
    """Each week's answer to every question, of two meters."""
    weeks = [(date(2027, 1, 1) + timedelta(days=7 * number)) for number in range(10)]
    return [
        (found.quantity, found.events)
        for meter in ("gb", "calls")
        for week in weeks
        for aggregate in ("sum", "max", "last", "count", "unique")
        for found in [usage.measure(meter, aggregate, week, week + timedelta(days=7))]
    ]


def one_by_one(contract: int) -> pricing.Usage:
    return pricing.Usage(event for _contract, event in events_of(rows_of([contract], whole=True)))


def some_events(chance: Random, contracts: list[Contract]) -> list[Incoming]:
    """In any order, several of them at different hours of a day."""
    return [
        Incoming(
            f"e{number}", chance.choice(("gb", "calls")), FIRST + timedelta(minutes=number + 240 * chance.randrange(360)),
            chance.choice(contracts).pk, value=Decimal(chance.choice(AMOUNTS)),
        )
        for number in range(80)
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_joined_or_one_by_one_is_the_same(house: Organisation, seed: int) -> None:
    chance, contracts = Random(seed), [customer(house, str(number)) for number in range(3)]
    metering.record(house, some_events(chance, contracts), noon(date(2027, 4, 1)))
    UsageEvent.objects.filter(key__in=("e1", "e2")).update(voided_at=noon(date(2027, 4, 1)))
    found = usage_of([one.pk for one in contracts], whole=True)
    assert {pk: said(usage) for pk, usage in found.items()} == {one.pk: said(one_by_one(one.pk)) for one in contracts}


def test_names_and_readings_are_counted_beside_amounts(house: Organisation) -> None:
    one, other = customer(house, "1"), customer(house, "2")
    use(house, one, "a", "2027-01-10T12:00:00+01:00", reading="100")
    use(house, one, "b", "2027-01-20T12:00:00+01:00", reading="130")
    use(house, one, "c", "2027-01-21T12:00:00+01:00", value="7")
    use(house, one, "d", "2027-01-22T12:00:00+01:00", text="song")
    use(house, other, "e", "2027-01-22T12:00:00+01:00", value="5")
    found = usage_of([one.pk, other.pk], whole=True)
    month = (date(2027, 1, 1), date(2027, 2, 1))
    assert [
        found[one.pk].measure("gb", "sum", *month).quantity,
        found[other.pk].measure("gb", "sum", *month).quantity,
    ] == [37, 5]
    assert found[one.pk].measure("gb", "unique", *month).events == 3


def test_what_may_come_follows_what_came() -> None:
    january = [date(2027, 1, 5), date(2027, 1, 31)]
    known = pricing.Usage.of({"gb": pricing.Column(january, [Decimal(2), Decimal(3)])})
    ahead = known.ahead(date(2027, 2, 1), 3)
    months = [add_months(date(2027, 1, 1), number) for number in range(5)]
    sums = [ahead.measure("gb", "sum", start, add_months(start, 1)).quantity for start in months]
    assert sums == [5, 5, 5, 5, 0]
    more = known.with_more("gb", date(2027, 1, 20), Decimal(10))
    assert [more.measure("gb", "last", date(2027, 1, 1), date(2027, 1, day)).quantity for day in (21, 32 - 1)] == [
        10,
        10,
    ]
    assert known.with_more("calls", date(2027, 1, 20), Decimal(1)).measure("calls", "count", *months[:2]).quantity == 1
    assert pricing.Usage().ahead(date(2027, 2, 1), 3).measure("gb", "sum", *months[:2]).events == 0


def test_a_list_of_ids_or_keys_finds_what_each_finds(house: Organisation) -> None:
    pks = [customer(house, str(number)).pk for number in range(4)]
    some = Contract.objects.filter(Among(F("pk"), pks[1:3]))
    assert sorted(some.values_list("pk", flat=True)) == pks[1:3]
    assert not Contract.objects.filter(Among(F("pk"), [])).exists()
    hostile = Contract.objects.filter(Among(F("member__number"), ['1","2', "3", "{4}", "'; --"]))
    assert list(hostile.values_list("member__number", flat=True)) == ["3"]


def test_a_key_that_another_took_meanwhile_is_left_and_the_others_are_written(house: Organisation) -> None:
    one, meter = customer(house, "1"), Meter.objects.get(code="gb")
    use(house, one, "taken", "2027-01-10T12:00:00+01:00", value="1")
    at = FIRST + timedelta(hours=30)
    rows = [
        (house.pk, meter.pk, one.pk, key, at, at.date(), Decimal(9), "", None, False, at)
        for key in ("new", "taken", "newer")
    ]  # fmt: skip
    assert bulk.insert_new(UsageEvent, metering.FIELDS, rows) == 2
    values = dict(UsageEvent.objects.values_list("key", "value"))
    assert values == {"taken": 1, "new": 9, "newer": 9}
