"""DATEV files (EXTF, header version 700) for the accountant: postings and debtors. Windows-1252, CRLF, decimal comma.

Accounts and keys are the caller's configuration: the accountant's list wins over any default.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import chain

from billing.formats.datev_columns import DEBTOR_COLUMNS, MOST_ROWS, POSTING_COLUMNS, Column
from billing.formats.datev_rules import check
from billing.formats.fault import Fault

__all__ = [
    "DatevError", "DebtorRow", "Fault", "Header", "PostingRow", "check", "debtor_pieces", "debtors", "posting_pieces", "postings",
]  # fmt: skip

CENT, LARGEST = Decimal("0.01"), Decimal("9999999999.99")
LANGUAGES = {"de": "1", "fr": "4", "en": "5", "es": "10", "it": "19"}
LONGEST_MAIL = 60
WRITTEN_OUT = str.maketrans({"ł": "l", "Ł": "L", "ẞ": "SS", "đ": "d", "Đ": "D", "ı": "i", "ħ": "h", "Ħ": "H"})
NOT_IN_REFERENCE = re.compile(r"[^A-Za-z0-9_$&%*+/-]")
NOT_IN_COST_CENTER = re.compile(r"[^\w ]")
NOT_IN_LABEL = re.compile(r"[^\w. /-]", re.ASCII)


class DatevError(ValueError):
    """What DATEV would refuse, with the row it stands in."""


@dataclass(frozen=True, slots=True)
class Header:
    """The first line. `start` and `end` are inclusive and lie in one fiscal year; `locked` fixes the postings for good."""

    consultant_number: str
    client_number: str
    fiscal_year_start: date
    account_length: int
    start: date
    end: date
    label: str
    created_at: datetime
    chart: str
    locked: bool = False
    origin: str = "KW"


@dataclass(frozen=True, slots=True)
class PostingRow:
    """One posting: `debit` says on which side `account` stands; the amount is always positive, EUR."""

    amount: Decimal
    account: str
    contra_account: str
    debit: bool
    document_date: date
    reference: str
    text: str
    tax_key: str = ""
    cost_center: str = ""
    due_on: date | None = None
    mandate_reference: str = ""
    reversal: bool = False
    document_link: str = ""


@dataclass(frozen=True, slots=True)
class DebtorRow:
    """Master data of a debtor; `kind` is `person` or `company`."""

    account: str
    kind: str
    company: str = ""
    last_name: str = ""
    first_name: str = ""
    salutation: str = ""
    title: str = ""
    street: str = ""
    postal_code: str = ""
    city: str = ""
    country: str = "DE"
    email: str = ""
    phone: str = ""
    iban: str = ""
    bic: str = ""
    account_holder: str = ""
    customer_number: str = ""
    mandate_reference: str = ""
    vat_id: str = ""
    language: str = ""


def postings(header: Header, rows: Iterable[PostingRow]) -> bytes:
    """A batch of postings (category 21, version 13). The same arguments give the same bytes."""
    return b"".join(posting_pieces(header, rows))


def posting_pieces(header: Header, rows: Iterable[PostingRow]) -> Iterator[bytes]:
    """The same, line by line."""
    return encode(posting_lines(header, rows))


def posting_lines(header: Header, rows: Iterable[PostingRow]) -> Iterator[str]:
    """Line by line."""
    shape = layout(POSTING_COLUMNS)
    yield first_line(header, 21, "Buchungsstapel", 13)
    yield names(POSTING_COLUMNS)
    for number, row in enumerate(rows, 1):
        if number > MOST_ROWS:
            raise DatevError(f"row {number}: a file holds at most {MOST_ROWS} postings")
        yield line(POSTING_COLUMNS, shape, posting_values(header, number, row))


def posting_values(header: Header, number: int, row: PostingRow) -> dict[str, str]:
    """The filled columns of a posting. A reversal flips the side and carries the mark: either alone doubles the turnover."""
    if not row.amount.is_finite() or not CENT <= row.amount <= LARGEST or row.amount % CENT:
        raise DatevError(f"row {number}: {row.amount} is not a positive amount in cents")
    if not header.start <= row.document_date <= header.end:
        raise DatevError(f"row {number}: {row.document_date} is not between {header.start} and {header.end}")
    if not (row.account.isdecimal() and row.contra_account.isdecimal()):
        raise DatevError(
            f"row {number}: {row.account or 'nothing'} and {row.contra_account or 'nothing'} are not two account numbers"
        )
    return {
        "Umsatz (ohne Soll/Haben-Kz)": amount(row.amount), "Soll/Haben-Kennzeichen": "S" if row.debit != row.reversal else "H",
        "Konto": row.account, "Gegenkonto (ohne BU-Schlüssel)": row.contra_account, "BU-Schlüssel": row.tax_key,
        "Belegdatum": f"{row.document_date:%d%m}", "Belegfeld 1": NOT_IN_REFERENCE.sub("-", latin(row.reference)),
        "Belegfeld 2": f"{row.due_on:%d%m%y}" if row.due_on else "", "Buchungstext": row.text, "Beleglink": row.document_link,
        "KOST1 - Kostenstelle": NOT_IN_COST_CENTER.sub(" ", latin(row.cost_center)), "SEPA-Mandatsreferenz": row.mandate_reference,
        "Festschreibung": "1" if header.locked else "0", "Generalumkehr (GU)": "1" if row.reversal else "",
    }  # fmt: skip


def debtors(header: Header, rows: Iterable[DebtorRow]) -> bytes:
    """Master data of debtors (category 16, version 5)."""
    return b"".join(debtor_pieces(header, rows))


def debtor_pieces(header: Header, rows: Iterable[DebtorRow]) -> Iterator[bytes]:
    """The same, line by line."""
    shape = layout(DEBTOR_COLUMNS)
    head = (first_line(header, 16, "Debitoren/Kreditoren", 5), names(DEBTOR_COLUMNS))
    return encode(chain(head, (line(DEBTOR_COLUMNS, shape, debtor_values(row)) for row in rows)))


def debtor_values(row: DebtorRow) -> dict[str, str]:
    """The filled columns of a debtor; the kind of address decides which name DATEV shows. An address of mail is never cut."""
    person = row.kind == "person"
    names_of = {
        "Name (Adressattyp natürl. Person)": row.last_name,
        "Vorname (Adressattyp natürl. Person)": row.first_name,
    }
    return (names_of if person else {"Name (Adressattyp Unternehmen)": row.company}) | {
        "Konto": row.account, "Adressattyp": "1" if person else "2", "Kurzbezeichnung": row.last_name if person else row.company,
        "EU-Land": row.vat_id[:2], "EU-UStID": row.vat_id[2:], "Anrede": row.salutation, "Titel/Akad. Grad": row.title,
        "Adressart": "STR" if row.street else "", "Straße": row.street, "Postleitzahl": row.postal_code, "Ort": row.city,
        "Land": row.country, "Telefon": row.phone, "E-Mail": row.email if len(row.email) <= LONGEST_MAIL else "",
        "IBAN-Nr. 1": row.iban, "SWIFT-Code 1": row.bic, "Länderkennzeichen 1": row.iban[:2],
        "Abw. Kontoinhaber 1": row.account_holder, "Kennz. Hauptbankverb. 1": "1" if row.iban else "",
        "Kunden-/Lief.-Nr.": row.customer_number, "Sprache": LANGUAGES.get(row.language, ""),
        "SEPA-Mandatsreferenz 1": row.mandate_reference,
    }  # fmt: skip


def first_line(header: Header, category: int, name: str, version: int) -> str:
    """The 31 fields of the header."""
    is_postings = category == 21
    start, end = (f"{header.start:%Y%m%d}", f"{header.end:%Y%m%d}") if is_postings else ("", "")
    label = quoted(NOT_IN_LABEL.sub("", header.label)[:30]) if is_postings else '""'
    stamp = f"{header.created_at:%Y%m%d%H%M%S}{header.created_at.microsecond // 1000:03d}"
    kind = ["1", "0", "1" if header.locked else "0", '"EUR"'] if is_postings else ["", "", "", '""']
    fields = [
        '"EXTF"', "700", str(category), quoted(name), str(version), stamp, "", quoted(header.origin), '""', '""',
        header.consultant_number, header.client_number, f"{header.fiscal_year_start:%Y%m%d}", str(header.account_length), start, end,
        label, '""', *kind, "", '""', "", "", quoted(header.chart), "", "", '""', '""',
    ]  # fmt: skip
    return ";".join(fields)


def names(columns: Iterable[Column]) -> str:
    """The second line."""
    return ";".join(column.name for column in columns)


@dataclass(frozen=True, slots=True)
class Layout:
    """A format's columns: what an empty row looks like, and where each column stands."""

    blank: tuple[str, ...]
    places: dict[str, int]


