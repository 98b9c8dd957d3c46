"""A document that the law would not accept is not issued: it is left out with the reason, and everybody else is billed."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django_scopes import scope

from billing.models import BillingRun, Creditor, Invoice, ParkedContract, Posting
from billing.services import audit, invoicing
from members.models import Member, Organisation
from tests.services.club import noon
from tests.services.metered import FEE, customer, provider, tariff

pytestmark = pytest.mark.django_db
REVERSE, SMALL = "§ 13b Abs. 2 Nr. 4 UStG", "§ 19 Abs. 1 UStG"


@pytest.fixture
def firm() -> Iterator[Organisation]:
    big = [FEE | {"price": "300.00"}]
    tariffs = [
        tariff("V", [FEE], prices="net", legal_basis="b2b"),
        tariff("B", big, legal_basis="b2b"),
        tariff("M", [FEE], vat_rate=None, legal_basis="membership"),
        tariff("RC", [FEE], prices="net", vat_rate="0", exemption=REVERSE, legal_basis="b2b"),
        tariff("KU", [FEE], vat_rate="0", exemption=SMALL),
        tariff("FREI", [FEE], vat_rate="0", exemption="§ 4 Nr. 22 Buchst. a UStG"),
    ]
    organisation = provider(tariffs=tariffs)
    with scope(organisation=organisation):
        yield organisation


def bill(organisation: Organisation, code: str, **payer: Any) -> BillingRun:
    contract = customer(organisation, "1", code)
    Member.objects.filter(pk=contract.member_id).update(kind="company", company="Werft GmbH", **payer)
    on = date(2026, 12, 15)
    run = invoicing.start_run(organisation, Creditor.objects.get(), on, date(2027, 1, 31), date(2027, 1, 4))
    invoicing.preview(run)
    invoicing.approve(run, None, noon(on))
    invoicing.issue(run, noon(on))
    return run


def left_out(run: BillingRun) -> str:
    assert not run.invoices.exists()
    return ParkedContract.objects.get(run=run).reason


def own(organisation: Organisation, **fields: Any) -> None:
    for name, value in fields.items():
        setattr(organisation, name, value)
    organisation.save()


def test_reverse_charge_names_both_vat_ids_and_owes_no_vat(firm: Organisation) -> None:
    own(firm, vat_id="DE136695976")
    invoice = bill(firm, "RC", vat_id="ATU13585627").invoices.get()
    assert (invoice.vat, invoice.gross) == (Decimal(0), invoice.net)
    assert invoice.snapshot["recipient"]["vat_id"] == "ATU13585627"
    assert Posting.objects.get().credit_account == "8337"
    assert audit.audit(firm) == []


@pytest.mark.parametrize("vat_id", ["", "ATU13585620"])
def test_reverse_charge_without_a_valid_vat_id_of_the_recipient_is_left_out(firm: Organisation, vat_id: str) -> None:
    own(firm, vat_id="DE136695976")
    assert "USt-IdNr." in left_out(bill(firm, "RC", vat_id=vat_id))


def test_reverse_charge_needs_the_own_vat_id_too(firm: Organisation) -> None:
    assert "eigene USt-IdNr." in left_out(bill(firm, "RC", vat_id="ATU13585627"))


def test_a_small_business_shows_no_vat_and_says_why(firm: Organisation) -> None:
    own(firm, small_business=True)
    invoice = bill(firm, "KU").invoices.get()
    assert (invoice.vat, [total["exemption"] for total in invoice.snapshot["vat"]]) == (Decimal(0), [SMALL])
    assert Posting.objects.get().credit_account == "8195"


def test_a_small_business_cannot_issue_vat_by_mistake(firm: Organisation) -> None:
    own(firm, small_business=True)
    assert "Kleinunternehmer" in left_out(bill(firm, "V"))


def test_who_is_no_small_business_cannot_claim_its_exemption(firm: Organisation) -> None:
    assert "Kleinunternehmer" in left_out(bill(firm, "KU"))


def test_above_250_euro_the_recipient_has_an_address_and_up_to_it_need_not(firm: Organisation) -> None:
    assert "250" in left_out(bill(firm, "B", street=""))


def test_a_small_invoice_needs_no_address(firm: Organisation) -> None:
    assert bill(firm, "V", street="").invoices.get().vat > 0


@pytest.mark.parametrize("missing", [{"tax_number": ""}, {"street": ""}])
def test_the_own_numbers_and_address_are_on_every_invoice_but_not_asked_for_dues(
    firm: Organisation, missing: dict[str, str]
) -> None:
    own(firm, **missing)
    assert "Einstellungen" in left_out(bill(firm, "FREI"))


def test_dues_ask_for_none_of_it(firm: Organisation) -> None:
    own(firm, tax_number="", street="")
    assert bill(firm, "M", street="").invoices.get().snapshot["title"] == "Beitragsrechnung"


def test_what_is_billed_ahead_with_vat_says_so_and_dues_do_not(firm: Organisation) -> None:
    assert len(bill(firm, "V").invoices.get().snapshot["notes"]) == 1


def test_the_number_of_a_member_is_checked_where_it_is_entered(firm: Organisation) -> None:
    member = customer(firm, "9", "M").member
    member.vat_id = "de 136695976"
    member.full_clean()
    assert member.vat_id == "DE136695976"
    member.vat_id = "DE136695970"
    with pytest.raises(ValidationError, match="USt-IdNr"):
        member.full_clean()
    member.vat_id, member.invoice_format = "", "ubl"
    with pytest.raises(ValidationError, match="Leitweg-ID"):
        member.full_clean()
    assert not Invoice.objects.exists()
