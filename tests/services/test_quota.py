"""Usage against a free quota: how much, what it costs so far, where it is heading; and who is told, once."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django_scopes import scope

from billing.models import Mail, Meter
from billing.services import quota_mails
from billing.services.quota import near_quota, usage_rows
from members.models import Member, Organisation
from tests.services.club import noon
from tests.services.metered import FEE, GB, customer, provider, tariff, use

pytestmark = [pytest.mark.both, pytest.mark.django_db]
TODAY = date(2027, 2, 14)


@pytest.fixture
def house() -> Iterator[Organisation]:
    organisation = provider()
    with scope(organisation=organisation):
        yield organisation


def test_the_running_period_with_its_cost_and_outlook(house: Organisation) -> None:
    one = customer(house, "1")
    use(house, one, "jan", "2027-01-10T12:00:00+01:00", value="30")
    use(house, one, "feb", "2027-02-10T12:00:00+01:00", value="14")
    (row,) = usage_rows(one, TODAY)
    assert (row.now.start, row.now.end, row.now.used, row.now.free) == (
        date(2027, 2, 1),
        date(2027, 3, 1),
        Decimal(14),
        Decimal(10),
    )
    assert (row.percent, row.now.cost, row.days_left) == (140, Decimal("2.00"), 14)
    assert (row.expected, row.expected_cost) == (Decimal(28), Decimal("9.00"))
    assert [(span.start, span.used, span.cost) for span in row.past] == [
        (date(2027, 1, 1), Decimal(30), Decimal("10.00"))
    ]


def test_a_part_period_has_its_share_of_the_quota(house: Organisation) -> None:
    one = customer(house, "1", start=date(2027, 2, 15))
    (row,) = usage_rows(one, date(2027, 2, 20))
    assert (row.now.start, row.now.free, row.percent) == (date(2027, 2, 15), Decimal(5), 0)
    assert usage_rows(one, date(2027, 2, 14)) == []


def test_a_maximum_is_not_carried_forward() -> None:
    organisation = provider("spitze", [tariff("S", [FEE, GB | {"aggregate": "max"}])])
    with scope(organisation=organisation):
        one = customer(organisation, "1")
        use(organisation, one, "a", "2027-02-10T12:00:00+01:00", value="8")
        (row,) = usage_rows(one, TODAY)
        assert (row.now.used, row.expected, row.expected_cost) == (Decimal(8), Decimal(8), Decimal(0))


def test_who_is_near_the_quota_is_found_and_nobody_else(house: Organisation) -> None:
    for number, value in (("1", "7.9"), ("2", "8"), ("3", "11")):
        use(house, customer(house, number), number, "2027-02-10T12:00:00+01:00", value=value)
    customer(house, "4", "F")
    assert [(one.number, row.percent) for one, row in near_quota(house, TODAY)] == [("2", 80), ("3", 110)]


def test_a_member_is_told_once_per_level_and_period(house: Organisation) -> None:
    one = customer(house, "1")
    use(house, one, "a", "2027-02-10T12:00:00+01:00", value="8")
    now = noon(TODAY)
    assert quota_mails.write(house, TODAY, now) == 1
    quota_mails.write(house, TODAY, now)
    use(house, one, "b", "2027-02-12T12:00:00+01:00", value="5")
    quota_mails.write(house, TODAY + timedelta(days=1), now)
    quota_mails.write(house, TODAY + timedelta(days=2), now)
    mails = list(Mail.objects.filter(kind="quota").order_by("pk"))
    assert [mail.key.rpartition(":")[2] for mail in mails] == ["80", "100"]
    assert [mail.recipient for mail in mails] == ["m1@example.org"] * 2
    assert "13" in mails[1].text


def test_who_pays_is_told_for_a_member_without_an_address(house: Organisation) -> None:
    one, parent = customer(house, "1"), customer(house, "2", "F")
    Member.objects.filter(pk=one.member_id).update(email="", payer=parent.member_id)
    use(house, one, "a", "2027-02-10T12:00:00+01:00", value="9")
    assert quota_mails.write(house, TODAY, noon(TODAY)) == 1
    assert Mail.objects.get(kind="quota").recipient == "m2@example.org"


def test_nobody_is_told_where_the_meter_says_so(house: Organisation) -> None:
    use(house, customer(house, "1"), "a", "2027-02-10T12:00:00+01:00", value="12")
    Meter.objects.update(quota_mails=False)
    assert quota_mails.write(house, TODAY, noon(TODAY)) == 0
