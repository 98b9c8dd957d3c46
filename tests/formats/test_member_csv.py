"""Member lists of other programs."""

import codecs
import json
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from billing.formats.member_csv import COLUMNS, LARGEST_FILE, MemberFileError, MemberTable, read

FILES = Path(__file__).parent.parent / "files" / "musterverein"
CODES = {
    "impossible date": "impossible_date",
    "iban checksum": "iban_checksum",
    "e-mail": "email",
    "no name": "no_name",
    "member number twice": "number_twice",
}
HEAD = (
    "Mitgliedsnummer;Vorname;Nachname;Firma;Geburtsdatum;E-Mail;Eintritt;Austritt;Zahlungsart;IBAN;Mandatsreferenz;Land"
)


def table(*rows: str, head: str = HEAD) -> MemberTable:
    return read("\r\n".join([head, *rows]).encode())


def faults(found: MemberTable) -> list[tuple[int, str, str]]:
    return [(fault.line, fault.column, fault.code) for fault in found.faults]


def test_the_list_of_a_club_gives_every_good_row_and_every_fault_at_its_line() -> None:
    """Unknown fee groups and payers are the office's to judge: only it knows its groups and members."""
    expected = json.loads((FILES / "erwartet.json").read_text(encoding="utf-8"))
    found = read((FILES / "mitglieder.csv").read_bytes())
    ours = [(line, CODES[reason]) for line, _number, reason in expected["faulty_rows"] if reason in CODES]
    assert [(fault.line, fault.code) for fault in found.faults] == ours
    assert (found.count, len(found.rows)) == (expected["rows"], expected["rows"] - len(ours))
    assert (found.encoding, found.delimiter, found.unknown_columns) == ("cp1252", ";", [])
    assert [(fault.line, fault.code) for fault in found.warnings] == [(448, "date_order")]


def test_a_row_is_read_field_by_field() -> None:
    row = read((FILES / "mitglieder.csv").read_bytes()).rows[3]
    assert (row.line, row.number, row.kind, row.title, row.first_name, row.last_name) == (
        5,
        "1004",
        "person",
        "Prof. Dr.",
        "Zoë",
        "Lütke-Daldrup",
    )
    assert (row.date_of_birth, row.joined_on, row.left_on) == (date(2019, 6, 3), date(2026, 8, 28), None)
    assert (row.street, row.postal_code, row.city, row.country) == ("Am Mühlbach 16a", "99084", "Erfurt", "DE")
    assert (row.fee_group, row.departments, row.payment_method, row.rhythm) == (
        "JUG",
        ("Tennis",),
        "Lastschrift",
        "jährlich",
    )
    assert (row.iban, row.bic, row.account_holder) == (
        "DE73783400910490846746",
        "COBADEFFXXX",
        "Erziehungsberechtigte Schröder",
    )
    assert (row.mandate_reference, row.mandate_signed_on, row.last_collected_on) == ("MV-1004", date(2026, 8, 28), None)
    assert row.raw["Kontoinhaber"] == "Erziehungsberechtigte Schröder"


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
@pytest.mark.parametrize("line_end", ["\r\n", "\n", "\r"])
def test_every_usual_encoding_delimiter_and_line_end_is_read(encoding: str, delimiter: str, line_end: str) -> None:
    lines = [
        ["Nr", "Nachname", "Straße"],
        ["1", "Müller", "Große Gasse 1"],
        ["2", "Žižek" if encoding != "cp1252" else "Zoë", ""],
    ]
    data = line_end.join(delimiter.join(cells) for cells in lines).encode(encoding)
    found = read(data)
    assert [row.number for row in found.rows] == ["1", "2"]
    assert (found.rows[0].last_name, found.rows[0].street) == ("Müller", "Große Gasse 1")
    assert found.delimiter == delimiter


@pytest.mark.parametrize(
    "head",
    [
        "Mitglieds-Nr.;NAME;Vor-Name;Strasse;Postleitzahl;Wohnort;Mail;Eintrittsdatum",
        "nr;Nachname;vorname;Straße / Hausnummer;PLZ;Ort;E-Mail-Adresse;Mitglied seit",
        '"Mitgliedsnummer"; Familienname ;VORNAME;STRASSE;plz;Stadt;email;Eintritt am',
        "Mitglieds\u00adnr.;Name;Vorname;Stra\u00dfe und Hausnummer;PLZ;Ort;eMail;Beitritt",
    ],
)
def test_headers_are_known_by_their_usual_names(head: str) -> None:
    found = table("7;Müller;Jo;Weg 1;20095;Hamburg;a@b.de;01.02.2019", head=head)
    row = found.rows[0]
    assert found.unknown_columns == []
    assert (row.number, row.last_name, row.first_name, row.street, row.postal_code) == (
        "7",
        "Müller",
        "Jo",
        "Weg 1",
        "20095",
    )
    assert (row.city, row.email, row.joined_on) == ("Hamburg", "a@b.de", date(2019, 2, 1))


