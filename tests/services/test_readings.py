"""A counter does not go back: what is refused, what begins again at nothing, and how a wrong reading is put right."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from django_scopes import scope

from billing.models import Contract, Meter, UsageEvent
from billing.services import metering, usage_import
from billing.services.metering import Outcome
from billing.services.usage import usage_of
from members.models import Organisation
from tests.services.club import noon
from tests.services.metered import customer, provider, use

pytestmark = [pytest.mark.both, pytest.mark.django_db]
NOW = noon(date(2027, 3, 1))


@pytest.fixture
def house() -> Iterator[Organisation]:
    organisation = provider()
    with scope(organisation=organisation):
        yield organisation


def read(house: Organisation, one: Contract, day: int, shown: str, *, initial: bool = False) -> Outcome:
    return use(house, one, f"{day}{'n' * initial}", f"2027-02-{day:02}T00:00:00+01:00", reading=shown, initial=initial)


def used(one: Contract) -> Decimal:
    usage = usage_of([one.pk], whole=True)[one.pk]
    return Decimal(str(float(usage.measure("gb", "sum", date(2027, 1, 1), date(2028, 1, 1)).quantity)))


def test_a_reading_below_the_one_before_is_refused_with_that_one(house: Organisation) -> None:
    one = customer(house, "1")
    read(house, one, 3, "245.5")
    refused = read(house, one, 10, "88")
    assert refused.status == "refused"
    assert "245" in refused.message
    assert UsageEvent.objects.count() == 1


def test_a_reading_that_comes_late_may_not_be_above_the_one_after(house: Organisation) -> None:
    one = customer(house, "1")
    read(house, one, 3, "100")
    read(house, one, 20, "150")
    assert read(house, one, 10, "151").status == "refused"
    assert read(house, one, 11, "150").status == "stored"
    assert used(one) == 50


def test_a_new_counter_is_said_to_be_one(house: Organisation) -> None:
    one = customer(house, "1")
    read(house, one, 3, "100")
    assert read(house, one, 10, "110").status == "stored"
    assert read(house, one, 10, "4", initial=True).status == "stored"
    assert read(house, one, 20, "9").status == "stored"
    assert used(one) == 15


def test_a_counter_begins_again_after_its_highest_number(house: Organisation) -> None:
    Meter.objects.update(digits=5)
    one = customer(house, "1")
    assert read(house, one, 2, "100000").status == "refused"
    read(house, one, 3, "99990")
    assert read(house, one, 10, "20.5").status == "stored"
    assert used(one) == Decimal("30.5")
    assert read(house, one, 20, "10").status == "refused", "almost a whole turn is a mistake"


def test_readings_of_one_list_are_held_against_each_other(house: Organisation) -> None:
    customer(house, "1")
    rows = b"member;meter;at;reading\n1;gb;01.02.2027;10\n1;gb;15.02.2027;9\n1;gb;20.02.2027;30\n"
    report = usage_import.import_usage(house, rows, NOW)
    assert dict(report.outcomes) == {"stored": 2, "refused": 1}
    assert [one.line for one in report.refused] == [3]


def test_a_wrong_reading_is_voided_and_entered_again_and_the_list_stays_harmless(house: Organisation) -> None:
    one = customer(house, "1")
    wrong, right = (f"member;meter;at;reading\n1;gb;01.02.2027;{shown}\n".encode() for shown in ("954", "45,9"))
    assert usage_import.import_usage(house, wrong, NOW).outcomes["stored"] == 1
    assert usage_import.import_usage(house, right, NOW).outcomes["conflict"] == 1
    metering.void(UsageEvent.objects.get(), None, NOW)
    assert usage_import.import_usage(house, right, NOW).outcomes["stored"] == 1
    assert usage_import.import_usage(house, right, NOW).outcomes["duplicate"] == 1
    assert usage_import.import_usage(house, wrong, NOW).outcomes["duplicate"] == 1
    assert [event.reading for event in UsageEvent.objects.filter(contract=one, voided_at=None)] == [Decimal("45.9")]


def test_the_last_of_the_old_and_the_first_of_the_new_counter_stand_in_one_list_in_any_order(
    house: Organisation,
) -> None:
    one = customer(house, "1")
    rows = b"member;meter;at;reading;initial\n1;gb;01.02.2027;10;\n1;gb;15.02.2027;3;ja\n1;gb;15.02.2027;19;\n1;gb;20.02.2027;8;\n"
    assert usage_import.import_usage(house, rows, NOW).outcomes["stored"] == 4
    assert used(one) == 14
