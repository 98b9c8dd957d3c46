"""Donation receipts: when they may be made, over what, never twice, and what becomes of a cancelled one."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django_scopes import scopes_disabled

from billing.guards import install_guards, remove_guards
from billing.models import Collection, Donation, Mail, Payout, PayoutBatch, Receipt, ReceiptFile, ReceiptLine, TaxNotice
from billing.services import donations, exemption, mailing, receipt_mails, receipts
from billing.services.audit import audit
from billing.services.receipt_house import house_on
from billing.services.receipt_plan import Plan, plan
from members.models import Organisation
from tests.models.guarded import execute
from tests.services.club import noon
from tests.services.giving import TODAY, by_machine, donor, dues, gift, giving_club

pytestmark = [pytest.mark.both, pytest.mark.django_db]
THING = {"kind": "in_kind", "item": "Boat of 2015, used", "origin": "private"}
WAIVER = {"kind": "waiver", "claim": "Travel, statutes § 7", "claim_on": date(2026, 4, 1)}


@pytest.fixture(autouse=True)
def everything_in_sight() -> Iterator[None]:
    with scopes_disabled():
        yield


@pytest.fixture
def club() -> Organisation:
    return giving_club()


def planned(club: Organisation, on: date = TODAY, year: int = 2026) -> Plan:
    return plan(club, house_on(club, on).notice, year, on)


def made(club: Organisation, on: date = TODAY, **options: Any) -> list[Receipt]:
    return receipts.make(club, 2026, on, noon(on), None, **options)


def refused(club: Organisation, on: date) -> str:
    try:
        exemption.notice_on(club, on)
    except ValidationError as fault:
        return str(fault.code)
    return ""


@pytest.mark.parametrize(
    ("kind", "issued_on", "last"),
    [
        ("exemption", date(2021, 11, 23), date(2026, 11, 23)),
        ("exemption", date(2024, 2, 29), date(2029, 2, 28)),
        ("exemption", date(2023, 1, 1), date(2028, 1, 1)),
        ("statutes", date(2023, 11, 23), date(2026, 11, 23)),
        ("statutes", date(2024, 2, 29), date(2027, 2, 28)),
    ],
)
def test_the_notice_holds_to_the_day(kind: str, issued_on: date, last: date) -> None:
    club = giving_club(kind=kind, issued_on=issued_on)
    answers = [refused(club, on) for on in (issued_on - timedelta(1), issued_on, last, last + timedelta(1))]
    assert answers == ["no_notice", "", "", "too_old"]


def test_the_day_of_issue_counts_and_not_the_day_of_the_gift(club: Organisation) -> None:
    gift(donor(club))
    last = date(2029, 6, 3)
    with pytest.raises(ValidationError, match="fünf Jahre"):
        made(club, last + timedelta(1))
    assert Receipt.objects.count() == 0
    assert len(made(club, last)) == 1


def test_the_finding_on_the_statutes_counts_only_until_there_is_a_notice_of_exemption(club: Organisation) -> None:
    later = TaxNotice.objects.create(
        organisation=club,
        kind="statutes",
        tax_office="Kiel",
        tax_number="1",
        issued_on=date(2029, 1, 1),
        purposes=["5"],
    )
    assert refused(club, date(2029, 7, 1)) == "too_old"
    TaxNotice.objects.exclude(pk=later.pk).delete()
    assert refused(club, date(2029, 7, 1)) == ""


def test_a_notice_that_no_longer_holds_allows_nothing(club: Organisation) -> None:
    TaxNotice.objects.update(revoked_on=TODAY)
    assert [refused(club, on) for on in (TODAY - timedelta(1), TODAY)] == ["", "revoked"]


@pytest.mark.parametrize(("before", "told"), [(91, False), (90, True), (0, True), (-1, True)])
def test_the_end_is_told_ninety_days_before(club: Organisation, before: int, told: bool) -> None:
    last = date(2029, 6, 3)
    assert exemption.ends_soon(club, last - timedelta(before)) == (last if told else None)


def test_one_payment_gives_a_receipt_several_a_collective_one_and_a_thing_its_own(club: Organisation) -> None:
    anna, ben = donor(club, "1"), donor(club, "2")
    gift(anna)
    gift(ben)
    gift(ben, "30.00", date(2026, 7, 1), **WAIVER)
    gift(ben, "900.00", date(2026, 8, 1), **THING)
    found = [(one.member.number, one.kind, one.total) for one in made(club)]
    assert found == [
        ("1", "money", Decimal("50.00")), ("2", "in_kind", Decimal("900.00")), ("2", "collective", Decimal("80.00")),
    ]  # fmt: skip
    assert planned(club).wanted == []
    assert audit(club) == []


def test_years_and_organisations_are_kept_apart(club: Organisation) -> None:
    anna = donor(club)
    gift(anna, on=date(2025, 12, 31))
    gift(anna, on=date(2027, 1, 1))
    gift(donor(giving_club("andere")))
    assert planned(club).wanted == []
    assert [one.total for one in planned(club, year=2025).wanted] == [Decimal("50.00")]


def test_dues_are_confirmed_only_where_no_purpose_rules_it_out() -> None:
    for slug, purposes, wanted in (("kultur", ("5",), ["120.00"]), ("sport", ("4", "21"), [])):
        club = giving_club(slug, purposes)
        dues(donor(club), "120.00", date(2026, 1, 4))
        assert [str(one.total) for one in planned(club).wanted] == wanted


def test_what_else_stands_on_the_invoice_is_no_gift_and_is_paid_first(club: Organisation) -> None:
    dues(donor(club), "120.00", date(2026, 1, 4), other="80.00")
    assert [one.total for one in planned(club).wanted] == [Decimal("120.00")]


def test_a_debit_is_confirmed_when_it_can_no_longer_be_returned(club: Organisation) -> None:
    dues(donor(club), "120.00", date(2026, 12, 4))
    gift(donor(club, "2"), on=date(2026, 12, 4), by_debit=True)
    certain = date(2027, 1, 29)
    early, late = planned(club, certain - timedelta(1)), planned(club, certain)
    assert (early.wanted, early.waiting, early.certain_on) == ([], Decimal("170.00"), certain)
    assert [one.total for one in late.wanted] == [Decimal("120.00"), Decimal("50.00")]


def test_a_returned_debit_and_a_withdrawn_gift_are_never_confirmed(club: Organisation) -> None:
    anna = donor(club)
    dues(anna, "120.00", date(2026, 1, 4), failed_on=date(2026, 1, 8), failed_as="returned")
    donations.withdraw(gift(anna), "returned", date(2026, 5, 9))
    assert planned(club).wanted == []


def test_what_comes_back_after_the_receipt_is_shown_until_it_is_cancelled(club: Organisation) -> None:
    anna = donor(club)
    donation, debit = gift(anna), dues(anna, "120.00", date(2026, 1, 4))
    (receipt,) = made(club)
    assert receipts.doubtful(club) == []
    Collection.objects.filter(pk=debit.pk).update(failed_on=TODAY, failed_as="returned")
    assert receipts.doubtful(club) == [receipt]
    assert donations.withdraw(donation, "typed twice", TODAY) == receipt
    receipts.cancel(receipt, "returned", True, TODAY, None)
    assert receipts.doubtful(club) == []
    assert planned(club).wanted == []


def test_what_was_paid_out_again_is_not_confirmed(club: Organisation) -> None:
    debits = [dues(donor(club), "120.00", date(2026, 1, 4))]
    credit = debits[0].invoice
    batch = PayoutBatch.objects.create(
        organisation=club, creditor=club.creditors.get(), execute_on=date(2026, 9, 1), message_id="P1"
    )
    Payout.objects.create(
        organisation=club, batch=batch, credit=credit, amount=Decimal("45.00"), name="x", iban="x", end_to_end_id="x"
    )
    assert [one.total for one in planned(club).wanted] == [Decimal("75.00")]


def test_no_payment_is_in_two_valid_receipts_by_the_database_itself(club: Organisation) -> None:
    gift(donor(club))
    (receipt,) = made(club)
    line = ReceiptLine.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        ReceiptLine.objects.create(
            organisation=club, receipt=receipt, payment=line.payment, kind="money", given_on=line.given_on, amount=1
        )
    assert made(club) == []


def test_a_cancelled_receipt_stays_and_frees_its_payments(club: Organisation) -> None:
    gift(donor(club))
    (receipt,) = made(club)
    for reason, original, code in (("wrong address", False, "original"), (" ", True, "cancelled")):
        with pytest.raises(ValidationError) as fault:
            receipts.cancel(receipt, reason, original, TODAY, None)
        assert fault.value.code == code
    receipts.cancel(receipt, "wrong address", True, TODAY, None)
    with pytest.raises(ValidationError, match="schon"):
        receipts.cancel(receipt, "wrong address", True, TODAY, None)
    (again,) = made(club)
    assert (receipt.number, again.number) == ("Z2027-00001", "Z2027-00002")
    assert Receipt.objects.get(pk=receipt.pk).cancelled_reason == "wrong address"
    assert receipts.duplicate(receipt).startswith(b"%PDF")
    assert Mail.objects.filter(receipt=receipt).count() == 0
    assert audit(club) == []


@pytest.mark.parametrize(
    ("since", "gifts", "machine"),
    [
        (None, [{}], False),
        (TODAY, [{}], True),
        (TODAY + timedelta(1), [{}], False),
        (TODAY, [WAIVER], False),
        (TODAY, [THING], False),
        (TODAY, [{}, {}], True),
        (TODAY, [{}, WAIVER], False),
    ],
)
def test_who_must_sign(club: Organisation, since: date | None, gifts: list[dict[str, Any]], machine: bool) -> None:
    if since:
        by_machine(club, since)
    anna = donor(club)
    for kind in gifts:
        gift(anna, **kind)
    (receipt,) = made(club)
    assert receipt.machine_made is machine
    assert bool(receipt.snapshot["machine"]) is machine
    assert Mail.objects.get().state == ("waiting" if machine else "print")


def test_the_duplicate_is_what_is_mailed(club: Organisation) -> None:
    by_machine(club)
    gift(donor(club))
    (receipt,) = made(club)
    assert mailing.send_due(club, noon(TODAY)) == 1
    name, content, kind = mail.outbox[0].attachments[0]
    assert (name, kind) == ("Z2027-00001.pdf", "application/pdf")
    assert content == bytes(ReceiptFile.objects.get(receipt=receipt).content)


def test_what_must_be_signed_is_printed_once(club: Organisation) -> None:
    gift(donor(club))
    assert receipt_mails.letters(club) == b""
    made(club)
    assert receipt_mails.letters(club).startswith(b"%PDF")
    assert [receipt_mails.mark_posted(club, noon(TODAY)) for _time in range(2)] == [1, 0]


def test_who_has_no_address_is_left_out_and_an_organisation_without_one_makes_none(club: Organisation) -> None:
    gift(donor(club, street=""))
    gift(donor(club, "2"))
    assert [one.fault != "" for one in planned(club).wanted] == [True, False]
    assert [one.member.number for one in made(club)] == ["2"]
    Organisation.objects.filter(pk=club.pk).update(street="")
    with pytest.raises(ValidationError, match="Anschrift"):
        made(Organisation.objects.get(pk=club.pk))


def test_a_preview_is_a_draft_and_writes_nothing(club: Organisation) -> None:
    anna = donor(club)
    gift(anna)
    assert receipts.preview(club, 2026, anna.pk, TODAY).startswith(b"%PDF")
    assert (Receipt.objects.count(), Mail.objects.count()) == (0, 0)
    with pytest.raises(ValidationError, match="nichts"):
        receipts.preview(club, 2025, anna.pk, TODAY)


def test_many_receipts_cost_as_many_queries_as_few(club: Organisation, django_assert_max_num_queries: Any) -> None:
    for number in range(12):
        gift(donor(club, str(number)))
    with django_assert_max_num_queries(25):
        assert len(made(club)) == 12


def test_a_changed_receipt_is_found_by_the_audit(club: Organisation) -> None:

    gift(donor(club))
    made(club)
    remove_guards()
    execute("UPDATE billing_receipt SET total = 51")
    install_guards()
    assert [one.check for one in audit(club)] == ["receipts"]


LIST = "Mitgliedsnummer;Datum;Betrag;Verwendungszweck\n1;04.05.2026;50;Jugendboot\n1;04.05.2026;50;Jugendboot\n"


def test_a_list_is_taken_once_and_as_a_whole(club: Organisation) -> None:
    donor(club)
    data = LIST.encode()
    assert len(donations.look(club, data, TODAY).new) == 2
    assert [donations.take(club, data, noon(TODAY), TODAY, None) for _time in range(2)] == [2, 0]
    faulty = (LIST + "9;01.01.2026;5;\n1;01.01.2028;5;\n").encode()
    assert [one.code for one, _reason in donations.look(club, faulty, TODAY).faults] == ["member", "future"]
    with pytest.raises(ValidationError, match="fehlerhafte"):
        donations.take(club, faulty, noon(TODAY), TODAY, None)
    assert Donation.objects.count() == 2


def test_a_waiver_stands_close_to_its_claim(club: Organisation) -> None:
    late = Donation(
        organisation=club,
        member=donor(club),
        amount=Decimal(50),
        recorded_at=noon(TODAY),
        **WAIVER | {"given_on": date(2027, 4, 2)},
    )
    with pytest.raises(ValidationError, match="mehr als ein Jahr"):
        late.full_clean()
    late.given_on = date(2027, 4, 1)
    late.full_clean()