def test_headers_with_separate_umlaut_marks_are_the_same() -> None:
    assert "street" in table("1;M;x", head="Nr;Name;Straße").columns
    assert "date_of_birth" in table("1;M;01.02.1990", head="Nr;Name;Geburtsdatum").columns
    assert table("1;M;x", head="Nr;Name;La\u0308nder").unknown_columns == ["La\u0308nder"]


def test_columns_may_stand_in_any_order_and_unknown_ones_are_named_and_kept() -> None:
    found = table("blau;Müller;7", head="Lieblingsfarbe;Name;Nr")
    assert found.unknown_columns == ["Lieblingsfarbe"]
    assert found.columns == {"last_name": "Name", "number": "Nr"}
    assert found.rows[0].raw == {"Lieblingsfarbe": "blau", "Name": "Müller", "Nr": "7"}


def test_a_house_number_of_its_own_joins_the_street() -> None:
    assert table("1;M;Weg;12 a", head="Nr;Name;Straße;Hausnummer").rows[0].street == "Weg 12 a"
    assert table("1;M;;", head="Nr;Name;Straße;Hausnummer").rows[0].street == ""


@pytest.mark.parametrize(
    "text, expected",
    [
        ("01.02.2019", date(2019, 2, 1)),
        ("1.2.2019", date(2019, 2, 1)),
        ("01.02.19", date(2019, 2, 1)),
        ("01.02.98", date(1998, 2, 1)),
        ("2019-02-01", date(2019, 2, 1)),
        ("2019-02-01 00:00:00", date(2019, 2, 1)),
        (" 01.02.2019 ", date(2019, 2, 1)),
        ("29.02.2020", date(2020, 2, 29)),
    ],
)
def test_dates_are_read_as_people_write_them(text: str, expected: date) -> None:
    assert table(f"1;Jo;M;;;;{text};;;;;").rows[0].joined_on == expected


@pytest.mark.parametrize(
    "text",
    ["31.02.2020", "29.02.2019", "2019-13-01", "1.1.", "01/02/2019", "43831", "01.02.1019", "01.02.9999", "٠١.٠٢.٢٠١٩"],
)
def test_impossible_dates_are_faults(text: str) -> None:
    assert faults(table(f"1;Jo;M;;;;{text};;;;;")) == [(2, "Eintritt", "impossible_date")]


@pytest.mark.parametrize(
    "born, joined, expected",
    [
        ("03.04.46", "", date(1946, 4, 3)),
        ("03.04.19", "", date(2019, 4, 3)),
        ("03.04.19", "01.01.1960", date(1919, 4, 3)),
        ("03.04.2019", "01.01.1960", date(2019, 4, 3)),
        ("29.02.00", "01.01.1960", date(2000, 2, 29)),
    ],
)
def test_a_short_year_of_birth_lies_before_joining(born: str, joined: str, expected: date) -> None:
    assert table(f"1;Jo;M;;{born};;{joined};;;;;").rows[0].date_of_birth == expected


@pytest.mark.parametrize(
    "row, column, code",
    [
        (";Jo;M;;;;;;;;;", "Mitgliedsnummer", "number_missing"),
        ("1;Jo;;;;;;;;;;", "Nachname", "no_name"),
        ("1;Jo;M;;;nicht-angegeben;;;;;;", "E-Mail", "email"),
        ("1;Jo;M;;;a@b;;;;;;", "E-Mail", "email"),
        ("1;Jo;M;;;a..b@example.org;;;;;;", "E-Mail", "email"),
        ("1;Jo;M;;;a@example.org, b@example.org;;;;;;", "E-Mail", "email"),
        ("1;Jo;M;;;;;;;DE00600692420646866698;;", "IBAN", "iban_checksum"),
        ("1;Jo;M;;;;;;;DE8937040044;;", "IBAN", "iban_length"),
        ("1;Jo;M;;;;;;;US64SVBKUS6S3300958879;;", "IBAN", "iban_country"),
        ("1;Jo;M;;;;;;;;MV_1;", "Mandatsreferenz", "mandate_reference"),
        ("1;Jo;M;;;;;;;;;Atlantis", "Land", "country"),
        ("1;Jo;" + "M" * 61 + ";;;;;;;;;", "Nachname", "too_long"),
        ("1;Jo;M;;;;;;;;;;zuviel", "", "too_many_cells"),
    ],
)
def test_each_fault_has_its_column_and_code_and_its_row_is_left_out(row: str, column: str, code: str) -> None:
    found = table(row)
    assert faults(found) == [(2, column, code)]
    assert found.rows == []


def test_every_fault_of_a_row_is_told() -> None:
    found = table("1;;;;31.02.2020;x;;;;;;")
    assert {fault.code for fault in found.faults} == {"impossible_date", "email", "no_name"}


def test_of_two_rows_with_one_number_the_later_is_refused() -> None:
    found = table("1;Jo;M;;;;;;;;;", "2;Jo;M;;;;;;;;;", "1;Al;N;;;;;;;;;")
    assert faults(found) == [(4, "Mitgliedsnummer", "number_twice")]
    assert [row.first_name for row in found.rows] == ["Jo", "Jo"]


