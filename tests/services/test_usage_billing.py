"""Usage on invoices: when its days are over, for its own period however late, and what is billed in the end is what is owed."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from django_scopes import scope

from billing import pricing
from billing.models import Contract, InvoiceLine, UsageEvent
from billing.pricing.money import total
from billing.pricing.periods import add_months
from billing.services import contracts, metering
from billing.services.usage import usage_of
from members.models import Organisation
from tests.services.club import noon
from tests.services.metered import FEE, GB, bill, customer, provider, tariff, use

pytestmark = [pytest.mark.both, pytest.mark.django_db]
JAN, FEB, MAR = date(2027, 1, 1), date(2027, 2, 1), date(2027, 3, 1)


@pytest.fixture
def house() -> Iterator[Organisation]:
    organisation = provider()
    with scope(organisation=organisation):
        yield organisation


def owed(contract: Contract, until: date) -> Decimal:
    """What the pure core says about everything that is known."""
    tariffs = contracts.load_tariffs(contract.organisation)
    priced = pricing.parse_contract(contracts.stored_data(contract))
    usage = usage_of([contract.pk], whole=True).get(contract.pk) or pricing.Usage()
    return total(charge.amount for charge in pricing.charges(tariffs, priced, usage, until))


def billed(contract: Contract) -> Decimal:
    return total(InvoiceLine.objects.filter(contract=contract).values_list("amount", flat=True))


def test_fee_ahead_and_usage_when_its_days_are_over(house: Organisation) -> None:
    one = customer(house, "1")
    use(house, one, "a", "2027-01-10T12:00:00+01:00", value="30")
    assert bill(house, JAN) == [("fee", "01-01", "9.90")]
    assert bill(house, FEB) == [("data", "01-01", "10.00"), ("fee", "02-01", "9.90")]
    assert bill(house, FEB) == [("data", "01-01", "10.00"), ("fee", "02-01", "9.90")], "the same run again"
    assert InvoiceLine.objects.count() == 3


def test_a_run_that_looks_ahead_does_not_bill_usage_that_goes_on(house: Organisation) -> None:
    one = customer(house, "1")
    use(house, one, "a", "2027-01-10T12:00:00+01:00", value="30")
    assert bill(house, date(2027, 1, 15), date(2027, 2, 28)) == [("fee", "01-01", "9.90"), ("fee", "02-01", "9.90")]
    use(house, one, "b", "2027-01-20T12:00:00+01:00", value="10")
    assert bill(house, date(2027, 2, 15), date(2027, 3, 31)) == [("data", "01-01", "15.00"), ("fee", "03-01", "9.90")]


def test_a_late_event_is_billed_for_its_own_period_by_lines_that_name_it(house: Organisation) -> None:
    one = customer(house, "1")
    use(house, one, "a", "2027-01-10T12:00:00+01:00", value="30")
    for day in (JAN, FEB, MAR):
        bill(house, day)
    assert use(house, one, "late", "2027-01-11T12:00:00+01:00", value="2").late
    found = bill(house, add_months(MAR, 1))
    assert found == [("data", "01-01", "-10.00"), ("data", "01-01", "11.00"), ("fee", "04-01", "9.90")]
    assert billed(one) == owed(one, add_months(MAR, 1))


def test_usage_after_the_end_of_the_contract_is_still_billed(house: Organisation) -> None:
    one = customer(house, "1")
    bill(house, JAN)
    contracts.cancel_contract(one, FEB, date(2027, 1, 5))
    bill(house, FEB)
    bill(house, MAR)
    assert Contract.objects.get(pk=one.pk).due_on is None
    assert use(house, one, "late", "2027-01-31T12:00:00+01:00", value="12").late
    assert bill(house, add_months(MAR, 1)) == [("data", "01-01", "1.00")]


def test_voided_usage_is_credited(house: Organisation) -> None:
    one = customer(house, "1")
    use(house, one, "a", "2027-01-10T12:00:00+01:00", value="30")
    bill(house, JAN)
    bill(house, FEB)
    metering.void(UsageEvent.objects.get(), None, noon(FEB))
    assert bill(house, MAR) == [("data", "01-01", "-10.00"), ("fee", "03-01", "9.90")]


def test_a_month_without_usage_is_settled_and_its_late_usage_found(house: Organisation) -> None:
    one = customer(house, "1")
    for day in (JAN, FEB, MAR):
        bill(house, day)
    assert Contract.objects.get(pk=one.pk).settled_to == MAR
    assert use(house, one, "late", "2027-02-11T12:00:00+01:00", value="20").late
    assert ("data", "02-01", "5.00") in bill(house, add_months(MAR, 1))


def test_an_old_contract_is_not_priced_from_its_birth(house: Organisation) -> None:
    one = customer(house, "1")
    for number in range(8):
        use(house, one, f"m{number}", f"2027-{number + 1:02}-10T12:00:00+01:00", value="30")
        bill(house, add_months(JAN, number))
    assert Contract.objects.get(pk=one.pk).settled_to == date(2027, 8, 1)
    assert usage_of([one.pk])[one.pk].measure("gb", "count", date(2000, 1, 1), date(2100, 1, 1)).events == 1
    assert billed(one) == owed(one, date(2027, 8, 1))


def test_from_a_flat_tariff_to_a_metered_one_and_back(house: Organisation) -> None:
    one = customer(house, "1", "F")
    bill(house, JAN)
    contracts.add_event(one, "change_tariff", date(2027, 1, 15), "S", date(2027, 1, 15))
    use(house, one, "a", "2027-02-10T12:00:00+01:00", value="30")
    for number in range(1, 3):
        bill(house, add_months(JAN, number))
    contracts.add_event(Contract.objects.get(pk=one.pk), "change_tariff", date(2027, 3, 10), "F", date(2027, 3, 10))
    use(house, one, "b", "2027-03-05T12:00:00+01:00", value="30")
    for number in range(3, 5):
        bill(house, add_months(JAN, number))
    assert billed(one) == owed(one, add_months(JAN, 4))


def test_pauses_trial_and_arrears_end_where_the_core_says() -> None:
    terms = {"trial": {"days": 20}, "timing": "arrears", "anchor": "start", "interval": {"months": 2}}
    organisation = provider("pausen", [tariff("S", [FEE, GB], **terms)])
    with scope(organisation=organisation):
        one = customer(organisation, "1")
        contracts.add_event(one, "pause", date(2027, 4, 5), {"until": "2027-05-03"}, date(2027, 4, 1))
        for month in range(1, 11):
            use(organisation, one, f"u{month}", f"2027-{month:02}-07T12:00:00+01:00", value="17.5")
            bill(organisation, date(2027, month, 2))
        use(organisation, one, "late", "2027-05-20T12:00:00+01:00", value="40")
        bill(organisation, date(2027, 11, 2))
        assert billed(one) == owed(one, date(2027, 11, 2))
        assert billed(one) > 0
