"""Every kind of line, rate, exemption, correction and discount as an e-invoice, against XSD and Schematron, both syntaxes."""

from decimal import Decimal
from typing import Any

import einvoice as second_reading
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from billing.formats.einvoice import EN_16931, XRECHNUNG, EInvoice, einvoice, shared, xrechnung_faults
from billing.formats.einvoice_cii import write_cii
from billing.formats.einvoice_ubl import write_ubl
from billing.pricing.vat import treatment
from tests.documents.snapshots import DEBIT, company, document, dues, line, transfer, vat
from tests.formats.einvoice_rules import CII, UBL, broken_rules

IBAN = "DE71110220330123456789"
BUYER = {
    "member_number": "2001", "salutation": "", "name": "Frida Ahrens", "company": "Werft Süd GmbH & Co. KG", "extra": "Halle 3",
    "street": "Kaistraße 7", "postal_code": "24103", "city": "Kiel", "country": "DE", "email": "rechnung@werft.example",
    "vat_id": "DE136695976", "buyer_reference": "04011000-12345-03", "kind": "company",
}  # fmt: skip
NOTHING = {"method": "none", "due_on": "2027-01-04", "remittance": "S2027-00001", "given": "0.00"}
OF = {"number": "R2027-00001", "issued_on": "2026-12-15"}


def taxed(lines: list[Any], totals: list[Any], **other: Any) -> dict[str, Any]:
    return document(lines, totals, **{"title": "Rechnung", "payment": transfer(), **other})


CASES: dict[str, dict[str, Any]] = {
    "net 19": company(),
    "gross 19, 7 and 16": taxed(
        [line("Halle", "119.99", vat_rate="19"), line("Buch", "10.70", vat_rate="7"), line("Kurs 2020", "11.60", vat_rate="16")],
        [vat("19", "100.83", "19.16"), vat("16", "10.00", "1.60"), vat("7", "10.00", "0.70")],
    ),
    "three gross lines whose nets do not add up": taxed(
        [line(f"Platz {at}", "10.00", vat_rate="19") for at in range(3)], [vat("19", "25.21", "4.79")]
    ),
    "usage with many places": taxed(
        [line("Volumen", "12.34", quantity="1234.567", vat_rate="19", explanation="1.234,567 GB, davon 100 frei")],
        [vat("19", "10.37", "1.97")],
    ),
    "discount inside a line and credit as a line": taxed(
        [line("Grundgebühr", "90.00", vat_rate="19", explanation="abzüglich 10 % Rabatt"), line("Erstattung", "-30.00", vat_rate="19")],
        [vat("19", "60.00", "11.40")], prices="net",
    ),
    "zero rate": taxed([line("Solaranlage", "500.00", vat_rate="0")], [vat("0", "500.00")]),
    "exempt with its norm": taxed([line("Kurs", "80.00", vat_rate="0")], [vat("0", "80.00", exemption="§ 4 Nr. 22 Buchst. a UStG")]),
    "two exemptions": taxed(
        [line("Kurs", "80.00", vat_rate="0", exemption="§ 4 Nr. 22 Buchst. a UStG"), line("Lauf", "9.00", vat_rate="0", exemption="§ 4 Nr. 22 Buchst. b UStG")],
        [vat("0", "80.00", exemption="§ 4 Nr. 22 Buchst. a UStG"), vat("0", "9.00", exemption="§ 4 Nr. 22 Buchst. b UStG")],
    ),
    "small business": taxed([line("Kurs", "80.00", vat_rate="0")], [vat("0", "80.00", exemption="§ 19 Abs. 1 UStG")]),
    "reverse charge": taxed([line("Bau", "900.00", vat_rate="0")], [vat("0", "900.00", exemption="§ 13b Abs. 2 Nr. 4 UStG")], prices="net"),
    "dues of a company": dues(),
    "dues beside 19": taxed([line("Beitrag", "20.00"), line("Halle", "119.00", vat_rate="19")], [vat("19", "100.00", "19.00"), vat(None, "20.00")]),
    "direct debit": company(payment=DEBIT),
    "a credit set off": company(
        payment=transfer() | {"set_off": [{"number": "K2026-00001", "issued_on": "2026-11-02", "amount": "404.20"}], "payable": "1000.00"}
    ),
    "cancellation": taxed(
        [line("Gerätepauschale", "-940.00", quantity="120", vat_rate="19"), line("Service Plus", "-240.00", vat_rate="19")],
        [vat("19", "-1180.00", "-224.20")], kind="cancellation", title="Stornorechnung", number="S2027-00001",
        payment=NOTHING, corrects=OF, prices="net",
    ),
    "cancellation of gross prices": taxed(
        [line("Halle", "-119.99", vat_rate="19"), line("Platz", "-10.00", vat_rate="19")], [vat("19", "-109.24", "-20.75")],
        kind="cancellation", number="S2027-00002", payment=NOTHING, corrects=OF,
    ),
    "correction": taxed([line("Halle", "-9.00", vat_rate="19")], [vat("19", "-7.56", "-1.44")], kind="credit", number="K2027-00001", payment=NOTHING, corrects=OF),
    "credit of a run": taxed([line("Erstattung", "-9.00", vat_rate="7")], [vat("7", "-8.41", "-0.59")], kind="credit", payment=NOTHING | {"method": "credit"}),
}  # fmt: skip


