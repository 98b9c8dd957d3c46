"""Files that are meant to harm, or are simply not what they should be: each is refused in words, and nothing is written.

The numbers are those of our list of hostile inputs. Readers are bounded, not caged: a file is capped before it is looked at,
XML is read as a stream that holds one entry at a time (at most 32 MB of it), without entities, document types or network.
"""

import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django_scopes import scopes_disabled

from billing.demo.bank import BankLine, Paper, statement
from billing.formats import camt
from billing.models import Creditor, Mandate, StatementEntry
from billing.services import (
    bank_replies,
    bounces,
    donations,
    mandate_papers,
    member_import,
    reconciliation,
    statement_import,
    usage_import,
)
from members.models import Organisation
from tests.formats.replies import reply
from tests.members.lists import COLUMNS
from tests.services.bank import NOW, STRANGER
from tests.services.club import join, small_club

pytestmark = [pytest.mark.both, pytest.mark.django_db]
ON, HEAD = date(2027, 1, 8), ";".join(COLUMNS)
LINE = BankLine(Decimal("14.00"), ON, "Erna", STRANGER, "Beitrag")


@pytest.fixture(autouse=True)
def everything_in_sight() -> Iterator[None]:
    with scopes_disabled():
        yield


@pytest.fixture
def house() -> Organisation:
    organisation = small_club()
    join(organisation, "1")
    return organisation


def good(*lines: BankLine, **given: Any) -> bytes:
    return statement(Paper(Creditor.objects.get().iban, **given), lines or [LINE])


def changed(old: str, new: str) -> Callable[[], bytes]:
    """A good statement, in which one thing is not."""

    def made() -> bytes:
        text = good().decode()
        assert old in text
        return text.replace(old, new).encode()

    return made


def prolog(doctype: str) -> Callable[[], bytes]:
    return changed("?>\n", f"?>\n{doctype}")


