"""A contract's story: what is shown is what the books hold and what the next run does."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django_scopes import scope

from billing.documents.timeline_drawing import drawn
from billing.models import Contract, InvoiceLine
from billing.office.contract_words import picture_of
from billing.services import contracts
from billing.services.contract_story import story_of
from billing.services.line_story import explain
from members.models import Organisation
from tests.services.club import noon
from tests.services.metered import FEE, GB, bill, customer, provider, tariff, use

pytestmark = [pytest.mark.both, pytest.mark.django_db]
JAN, FEB, MAR = date(2027, 1, 1), date(2027, 2, 1), date(2027, 3, 1)
TIERS: dict[str, Any] = {
    "model": "graduated",
    "tiers": [{"up_to": "20", "unit": "0.50"}, {"up_to": None, "unit": "0.10"}],
}


@pytest.fixture
def house() -> Iterator[Organisation]:
    metered = {key: value for key, value in GB.items() if key not in ("price", "model")} | TIERS
    terms = {"trial": {"days": 31}, "phases": [{"months": 1, "factor": "0.5"}], "anchor": "start"}
    organisation = provider("verlauf", [tariff("S", [FEE, metered], **terms), tariff("F", [FEE | {"price": "20.00"}])])
    with scope(organisation=organisation):
        yield organisation


def story(contract: Contract, on: date) -> Any:
    return story_of(Contract.objects.select_related("member__payer", "tariff", "organisation").get(pk=contract.pk), on)


def test_trial_phases_pauses_tariffs_and_invoices_are_told_and_drawn(house: Organisation) -> None:
    one = customer(house, "1")
    contracts.add_event(one, "pause", date(2027, 4, 10), {"until": "2027-04-20"}, FEB)
    contracts.add_event(one, "change_tariff", date(2027, 5, 1), "F", FEB)
    for number in range(1, 4):
        bill(house, date(2027, number + 1, 1))
    told = story(one, date(2027, 4, 1))
    assert (told.first_paid, told.pauses) == (FEB, [(date(2027, 4, 10), date(2027, 4, 20))])
    assert [(segment.tariff, segment.start, segment.end) for segment in told.segments] == [
        ("Tariff S", FEB, date(2027, 5, 1)), ("Tariff F", date(2027, 5, 1), None),
    ]  # fmt: skip
    assert [(step.start, step.end, step.percent) for step in told.phases] == [(FEB, MAR, "50")]
    picture = str(drawn(picture_of(told, date(2027, 4, 1))))
    for kind, count in (("trial", 1), ("phase", 1), ("pause", 1), ("segment", 2), ("invoice", 3), ("today", 1)):
        assert picture.count(f'class="{kind}"') == count, kind


def test_what_a_cancellation_would_bring_is_what_it_brings(house: Organisation) -> None:
    one = customer(house, "1", "F")
    Contract.objects.filter(pk=one.pk).update(interval_months=None)
    bill(house, JAN)
    told = story(one, date(2027, 1, 10))
    assert told.next_end == FEB
    contracts.add_event(Contract.objects.get(pk=one.pk), "cancel", date(2027, 1, 10), "contractual", date(2027, 1, 10))
    after = story(one, date(2027, 1, 10))
    assert (after.end, after.coming) == (FEB, [])
    assert bill(house, FEB) == []


def test_a_line_explains_its_tiers_and_its_events(house: Organisation) -> None:
    one = customer(house, "1")
    use(house, one, "a", "2027-02-10T12:00:00+01:00", value="30")
    use(house, one, "b", "2027-02-11T12:00:00+01:00", value="10")
    bill(house, FEB)
    bill(house, MAR)
    found = explain(InvoiceLine.objects.get(component="data"))
    assert found.charge is not None
    assert (found.charge.amount, found.differs, found.counted) == (Decimal("11.00"), False, 2)
    assert any("20" in note and "0,50" in note for note in found.charge.explanation)
    use(house, one, "late", "2027-02-12T12:00:00+01:00", value="10")
    assert explain(InvoiceLine.objects.get(component="data")).differs
    bill(house, date(2027, 4, 1))
    reversed_line = InvoiceLine.objects.get(component="data", kind="reversal")
    assert explain(reversed_line).about.kind == "charge"
    assert not explain(InvoiceLine.objects.get(component="data", kind="charge", revision=2)).differs


def test_the_story_costs_a_fixed_number_of_queries(house: Organisation, django_assert_max_num_queries: Any) -> None:
    one = customer(house, "1")
    for number in range(6):
        bill(house, date(2027, number + 1, 1))
    with django_assert_max_num_queries(24):
        story(one, noon(MAR).date())
