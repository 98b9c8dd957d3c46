"""How a document says that it is paid: in the PDF, in the GiroCode and in the mail."""

from decimal import Decimal
from typing import Any

import pytest
import zxingcpp

from billing.documents.girocode import girocode_payload
from billing.documents.invoice_pdf import render_invoice
from billing.documents.mails import invoice_mail
from tests.documents.reading import picture, text
from tests.documents.snapshots import DEBIT, Snapshot, company, document, dues, line, transfer, vat

NOTICE = (
    "€12.00",
    "4 January 2027",
    "MV-1001",
    "DE98ZZZ09999999999",
    "DE71 **** **** **** **04 19",
    "pre-notification",
)


def both(snapshot: Snapshot) -> tuple[str, str]:
    return text(render_invoice(snapshot)), invoice_mail(snapshot).text.replace("\xa0", " ")


@pytest.mark.parametrize("words", NOTICE)
def test_a_direct_debit_is_announced_in_the_pdf_and_in_the_mail(words: str) -> None:
    pdf, mail = both(dues("en"))
    assert words in pdf
    assert words in mail


def test_an_unnamed_account_holder_is_the_payer() -> None:
    assert "Account holder: Finn Krüger" in " ".join(
        invoice_mail(dues("en", payment=DEBIT | {"account_holder": ""})).text.split()
    )


def test_a_transfer_is_asked_for_with_account_reference_and_day() -> None:
    for words in both(company("en")):
        for wanted in ("€1,404.20 by 4 January 2027", "DE89 3704 0044 0532 0130 00", "COBADEFFXXX", "R2027-00003"):
            assert wanted in words
        assert "pre-notification" not in words
        assert "Creditor" not in words


@pytest.mark.parametrize("name", ["Musterverein Neumünster von 1898 e.V.", "Związek Żółć", "Hội Việt"])
def test_the_code_on_the_page_fills_in_the_transfer(name: str) -> None:
    codes: list[Any] = zxingcpp.read_barcodes(picture(render_invoice(company(payment=transfer(name)))))
    assert [code.bytes.decode().split("\n") for code in codes] == [
        ["BCD", "002", "1", "SCT", "COBADEFFXXX", name, "DE89370400440532013000", "EUR1404.20", "", "", "R2027-00003"]
    ]
    assert [code.ec_level for code in codes] == ["M"]


def test_only_a_transfer_has_a_code() -> None:
    assert zxingcpp.read_barcodes(picture(render_invoice(dues()))) == []


def test_a_line_break_cannot_shift_the_fields_of_the_code() -> None:
    payload = girocode_payload("Ver\nein\r\n ", "de89 3704 0044 0532 0130 00", "", Decimal("12"), "R\n1")
    assert payload.decode().split("\n") == [
        "BCD",
        "002",
        "1",
        "SCT",
        "",
        "Ver ein",
        "DE89370400440532013000",
        "EUR12.00",
        "",
        "",
        "R 1",
    ]


@pytest.mark.parametrize(
    "iban, amount", [("", "1"), ("DE89370400440532013000", "0"), ("DE89370400440532013000", "1000000000")]
)
def test_what_cannot_be_transferred_has_no_code(iban: str, amount: str) -> None:
    assert girocode_payload("Verein", iban, "", Decimal(amount), "R1") == b""


def test_the_longest_code_stays_within_its_limit() -> None:
    payload = girocode_payload("ệ" * 90, "DE89370400440532013000", "COBADEFFXXX", Decimal("999999999.99"), "ệ" * 200)
    assert 325 < len(payload) <= 331
    assert payload.decode().endswith("ệ")


@pytest.mark.parametrize("method", ["debit", "transfer", "none"])
def test_nothing_to_pay_is_said_and_nothing_is_asked_for(method: str) -> None:
    payment = {**(DEBIT if method == "debit" else transfer()), "method": method}
    free = document([line(amount="0.00")], [vat(None, "0.00")], "en", payment=payment)
    for words in both(free):
        assert "There is nothing to pay." in words
        assert "4 January" not in words
    assert zxingcpp.read_barcodes(picture(render_invoice(free))) == []


def test_a_credit_is_called_one() -> None:
    credit = document(
        [line(amount="-12.00")], [vat(None, "-12.00")], "en", kind="credit", payment=transfer() | {"method": "credit"}
    )
    for words in both(credit):
        assert "Your credit: €12.00" in words
    assert "Total −€12.00" in both(credit)[0]
    assert "Document number" in both(credit)[0]


def test_the_mail_names_its_document_and_keeps_its_subject_on_one_line() -> None:
    mail = invoice_mail(dues("en", title="Dues\r\nBcc: all@example.org"))
    assert mail.subject == "Dues Bcc: all@example.org R2027-00001 – Musterverein Neumünster von 1898 e.V."
    assert mail.text.startswith("Hello Finn Krüger,\n\n")
    assert mail.text.endswith("kasse@musterverein.example · 04321 55 12 30 · https://musterverein.example\n")