def zipped(files: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()


def bank(house: Organisation, data: bytes) -> None:
    statement_import.import_file(house, "x.xml", io.BytesIO(data), None, NOW)


def answer(house: Organisation, data: bytes) -> None:
    bank_replies.take(house, "x.xml", data, None, NOW)


def members(house: Organisation, data: bytes) -> None:
    found = member_import.plan(house, data, date(2027, 1, 1))
    if found.refused:
        raise ValidationError("rows of the list are refused", code="rows")
    member_import.take(found, now=NOW, user=None)


def usage(house: Organisation, data: bytes) -> None:
    found = usage_import.preview(house, data, NOW)
    if found.refused:
        raise ValidationError("rows", code="rows")


def gifts(house: Organisation, data: bytes) -> None:
    if donations.look(house, data, ON).faults:
        raise ValidationError("rows", code="rows")


def scan(house: Organisation, data: bytes) -> None:
    mandate_papers.add_document(Mandate.objects.get(), "scan", "scan.pdf", data, None, NOW)


def report(house: Organisation, data: bytes) -> None:
    bounces.take_report(house, data, NOW)


@dataclass(frozen=True)
class Row:
    number: int
    what: str
    door: Callable[[Organisation, bytes], None]
    data: Callable[[], bytes]


def told(text: str) -> Callable[[], bytes]:
    return text.encode


def member_row(text: str, encoding: str = "utf-8") -> Callable[[], bytes]:
    return lambda: f"{HEAD}\n{text}\n".encode(encoding)


def amount(text: str) -> Callable[[], bytes]:
    return changed('">14.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>', f'">{text}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>')


def booked(text: str) -> Callable[[], bytes]:
    return changed("<BookgDt><Dt>2027-01-08", f"<BookgDt><Dt>{text}")


LAUGHS = '<!DOCTYPE x [<!ENTITY a "haha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>'
SPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
TABLE = [
    Row(1, "billion laughs", bank, prolog(LAUGHS)),
    Row(1, "billion laughs in an answer", answer, lambda: reply("X").replace(b"?>", f"?>{LAUGHS}".encode())),
    Row(2, "quadratic blow-up", bank, prolog(f'<!DOCTYPE x [<!ENTITY a "{"x" * 100_000}">]>')),
    Row(3, "external entity", bank, prolog('<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>')),
    Row(4, "external document type", bank, prolog('<!DOCTYPE x SYSTEM "http://localhost:1/x.dtd">')),
    Row(5, "parameter entity", bank, prolog('<!DOCTYPE x [<!ENTITY % p SYSTEM "http://localhost:1/x">%p;]>')),
    Row(7, "deep nesting", bank, told(f'<Document xmlns="{SPACE}">' + "<a>" * 200_000)),
    Row(7, "deep nesting in an answer", answer, told("<a>" * 200_000)),
    Row(8, "much without an entry", bank, told(f'<Document xmlns="{SPACE}"><B>{"<a/>" * 100_000}')),
    Row(9, "unknown encoding", bank, changed('encoding="UTF-8"', 'encoding="UTF-7"')),
    Row(9, "wrong encoding", bank, lambda: good().replace(b"Erna", b"Ern\xe4")),
    Row(10, "cut off in a tag", bank, lambda: good()[:-20]),
    Row(11, "another root", bank, told("<html><body/></html>")),
    Row(12, "unknown version", bank, changed("camt.053.001.08", "camt.053.001.99")),
    Row(13, "a file for the bank", bank, changed("camt.053.001.08", "pain.008.001.08")),
    Row(13, "a statement as an answer", answer, good),
    Row(14, "another account", bank, lambda: statement(Paper("DE02120300000000202051"), [LINE])),
    Row(15, "does not add up", bank, changed("1014.00", "1015.00")),
    Row(16, "turned sign", bank, changed("CRDT</CdtDbtInd><Sts>", "DBIT</CdtDbtInd><Sts>")),
    *(Row(17, f"amount {text}", bank, amount(text)) for text in ("1,50", "1e3", "NaN", "-0.00", "9" * 19, "14.005", "1e400")),
    Row(18, "another currency", bank, changed('Ccy="EUR">14', 'Ccy="XXX">14')),
    *(Row(19, f"day {text}", bank, booked(text)) for text in ("2025-02-29", "0001-01-01", "9999-12-31")),
    Row(28, "a null sign", bank, changed("Erna", "Er\0na")),
    Row(31, "empty list", members, told("")),
    Row(31, "empty statement", bank, told("")),
    Row(33, "UTF-16 list", members, lambda: f"{HEAD}\n".encode("utf-16")),
    Row(34, "null signs in a list", members, member_row("9;\0;X")),
    Row(35, "a quote that is never closed", members, member_row('9;"X')),
    Row(36, "one endless line", members, lambda: b"x" * (11 * 1024 * 1024)),
    Row(36, "one endless field of donations", gifts, lambda: b"member;day;amount\n" + b"x" * 200_000),
    Row(36, "one endless field", usage, lambda: b"member;meter;at;value\n" + b"x" * 200_000),
    Row(37, "too many rows", members, told(HEAD + "\n" + "9;X\n" * 100_001)),
    Row(38, "no such column", members, told("Nr;Nachname\n1;X\n")),
    Row(38, "no such column of usage", usage, told("a;b\n1;2\n")),
    Row(38, "no such column of donations", gifts, told("a;b\n1;2\n")),
    *(
        Row(39, f"value {text}", usage, told(f"member;meter;at;value\n1;gb;2026-12-01;{text}\n"))
        for text in ("1_000", "١٢", "１２", "--5", "1e400", "NaN", "")
    ),
    Row(46, "a bomb in a ZIP", bank, lambda: zipped({"a": b"0" * (200 * 1024 * 1024 + 1)})),
    Row(49, "a ZIP in a ZIP", bank, lambda: zipped({"a": zipped({"b": b"x"})})),
    Row(49, "501 files", bank, lambda: zipped({f"f{number}": b"x" for number in range(501)})),
    Row(49, "half a ZIP", bank, lambda: zipped({"a": b"x" * 900})[:60]),
    Row(48, "a table program's file", members, lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600),
    Row(74, "a drawing with a script", scan, told('<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>')),
    Row(74, "a page as a scan", scan, told("<html><script>alert(1)</script></html>")),
    Row(102, "an empty scan", scan, told("")),
    Row(102, "half a PDF", scan, told("%PDF-1.7\n1 0 obj")),
    Row(105, "no delivery report", report, told("hello")),
    Row(105, "an endless delivery report", report, lambda: b"x" * (10 * 1024 * 1024 + 1)),
]  # fmt: skip


def stored() -> dict[str, int]:
    """How many rows every table has."""
    models = [one for label in ("members", "billing") for one in apps.get_app_config(label).get_models()]
    return {one.__name__: one._default_manager.count() for one in models}


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.number} {row.what}"[:50])
def test_a_hostile_file_is_told_and_writes_nothing(
    house: Organisation, row: Row, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(camt, "LARGEST_ENTRY", 200_000)
    before = stored()
    with pytest.raises(ValidationError) as refused:
        row.door(house, row.data())
    assert all(len(message) > 15 or row.door in (usage, gifts) for message in refused.value.messages)
    assert stored() == before


def test_an_include_is_not_followed(house: Organisation) -> None:
    """Number 6."""
    name = b"<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='file:///etc/passwd'/>"
    bank(house, good().replace(b"Beitrag", name))
    assert StatementEntry.objects.get().remittance == ""


def test_the_same_again_the_same_otherwise_written_and_what_overlaps_adds_nothing(house: Organisation) -> None:
    """Numbers 20 to 22."""
    one, two = LINE, BankLine(Decimal("9.00"), ON, "Otto", STRANGER, "Beitrag")
    bank(house, good(one))
    bank(house, good(one))
    bank(house, good(one).replace(b"><", b">\n  <"))
    assert StatementEntry.objects.count() == 1
    bank(house, good(one, two))
    assert StatementEntry.objects.count() == 2


def test_two_equal_payments_of_a_day_both_count_and_a_gap_is_told(house: Organisation) -> None:
    """Numbers 23 and 24."""
    bank(house, good(LINE, LINE))
    assert StatementEntry.objects.count() == 2
    _file, told_of = statement_import.import_file(
        house, "x.xml", io.BytesIO(good(LINE, identifier="S7", opening=Decimal("5.00"))), None, NOW
    )
    assert len(told_of.warnings) == 1


@pytest.mark.parametrize(
    "line",
    [
        BankLine(Decimal("14.00"), ON, "X", STRANGER, end_to_end_id="KW0000000001A01"),
        BankLine(Decimal("-14.00"), ON, "X", STRANGER, end_to_end_id="KW0000000001A01", reason="ZZ99", original=Decimal("14.00")),
        BankLine(Decimal("14.00"), ON, "<script>", STRANGER, "=HYPERLINK(1) \u202e\U0001f600 ]]" + "x" * 10_000),
        BankLine(Decimal("14.00"), ON, "X", "DE0212030000000020205А", "de02 1203"),
    ],
    ids=["26 unknown identifier", "27 unknown reason", "28 and 30 strange texts", "29 a Cyrillic letter"],
)  # fmt: skip
def test_what_is_strange_stays_open_for_a_person(house: Organisation, line: BankLine) -> None:
    bank(house, good(line))
    assert reconciliation.match_open(house, NOW) == 0
    [entry] = StatementEntry.objects.open()
    assert len(entry.remittance) <= 10_100
    assert "\u202e" not in entry.remittance
