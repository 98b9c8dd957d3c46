"""What is open, by claim and day."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scopes_disabled

from billing.models import Allocation, AncillaryClaim, Collection, Invoice, SetOff
from billing.services.open_items import OpenItem, advances, items_of, open_items
from tests.models.rows import DAY, LATER, organisation, row

pytestmark = [pytest.mark.both, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def everything_in_sight() -> Iterator[None]:
    with scopes_disabled():
        yield


def euro(amount: str) -> Decimal:
    return Decimal(amount)


def item(claim: Invoice, on: date) -> OpenItem:
    return items_of(Invoice.objects.filter(pk=claim.pk), on)[0]


def pays(claim: Invoice, amount: str, **given: Any) -> Allocation:
    found: Allocation = row(Allocation, invoice=claim, member=claim.payer, amount=euro(amount), **given)
    return found


def test_a_claim_is_open_until_the_banks_line_pays_it() -> None:
    claim = row(Invoice)
    assert (item(claim, DAY).open, item(claim, DAY).owed) == (euro("11.90"), euro("11.90"))
    pays(claim, "11.90", on=LATER)
    assert item(claim, LATER - timedelta(days=1)).open == euro("11.90")
    assert item(claim, LATER).open == 0
    assert open_items(organisation(), LATER, [claim.payer_id]) == []


def test_it_did_not_exist_before_it_was_issued() -> None:
    row(Invoice)
    assert open_items(organisation(), DAY - timedelta(days=1)) == []


def test_set_offs_and_part_payments_reduce_it_and_odd_cents_add_up() -> None:
    claim = row(Invoice)
    row(SetOff, invoice=claim, amount=euro("1.10"))
    for amount in ("0.10", "0.20", "2.50"):
        pays(claim, amount)
    assert (item(claim, LATER).payable, item(claim, LATER).paid) == (euro("10.80"), euro("2.80"))
    assert item(claim, LATER).open == euro("8.00")


def test_a_return_opens_it_again_and_what_was_taken_back_does_not_count_from_that_day() -> None:
    debit = row(Collection)
    claim = debit.invoice
    paid = pays(claim, "11.90", collection=debit)
    pays(claim, "-11.90", kind="return", collection=debit, on=LATER)
    assert item(claim, DAY).open == 0
    assert item(claim, LATER).open == euro("11.90")
    Allocation.objects.filter(pk=paid.pk).update(undone_on=LATER + timedelta(days=1))
    assert item(claim, LATER).open == euro("11.90")
    assert item(claim, LATER + timedelta(days=1)).open == euro("23.80")


def test_fees_stand_beside_the_claim_until_they_are_paid_or_waived() -> None:
    fee = row(AncillaryClaim)
    claim = fee.invoice
    assert (item(claim, LATER).open, item(claim, LATER).ancillary) == (euro("11.90"), euro("3.00"))
    pays(claim, "1.00", ancillary=fee, on=LATER)
    assert (item(claim, LATER).open, item(claim, LATER).ancillary) == (euro("11.90"), euro("2.00"))
    other = row(AncillaryClaim, invoice=claim)
    AncillaryClaim.objects.filter(pk=other.pk).update(waived_on=LATER + timedelta(days=1))
    assert item(claim, LATER).ancillary == euro("5.00")
    assert item(claim, LATER + timedelta(days=1)).ancillary == euro("2.00")


def test_a_debit_under_way_is_named_but_still_open() -> None:
    debit = row(Collection)
    assert item(debit.invoice, DAY).in_collection
    Collection.objects.filter(pk=debit.pk).update(booked_on=LATER)
    assert [item(debit.invoice, day).in_collection for day in (DAY, LATER)] == [True, False]


def test_what_was_paid_too_much_stands_to_the_members_credit() -> None:
    more = row(Allocation, kind="advance", invoice=None, amount=euro("7.00"))
    assert advances(organisation(), DAY) == {more.member_id: euro("7.00")}
    row(Allocation, kind="advance", invoice=None, amount=euro("-7.00"), member=more.member, on=LATER)
    assert advances(organisation(), LATER) == {}
    assert advances(organisation(), DAY, []) == {}


def test_the_number_of_queries_does_not_depend_on_the_number_of_claims() -> None:
    mine = organisation()
    with CaptureQueriesContext(connection) as few:
        open_items(mine, LATER)
    for _number in range(5):
        row(AncillaryClaim)
    with CaptureQueriesContext(connection) as many:
        assert len(open_items(mine, LATER)) == 10
    assert len(few) == len(many) == 2


def test_claims_of_others_stay_out_of_sight() -> None:
    claim = row(Invoice)
    assert [one.payer for one in open_items(organisation(), DAY, [claim.payer_id])] == [claim.payer_id]
    assert open_items(organisation(), DAY, [claim.payer_id + 1]) == []
