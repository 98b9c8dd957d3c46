"""The advice names what a member may have today: offered, of the family, in the own rhythm, under today's terms."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scope

from billing.models import Contract, Tariff
from billing.services import advice, contracts, what_if
from billing.services.advice import Choice
from billing.services.portfolio import Selection, load
from billing.services.what_if import Variant
from tests.services.metered import FEE, GB, customer, provider, tariff, use

pytestmark = [pytest.mark.both, pytest.mark.django_db]
SPAN = date(2027, 1, 1), date(2028, 1, 1)


def advised(other: dict[str, Any], **contract: Any) -> list[Choice]:
    """A customer with usage for 25.00 a month beside another tariff."""
    organisation = provider("rat", [tariff("S", [FEE, GB], intervals=[1, 3]), other])
    with scope(organisation=organisation):
        one = customer(organisation, "1")
        Contract.objects.filter(pk=one.pk).update(**contract)
        for month in range(1, 13):
            use(organisation, one, str(month), f"2027-{month:02}-10T12:00:00+01:00", value="60")
        return list(advice.best_tariffs(organisation, SPAN))


def flat(price: str, **terms: Any) -> dict[str, Any]:
    return tariff("F", [FEE | {"price": price}], **terms)


def test_a_tariff_that_came_later_is_advised_at_its_price_of_today() -> None:
    (one,) = advised(flat("20.00", valid_from="2027-11-01"))
    assert (one.tariff, one.best, one.cost, one.best_cost, one.saved) == (
        "S", "F", Decimal("418.80"), Decimal("240.00"), Decimal("178.80"),
    )  # fmt: skip


def test_a_tariff_that_begins_only_later_is_not_advised() -> None:
    (one,) = advised(flat("20.00", valid_from="2028-02-01"))
    assert list(one.costs) == ["S"]


def test_a_rhythm_that_the_other_tariff_does_not_have_rules_it_out() -> None:
    (one,) = advised(flat("20.00"), interval_months=3)
    assert list(one.costs) == ["S"]


def test_who_leaves_needs_no_advice_and_what_is_not_offered_is_none() -> None:
    organisation = provider("rat", [tariff("S", [FEE, GB]), flat("1.00")])
    with scope(organisation=organisation):
        one, other = customer(organisation, "1"), customer(organisation, "2")
        contracts.cancel_contract(one, date(2027, 10, 1), date(2027, 9, 1))
        Tariff.objects.filter(code="F").update(offered=False)
        (found,) = advice.best_tariffs(organisation, SPAN)
        assert (found.contract, list(found.costs)) == (other.pk, ["S"])


def test_the_sums_behind_the_advice_add_up() -> None:
    organisation = provider()
    with scope(organisation=organisation):
        one = customer(organisation, "1")
        use(organisation, one, "a", "2027-03-10T12:00:00+01:00", value="30")
        market = advice.market(organisation, SPAN[1])
        (held,) = load([one.pk], market.tariffs, *SPAN)
        own, other = advice.sums_of(held, market, SPAN)
    assert (own.tariff, own.fixed, own.usage, own.whole) == (
        "S",
        Decimal("118.80"),
        Decimal("10.00"),
        Decimal("128.80"),
    )
    assert (other.tariff, other.fixed, other.usage) == ("F", Decimal("240.00"), Decimal("0.00"))


def test_a_what_if_over_many_contracts_costs_as_many_queries_as_over_one() -> None:
    organisation = provider()
    with scope(organisation=organisation):
        tried = [Variant("F", "F", flat("1.00"), everybody=True)]

        def queries() -> int:
            with CaptureQueriesContext(connection) as captured:
                what_if.compare(organisation, Selection(), SPAN, tried)
            return len(captured)

        use(organisation, customer(organisation, "1"), "a", "2027-03-10T12:00:00+01:00", value="30")
        one = queries()
        for number in range(2, 9):
            use(organisation, customer(organisation, str(number)), str(number), "2027-03-10T12:00:00+01:00", value="30")
        assert queries() == one <= 6
