"""Debits that come back: claim, mandate, fee, next attempt and books, as the reason code says."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django_scopes import scopes_disabled

from billing.formats.return_reasons import REASONS, ends_mandate, may_retry, reason_of
from billing.models import (
    AncillaryClaim,
    BillingRun,
    Collection,
    CollectionBatch,
    Creditor,
    LedgerSettings,
    Mandate,
    Posting,
    StatementEntry,
)
from billing.services import collect_again, collection, mandate_changes, reconciliation, settling
from billing.services.audit import audit
from billing.services.open_items import open_items
from members.models import Organisation
from tests.services.bank import (
    LATER,
    NOW,
    STRANGER,
    accept_all,
    bring,
    claim,
    club,
    debit,
    open_entries,
    proposals,
    returned,
    transfer,
    whole_file,
)

AGAIN = date(2027, 2, 15)

pytestmark = [pytest.mark.both, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def everything_in_sight() -> Iterator[None]:
    with scopes_disabled():
        yield


@pytest.fixture
def bank() -> Organisation:
    organisation = club(transfers=0)
    bring(organisation, [whole_file(organisation)])
    return organisation


def fees() -> list[Decimal]:
    return list(AncillaryClaim.objects.filter(waived_on=None).values_list("amount", flat=True))


def come_back(bank: Organisation, reason: str, fee: str = "3.00", pass_fees: bool = True) -> Collection:
    bring(bank, [returned(bank, "D0", reason, fee)], identifier=f"R{reason}", opening=Decimal("1028.00"))
    accept_all(bank, pass_fees)
    return debit(bank, "D0")


def again(bank: Organisation) -> list[collect_again.Open]:
    return collect_again.open_again(bank, AGAIN)


def collect(bank: Organisation, claims: list[int]) -> list[CollectionBatch]:
    return collect_again.collect_again(Creditor.objects.get(organisation=bank), claims, AGAIN, None, NOW)


def test_a_return_is_proposed_and_never_books_itself(bank: Organisation) -> None:
    bring(bank, [returned(bank, "D0")])
    [found] = proposals(bank).values()
    assert [(part.kind, part.amount) for part in found.parts] == [
        ("return", Decimal("-14.00")),
        ("fee", Decimal("-3.00")),
    ]
    assert debit(bank, "D0").state == "booked"


def test_it_opens_the_claim_from_the_banks_day_on(bank: Organisation) -> None:
    one = come_back(bank, "MS03")
    assert (one.state, one.failed_on, one.return_reason) == ("returned", LATER, "MS03")
    [item] = open_items(bank, LATER)
    assert (item.open, item.ancillary) == (Decimal("14.00"), Decimal("3.00"))
    assert open_items(bank, date(2027, 1, 7)) == []
    assert audit(bank) == []


def test_the_fee_is_the_banks_to_the_cent_and_only_for_those_whose_fault_it_is(bank: Organisation) -> None:
    come_back(bank, "AM04", "4.37")
    assert fees() == [Decimal("4.37")]


@pytest.mark.parametrize("reason", ["AM05", "MD01", "MD02", "MD07", "FF01", "BE05", "XX99", ""])
def test_what_is_our_fault_or_unknown_costs_the_payer_nothing(bank: Organisation, reason: str) -> None:
    come_back(bank, reason)
    assert fees() == []


def test_nobody_pays_a_fee_that_the_treasurer_keeps(bank: Organisation) -> None:
    come_back(bank, "AM04", pass_fees=False)
    assert fees() == []
    assert Posting.objects.filter(debit_account="4970").get().amount == Decimal("3.00")


@pytest.mark.parametrize("reason, usable, ended", [
    ("MS03", True, False), ("AM04", True, False), ("MD06", True, False), ("AC01", False, False), ("AC04", False, True),
    ("MD01", False, True), ("MD07", False, True), ("", True, False),
])  # fmt: skip
def test_the_mandate_stays_waits_or_ends(bank: Organisation, reason: str, usable: bool, ended: bool) -> None:
    mandate = come_back(bank, reason).mandate
    assert Mandate.objects.usable().filter(pk=mandate.pk).exists() is usable
    assert (Mandate.objects.get(pk=mandate.pk).ended_on == LATER) is ended


@pytest.mark.parametrize("reason, chosen", [
    ("AM04", True), ("MS03", True), ("MD06", False), ("MS02", False), ("AC04", False), ("AM05", False), ("AC01", False), ("", False),
])  # fmt: skip
def test_only_what_passes_by_itself_is_chosen_to_be_collected_again(
    bank: Organisation, reason: str, chosen: bool
) -> None:
    come_back(bank, reason)
    collection.assemble(BillingRun.objects.get(), NOW)
    assert debit(bank, "D0").state == "returned"
    [found] = again(bank)
    assert (found.invoice, found.left, found.chosen) == (claim(bank, "D0"), Decimal("14.00"), chosen)
    assert bool(found.warning) is not (reason in ("AM04", "MS03"))


def test_what_came_back_twice_is_not_chosen_and_says_how_often(bank: Organisation) -> None:
    come_back(bank, "AM04")
    [found] = again(bank)
    [batch] = collect(bank, [found.invoice.pk])
    collection.submit(batch, None, NOW, waiver="told in person")
    bring(bank, [returned(bank, "D0", "AM04", on=date(2027, 2, 20))], identifier="R2")
    accept_all(bank)
    [found] = again(bank)
    assert (found.chosen, "2" in found.warning) == (False, True)


def test_what_was_paid_otherwise_is_not_collected_again_and_of_the_rest_only_the_rest(bank: Organisation) -> None:
    come_back(bank, "AM04", fee="0.00")
    bring(bank, [transfer(bank, "4.00", claim(bank, "D0").number, on=date(2027, 1, 12))], identifier="S3")
    accept_all(bank)
    [found] = again(bank)
    assert found.left == Decimal("10.00")
    [batch] = collect(bank, [found.invoice.pk])
    assert (batch.total, debit(bank, "D0").amount) == (Decimal("10.00"), Decimal("10.00"))
    assert audit(bank) == []
    bring(bank, [transfer(bank, "10.00", claim(bank, "D0").number, on=date(2027, 1, 13))], identifier="S4")
    accept_all(bank)
    with pytest.raises(ValidationError, match=claim(bank, "D0").number):
        collection.submit(batch, None, NOW, waiver="told in person")
    collection.withdraw(batch, NOW)
    assert again(bank) == []
    with pytest.raises(ValidationError):
        collect(bank, [claim(bank, "D0").pk])
    assert audit(bank) == []


@pytest.mark.parametrize("reason", ["AC01", "AC04"])
def test_another_account_takes_a_stopped_mandate_up_again(bank: Organisation, reason: str) -> None:
    mandate = come_back(bank, reason).mandate
    [found] = again(bank)
    assert (found.mandate, found.stopped) == (None, mandate)
    mandate.refresh_from_db()
    if reason == "AC01":
        mandate_changes.change_account(mandate, STRANGER, "by telephone", LATER, None, NOW)
    else:
        assert mandate.ended_as == "returned"
        mandate_changes.give(mandate.creditor, mandate.member, "Dora Debita", STRANGER, LATER, None, NOW)
    [found] = again(bank)
    assert found.mandate is not None
    assert (found.mandate.iban, found.mandate.suspended_on) == (STRANGER, None)


def test_a_suspended_mandate_may_be_replaced_revoked_and_used_again(bank: Organisation) -> None:
    mandate = come_back(bank, "AC06").mandate
    mandate_changes.resume(mandate)
    assert Mandate.objects.usable().filter(pk=mandate.pk).exists()
    Mandate.objects.filter(pk=mandate.pk).update(suspended_on=LATER)
    new = mandate_changes.give(mandate.creditor, mandate.member, "Dora Debita", STRANGER, LATER, None, NOW)
    mandate.refresh_from_db()
    assert (mandate.ended_as, new.suspended_on) == ("replaced", None)
    Mandate.objects.filter(pk=new.pk).update(suspended_on=LATER)
    mandate_changes.revoke(new, LATER, None, NOW)
    assert Mandate.objects.get(pk=new.pk).ended_as == "revoked"


def test_the_same_return_twice_is_one(bank: Organisation) -> None:
    come_back(bank, "MS03")
    bring(bank, [returned(bank, "D0", reference="AGAIN")], identifier="R2")
    assert proposals(bank) == {}
    [entry] = open_entries(bank)
    with pytest.raises(ValidationError):
        reconciliation.came_back(bank, entry.pk, debit(bank, "D0").pk, None, NOW, True)
    assert fees() == [Decimal("3.00")]


def test_it_is_found_by_mandate_and_amount_where_the_bank_names_no_id(bank: Organisation) -> None:
    bring(bank, [returned(bank, "D0", end_to_end_id="NOTPROVIDED")])
    [found] = proposals(bank).values()
    assert (found.rule, found.parts[0].collection) == ("mandate", debit(bank, "D0").pk)


def test_a_part_of_a_debit_does_not_come_back(bank: Organisation) -> None:
    one = debit(bank, "D0")
    bring(bank, [transfer(bank, "-5.00", end_to_end_id=one.end_to_end_id, reason="MD06", name="Dora", code="NRTI+109")])
    assert proposals(bank) == {}
    with pytest.raises(ValidationError):
        reconciliation.came_back(bank, open_entries(bank)[0].pk, one.pk, None, NOW, True)


def test_it_may_come_before_the_credit_of_the_file() -> None:
    organisation = club(transfers=0)
    bring(organisation, [returned(organisation, "D0")])
    accept_all(organisation)
    bring(organisation, [whole_file(organisation)], identifier="S2")
    assert open_entries(organisation) == []
    [item] = open_items(organisation, LATER)
    assert (item.open, item.ancillary) == (Decimal("14.00"), Decimal("3.00"))
    assert debit(organisation, "D0").state == "returned"


def test_in_a_closed_month_it_is_posted_on_the_first_open_day(bank: Organisation) -> None:
    LedgerSettings.objects.filter(organisation=bank).update(closed_until=date(2027, 1, 31))
    come_back(bank, "MS03")
    late = Posting.objects.filter(allocation__entry__returned=True) | Posting.objects.filter(
        case__startswith="return_fee"
    )
    assert {one.posted_on for one in late} == {date(2027, 2, 1)}
    assert debit(bank, "D0").failed_on == LATER


def test_taking_a_return_back_takes_its_fee_back_too(bank: Organisation) -> None:
    come_back(bank, "AM04")
    entry = StatementEntry.objects.get(returned=True)
    settling.undo(bank, entry.pk, NOW.date())
    assert (debit(bank, "D0").state, fees()) == ("booked", [])
    assert open_items(bank, NOW.date()) == []
    assert audit(bank) == []


def test_a_return_is_not_taken_back_while_its_claim_is_collected_again(bank: Organisation) -> None:
    come_back(bank, "AM04")
    collect(bank, [claim(bank, "D0").pk])
    with pytest.raises(ValidationError):
        settling.undo(bank, StatementEntry.objects.get(returned=True).pk, NOW.date())
    assert StatementEntry.objects.get(returned=True).settled_at


def test_costs_are_paid_before_the_claim(bank: Organisation) -> None:
    come_back(bank, "AM04")
    bring(bank, [transfer(bank, "5.00", claim(bank, "D0").number, on=date(2027, 1, 12))], identifier="S3")
    accept_all(bank)
    [item] = open_items(bank, NOW.date())
    assert (item.open, item.ancillary) == (Decimal("12.00"), Decimal("0.00"))


def test_a_claim_paid_to_the_cent_without_its_fee_is_paid_as_the_payer_says(bank: Organisation) -> None:
    come_back(bank, "AM04")
    bring(bank, [transfer(bank, "14.00", claim(bank, "D0").number, on=date(2027, 1, 12))], identifier="S3")
    [item] = open_items(bank, NOW.date())
    assert (item.open, item.ancillary) == (Decimal("0.00"), Decimal("3.00"))


def test_the_table_knows_every_code_that_the_rulebook_asks_for() -> None:
    asked = "AC01 AC04 AC06 AC13 AG01 AG02 AM04 AM05 BE05 CNOR DNOR DT01 FF01 FF05 MD01 MD02 MD06 MD07 MS02 MS03 RC01 RR01 RR02 RR03 RR04 SL01"
    assert set(asked.split()) <= set(REASONS)
    assert {code for code, one in REASONS.items() if one.fee == "ours"} >= {"AM05", "BE05", "FF01", "MD02"}
    assert {code for code, one in REASONS.items() if one.retry == "once"} == {"AM04", "MS03"}
    assert reason_of("am05").claim == "check"
    assert reason_of("ZZ") == ("ZZ", "open", "keep", "no", "ours")


def test_a_second_attempt_after_ms03_is_the_last_and_a_second_refund_ends_the_mandate() -> None:
    assert [may_retry(codes) for codes in (["MS03"], ["MS03", "MS03"], ["AM04", "MS03"], ["MD06"], [])] == [
        True, False, False, False, True,
    ]  # fmt: skip
    assert [ends_mandate(codes) for codes in (["MD06"], ["MD06", "AM04", "MD06"], ["MD07"], [])] == [
        False, True, True, False,
    ]  # fmt: skip
