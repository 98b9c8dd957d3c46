"""A document that sets earlier credits off says which ones, how much of each, and what is left to pay."""

from decimal import Decimal
from itertools import combinations
from typing import Any

import pytest
import zxingcpp

from billing.documents.invoice_pdf import render_invoice
from billing.documents.mails import invoice_mail
from tests.documents.reading import Word, picture, text, words
from tests.documents.snapshots import RECIPIENT, Snapshot, company, dues

GIVEN = ({"number": "K2027-00003", "issued_on": "2027-03-12", "amount": "1012.00"},
         {"number": "K2027-00012", "issued_on": "2027-04-12", "amount": "0.50"})  # fmt: skip
LONG = ({"number": "GUTSCHRIFTEN-2027-ABTEILUNG-000123", "issued_on": "2027-12-28", "amount": "1404.20"},)


def less(snapshot: Snapshot, given: tuple[dict[str, str], ...], **payment: str) -> Snapshot:
    """The same document with these credits taken off."""
    left = Decimal(snapshot["gross"]) - sum(Decimal(one["amount"]) for one in given)
    return {**snapshot, "payment": {**snapshot["payment"], "set_off": list(given), "payable": str(left), **payment}}


def both(snapshot: Snapshot) -> tuple[str, str]:
    mail = invoice_mail(snapshot).text.replace("\xa0", " ")
    return text(render_invoice(snapshot)), "\n".join(" ".join(one.split()) for one in mail.splitlines())


def test_the_pdf_and_the_mail_name_each_credit_and_what_is_left() -> None:
    for said in both(less(company("de"), GIVEN)):
        for wanted in ("abzüglich Guthaben K2027-00003 vom 12.03.2027", "−1.012,00 €", "vom 12.04.2027", "−0,50 €", "Zu zahlen",
                       "1.404,20 €", "Bitte überweisen Sie 391,70 €"):  # fmt: skip
            assert wanted in said
    for said in both(less(company("en"), GIVEN)):
        assert "less credit K2027-00003 of 12 Mar 2027" in said
        assert "To pay" in said


def test_vat_and_total_stay_what_they_are() -> None:
    said = text(render_invoice(less(company("de"), GIVEN)))
    for wanted in ("Netto zu 19 % 1.180,00 €", "Umsatzsteuer 19 % 224,20 €", "Gesamt 1.404,20 €", "Zu zahlen 391,70 €"):
        assert wanted in said


def test_the_debit_is_announced_with_what_is_left() -> None:
    given = ({"number": "K2027-00003", "issued_on": "2026-12-01", "amount": "2.50"},)
    for said in both(less(dues("de"), given)):
        assert "Wir buchen 9,50 €" in said or "9,50 € von Ihrem Konto" in said


def test_the_code_transfers_what_is_left() -> None:
    codes: list[Any] = zxingcpp.read_barcodes(picture(render_invoice(less(company(), GIVEN))))
    assert [code.bytes.decode().split("\n")[7] for code in codes] == ["EUR391.70"]


def test_a_credit_that_covers_everything_leaves_nothing_to_pay() -> None:
    given = ({"number": "K2027-00003", "issued_on": "2026-12-01", "amount": "12.00"},)
    for said in both(less(dues("de"), given, method="none")):
        assert "Es ist nichts zu zahlen." in said
        assert "Ihr Guthaben deckt den ganzen Betrag." in said
    assert "Guthaben" not in "".join(both(dues("de")))


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("given", [GIVEN, GIVEN * 8, LONG])
def test_no_word_lies_upon_another(language: str, given: tuple[dict[str, str], ...]) -> None:
    snapshot = less(company(language, recipient=RECIPIENT), given)
    found = [word for word in words(render_invoice(snapshot)) if 100 < word.top < 270]
    assert [(one.text, other.text) for one, other in combinations(found, 2) if overlap(one, other)] == []
    assert max(word.right for word in found) <= 190.2


def overlap(one: Word, other: Word) -> bool:
    """Whether two words share ink: the boxes hold the line's air too, so half a millimetre does not count."""
    wide = min(one.right, other.right) - max(one.left, other.left)
    high = min(one.bottom, other.bottom) - max(one.top, other.top)
    return wide > 0.3 and high > 1.5
