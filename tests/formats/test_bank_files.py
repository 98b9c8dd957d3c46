"""Bank statements of every version and dialect, read as they are; what is none, or is meant to harm, is refused by name."""

import io
import json
import zipfile
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from billing.demo.bank import BankLine, Paper, statement
from billing.formats import bank_files
from billing.formats.bank_keys import Keys
from billing.formats.bank_lines import BankFileError, Booking, Head

FILES = Path(__file__).parent.parent / "files" / "bank"
GOLDEN = sorted(path for path in FILES.iterdir() if path.suffix != ".json")
IBAN, ON = "DE89370400440532013000", date(2027, 1, 8)
LINE = BankLine(Decimal("14.00"), ON, "Erna", "DE02120300000000202051", "Beitrag")
GOOD = statement(Paper(IBAN), [LINE]).decode()


def lines(data: bytes | str) -> list[Any]:
    return list(bank_files.read(io.BytesIO(data.encode() if isinstance(data, str) else data)))


def refused(data: bytes | str) -> str:
    with pytest.raises(BankFileError) as error:
        lines(data)
    return error.value.code


def bookings(data: bytes | str) -> list[Booking]:
    return [line for line in lines(data) if isinstance(line, Booking)]


def zipped(**files: bytes | str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.name)
def test_each_version_and_dialect_is_read_as_its_golden_file_says(path: Path) -> None:
    found = [{"type": type(line).__name__} | asdict(line) for line in lines(path.read_bytes())]
    golden = json.loads(path.with_name(f"{path.name}.json").read_text(encoding="utf-8"))
    assert json.loads(json.dumps(found, default=str)) == golden


def test_the_versions_of_one_message_say_the_same() -> None:
    for kind in ("camt.052", "camt.053", "camt.054"):
        old, new = (bookings((FILES / f"{kind}.001.{version}.xml").read_bytes()) for version in ("02", "08"))
        assert old == new


def test_a_returned_debit_as_german_banks_write_it() -> None:
    given = BankLine(
        Decimal("-53.00"), ON, "Dora", mandate="M-1", reason="MS03", original=Decimal("50.00"), code="NRTI+109++901"
    )
    [found] = bookings(statement(Paper(IBAN, version="02"), [given]))
    [detail] = found.details
    assert (found.amount, detail.original_amount, detail.charges) == (
        Decimal("-53.00"),
        Decimal("50.00"),
        Decimal("3.00"),
    )
    assert (detail.end_to_end_id, detail.mandate_reference, detail.return_reason) == ("", "M-1", "MS03")


HARM = {
    "billion laughs": '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>',
    "an external entity": '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
    "an external document type": '<!DOCTYPE x SYSTEM "http://localhost:1/x.dtd">',
    "a parameter entity": '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://localhost:1/x">%p;]>',
    "an empty document type": "<!DOCTYPE x>",
}


@pytest.mark.parametrize("name", HARM)
def test_document_types_are_refused_whatever_they_say(name: str) -> None:
    start, rest = GOOD.split("\n", 1)
    assert refused(f"{start}{HARM[name]}{rest}") in ("doctype", "not_xml")


