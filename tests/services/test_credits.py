"""A credit that is more than what is due is set off by the next runs, oldest first, and never given back twice."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override
from django_scopes import scope

from billing.models import (
    BillingRun,
    Collection,
    Contract,
    Creditor,
    Invoice,
    Payout,
    PayoutBatch,
    Posting,
    SetOff,
    Tariff,
)
from billing.pricing.money import total
from billing.pricing.periods import add_months
from billing.services import audit, collection, contracts, handing_in, invoicing, payouts
from billing.services.credits import open_credits
from billing.services.report import report_of
from members.models import Member, Organisation
from tests.services.club import join, noon, small_club

pytestmark = [pytest.mark.both, pytest.mark.django_db]


@pytest.fixture
def club() -> Iterator[Organisation]:
    organisation = small_club()
    with scope(organisation=organisation):
        yield organisation


def run(organisation: Organisation, month: date) -> BillingRun:
    """The run of a month, issued and collected."""
    on = add_months(month, -1).replace(day=15)
    creditor = Creditor.objects.get(organisation=organisation)
    found = invoicing.start_run(organisation, creditor, on, month, month)
    preview = invoicing.preview(found)
    invoicing.approve(found, None, noon(on))
    issued = invoicing.issue(found, noon(on))
    names = (
        "invoiced_total",
        "direct_debit_total",
        "set_off_total",
        "credits_total",
        "payers_invoiced",
        "by_transfer_total",
    )
    assert {name: issued[name] for name in names} == {name: preview[name] for name in names}
    collection.assemble(found, noon(on))
    assert audit.audit(organisation) == []
    return BillingRun.objects.get(pk=found.pk)


def debits(found: BillingRun) -> list[str]:
    return [f"{one.amount:.2f}" for one in Collection.objects.filter(batch__run=found).order_by("pk")]


def prepaid(organisation: Organisation) -> Member:
    """Paid a year ahead, and changes to a monthly department that costs less after January."""
    member = join(organisation, "1")
    Contract.objects.filter(member=member).update(interval_months=12)
    return member


def test_a_credit_is_set_off_until_it_is_used_up(club: Organisation) -> None:
    member = prepaid(club)
    run(club, date(2027, 1, 1))
    contract = Contract.objects.get(member=member)
    contracts.cancel_contract(contract, date(2027, 12, 1), date(2027, 1, 5))
    run(club, date(2027, 2, 1))
    (credit,) = open_credits(club)[member.pk]
    assert credit.amount == Decimal("14.00")
    join_department(club, member, date(2027, 3, 1))
    third, fourth = run(club, date(2027, 3, 1)), run(club, date(2027, 4, 1))
    first, second = (Invoice.objects.get(run=one) for one in (third, fourth))
    assert (first.gross, first.payable, first.method) == (Decimal("9.50"), Decimal("0.00"), "none")
    assert (second.gross, second.payable, second.method) == (Decimal("9.50"), Decimal("5.00"), "debit")
    assert (debits(third), debits(fourth)) == ([], ["5.00"])
    assert open_credits(club) == {}
    assert total(SetOff.objects.values_list("amount", flat=True)) == Decimal("14.00")
    assert debits(run(club, date(2027, 5, 1))) == ["9.50"]
    batch = fourth.batches.get()
    handing_in.refuse_changed(batch)


def join_department(
    organisation: Organisation, member: Member, start: date, code: str = "TENNIS", **fields: int
) -> None:
    tariff = organisation_tariff(organisation, code)
    Contract.objects.create(
        organisation=organisation, member=member, tariff=tariff, start=start, due_on=start, **fields
    )


def test_the_document_says_what_is_set_off_and_what_is_left(club: Organisation) -> None:
    member = prepaid(club)
    run(club, date(2027, 1, 1))
    contracts.cancel_contract(Contract.objects.get(member=member), date(2027, 12, 15), date(2027, 1, 5))
    contracts.cancel_contract(Contract.objects.get(member=member), date(2027, 11, 1), date(2027, 1, 6))
    run(club, date(2027, 2, 1))
    assert [one.amount for one in open_credits(club)[member.pk]] == [Decimal("28.00")]
    for code, start in (("TENNIS", date(2027, 3, 1)), ("RUDERN", date(2027, 3, 1)), ("ERW", date(2027, 3, 1))):
        join_department(club, member, start, code=code)
    invoice = Invoice.objects.get(run=run(club, date(2027, 3, 1)))
    payment = invoice.snapshot["payment"]
    assert (str(invoice.gross), payment["payable"]) == ("35.00", "7.00")
    assert [(one["number"], one["amount"]) for one in payment["set_off"]] == [
        (Invoice.objects.get(kind="credit").number, "28.00")
    ]


def organisation_tariff(organisation: Organisation, code: str) -> Tariff:
    return Tariff.objects.get(organisation=organisation, code=code)


def test_several_credits_are_used_up_one_after_the_other_the_oldest_first(club: Organisation) -> None:
    member = prepaid(club)
    join_department(club, member, date(2027, 1, 1), interval_months=12)
    run(club, date(2027, 1, 1))
    dues, tennis = Contract.objects.filter(member=member).order_by("pk")
    contracts.cancel_contract(dues, date(2027, 12, 1), date(2027, 1, 5))
    run(club, date(2027, 2, 1))
    contracts.cancel_contract(tennis, date(2027, 11, 1), date(2027, 2, 5))
    run(club, date(2027, 3, 1))
    first, second = open_credits(club)[member.pk]
    assert (first.amount, second.amount) == (Decimal("14.00"), Decimal("19.00"))
    join_department(club, member, date(2027, 4, 1), code="RUDERN")
    billed = [run(club, date(2027, month, 1)) for month in (4, 5, 6, 7)]
    taken = [
        list(SetOff.objects.filter(invoice__run=one).order_by("pk").values_list("credit", "amount")) for one in billed
    ]
    old, new = first.invoice, second.invoice
    assert taken == [
        [(old, Decimal("11.50"))], [(old, Decimal("2.50")), (new, Decimal("9.00"))], [(new, Decimal("10.00"))], []
    ]  # fmt: skip
    assert [debits(one) for one in billed] == [[], [], ["1.50"], ["11.50"]]
    assert open_credits(club) == {}


def test_a_credit_covers_everything_that_its_payer_pays_for(club: Organisation) -> None:
    parent = owing(club)
    join(club, "2", debit=False, payer=parent, tariff="TENNIS", start=date(2027, 3, 1))
    join_department(club, parent, date(2027, 3, 1), code="RUDERN")
    join(club, "3", start=date(2027, 3, 1))
    march = run(club, date(2027, 3, 1))
    assert {one.payer_id: (str(one.gross), str(one.payable)) for one in Invoice.objects.filter(run=march)} == {
        parent.pk: ("21.00", "7.00"),
        Member.objects.get(number="3").pk: ("14.00", "14.00"),
    }
    assert sorted(debits(march)) == ["14.00", "7.00"]
    batch = march.batches.get()
    assert (batch.count, batch.total) == (2, Decimal("21.00"))
    assert b"<CtrlSum>21.00</CtrlSum>" in bytes(batch.content or b"")


def test_without_a_mandate_what_is_left_is_transferred(club: Organisation) -> None:
    member = owing(club)
    member.mandates.update(ended_on=date(2027, 2, 1))
    for code in ("RUDERN", "TENNIS"):
        join_department(club, member, date(2027, 3, 1), code=code)
    march = run(club, date(2027, 3, 1))
    invoice = Invoice.objects.get(run=march)
    assert (invoice.method, invoice.payable) == ("transfer", Decimal("7.00"))
    assert report_of(march)["by_transfer_total"] == "7.00"


def test_the_preview_says_what_is_set_off_and_what_is_collected(club: Organisation) -> None:
    member = owing(club)
    for code in ("RUDERN", "TENNIS"):
        join_department(club, member, date(2027, 3, 1), code=code)
    creditor = Creditor.objects.get()
    waiting = invoicing.start_run(club, creditor, date(2027, 2, 15), date(2027, 3, 1), date(2027, 3, 1))
    said = invoicing.preview(waiting)
    figures = ("invoiced_total", "set_off_total", "direct_debits", "direct_debit_total", "largest")
    assert [said[name] for name in figures] == ["21.00", "14.00", 1, "7.00", "21.00"]
    assert not SetOff.objects.exists()


def test_a_run_that_is_repeated_sets_nothing_off_twice(club: Organisation) -> None:
    member = owing(club)
    join_department(club, member, date(2027, 3, 1))
    march = run(club, date(2027, 3, 1))
    stored = list(SetOff.objects.values_list("pk", "amount"))
    creditor = Creditor.objects.get(organisation=club)
    again = invoicing.start_run(club, creditor, date(2027, 2, 15), date(2027, 3, 1), date(2027, 3, 1))
    invoicing.issue(march, noon(date(2027, 2, 15)))
    collection.assemble(march, noon(date(2027, 2, 15)))
    assert again.pk == march.pk
    assert list(SetOff.objects.values_list("pk", "amount")) == stored
    assert debits(march) == []


def test_who_has_no_credit_costs_no_query(club: Organisation) -> None:
    join(club, "3")
    creditor = Creditor.objects.get()
    january = invoicing.start_run(club, creditor, date(2026, 12, 15), date(2027, 1, 1), date(2027, 1, 4))
    with CaptureQueriesContext(connection) as asked:
        invoicing.preview(january)
    texts = [one["sql"] for one in asked.captured_queries]
    assert not any("billing_setoff" in text or "billing_payout" in text for text in texts)
    owing(club)
    join(club, "2", start=date(2027, 3, 1))
    march = invoicing.start_run(club, creditor, date(2027, 2, 15), date(2027, 3, 1), date(2027, 3, 1))
    with CaptureQueriesContext(connection) as asked:
        invoicing.preview(march)
    asks = [
        one["sql"] for one in asked.captured_queries if "billing_setoff" in one["sql"] or "billing_payout" in one["sql"]
    ]
    assert len(asks) == 3, "what was set off and what is paid out, once for all payers, and the report's sum"


def test_a_set_off_needs_no_posting(club: Organisation) -> None:
    member = owing(club)
    join_department(club, member, date(2027, 3, 1))
    march = run(club, date(2027, 3, 1))
    posted = Posting.objects.filter(document__in=Invoice.objects.filter(run=march))
    assert [str(one.amount) for one in posted] == ["9.50"], "the claim alone; the credit stands on the same account"


def test_a_credit_that_appears_after_the_approval_leaves_the_payer_out(club: Organisation) -> None:
    member = prepaid(club)
    run(club, date(2027, 1, 1))
    join_department(club, member, date(2027, 3, 1))
    creditor = Creditor.objects.get()
    waiting = invoicing.start_run(club, creditor, date(2027, 2, 15), date(2027, 3, 1), date(2027, 3, 1))
    invoicing.preview(waiting)
    invoicing.approve(waiting, None, noon(date(2027, 2, 15)))
    contracts.cancel_contract(
        Contract.objects.get(member=member, tariff__code="ERW"), date(2027, 12, 1), date(2027, 1, 5)
    )
    run(club, date(2027, 2, 1))
    invoicing.issue(waiting, noon(date(2027, 2, 15)))
    assert not Invoice.objects.filter(run=waiting).exists()
    assert waiting.parked.count() == 1


def owing(organisation: Organisation) -> Member:
    """Somebody with 14.00 EUR to come."""
    member = prepaid(organisation)
    run(organisation, date(2027, 1, 1))
    contracts.cancel_contract(Contract.objects.get(member=member), date(2027, 12, 1), date(2027, 1, 5))
    run(organisation, date(2027, 2, 1))
    return member


def test_a_credit_is_paid_out_once_by_a_file_that_banks_take(club: Organisation) -> None:
    member = owing(club)
    (credit,) = open_credits(club)[member.pk]
    batch = payouts.pay_out(club, [credit.invoice], date(2027, 2, 20), None, noon(date(2027, 2, 18)))
    content = bytes(batch.content or b"")
    assert (batch.count, batch.total, batch.execute_on) == (1, Decimal("14.00"), date(2027, 2, 22))
    assert b'<InstdAmt Ccy="EUR">14.00</InstdAmt>' in content
    assert member.mandates.get().iban.encode() in content
    assert open_credits(club) == {}
    with pytest.raises(ValidationError, match=r"open|offen"):
        payouts.pay_out(club, [credit.invoice], date(2027, 2, 20), None, noon(date(2027, 2, 19)))
    join_department(club, member, date(2027, 3, 1))
    assert debits(run(club, date(2027, 3, 1))) == ["9.50"], "what is being paid out is not set off"


def test_a_withdrawn_file_opens_its_credits_and_a_handed_in_one_does_not(club: Organisation) -> None:
    member = owing(club)
    (credit,) = open_credits(club)[member.pk]
    now = noon(date(2027, 2, 18))
    first = payouts.pay_out(club, [credit.invoice], date(2027, 2, 22), None, now)
    payouts.withdraw(first, now)
    assert open_credits(club)[member.pk] == [credit]
    second = payouts.pay_out(club, [credit.invoice], date(2027, 2, 22), None, now.replace(hour=12))
    payouts.submit(second, now)
    with pytest.raises(ValidationError):
        payouts.withdraw(second, now)
    assert audit.audit(club) == []


def test_without_an_account_nothing_is_made(club: Organisation) -> None:
    member = owing(club)
    member.mandates.update(ended_on=date(2027, 2, 1))
    (credit,) = open_credits(club)[member.pk]
    own = Creditor.objects.get().iban
    for ibans in ({}, {member.pk: "DE00 1234"}, {member.pk: "US64SVBKUS6S3300958879"}, {member.pk: own}):
        with pytest.raises(ValidationError, match=member.name):
            payouts.pay_out(club, [credit.invoice], date(2027, 2, 22), None, noon(date(2027, 2, 18)), ibans)
    assert not PayoutBatch.objects.exists()
    typed = {member.pk: "de55 2501 0900 0614 0139 10"}
    batch = payouts.pay_out(club, [credit.invoice], date(2027, 2, 22), None, noon(date(2027, 2, 18)), typed)
    assert b"<IBAN>DE55250109000614013910<" in bytes(batch.content or b"")


def test_a_file_for_days_that_are_over_or_far_away_is_not_made(club: Organisation) -> None:
    member = owing(club)
    (credit,) = open_credits(club)[member.pk]
    for day in (date(2027, 2, 17), date(2028, 2, 19)):
        with pytest.raises(ValidationError) as refused:
            payouts.pay_out(club, [credit.invoice], day, None, noon(date(2027, 2, 18)))
        assert refused.value.code == "day"


def test_the_payee_reads_their_own_language_and_a_name_that_banks_take(club: Organisation) -> None:
    member = owing(club)
    Member.objects.filter(pk=member.pk).update(language="en", first_name="Zoë", last_name="<Ünal> & Söhne 🚣")
    member.mandates.update(ended_on=date(2027, 2, 1))
    (credit,) = open_credits(club)[member.pk]
    typed = {member.pk: "DE55250109000614013910"}
    with override("de"):
        batch = payouts.pay_out(club, [credit.invoice], date(2027, 2, 22), None, noon(date(2027, 2, 18)), typed)
    content = bytes(batch.content or b"").decode()
    assert "<Nm>Zoe Uenal + Soehne</Nm>" in content
    assert f"<Ustrd>Kleiner Verein klein, Credit {credit.number}</Ustrd>" in content
    assert Payout.objects.get().name == Member.objects.get(pk=member.pk).name


def test_a_partly_used_credit_pays_out_what_is_left(club: Organisation) -> None:
    member = owing(club)
    join_department(club, member, date(2027, 3, 1))
    run(club, date(2027, 3, 1))
    (credit,) = open_credits(club)[member.pk]
    batch = payouts.pay_out(club, [credit.invoice], date(2027, 3, 1), None, noon(date(2027, 2, 18)))
    assert batch.total == Decimal("4.50")
    assert debits(run(club, date(2027, 4, 1))) == ["9.50"]
    assert audit.audit(club) == []
