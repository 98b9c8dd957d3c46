"""Lists of donations: read as other programs write them, or told by line and column."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.formats.donation_csv import DonationFileError, DonationRow, read
from billing.formats.member_csv import CsvFault

HEAD = "Mitgliedsnummer;Datum;Betrag;Verwendungszweck\n"


def test_rows_are_read_in_any_usual_form() -> None:
    text = HEAD + "1001;04.05.2026;1.250,50;Bootshaus für Jugend\n1001;2026-05-04;50 €;\n"
    first, second = read(text.encode("cp1252"))
    assert first == DonationRow(2, "1001", date(2026, 5, 4), Decimal("1250.50"), "Bootshaus für Jugend", 1)
    assert isinstance(second, DonationRow)
    assert second.amount == Decimal(50)


def test_equal_rows_of_a_list_are_two_donations_and_the_same_list_has_the_same_identities() -> None:
    data = (HEAD + "1;01.01.2026;10;x\n" * 2).encode()
    names = [one.identity for one in read(data) if isinstance(one, DonationRow)]
    assert len(set(names)) == 2
    assert names == [one.identity for one in read(data) if isinstance(one, DonationRow)]


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (";01.01.2026;10;", ("member", "")),
        ("1;31.02.2026;10;", ("day", "31.02.2026")),
        ("1;1.1.26;10;", ("day", "1.1.26")),
        ("1;01.01.2026;0;", ("amount", "0")),
        ("1;01.01.2026;-5;", ("amount", "-5")),
        ("1;01.01.2026;1,001;", ("amount", "1,001")),
        ("1;01.01.2026;viel;", ("amount", "viel")),
    ],
)
def test_a_faulty_row_is_told_with_its_line_and_value(row: str, fault: tuple[str, str]) -> None:
    (found,) = read((HEAD + row).encode())
    assert found == CsvFault(2, fault[0], fault[1], fault[0])


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b" ", "empty"),
        (b"a\0b", "binary"),
        (b"Mitgliedsnummer;Betrag\n1;2", "columns"),
        (HEAD.encode(), "no_rows"),
        (b"x" * 1_100_000, "too_large"),
    ],
)
def test_an_unusable_file_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(DonationFileError) as refused:
        list(read(data))
    assert refused.value.code == code


@given(st.binary(max_size=300))
def test_whatever_comes_is_read_or_refused(data: bytes) -> None:
    try:
        rows = list(read(HEAD.encode() + data))
    except DonationFileError:
        return
    assert all(isinstance(one, (DonationRow, CsvFault)) for one in rows)
