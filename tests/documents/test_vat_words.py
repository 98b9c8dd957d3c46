"""What stands in the document about VAT (UStG 14 Abs. 4; UStDV 34a; UStAE 1.4)."""

import pytest

from billing.documents.invoice_pdf import render_invoice
from tests.documents.reading import text
from tests.documents.snapshots import company, document, dues, line, vat

VAT_WORDS = ("VAT", "tax-free", "Exempt", "exempt", "Net", "Gross", "0%", "0 %", "19%")


def test_dues_say_nothing_about_vat() -> None:
    invoice = dues("en")
    invoice["issuer"] = invoice["issuer"] | {"name": "Verein", "tax_number": ""}
    read = text(render_invoice(invoice))
    assert [word for word in VAT_WORDS if word in read] == []
    assert "Dues" not in read


def test_taxable_supplies_show_net_and_vat_per_rate() -> None:
    lines = [line("Gym", "119.99", vat_rate="19"), line("Book", "10.70", vat_rate="7")]
    read = text(render_invoice(document(lines, [vat("19", "100.83", "19.16"), vat("7", "10.00", "0.70")], "en")))
    assert "Net at 19% €100.83\nVAT 19% €19.16\nNet at 7% €10.00\nVAT 7% €0.70" in read
    assert "Gross amount" in read
    assert "19% €119.99" in read


def test_net_prices_are_called_net() -> None:
    read = text(render_invoice(company("en")))
    assert "Net amount" in read
    assert "Net at 19% €1,180.00\nVAT 19% €224.20" in read
    assert "Total €1,404.20" in read


def test_the_rate_is_written_as_the_language_does() -> None:
    assert "19 %" in text(render_invoice(company("de")))


@pytest.mark.parametrize("rate", ["0", None])
def test_one_exempt_sum_shows_the_norm_but_no_rate_and_no_tax(rate: str | None) -> None:
    totals = [vat(rate, "30.00", exemption="§ 4 Nr. 22 Buchst. a UStG")]
    read = text(render_invoice(document([line("Kurs", "30.00", vat_rate=rate)], totals, "en")))
    assert "Exempt from VAT under § 4 Nr. 22 Buchst. a UStG." in read
    assert "0%" not in read
    assert "€0.00" not in read


def test_a_whole_sentence_of_the_tariff_is_printed_as_it_is() -> None:
    sentence = "Steuerfrei nach § 19 Abs. 1 UStG (Steuerbefreiung für Kleinunternehmer)."
    read = text(render_invoice(document([line(vat_rate="0")], [vat("0", "12.00", exemption=sentence)], "en")))
    assert sentence in read
    assert "under" not in read


def test_a_mixed_document_tells_its_sums_apart() -> None:
    lines = [line("Adults"), line("Gym", "119.99", vat_rate="19"), line("Course", "30.00", vat_rate="0")]
    totals = [vat("19", "100.83", "19.16"), vat("0", "30.00", exemption="§ 4 Nr. 22 UStG"), vat(None, "12.00")]
    read = text(render_invoice(document(lines, totals, "en")))
    assert "Exempt from VAT €30.00\nDues €12.00" in read
    assert "Exempt from VAT under § 4 Nr. 22 UStG: €30.00" in read
    assert "Course 1 Jan 2027 – 31 Jan 2027 €30.00" in read
    assert "Total €161.99" in read


def test_a_true_zero_rate_is_shown() -> None:
    assert "VAT 0% €0.00" in text(render_invoice(document([line(vat_rate="0")], [vat("0", "12.00")], "en")))


def test_a_recipient_who_owes_the_vat_reads_the_words_of_the_law_and_both_numbers() -> None:
    invoice = company(
        "de", vat=[vat("0", "1180.00", exemption="§ 13b Abs. 2 Nr. 4 UStG")], gross="1180.00", vat_total="0.00"
    )
    for one in invoice["lines"]:
        one["vat_rate"] = "0"
    invoice["recipient"]["vat_id"], invoice["issuer"]["vat_id"] = "ATU13585627", "DE136695976"
    read = text(render_invoice(invoice))
    assert "Steuerschuldnerschaft des Leistungsempfängers\n" in read
    assert "Ihre USt-IdNr. ATU13585627" in read
    assert "USt-IdNr.: DE136695976" in read
    assert [word for word in ("Umsatzsteuer 0", "0 %", "steuerfrei") if word in read] == []


def test_a_small_business_says_so_and_shows_no_rate() -> None:
    lines = [line("Kurs", "50.00", vat_rate="0")]
    read = text(render_invoice(document(lines, [vat("0", "50.00", exemption="§ 19 Abs. 1 UStG")], title="Rechnung")))
    assert "Steuerfrei nach § 19 Abs. 1 UStG (Steuerbefreiung für Kleinunternehmer)." in read
    assert [word for word in ("0 %", "nicht erhoben", "Netto") if word in read] == []


def test_a_correction_says_what_it_corrects_and_what_becomes_of_the_money() -> None:
    payment = {
        "method": "none",
        "given": "0.00",
        "settles": {"number": "R2027-00001", "amount": "12.00", "left": "0.00"},
    }
    invoice = document(
        [line(amount="-12.00")], [vat(None, "-12.00")], kind="cancellation", title="Stornorechnung", number="S2027-00001",
        corrects={"number": "R2027-00001", "issued_on": "2026-12-15"}, payment=payment,
    )  # fmt: skip
    read = text(render_invoice(invoice))
    assert "Zu Rechnung R2027-00001" in read
    assert "von 15.12.2026" in read
    assert "Rechnung R2027-00001 ist nicht mehr zu zahlen" in read
    assert "Gutschrift" not in read
