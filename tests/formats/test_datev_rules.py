"""Every rule of DATEV, broken once in a file that was good."""

import pytest

from billing.formats.datev import check, debtors, postings
from tests.formats.bookings import DEBTORS, HEADER, ROWS

POSTINGS = postings(HEADER, ROWS)
MASTER_DATA = debtors(HEADER, DEBTORS)


def found(content: bytes) -> set[tuple[str, str]]:
    return {(fault.code, fault.where) for fault in check(content)}


@pytest.mark.parametrize(
    "good, bad, code, where",
    [
        ("1234,50;", "1234.50;", "value", "line 3, Umsatz (ohne Soll/Haben-Kz)"),
        ("1234,50;", "-1234,50;", "value", "line 3, Umsatz (ohne Soll/Haben-Kz)"),
        ("\r\n1234,50;", "\r\n0,00;", "value", "line 3, Umsatz (ohne Soll/Haben-Kz)"),
        ("\r\n1234,50;", "\r\n;", "value", "line 3, Umsatz (ohne Soll/Haben-Kz)"),
        ('1234,50;"S"', '1234,50;"X"', "value", "line 3, Soll/Haben-Kennzeichen"),
        ('1234,50;"S"', "1234,50;S", "quotes", "line 3, Soll/Haben-Kennzeichen"),
        (";8200;", ';"8200";', "quotes", "line 3, Gegenkonto (ohne BU-Schlüssel)"),
        (";8200;", ";;", "value", "line 3, Gegenkonto (ohne BU-Schlüssel)"),
        (";8200;", ";0000;", "value", "line 3, Gegenkonto (ohne BU-Schlüssel)"),
        (";8200;", ";820;", "account", "line 3"),
        (";10001;8200", ";100001;8200", "account", "line 3"),
        ('8200;"";0401', '8200;"";401', "value", "line 3, Belegdatum"),
        ('8200;"";0401', '8200;"";3113', "value", "line 3, Belegdatum"),
        ('8200;"";0401', '8200;"";0102', "period", "line 3"),
        ('8200;"";', '8200;"X";', "value", "line 3, BU-Schlüssel"),
        ('"RE-2027/1";"180127";;"Krüger, F', '"RE 2027/1";"180127";;"Krüger, F', "value", "line 3, Belegfeld 1"),
        ("Krüger", "K" * 50, "value", "line 3, Buchungstext"),
        ('"Krüger,', '"Krü"ger,', "columns", "line 3"),
        ("MV-1001", "M" * 36, "value", "line 3, SEPA-Mandatsreferenz"),
        ('0;;;;"";;', '0;;;;"2";;', "value", "line 3, Generalumkehr (GU)"),
        (';"";;"";;\r\n11,90', ';"";;"";;;\r\n11,90', "columns", "line 3"),
        ("Umsatz (ohne", "Umsatz (mit", "columns", "line 2"),
        ('"EXTF"', '"DTVF"', "header", "line 1, field 1"),
        (";700;", ";510;", "header", "line 1, field 2"),
        (";29098;", ";298;", "header", "line 1, field 11"),
        (";55003;", ";0;", "header", "line 1, field 12"),
        (";20270101;4;", ";20270101;9;", "header", "line 1, field 14"),
        ('"Rechnungen 01-2027"', '"Müller & Söhne"', "header", "line 1, field 17"),
        ('"Buchungsstapel";13', '"Buchungsstapel";5', "header", "line 1, field 3"),
        (";20270101;20270131;", ";;;", "period", "line 1"),
        (";20270101;20270131;", ";20270101;20280131;", "period", "line 1"),
        (";20270101;20270131;", ";20270131;20270101;", "period", "line 1"),
        (";20270101;20270131;", ";20270101;20270231;", "period", "line 1"),
        (';"";"";29098', ';"";29098', "header", "line 1"),
    ],
)
def test_a_changed_posting_is_told_where_it_stands(good: str, bad: str, code: str, where: str) -> None:
    text = POSTINGS.decode("cp1252")
    assert good in text
    assert (code, where) in found(text.replace(good, bad, 1).encode("cp1252"))


@pytest.mark.parametrize(
    "good, bad, code, where",
    [
        ("\r\n10001;", "\r\n1000;", "account", "line 3"),
        ("\r\n10001;", "\r\n;", "value", "line 3, Konto"),
        ('"2";"Müller GmbH"', '"3";"Müller GmbH"', "value", "line 4, Adressattyp"),
        ('"24534"', '"' + "1" * 11 + '"', "value", "line 3, Postleitzahl"),
        ('"Finn"', '"' + "F" * 31 + '"', "value", "line 3, Vorname (Adressattyp natürl. Person)"),
        ('4;;;"";"";', '4;20270101;20270131;"";"";', "period", "line 1"),
    ],
)
def test_a_changed_debtor_is_told_where_it_stands(good: str, bad: str, code: str, where: str) -> None:
    text = MASTER_DATA.decode("cp1252")
    assert good in text
    assert (code, where) in found(text.replace(good, bad, 1).encode("cp1252"))


@pytest.mark.parametrize(
    "content, code",
    [
        (b"", "line_end"),
        (POSTINGS.replace(b"\r\n", b"\n"), "line_end"),
        (POSTINGS[:-2], "line_end"),
        (POSTINGS.replace(b"Kr\xfcger", b"Kr\ncger"), "line_end"),
        (POSTINGS.replace(b"Kr\xfcger", b"Kr\x81ger"), "encoding"),
        (POSTINGS.decode("cp1252").encode("utf-8-sig"), "header"),
        (b"\r\n", "header"),
        (POSTINGS.split(b"\r\n")[0] + b"\r\n", "columns"),
    ],
)
def test_what_is_no_such_file_is_told(content: bytes, code: str) -> None:
    assert code in {fault.code for fault in check(content)}


def test_too_many_rows_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("billing.formats.datev_rules.MOST_ROWS", 3)
    assert found(POSTINGS) == {("rows", "file")}


def test_the_list_of_faults_ends_at_a_hundred() -> None:
    bad = POSTINGS + b"nonsense\r\n" * 150
    assert len(check(bad)) == 100


def test_a_period_over_new_year_counts_both_years() -> None:
    text = POSTINGS.decode("cp1252").replace(";20270101;4;20270101;20270131;", ";20260701;4;20260701;20270630;", 1)
    assert check(text.encode("cp1252")) == []
