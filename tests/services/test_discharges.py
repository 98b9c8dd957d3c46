"""What becomes of a claim that no bank line pays: written off with its VAT, given up, paid from the credit balance, waived."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django_scopes import scopes_disabled

from billing.models import (
    AncillaryClaim,
    Creditor,
    DebtorAccount,
    DebtSettings,
    Discharge,
    Invoice,
    Payout,
    Posting,
    StatementEntry,
)
from billing.pricing.money import total
from billing.services import (
    audit,
    collect_again,
    collection,
    discharges,
    invoicing,
    payouts,
    reconciliation,
    settling,
    waiving,
)
from billing.services.correcting import correct
from billing.services.corrections import Wish
from billing.services.open_items import advances, open_items
from members.models import Organisation, User
from tests.services.bank import (
    NOW,
    accept_all,
    bring,
    claim,
    club,
    debit,
    member,
    proposals,
    returned,
    transfer,
    whole_file,
)
from tests.services.club import noon
from tests.services.metered import FEE, customer, provider, tariff

pytestmark = [pytest.mark.both, pytest.mark.django_db]
TODAY = NOW.date()


@pytest.fixture(autouse=True)
def everything_in_sight() -> Iterator[None]:
    with scopes_disabled():
        yield


@pytest.fixture
def house() -> Organisation:
    return club(debits=1, transfers=2)


def owed(organisation: Organisation, number: str, on: date = TODAY) -> Decimal:
    return total(item.owed for item in open_items(organisation, on) if item.invoice == claim(organisation, number).pk)


def posted(organisation: Organisation) -> list[tuple[str, str, Decimal]]:
    rows = Posting.objects.filter(organisation=organisation, case__startswith="write_off").order_by("pk")
    return list(rows.values_list("debit_account", "credit_account", "amount"))


def refused_with(code: str) -> Any:
    return pytest.raises(ValidationError, check=lambda refused: code in (refused.code, refused.error_list[0].code))


def clerk(name: str) -> User:
    return User.objects.create_user(f"{name}@example.org", "secret-enough")


def test_a_claim_is_written_off_with_its_costs_and_the_books_lose_it(house: Organisation) -> None:
    bring(house, [whole_file(house)])
    bring(house, [returned(house, "D0")], identifier="S2")
    accept_all(house)
    [principal, fee] = sorted(
        discharges.write_off(house, claim(house, "D0").pk, "verstorben, Nachlass leer", None, TODAY),
        key=lambda one: -one.amount,
    )
    assert (principal.amount, fee.amount, bool(fee.ancillary)) == (Decimal("14.00"), Decimal("3.00"), True)
    assert owed(house, "D0") == 0
    account = str(DebtorAccount.objects.get(member=member(house, "D0")).number)
    assert sorted(posted(house)) == [("2400", account, Decimal("3.00")), ("2400", account, Decimal("14.00"))]
    assert audit.audit(house) == []


def test_a_write_off_needs_a_reason_and_something_that_is_open(house: Organisation) -> None:
    with refused_with("reason"):
        discharges.write_off(house, claim(house, "T0").pk, "  ", None, TODAY)
    with refused_with("in_collection"):
        discharges.write_off(house, claim(house, "D0").pk, "x", None, TODAY)
    discharges.write_off(house, claim(house, "T0").pk, "x", None, TODAY)
    with refused_with("not_open"):
        discharges.write_off(house, claim(house, "T0").pk, "x", None, TODAY)


def test_where_two_are_asked_for_the_second_one_confirms(house: Organisation) -> None:
    DebtSettings.objects.create(organisation=house, write_off_four_eyes=True)
    maker, checker, key = clerk("maker"), clerk("checker"), claim(house, "T0").pk
    discharges.write_off(house, key, "insolvent", maker, TODAY)
    assert (owed(house, "T0"), posted(house)) == (Decimal("14.00"), [])
    with refused_with("proposed"):
        discharges.write_off(house, key, "again", checker, TODAY)
    with refused_with("own_proposal"):
        discharges.confirm(house, key, maker, TODAY)
    assert discharges.confirm(house, key, checker, TODAY) == 1
    assert (owed(house, "T0"), len(posted(house))) == (Decimal(0), 1)
    with refused_with("not_open"):
        discharges.confirm(house, key, checker, TODAY)


def test_a_proposal_is_void_when_money_came_meanwhile_and_can_be_dropped(house: Organisation) -> None:
    DebtSettings.objects.create(organisation=house, write_off_four_eyes=True)
    key = claim(house, "T0").pk
    discharges.write_off(house, key, "insolvent", None, TODAY)
    bring(house, [transfer(house, "4.00", claim(house, "T0").number)])
    accept_all(house)
    with refused_with("changed"):
        discharges.confirm(house, key, clerk("checker"), TODAY)
    discharges.refuse(house, key, TODAY)
    with refused_with("answered"):
        discharges.refuse(house, key, TODAY)
    assert owed(house, "T0") == Decimal("10.00")


def test_money_after_all_takes_just_that_much_out_of_the_write_off(house: Organisation) -> None:
    number = claim(house, "T0").number
    discharges.write_off(house, claim(house, "T0").pk, "insolvent", None, TODAY)
    bring(house, [transfer(house, "5.00", f"Quote {number}")])
    [found] = proposals(house).values()
    assert (found.rule, found.certain) == ("written_off", False)
    assert accept_all(house) == 1
    assert owed(house, "T0") == 0
    standing = Discharge.objects.get(undone_on=None)
    assert (standing.amount, standing.reason) == (Decimal("9.00"), "insolvent")
    assert posted(house)[0][::2] == ("2400", Decimal("14.00"))
    assert total(one[2] if one[0] == "2400" else -one[2] for one in posted(house)) == Decimal("9.00")
    assert audit.audit(house) == []


def test_taken_back_as_a_whole_it_is_open_again(house: Organisation) -> None:
    key = claim(house, "T0").pk
    discharges.write_off(house, key, "insolvent", None, TODAY)
    discharges.take_back(house, key, discharges.LOSSES, TODAY)
    assert owed(house, "T0") == Decimal("14.00")
    with refused_with("nothing"):
        discharges.take_back(house, key, discharges.LOSSES, TODAY)
    assert audit.audit(house) == []


def test_the_vat_of_what_is_lost_is_corrected_rate_by_rate() -> None:
    """119.00 at 19 % and 53.50 at 7 %: a third of it is paid, the rest is lost in the same proportion (UStG 17 Abs. 2 Nr. 1)."""
    firm = provider(
        tariffs=[tariff("F", [FEE | {"price": "119.00"}]), tariff("B", [FEE | {"price": "53.50"}], vat_rate="7")]
    )
    payer = customer(firm, "1", "F")
    other = customer(firm, "2", "B")
    type(other.member).objects.filter(pk=other.member_id).update(payer=payer.member)
    run = invoicing.start_run(firm, Creditor.objects.get(), date(2026, 12, 15), date(2027, 1, 31), date(2027, 1, 4))
    invoicing.preview(run)
    invoicing.approve(run, None, noon(date(2026, 12, 15)))
    invoicing.issue(run, noon(date(2026, 12, 15)))
    invoice = Invoice.objects.get()
    assert invoice.gross == Decimal("172.50")
    bring(firm, [transfer(firm, "57.50", invoice.number)])
    accept_all(firm)
    discharges.write_off(firm, invoice.pk, "insolvent", None, TODAY)
    lost = {one[0]: one[2] for one in posted(firm)}
    assert lost == {"2406": Decimal("79.33"), "2401": Decimal("35.67")}


def test_what_is_written_off_is_not_corrected_under_it(house: Organisation) -> None:
    invoice = claim(house, "T0")
    discharges.write_off(house, invoice.pk, "insolvent", None, TODAY)
    with refused_with("written_off"):
        correct(invoice, Wish("falsch", TODAY), NOW)


def test_a_small_difference_is_offered_and_given_up_with_the_line(house: Organisation) -> None:
    invoice = claim(house, "T0")
    bring(
        house, [transfer(house, "13.60", invoice.number), transfer(house, "13.00", claim(house, "T1").number, name="x")]
    )
    found = proposals(house)
    first, second = sorted(found, key=lambda pk: -found[pk].parts[0].amount)
    assert reconciliation.small_rests(house, found, TODAY) == {first: Decimal("0.40")}
    seen = {pk: reconciliation.fingerprint(one) for pk, one in found.items()}
    with refused_with("too_much"):
        reconciliation.accept(house, seen, list(seen), None, NOW, True, [first, second])
    assert reconciliation.accept(house, seen, list(seen), None, NOW, True, [first]) == 2
    assert (owed(house, "T0"), owed(house, "T1")) == (Decimal(0), Decimal("1.00"))
    assert Discharge.objects.get().kind == "difference"
    assert audit.audit(house) == []


def test_what_was_paid_too_much_pays_a_claim_or_is_paid_back(house: Organisation) -> None:
    bring(house, [transfer(house, "34.00", claim(house, "T0").number)])
    accept_all(house)
    payer = member(house, "T0")
    assert advances(house, TODAY) == {payer.pk: Decimal("20.00")}
    later = Invoice.objects.get(pk=claim(house, "T1").pk)
    with refused_with("no_balance"):
        discharges.use_advance(house, later.pk, None, TODAY)
    batch = payouts.pay_out(house, [], date(2027, 1, 21), None, NOW, {payer.pk: "DE71570642210231530419"}, [payer.pk])
    assert (batch.total, advances(house, TODAY)) == (Decimal("20.00"), {})
    with refused_with("not_open"):
        payouts.pay_out(house, [], date(2027, 1, 21), None, NOW, {payer.pk: "DE71570642210231530419"}, [payer.pk])
    payouts.withdraw(batch, NOW)
    assert advances(house, TODAY) == {payer.pk: Decimal("20.00")}
    assert b"Zu viel gezahlt" in bytes(batch.content or b"")
    assert audit.audit(house) == []


def test_a_payout_that_came_back_is_made_anew(house: Organisation) -> None:
    document = correct(claim(house, "D0"), Wish("falsch", TODAY), NOW)
    batch = payouts.pay_out(house, [document.pk], date(2027, 1, 21), None, NOW)
    payouts.submit(batch, NOW)
    one = Payout.objects.get()
    bring(house, [transfer(house, "-14.00", end_to_end_id=one.end_to_end_id)])
    bring(house, [transfer(house, "14.00", end_to_end_id=one.end_to_end_id, reason="AC04")], identifier="S2")
    assert accept_all(house) == 1
    again = payouts.pay_out(house, [document.pk], date(2027, 1, 22), None, noon(date(2027, 1, 21)))
    assert again.total == Decimal("14.00")
    with refused_with("given_back"):
        settling.undo(house, StatementEntry.objects.latest("pk").pk, TODAY)
    assert audit.audit(house) == []


def test_a_line_is_not_taken_back_under_a_balance_that_was_used(house: Organisation) -> None:
    bring(house, [transfer(house, "34.00", claim(house, "T0").number)])
    accept_all(house)
    payer = member(house, "T0")
    payouts.pay_out(house, [], date(2027, 1, 21), None, NOW, {payer.pk: "DE71570642210231530419"}, [payer.pk])
    with refused_with("balance_used"):
        settling.undo(house, StatementEntry.objects.get().pk, TODAY)


def test_a_returned_debits_fee_is_waived_once_and_not_when_it_was_paid(house: Organisation) -> None:
    bring(house, [whole_file(house)])
    bring(house, [returned(house, "D0")], identifier="S2")
    accept_all(house)
    fee, user = AncillaryClaim.objects.get(), clerk("treasurer")
    bring(house, [transfer(house, "17.00", claim(house, "D0").number)], identifier="S3")
    with refused_with("paid"):
        waiving.waive(fee, "Kulanz", user, TODAY)
    settling.undo(house, StatementEntry.objects.latest("pk").pk, TODAY)
    waiving.waive(fee, "Kulanz", user, TODAY)
    with refused_with("waived"):
        waiving.waive(fee, "Kulanz", user, TODAY)
    assert owed(house, "D0") == Decimal("14.00")
    fee.refresh_from_db()
    assert fee.waived_by == user
    assert audit.audit(house) == []


def test_an_invoice_with_a_passed_on_fee_is_corrected_like_any(house: Organisation) -> None:
    bring(house, [whole_file(house)])
    bring(house, [returned(house, "D0")], identifier="S2")
    accept_all(house)
    correct(claim(house, "D0"), Wish("falsch", TODAY), NOW)
    assert owed(house, "D0") == Decimal("3.00")
    assert audit.audit(house) == []


def test_a_claim_that_was_corrected_is_collected_again_and_handed_in(house: Organisation) -> None:
    bring(house, [whole_file(house)])
    bring(house, [returned(house, "D0", fee="0.00")], identifier="S2")
    accept_all(house)
    invoice = claim(house, "D0")
    correct(invoice, Wish("weniger", TODAY, amounts={invoice.lines.get().pk: Decimal("4.00")}), NOW)
    [batch] = collect_again.collect_again(Creditor.objects.get(), [invoice.pk], date(2027, 2, 8), None, NOW)
    collection.submit(batch, None, NOW, waiver="told in person")
    assert debit(house, "D0").amount == Decimal("10.00")


def test_a_return_is_not_taken_back_under_what_was_written_off_of_it(house: Organisation) -> None:
    bring(house, [whole_file(house)])
    bring(house, [returned(house, "D0")], identifier="S2")
    accept_all(house)
    line, key = StatementEntry.objects.latest("pk").pk, claim(house, "D0").pk
    discharges.write_off(house, key, "unbekannt verzogen", clerk("treasurer"), TODAY)
    with refused_with("written_off"):
        settling.undo(house, line, TODAY)
    discharges.take_back(house, key, discharges.LOSSES, TODAY)
    settling.undo(house, line, TODAY)
    assert owed(house, "D0") == 0