def test_accounts_may_have_blanks_and_small_letters() -> None:
    row = table("1;Jo;M;;;;;;Lastschrift;de89 3704 0044 0532 0130 00;MV-1;").rows[0]
    assert row.iban == "DE89370400440532013000"


def test_what_only_looks_odd_is_kept_and_told() -> None:
    found = table("1;Jo;M;;;;01.02.2020;31.12.2019;;;;", "2;Jo;M;;;;;;Lastschrift;DE89370400440532013000;;")
    assert [(fault.line, fault.column, fault.code) for fault in found.warnings] == [
        (2, "Austritt", "date_order"),
        (3, "Mandatsreferenz", "mandate_missing"),
    ]
    assert len(found.rows) == 2


def test_companies_are_known_by_their_name() -> None:
    found = table("1;;;Müller GmbH;;;;;;;;", "2;Jo;M;;;;;;;;;AT", "3;Jo;M;;;;;;;;;Österreich")
    assert [row.kind for row in found.rows] == ["company", "person", "person"]
    assert [row.country for row in found.rows] == ["DE", "AT", "AT"]


def test_departments_are_several_in_one_field() -> None:
    assert table('1;M;"Tennis, Turnen/Judo"', head="Nr;Name;Abteilungen").rows[0].departments == (
        "Tennis",
        "Turnen",
        "Judo",
    )


def test_a_quoted_field_may_hold_lines_delimiters_and_quotes_and_lines_are_still_counted() -> None:
    found = table('1;M;"eins\r\nzwei; ""drei"""', ";X;", "2;N;", head="Nr;Name;Bemerkung")
    assert found.rows[0].note == 'eins zwei; "drei"'
    assert [row.line for row in found.rows] == [2, 5]
    assert faults(found) == [(4, "Nr", "number_missing")]


def test_what_looks_like_a_formula_stays_text() -> None:
    found = table("1;=1+1;@SUM(A1);;;;;;;;;", "2;+49;-2;;;;;;;;;")
    assert [(row.first_name, row.last_name) for row in found.rows] == [("=1+1", "@SUM(A1)"), ("+49", "-2")]


def test_leading_zeros_short_rows_and_empty_lines() -> None:
    found = read(b"\r\n\r\nNr;Name;Ort\r\n\r\n0007;M\r\n;;\r\n")
    assert [(row.line, row.number, row.city) for row in found.rows] == [(5, "0007", "")]


@pytest.mark.parametrize(
    "data, code",
    [
        (b"", "empty"),
        (b" \r\n\t", "empty"),
        (b"Nr;Name\r\n", "no_rows"),
        (b"Nr;Name\r\n;;\r\n", "no_rows"),
        (b"Name;Ort\r\nM;X\r\n", "no_number_column"),
        (b"Nr;Name;Nachname\r\n1;M;N\r\n", "column_twice"),
        (b"Nr;Name\r\n1;M\0\r\n", "binary"),
        (b"PK\x03\x04\x14\0\x06\0", "binary"),
        ("Nr;Name\r\n1;M\r\n".encode("utf-16-le"), "binary"),
        (b"Nr;Name\r\n1;\x81\xfc\r\n", "encoding"),
        (codecs.BOM_UTF16_LE + b"N\0r", "encoding"),
        (b'Nr;Name\r\n1;"M\r\n2;N\r\n', "quotes"),
        (b'Nr;Name\r\n1;"M"x\r\n', "quotes"),
        (b"Nr;Name\r\n1;" + b"M" * 60_000, "line_too_long"),
        (b"x" * (LARGEST_FILE + 1), "too_large"),
    ],
)
def test_a_file_that_is_no_list_is_refused_with_its_reason(data: bytes, code: str) -> None:
    with pytest.raises(MemberFileError) as refused:
        read(data)
    assert refused.value.code == code


def test_a_list_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("billing.formats.member_csv.MOST_ROWS", 2)
    assert len(table("1;Jo;M;;;;;;;;;", "2;Jo;M;;;;;;;;;").rows) == 2
    with pytest.raises(MemberFileError, match="too_many_rows"):
        table("1;Jo;M;;;;;;;;;", "2;Jo;M;;;;;;;;;", "3;Jo;M;;;;;;;;;")


def test_no_header_means_two_things() -> None:
    names = [name for reader in COLUMNS.values() for name in reader.headers.split()]
    assert len(names) == len(set(names))


@given(st.binary(max_size=300))
@example(codecs.BOM_UTF16_BE + b"\xd8\x00")
@example(b"\xef\xbb\xbf")
def test_no_bytes_raise_anything_else(data: bytes) -> None:
    with suppress(MemberFileError):
        read(data)


CELLS = st.text(st.characters(codec="utf-8", exclude_characters='\0\r\n;"'), max_size=30)


@given(st.lists(st.lists(CELLS, max_size=14), min_size=1, max_size=8))
def test_no_cells_raise_anything_and_every_row_is_kept_or_told(rows: list[list[str]]) -> None:
    found = table("good;Jo;M;;;;;;;;;", *(";".join(cells) for cells in rows))
    assert found.count == len(found.rows) + len({fault.line for fault in found.faults})
    assert found.rows[0].number == "good"