CAMT = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
BROKEN: dict[str, tuple[bytes | str, str]] = {
    "empty": ("", "empty"),
    "no statement": ("Datum;Betrag\n1.1.;5\n", "unknown"),
    "cut off in a tag": (GOOD[: len(GOOD) // 2], "not_xml"),
    "another root": ("<html><body/></html>", "root"),
    "another version": (GOOD.replace("camt.053.001.08", "camt.053.001.99"), "version"),
    "a file for the bank": (GOOD.replace("camt.053.001.08", "pain.008.001.08"), "debit_file"),
    "a wrong encoding": (GOOD.encode().replace(b"Erna", b"Ern\xe4"), "not_xml"),
    "an unknown encoding": (GOOD.replace('encoding="UTF-8"', 'encoding="UTF-7"'), "not_xml"),
    "deep nesting": (f'<Document xmlns="{CAMT}">' + "<a>" * 200_000, "not_xml"),
    "no account": (GOOD.replace(f"<IBAN>{IBAN}</IBAN>", "<Othr><Id>1</Id></Othr>"), "account"),
    "another currency": (GOOD.replace('Ccy="EUR">14', 'Ccy="XXX">14'), "currency"),
    "an account in another currency": (GOOD.replace("<Ccy>EUR</Ccy>", "<Ccy>CHF</Ccy>"), "currency"),
    "no balances": (statement(Paper(IBAN, balances=False), [LINE]), "balances"),
    "a closing balance that is not reached": (GOOD.replace("1014.00", "1015.00"), "sum"),
    "a turned sign": (GOOD.replace("<Ntry>", "<Ntry>", 1).replace("CRDT</CdtDbtInd><Sts>", "DBIT</CdtDbtInd><Sts>"), "sum"),
    "no sign": (GOOD.replace("<CdtDbtInd>CRDT</CdtDbtInd><Sts>", "<Sts>"), "amount"),
    **{f"the amount {text}": (GOOD.replace(">14.00<", f">{text}<"), "amount") for text in (
        "1,50", "1e3", "NaN", "-0.00", "1234567890123456789", "14.005", "Infinity", "1_000", "１４", "",
    )},
    **{f"the day {text}": (GOOD.replace("<BookgDt><Dt>2027-01-08", f"<BookgDt><Dt>{text}"), "date") for text in (
        "2025-02-29", "0001-01-01", "9999-12-31", "08.01.2027",
    )},
    "MT940 without an end": ((FILES / "sparkasse.sta").read_bytes()[:400], "balances"),
    "MT940 with an impossible day": ((FILES / "sparkasse.sta").read_bytes().replace(b":61:270108", b":61:271331"), "mt940"),
    "MT940 that does not add up": ((FILES / "sparkasse.sta").read_bytes().replace(b"EUR987,10", b"EUR987,11"), "sum"),
    "a ZIP in a ZIP": (zipped(inner=zipped(a=GOOD)), "zip_nested"),
    "an empty ZIP": (zipped(), "unknown"),
    "501 files": (zipped(**{f"f{number}": "x" for number in range(501)}), "zip_many"),
    "a bomb": (zipped(a=b"0" * (bank_files.LARGEST + 1)), "zip_large"),
    "half a ZIP": (zipped(a=GOOD)[:200], "zip"),
    "a ZIP with something else": (zipped(a=GOOD, b="<html/>"), "root"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_good_statement_is_refused_by_name(name: str) -> None:
    data, code = BROKEN[name]
    assert refused(data) == code


def test_an_xinclude_is_not_followed() -> None:
    name = "<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='file:///etc/passwd'/>"
    [found] = bookings(GOOD.replace("Beitrag", name))
    assert found.details[0].remittance == ""


def test_utf_16_is_as_good_as_utf_8() -> None:
    assert lines(GOOD.replace("UTF-8", "UTF-16").encode("utf-16")) == lines(GOOD)


def test_text_is_cleaned_of_what_turns_it_around_and_cut() -> None:
    evil = f"Bei\u202etrag\u200b 😀 <b> {'x' * 10_000}"
    [found] = bookings(statement(Paper(IBAN), [BankLine(Decimal(1), ON, "=HYPERLINK(1)", text=evil)]))
    text = found.details[0].remittance
    assert text.startswith("Beitrag 😀 <b> xxx")
    assert (len(text), found.details[0].name) == (2000, "=HYPERLINK(1)")


def test_pending_and_empty_entries_are_passed_over() -> None:
    pending = GOOD.replace("<Cd>BOOK</Cd>", "<Cd>PDNG</Cd>").replace("1014.00", "1000.00")
    assert [type(line) for line in lines(pending)] == [Head]
    nothing = GOOD.replace("1014.00", "1000.00").replace(">14.00<", ">0.00<")
    assert [type(line) for line in lines(nothing)] == [Head]


def test_a_zip_is_read_in_the_order_of_its_names_whatever_they_are() -> None:
    first, second = (statement(Paper(IBAN, identifier=name), [LINE]) for name in ("S1", "S2"))
    data = zipped(**{"../b.xml": second, "/a.txt": first, "__MACOSX/x": b"?", ".DS_Store": b"?"})
    assert [line.identifier for line in lines(data) if isinstance(line, Head)] == ["S2", "S1"]


def test_a_booking_has_one_key_and_two_equal_ones_have_two() -> None:
    def keys(*given: BankLine, **paper: Any) -> list[str]:
        one = Keys()
        return [one.next(booking) for booking in bookings(statement(Paper(IBAN, **paper), given))]

    twins = keys(LINE, LINE)
    assert len(set(twins)) == 2
    assert keys(LINE, kind="camt.052", version="02") == twins[:1]
    spaced = BankLine(LINE.amount, ON, LINE.name, LINE.iban, "Bei  \n trag")
    assert keys(spaced) == twins[:1]
    assert keys(BankLine(LINE.amount, ON, "Ernst", LINE.iban, "Beitrag")) != twins[:1]
    assert keys(BankLine(LINE.amount, ON, reference="R1")) == keys(
        BankLine(LINE.amount, ON, "later told", reference="R1")
    )


MONEY = some.decimals("-99999.99", "99999.99", places=2).filter(bool)
TEXT = some.text(some.characters(categories=("L", "N", "P", "Zs")), max_size=60)


@given(some.lists(some.tuples(MONEY, TEXT), max_size=12), some.sampled_from(["02", "08"]), MONEY)
def test_whatever_a_bank_writes_is_read_as_it_wrote_it(rows: list[Any], version: str, opening: Decimal) -> None:
    given_lines = [BankLine(amount, ON, "Erna", text=text) for amount, text in rows]
    head, *found = lines(statement(Paper(IBAN, version=version, opening=opening), given_lines))
    assert (head.opening, head.closing) == (opening, opening + sum((amount for amount, _text in rows), Decimal(0)))
    assert [booking.amount for booking in found] == [amount for amount, _text in rows]
    assert [booking.details[0].remittance for booking in found] == [" ".join(text.split()) for _amount, text in rows]


@given(some.binary(max_size=300))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    for start in (b"", b"<?xml version='1.0'?>", b"PK\x03\x04", b":20:X\n:25:1/2\n"):
        with pytest.raises(BankFileError):
            lines(start + data)
