"""Which documents are e-invoices, that they are made in the background, kept with their hash, sent and served as they are."""

import hashlib
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import facturx
import pytest
from django.core import mail
from django_scopes import scope
from lxml import etree

from billing.models import EInvoiceFile, Invoice, InvoiceFile, Mail, ParkedContract
from billing.services import audit, mailing, work
from billing.services.archive import pdf_of, xml_of
from billing.services.correcting import correct
from billing.services.corrections import Wish
from billing.services.einvoices import format_of
from members.models import Member, Organisation
from tests.formats.einvoice_rules import CII, UBL, broken_rules
from tests.services.club import noon
from tests.services.metered import FEE, customer, provider, tariff
from tests.services.test_corrections import january

pytestmark = [pytest.mark.both, pytest.mark.django_db]
ON = date(2027, 1, 10)


@pytest.fixture
def firm() -> Iterator[Organisation]:
    tariffs = [tariff("V", [FEE], vat_rate="19"), tariff("M", [FEE], vat_rate=None, legal_basis="membership")]
    organisation = provider(tariffs=tariffs)
    organisation.phone, organisation.vat_id = "0431 123456", "DE136695976"
    organisation.save()
    with scope(organisation=organisation):
        yield organisation


def issued(organisation: Organisation, code: str, **payer: Any) -> Invoice:
    contract = customer(organisation, "1", code)
    Member.objects.filter(pk=contract.member_id).update(**payer)
    return january(organisation)


AUTHORITY = {"kind": "company", "company": "Stadt Kiel", "buyer_reference": "04011000-12345-03"}


@pytest.mark.parametrize(
    ("code", "payer", "expected"),
    [
        ("V", {}, "zugferd"),
        ("M", {}, ""),
        ("M", {"kind": "company", "company": "Werft GmbH"}, "zugferd"),
        ("V", AUTHORITY | {"invoice_format": "cii"}, "cii"),
        ("V", AUTHORITY | {"invoice_format": "ubl"}, "ubl"),
    ],
)
def test_vat_or_a_business_recipient_makes_an_einvoice(
    firm: Organisation, code: str, payer: dict[str, str], expected: str
) -> None:
    invoice = issued(firm, code, **payer)
    assert format_of(invoice.snapshot) == expected
    file = xml_of(invoice)
    assert (file.format if file else "") == expected
    if file:
        content = bytes(file.content)
        assert hashlib.sha256(content).hexdigest() == file.sha256
        assert broken_rules(content, UBL if expected == "ubl" else CII) in ([], [profile_of(content)])


def profile_of(content: bytes) -> str:
    """The one thing that the rules of ZUGFeRD have against an XRechnung: it says that it is one."""
    return next((rule for rule in broken_rules(content, CII) if rule.startswith("FX-SCH-A-000556")), "")


def test_the_whole_account_of_the_mandate_is_in_the_einvoice_though_the_page_masks_it(firm: Organisation) -> None:
    file = xml_of(issued(firm, "V"))
    assert file is not None
    assert etree.fromstring(bytes(file.content)).findtext(".//{*}PayerPartyDebtorFinancialAccount/{*}IBANID") == (
        "DE71570642210231530419"
    )


def test_the_pdf_that_goes_out_holds_the_archived_xml(firm: Organisation) -> None:
    invoice = issued(firm, "V")
    _name, inside = facturx.get_xml_from_pdf(bytes(pdf_of(invoice).content), check_xsd=False, check_schematron=False)
    file = xml_of(invoice)
    assert file is not None
    assert inside == bytes(file.content)


def test_an_xrechnung_is_sent_as_a_file_of_its_own(firm: Organisation) -> None:
    invoice = issued(firm, "V", **AUTHORITY, invoice_format="ubl")
    mailing.send_one(Mail.objects.get(invoice=invoice).pk, noon(date(2026, 12, 15)), None, {})
    names = [one[0] for one in mail.outbox[0].attachments]
    assert names == [f"{invoice.number}.xml", f"{invoice.number}.pdf"]


def test_a_recipient_who_cannot_be_named_in_an_xrechnung_is_left_out_and_not_half_issued(firm: Organisation) -> None:
    with pytest.raises(Invoice.DoesNotExist):
        issued(firm, "V", **AUTHORITY, invoice_format="cii", email="")
    assert "XRechnung" in ParkedContract.objects.get().reason


def test_the_run_waits_for_no_file_and_the_worker_makes_them(firm: Organisation) -> None:
    invoice = issued(firm, "V")
    assert not InvoiceFile.objects.exists()
    work.enqueue(firm, "draw_pdfs", str(invoice.run_id), noon(ON))
    work.do_due(firm, noon(ON), 5)
    assert InvoiceFile.objects.count() == EInvoiceFile.objects.count() == 1
    work.do_due(firm, noon(ON), 5)
    assert audit.audit(firm) == []


def test_a_correction_of_an_einvoice_is_one_too_and_keeps_the_first_as_it_was(firm: Organisation) -> None:
    invoice = issued(firm, "V")
    before = pdf_of(invoice).sha256
    document = correct(invoice, Wish("falsch", ON, amounts={invoice.lines.get().pk: Decimal("1.00")}), noon(ON))
    file = xml_of(document)
    assert file is not None
    content = bytes(file.content)
    assert broken_rules(content, CII) == []
    assert etree.fromstring(content).findtext(".//{*}InvoiceReferencedDocument/{*}IssuerAssignedID") == invoice.number
    assert pdf_of(invoice).sha256 == before