def invoice_of(snapshot: dict[str, Any], profile: str = EN_16931) -> EInvoice:
    snapshot = snapshot | {"recipient": BUYER, "issuer": snapshot["issuer"] | {"vat_id": "DE136695976"}}
    rates = ((Decimal(one["rate"]) if one["rate"] is not None else None, one["exemption"]) for one in snapshot["vat"])
    return einvoice(
        snapshot, [treatment(*one) for one in rates], "Zahlbar bis 04.01.2027", profile=profile, debtor_iban=IBAN
    )


every_case = pytest.mark.parametrize("snapshot", CASES.values(), ids=CASES)


@every_case
def test_zugferd_breaks_no_rule(snapshot: dict[str, Any]) -> None:
    assert broken_rules(write_cii(invoice_of(snapshot)), CII) == []


@every_case
def test_ubl_breaks_no_rule(snapshot: dict[str, Any]) -> None:
    assert broken_rules(write_ubl(invoice_of(snapshot, XRECHNUNG)), UBL) == []


@every_case
@pytest.mark.parametrize("write", [write_cii, write_ubl])
def test_xrechnung_asks_nothing_more(snapshot: dict[str, Any], write: Any) -> None:
    invoice = invoice_of(snapshot, XRECHNUNG)
    assert xrechnung_faults(invoice) == []
    assert second(write(invoice)) == []


@every_case
def test_the_lines_add_up_to_the_sums_of_the_document(snapshot: dict[str, Any]) -> None:
    invoice = invoice_of(snapshot)
    assert sum(one.net for one in invoice.lines) == invoice.net == sum(tax.basis for tax in invoice.taxes)
    assert sum(tax.tax for tax in invoice.taxes) == invoice.vat
    assert invoice.net + invoice.vat == invoice.gross == Decimal(snapshot["gross"])
    for one in invoice.lines:
        assert (one.quantity * one.price / one.base).quantize(Decimal("0.01")) == one.net
        assert one.price >= 0


def test_the_rules_find_what_is_wrong() -> None:
    content = write_cii(invoice_of(CASES["net 19"]))
    assert broken_rules(content.replace(b"1404.20", b"1404.30"), CII)
    ubl = write_ubl(invoice_of(CASES["net 19"], XRECHNUNG))
    assert broken_rules(ubl.replace(b"1404.20", b"1404.30"), UBL)
    assert "BR-DE-15" in str(second(without(ubl, "BuyerReference")))


def second(content: bytes) -> list[Any]:
    """What an independent reading of XRechnung's rules finds."""
    report = second_reading.validate_bytes(content, profile="xrechnung")
    return [one for one in report["violations"] if one["severity"] != "warning"]


def without(content: bytes, name: str) -> bytes:
    """The same file less the elements of this name."""
    root = etree.fromstring(content)
    for one in root.iter(f"{{*}}{name}"):
        one.getparent().remove(one)
    written: bytes = etree.tostring(root)
    return written


def test_xrechnung_says_what_is_missing_before_any_rule_does() -> None:
    snapshot = CASES["net 19"]
    blank = snapshot | {"issuer": snapshot["issuer"] | {"phone": "", "vat_id": ""}, "recipient": BUYER | {"email": ""}}
    invoice = einvoice(blank, ["taxed"], "", profile=XRECHNUNG)
    assert [(one.code, one.where) for one in xrechnung_faults(invoice)] == [
        ("BR-DE-6", "seller.phone"), ("PEPPOL-EN16931-R010", "buyer.email"),
    ]  # fmt: skip


def test_a_correction_names_its_invoice_and_its_amounts_are_negative() -> None:
    root = etree.fromstring(write_cii(invoice_of(CASES["cancellation"])))
    assert root.findtext(".//{*}ExchangedDocument/{*}TypeCode") == "384"
    assert root.findtext(".//{*}InvoiceReferencedDocument/{*}IssuerAssignedID") == "R2027-00001"
    assert root.findtext(".//{*}DuePayableAmount") == "-1404.20"
    assert {one.text for one in root.iter("{*}BilledQuantity")} == {"-120", "-1"}


def test_a_debit_names_mandate_creditor_and_account() -> None:
    root = etree.fromstring(write_cii(invoice_of(CASES["direct debit"])))
    found = [root.findtext(f".//{{*}}{name}") for name in ("DirectDebitMandateID", "CreditorReferenceID", "IBANID")]
    assert found == ["MV-1001", "DE98ZZZ09999999999", IBAN]


amounts = st.lists(st.integers(-50_000, 500_000).map(lambda cents: Decimal(cents) / 100), min_size=1, max_size=30)


@given(amounts, st.sampled_from([Decimal(19), Decimal(7), Decimal(16)]))
@settings(max_examples=300)
def test_a_net_sum_is_shared_out_without_a_cent_too_many(gross: list[Decimal], rate: Decimal) -> None:
    net = (sum(gross, Decimal(0)) * 100 / (100 + rate)).quantize(Decimal("0.01"))
    found = shared(gross, net)
    if sum(gross):
        assert sum(found) == net
    assert len(found) == len(gross)
