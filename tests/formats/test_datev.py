"""Files for the accountant, as they are written."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.formats.datev import DatevError, PostingRow, check, debtors, postings
from billing.formats.datev_columns import DEBTOR_COLUMNS, POSTING_COLUMNS
from tests.formats.bookings import COMPANY, DEBTORS, HEADER, INVOICE, PERSON, ROWS

GOLDEN = Path(__file__).parent.parent / "files" / "datev"
# The two header lines that DATEV prints in its own description of the format.
OFFICIAL = (
    '"EXTF";700;21;"Buchungsstapel";13;20240130140440439;;"RE";"";"";29098;55003;20240101;4;20240101;20240831;"Buchungsstapel";"WD";1;0;0;"EUR";;"";;;"03";;;"";""',
    '"EXTF";700;16;"Debitoren/Kreditoren";5;20240130140659583;;"RE";"";"";29098;55003;20240101;4;;;"";"";;;;"";;"";;;"03";;;"";""',
)


def cells(content: bytes, row: int = 0) -> dict[str, str]:
    """The fields of a row by their column's name; texts here hold no semicolon."""
    lines = content.decode("cp1252").split("\r\n")
    return dict(zip(lines[1].split(";"), lines[2 + row].split(";"), strict=True))


def test_the_files_are_the_ones_that_were_read_by_eye() -> None:
    assert postings(HEADER, ROWS) == (GOLDEN / "EXTF_Buchungsstapel.csv").read_bytes()
    assert debtors(HEADER, DEBTORS) == (GOLDEN / "EXTF_Debitoren.csv").read_bytes()


def test_what_is_written_passes_every_check() -> None:
    assert check(postings(HEADER, ROWS)) == []
    assert check(debtors(HEADER, DEBTORS)) == []


def test_the_first_line_is_the_one_of_the_description() -> None:
    header = replace(
        HEADER, created_at=datetime(2024, 1, 30, 14, 4, 40, 439000), origin="RE", label="Buchungsstapel",
        fiscal_year_start=date(2024, 1, 1), start=date(2024, 1, 1), end=date(2024, 8, 31),
    )  # fmt: skip
    assert postings(header, []).decode("cp1252").split("\r\n")[0] == OFFICIAL[0].replace('"WD"', '""')
    later = replace(header, created_at=datetime(2024, 1, 30, 14, 6, 59, 583000))
    assert debtors(later, []).decode("cp1252").split("\r\n")[0] == OFFICIAL[1]


def test_the_columns_are_those_of_versions_13_and_5() -> None:
    assert (len(POSTING_COLUMNS), len(DEBTOR_COLUMNS)) == (125, 254)
    places = {
        1: "Umsatz (ohne Soll/Haben-Kz)",
        47: "BU 49 Funktionsergänzung",
        49: "Zusatzinformation- Inhalt 1",
        114: "Festschreibung",
    }
    places |= {
        118: "Generalumkehr (GU)",
        125: "Abw. Skontokonto",
        37: "KOST1 - Kostenstelle",
        105: "SEPA-Mandatsreferenz",
    }
    assert {place: POSTING_COLUMNS[place - 1].name for place in places} == places
    places = {
        45: "IBAN-Nr. 1",
        99: "Kunden-/Lief.-Nr.",
        133: "Lastschrift",
        152: "Abweichende Anrede (Rechnungsadresse)",
    }
    places |= {165: "Bankleitzahl 6", 222: "SEPA-Mandatsreferenz 1", 233: "Mahnsperre bis", 254: "Letzte Frist"}
    assert {place: DEBTOR_COLUMNS[place - 1].name for place in places} == places


