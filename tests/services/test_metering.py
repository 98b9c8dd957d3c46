"""Usage comes in: once for ever per key, for the right contract, on the right day; what comes late wakes its contract."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scope

from billing.models import Contract, UsageEvent
from billing.services import metering
from billing.services.metering import Incoming
from billing.services.usage import usage_of
from members.models import Organisation
from tests.services.club import noon
from tests.services.metered import customer, provider, use

pytestmark = [pytest.mark.both, pytest.mark.django_db]
NOW = noon(date(2027, 1, 5))
AT = datetime(2027, 1, 5, 12, tzinfo=UTC)


@pytest.fixture
def house() -> Iterator[Organisation]:
    organisation = provider()
    with scope(organisation=organisation):
        yield organisation


def sent(organisation: Organisation, *events: Incoming) -> list[str]:
    return [outcome.status for outcome in metering.record(organisation, events, NOW)]


def gb(key: str, contract: Contract, value: str = "1", at: datetime = AT) -> Incoming:
    return Incoming(key, "gb", at, contract.pk, value=Decimal(value))


def test_a_key_counts_once_for_ever(house: Organisation) -> None:
    one = customer(house, "1")
    assert sent(house, gb("a", one), gb("a", one), gb("a", one, "2"), gb("b", one)) == [
        "stored", "duplicate", "conflict", "stored",
    ]  # fmt: skip
    assert sent(house, gb("a", one), gb("b", one, "3"), gb("a", one, at=AT.replace(hour=13))) == [
        "duplicate", "conflict", "conflict",
    ]  # fmt: skip
    assert [str(event.value.normalize()) for event in UsageEvent.objects.order_by("key") if event.value] == ["1", "1"]


def test_a_member_with_one_contract_that_counts_needs_no_contract_number(house: Organisation) -> None:
    one = customer(house, "1")
    Contract.objects.create(
        organisation=house, member=one.member, tariff=customer(house, "2", "F").tariff, start=one.start
    )
    assert sent(house, Incoming("a", "gb", AT, member="1", value=Decimal(1))) == ["stored"]
    assert UsageEvent.objects.get().contract_id == one.pk
    Contract.objects.create(organisation=house, member=one.member, tariff=one.tariff, start=date(2027, 2, 1))
    (outcome,) = metering.record(house, [Incoming("b", "gb", AT, member="1", value=Decimal(1))], NOW)
    assert outcome.status == "refused"
    assert str(one.pk) in outcome.message


@pytest.mark.parametrize(
    "event",
    [
        Incoming("a", "water", AT, member="1", value=Decimal(1)), Incoming("", "gb", AT, member="1", value=Decimal(1)),
        Incoming("a", "gb", AT, member="9", value=Decimal(1)), Incoming("a", "gb", AT, contract=0, value=Decimal(1)),
        Incoming("a", "gb", AT.replace(tzinfo=None), member="1", value=Decimal(1)), Incoming("a", "gb", AT, member="1"),
        Incoming("a", "gb", AT, member="1", value=Decimal(1), text="x"), Incoming("a", "gb", AT, member="1", reading=Decimal(-1)),
        Incoming("a", "gb", AT, member="1", value=Decimal("0.0000001")), Incoming("a", "gb", AT, member="1", value=Decimal(10) ** 13),
        Incoming("a", "gb", AT, member="1", value=Decimal("NaN")), Incoming("a", "gb", AT, member="1", text="x" * 121),
    ],
)  # fmt: skip
def test_what_cannot_be_counted_is_refused_with_a_sentence(house: Organisation, event: Incoming) -> None:
    customer(house, "1")
    (outcome,) = metering.record(house, [event], NOW)
    assert outcome.status == "refused"
    assert outcome.message.endswith(".")
    assert not UsageEvent.objects.exists()


def test_an_event_belongs_to_its_day_in_berlin(house: Organisation) -> None:
    one = customer(house, "1")
    sent(house, gb("a", one, at=datetime(2027, 1, 31, 23, 30, tzinfo=UTC)))
    assert UsageEvent.objects.get().on == date(2027, 2, 1)


def amounts(contract: Contract) -> list[tuple[str, str]]:
    usage = usage_of([contract.pk], whole=True)[contract.pk]
    found = [(day, usage.measure("gb", "sum", date(2027, 1, day), date(2027, 1, day + 1))) for day in range(1, 31)]
    return [(str(day), str(one.quantity)) for day, one in found if one.events]


def test_a_reading_counts_what_went_through_since_the_one_before(house: Organisation) -> None:
    one = customer(house, "1")
    for key, day, value in (("r1", 3, "100"), ("r3", 20, "160")):
        use(house, one, key, f"2027-01-{day:02}T00:00:00+01:00", reading=value)
    assert amounts(one) == [("19", "60")]
    use(house, one, "r2", "2027-01-10T00:00:00+01:00", reading="130")
    assert amounts(one) == [("9", "30"), ("19", "30")]
    use(house, one, "new", "2027-01-25T00:00:00+01:00", reading="0", initial=True)
    use(house, one, "r4", "2027-01-28T00:00:00+01:00", reading="5")
    assert amounts(one) == [("9", "30"), ("19", "30"), ("27", "5")]


def test_only_what_comes_late_wakes_its_contract(house: Organisation) -> None:
    one, other = customer(house, "1"), customer(house, "2")
    Contract.objects.update(settled_to=date(2027, 1, 1), due_on=date(2027, 2, 1))
    assert not use(house, one, "in time", "2027-01-05T12:00:00+01:00", value="1").late
    assert Contract.objects.get(pk=one.pk).settled_to == date(2027, 1, 1)
    assert use(house, one, "late", "2026-12-31T12:00:00+01:00", value="1").late
    woken = Contract.objects.get(pk=one.pk)
    assert (woken.settled_to, woken.due_on) == (None, date(2026, 12, 30))
    assert Contract.objects.get(pk=other.pk).settled_to == date(2027, 1, 1)


def test_a_wrong_event_is_voided_once(house: Organisation) -> None:
    one = customer(house, "1")
    use(house, one, "a", "2027-01-05T12:00:00+01:00", value="7")
    event = UsageEvent.objects.get()
    metering.void(event, None, NOW)
    assert usage_of([one.pk], whole=True) == {}
    with pytest.raises(ValidationError, match=r"voided|ungültig"):
        metering.void(event, None, NOW)


def test_a_thousand_events_cost_as_many_queries_as_one(house: Organisation) -> None:
    one = customer(house, "1")

    def queries(count: int, name: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            metering.record(house, [gb(f"{name}{number}", one) for number in range(count)], NOW)
        return sum("INSERT" not in query["sql"] for query in captured)

    queries(1, "warm")
    assert queries(1000, "many") == queries(2, "few") <= 16
