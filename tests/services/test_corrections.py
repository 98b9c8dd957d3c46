"""What is issued is never touched: a cancellation takes it back, a correction takes something off, and the books agree to the cent."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django_scopes import scope

from billing.models import (
    BillingRun,
    Collection,
    CollectionBatch,
    Contract,
    Creditor,
    DueWork,
    Invoice,
    InvoiceLine,
    Mail,
    Posting,
    SetOff,
)
from billing.pricing.money import total
from billing.services import audit, collection, contracts, invoicing, work
from billing.services.correcting import correct
from billing.services.corrections import Wish, plan, rests_of
from billing.services.credits import open_credits, set_off_corrections
from members.models import Organisation
from tests.services.club import join, noon, small_club
from tests.services.metered import FEE, customer, provider, tariff

pytestmark = [pytest.mark.both, pytest.mark.django_db]
ON = date(2027, 1, 10)
WHY = "falscher Tarif"


@pytest.fixture
def club() -> Iterator[Organisation]:
    organisation = small_club()
    with scope(organisation=organisation):
        yield organisation


@pytest.fixture
def firm() -> Iterator[Organisation]:
    """A provider with a tariff at 19 % and one at 7 %, both at net prices, and two at gross prices by the day."""
    tariffs = [
        tariff("F", [FEE | {"price": "20.00"}]),
        tariff("G", [FEE | {"price": "31.00"}]),
        tariff(
            "S", [FEE | {"price": "3.33"}, FEE | {"code": "more", "price": "3.33"}], prices="net", legal_basis="b2b"
        ),
        tariff("R", [FEE | {"price": "10.01"}], prices="net", vat_rate="7", legal_basis="b2b"),
    ]
    organisation = provider(tariffs=tariffs)
    with scope(organisation=organisation):
        yield organisation


def bill(organisation: Organisation, on: date, until: date) -> BillingRun:
    """A run, issued; not collected."""
    run = invoicing.start_run(organisation, Creditor.objects.get(), on, until, on + timedelta(days=60))
    invoicing.preview(run)
    invoicing.approve(run, None, noon(on))
    invoicing.issue(run, noon(on))
    return run


def january(organisation: Organisation) -> Invoice:
    """The invoice of January."""
    return bill(organisation, date(2026, 12, 15), date(2027, 1, 31)).invoices.get()


def wish(**other: Any) -> Wish:
    return Wish(WHY, ON, **other)


def billed(organisation: Organisation, on: date, until: date) -> list[tuple[str, str, Decimal]]:
    """What the next run bills."""
    lines = InvoiceLine.objects.filter(invoice__run=bill(organisation, on, until)).order_by("pk")
    return [(line.kind, f"{line.start:%m-%d}", line.amount) for line in lines]


def proved(organisation: Organisation) -> None:
    assert audit.audit(organisation) == []


def test_a_cancellation_has_its_own_number_and_day_and_names_invoice_and_reason(club: Organisation) -> None:
    join(club, "1")
    invoice = january(club)
    before = (invoice.hash, invoice.snapshot)
    issued = correct(invoice, wish(), noon(ON))
    assert (issued.number, issued.kind, issued.issued_on) == ("S2027-00001", "cancellation", ON)
    assert (issued.corrects, issued.reason, issued.gross) == (invoice, WHY, -invoice.gross)
    assert issued.snapshot["title"] == "Stornorechnung"
    assert issued.snapshot["corrects"] == {"number": invoice.number, "issued_on": "2026-12-15"}
    assert "Gutschrift" not in str(issued.snapshot)
    assert WHY in issued.snapshot["texts"]["intro"]
    invoice.refresh_from_db()
    assert (invoice.hash, invoice.snapshot) == before
    proved(club)


def test_no_invoice_is_cancelled_twice_neither_by_the_service_nor_by_the_database(club: Organisation) -> None:
    join(club, "1")
    invoice = january(club)
    issued = correct(invoice, wish(), noon(ON))
    with pytest.raises(ValidationError, match="S2027-00001"):
        correct(invoice, wish(), noon(ON))
    issued.pk, issued.sequence, issued.number = None, 2, "S2027-00002"
    with pytest.raises(IntegrityError, match=r"cancelled_at_most_once|corrects_id"), transaction.atomic():
        issued.save()


def test_a_correction_without_a_reason_or_of_a_correction_is_refused(club: Organisation) -> None:
    join(club, "1")
    invoice = january(club)
    with pytest.raises(ValidationError, match="warum"):
        correct(invoice, Wish("  ", ON), noon(ON))
    issued = correct(invoice, wish(), noon(ON))
    with pytest.raises(ValidationError, match="keine Rechnung"):
        correct(issued, wish(), noon(ON))


def test_what_is_cancelled_for_good_is_never_billed_again_whatever_wakes_the_contract(firm: Organisation) -> None:
    contract = customer(firm, "1", "F")
    correct(january(firm), wish(), noon(ON))
    contracts.touch(contract, date(2027, 1, 1))
    assert billed(firm, date(2027, 1, 15), date(2027, 2, 28)) == [("charge", "02-01", Decimal("20.00"))]
    contracts.cancel_contract(contract, date(2027, 1, 16), date(2027, 1, 20))
    assert billed(firm, date(2027, 2, 15), date(2027, 3, 31)) == [("reversal", "02-01", Decimal("-20.00"))]
    proved(firm)


def test_what_is_cancelled_to_be_billed_again_comes_with_the_next_run_by_the_contract_of_then(
    club: Organisation,
) -> None:
    member = join(club, "1")
    correct(january(club), wish(again=True), noon(ON))
    Contract.objects.filter(member=member).update(tariff=club.tariffs.get(code="PAS"))
    lines = billed(club, date(2027, 1, 15), date(2027, 2, 28))
    assert [kind for kind, _start, _amount in lines] == ["charge", "charge"]
    assert [start for _kind, start, _amount in lines] == ["01-01", "02-01"]
    assert lines[0][2] != Decimal("14.00")
    proved(club)


def test_a_part_is_taken_off_and_stays_off_when_the_run_looks_again(club: Organisation) -> None:
    member = join(club, "1")
    invoice = january(club)
    line = invoice.lines.get()
    issued = correct(invoice, wish(amounts={line.pk: Decimal("4.00")}), noon(ON))
    assert (issued.number, issued.snapshot["title"], issued.gross) == (
        "K2027-00001", "Rechnungskorrektur", Decimal("-4.00"),
    )  # fmt: skip
    contracts.touch(Contract.objects.get(member=member), date(2027, 1, 1))
    assert billed(club, date(2027, 1, 15), date(2027, 2, 28)) == [("charge", "02-01", Decimal("14.00"))]
    with pytest.raises(ValidationError, match="10,00"):
        correct(invoice, wish(amounts={line.pk: Decimal("10.01")}), noon(ON))
    rest = correct(invoice, wish(), noon(ON))
    assert rest.gross == Decimal("-10.00")
    proved(club)


def test_days_taken_away_after_a_reduction_never_give_back_more_than_is_left(firm: Organisation) -> None:
    contract = customer(firm, "1", "F")
    invoice = january(firm)
    correct(invoice, wish(amounts={invoice.lines.get().pk: Decimal("19.00")}), noon(ON))
    contracts.cancel_contract(contract, date(2027, 1, 16), date(2027, 1, 16))
    assert billed(firm, date(2027, 1, 15), date(2027, 2, 28)) == [("credit", "01-16", Decimal("-1.00"))]
    proved(firm)


def test_the_unpaid_claim_takes_the_correction_up_and_is_not_debited(club: Organisation) -> None:
    join(club, "1")
    invoice = january(club)
    assert invoice.run is not None
    line = invoice.lines.get()
    correct(invoice, wish(amounts={line.pk: Decimal("4.00")}), noon(ON))
    assert open_credits(club) == {}
    collection.assemble(invoice.run, noon(ON))
    assert Collection.objects.get().amount == Decimal("10.00")
    proved(club)
    with pytest.raises(ValidationError, match="KW"):
        correct(invoice, wish(), noon(ON))
    collection.withdraw(CollectionBatch.objects.get(), noon(ON))
    correct(invoice, wish(), noon(ON))
    assert collection.assemble(invoice.run, noon(ON)) == []
    assert total(SetOff.objects.values_list("amount", flat=True)) == Decimal("14.00")
    proved(club)


def test_what_was_debited_becomes_a_credit_and_one_that_came_back_is_set_off(club: Organisation) -> None:
    join(club, "1")
    invoice = january(club)
    assert invoice.run is not None
    (batch,) = collection.assemble(invoice.run, noon(ON))
    CollectionBatch.objects.filter(pk=batch.pk).update(submitted_at=noon(ON))
    issued = correct(invoice, wish(), noon(ON))
    ((credit,),) = open_credits(club).values()
    assert (credit.number, credit.amount, issued.method) == ("S2027-00001", Decimal("14.00"), "credit")
    assert set_off_corrections(club) == 0
    Collection.objects.update(failed_on=ON, failed_as="returned")
    assert (set_off_corrections(club), set_off_corrections(club), open_credits(club)) == (1, 0, {})
    proved(club)


def test_a_cancelled_invoice_that_a_credit_paid_brings_that_credit_back(club: Organisation) -> None:
    member = join(club, "1")
    first = january(club)
    assert first.run is not None
    collection.assemble(first.run, noon(ON))
    CollectionBatch.objects.update(submitted_at=noon(ON))
    correct(first, wish(amounts={first.lines.get().pk: Decimal("5.00")}), noon(ON))
    second = bill(club, date(2027, 1, 15), date(2027, 2, 28)).invoices.get()
    assert second.payable == Decimal("9.00")
    issued = correct(second, wish(), noon(date(2027, 1, 15)))
    assert issued.snapshot["payment"]["given"] == "5.00"
    assert [one.amount for one in open_credits(club)[member.pk]] == [Decimal("5.00")]
    proved(club)


def test_vat_of_corrections_in_parts_adds_up_to_the_vat_of_the_invoice(firm: Organisation) -> None:
    member = customer(firm, "1", "S").member
    contracts_of = {"S": Contract.objects.get()}
    Contract.objects.create(
        organisation=firm, member=member, tariff=firm.tariffs.get(code="R"), start=contracts_of["S"].start,
        due_on=contracts_of["S"].start,
    )  # fmt: skip
    invoice = january(firm)
    assert (invoice.net, invoice.vat) == (Decimal("16.67"), Decimal("1.97"))
    for line in invoice.lines.order_by("position"):
        for amount in ("1.11", "0.37"):
            correct(invoice, wish(amounts={line.pk: Decimal(amount)}), noon(ON))
    correct(invoice, wish(), noon(ON))
    documents = [invoice, *invoice.corrections.all()]
    for name in ("net", "vat", "gross"):
        assert total(getattr(one, name) for one in documents) == 0, name
    assert {rest.left for rest in rests_of(invoice)} == {Decimal(0)}
    balance: dict[str, list[Decimal]] = {}
    for posting in Posting.objects.filter(document__in=documents):
        balance.setdefault(posting.debit_account, []).append(posting.amount)
        balance.setdefault(posting.credit_account, []).append(-posting.amount)
    assert {account: total(amounts) for account, amounts in balance.items()} == dict.fromkeys(balance, Decimal(0))
    proved(firm)


def test_an_invoice_that_also_gives_back_is_only_cancelled_to_be_billed_again(firm: Organisation) -> None:
    contract = customer(firm, "1", "F")
    january(firm)
    contracts.add_event(contract, "change_tariff", date(2027, 1, 20), "G", ON, when="immediately")
    mixed = bill(firm, date(2027, 1, 15), date(2027, 2, 28)).invoices.get()
    before = sorted(mixed.lines.values_list("kind", "start", "amount"))
    assert {kind for kind, _start, _amount in before} >= {"charge", "credit"}
    with pytest.raises(ValidationError, match="noch einmal"):
        plan(mixed, wish())
    correct(mixed, wish(again=True), noon(date(2027, 1, 16)))
    again = bill(firm, date(2027, 1, 17), date(2027, 2, 28)).invoices.get()
    assert again.gross == mixed.gross
    proved(firm)


def test_the_document_is_drawn_by_the_worker_and_sent(club: Organisation) -> None:
    join(club, "1")
    issued = correct(january(club), wish(), noon(ON))
    assert DueWork.objects.get(kind="draw_document").key == str(issued.pk)
    work.do_due(club, noon(ON), 5)
    assert len(issued.pdf.sha256) == 64
    assert Mail.objects.get(invoice=issued).state == "waiting"