def test_an_invoice_stands_with_its_debtor_on_the_left() -> None:
    row = cells(postings(HEADER, [INVOICE]))
    expected = {
        "Umsatz (ohne Soll/Haben-Kz)": "1234,50", "Soll/Haben-Kennzeichen": '"S"', "Konto": "10001",
        "Gegenkonto (ohne BU-Schlüssel)": "8200", "BU-Schlüssel": '""', "Belegdatum": "0401", "Belegfeld 1": '"RE-2027/1"',
        "Belegfeld 2": '"180127"', "KOST1 - Kostenstelle": '"1"', "SEPA-Mandatsreferenz": '"MV-1001"', "Festschreibung": "0",
        "Generalumkehr (GU)": '""',
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected


def test_a_reversal_changes_the_side_and_carries_the_mark() -> None:
    for debit, side in ((True, '"H"'), (False, '"S"')):
        row = cells(postings(HEADER, [replace(INVOICE, debit=debit, reversal=True)]))
        assert (row["Soll/Haben-Kennzeichen"], row["Generalumkehr (GU)"]) == (side, '"1"')
        assert row["Umsatz (ohne Soll/Haben-Kz)"] == "1234,50"


def test_nothing_is_locked_unless_asked_for() -> None:
    content = postings(replace(HEADER, locked=True), [INVOICE])
    assert cells(content)["Festschreibung"] == "1"
    assert content.split(b"\r\n")[0].split(b";")[20] == b"1"
    assert postings(HEADER, [INVOICE]).split(b"\r\n")[0].split(b";")[20] == b"0"


@pytest.mark.parametrize(
    "text, written",
    [
        ("Müller – „Beitrag“ 5 €", "Müller – „Beitrag“ 5 €"),
        ("Łukasz Čapek Şahin ẞ", "Lukasz Capek Sahin SS"),
        ("Mu\u0308ller", "Müller"),
        ("Beitrag 😀", "Beitrag ?"),
        ("zwei\r\nZeilen\tund mehr", "zwei Zeilen und mehr"),
        ("x" * 61, "x" * 60),
        ("ẞ" * 31, "SS" * 30),
        ('ein "Wort"', 'ein ""Wort""'),
    ],
)
def test_texts_fit_the_code_page_before_they_are_cut(text: str, written: str) -> None:
    assert cells(postings(HEADER, [replace(INVOICE, text=text)]))["Buchungstext"] == f'"{written}"'


def test_the_open_item_key_keeps_to_its_signs() -> None:
    row = cells(postings(HEADER, [replace(INVOICE, reference="RE 2027.Ü_1")]))
    assert row["Belegfeld 1"] == '"RE-2027--_1"'


@pytest.mark.parametrize(
    "row, word",
    [
        (replace(INVOICE, amount=Decimal(0)), "row 2: 0 "),
        (replace(INVOICE, amount=Decimal("-1")), "positive"),
        (replace(INVOICE, amount=Decimal("1.005")), "cents"),
        (replace(INVOICE, amount=Decimal("10000000000")), "10000000000"),
        (replace(INVOICE, amount=Decimal("Infinity")), "Infinity"),
        (replace(INVOICE, document_date=date(2026, 12, 31)), "row 2: 2026-12-31 is not between"),
        (replace(INVOICE, document_date=date(2027, 2, 1)), "2027-02-01"),
        (replace(INVOICE, account=""), "nothing"),
        (replace(INVOICE, contra_account="84;00"), "84;00"),
    ],
)
def test_a_row_that_datev_refuses_is_named(row: PostingRow, word: str) -> None:
    with pytest.raises(DatevError, match=word):
        postings(HEADER, [INVOICE, row])


def test_a_file_takes_99999_rows_and_not_one_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("billing.formats.datev.MOST_ROWS", 3)
    assert postings(HEADER, [INVOICE] * 3)
    with pytest.raises(DatevError, match="row 4"):
        postings(HEADER, [INVOICE] * 4)


def test_persons_and_companies_fill_their_own_names() -> None:
    content = debtors(HEADER, [PERSON, COMPANY])
    person, company = debtor_cells(content, 0), debtor_cells(content, 1)
    assert [person[place] for place in (1, 2, 4, 5, 7, 8)] == ["10001", '""', '"Krüger"', '"Finn"', '"1"', '"Krüger"']
    assert [company[place] for place in (1, 2, 4, 5, 7, 8)] == [
        "10002",
        '"Müller GmbH"',
        '""',
        '""',
        '"2"',
        '"Müller GmbH"',
    ]
    assert [company[place] for place in (9, 10, 101)] == ['"DE"', '"123456789"', "5"]
    assert [person[place] for place in (45, 47, 49, 99, 222)] == [
        '"DE71570642210231530419"',
        '"GENODED1MKA"',
        '"1"',
        '"1001"',
        '"MV-1001"',
    ]


def debtor_cells(content: bytes, row: int) -> dict[int, str]:
    return dict(enumerate(content.decode("cp1252").split("\r\n")[2 + row].split(";"), 1))


def test_an_address_of_mail_is_left_out_rather_than_cut() -> None:
    content = debtors(HEADER, [replace(PERSON, email="a" * 60 + "@example.org")])
    assert debtor_cells(content, 0)[33] == '""'


@given(st.text(max_size=80), st.text(max_size=40), st.text(max_size=40), st.decimals("0.01", "9999999999.99", places=2))
def test_whatever_is_typed_makes_a_good_file(text: str, reference: str, center: str, amount: Decimal) -> None:
    row = replace(INVOICE, text=text, reference=reference, cost_center=center, amount=amount)
    assert check(postings(HEADER, [row])) == []


@given(st.text(max_size=80))
def test_whatever_a_debtor_is_called_makes_a_good_file(text: str) -> None:
    row = replace(PERSON, last_name=text, first_name=text, street=text, city=text, phone=text, account_holder=text)
    assert check(debtors(HEADER, [row])) == []