def layout(columns: list[Column]) -> Layout:
    """Made once per file: most columns of most rows are empty."""
    return Layout(
        tuple(field(column, "") for column in columns), {column.name: place for place, column in enumerate(columns)}
    )


def line(columns: list[Column], shape: Layout, values: Mapping[str, str]) -> str:
    """A row: texts are quoted even when empty, cut to their length; numbers and dates stand bare."""
    cells = list(shape.blank)
    for name, value in values.items():
        if value:
            place = shape.places[name]
            cells[place] = field(columns[place], value)
    return ";".join(cells)


def field(column: Column, value: str) -> str:
    """One field."""
    if column.kind != "text":
        return value
    return quoted(" ".join(latin(value).split())[: column.length])


def quoted(text: str) -> str:
    """In quotation marks, those inside doubled."""
    return '"' + text.replace('"', '""') + '"'


def amount(value: Decimal) -> str:
    """`1234,50`, no thousands sign."""
    return f"{value:.2f}".replace(".", ",")


def latin(text: str) -> str:
    """Letters that Windows-1252 lacks are written out or lose their accent; what is left becomes a question mark."""
    composed = unicodedata.normalize("NFC", text)
    if fits(composed):
        return composed
    return "".join(sign if fits(sign) else without_accent(sign) for sign in composed.translate(WRITTEN_OUT))


def fits(text: str) -> bool:
    """Whether Windows-1252 can hold a text."""
    try:
        text.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


def without_accent(sign: str) -> str:
    """A letter without its accent, or a question mark."""
    plain = "".join(part for part in unicodedata.normalize("NFKD", sign) if not unicodedata.combining(part))
    return plain if fits(plain) else "?"


def encode(lines: Iterable[str]) -> Iterator[bytes]:
    """Windows-1252, CRLF; line by line, so that nobody holds a large file."""
    for one in lines:
        yield f"{one}\r\n".encode("cp1252")
