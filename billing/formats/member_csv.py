"""Member lists as other programs export them: cp1252 or UTF-8, any usual delimiter, German headers in any order.

A faulty row is told by line, column, value and code, and is not among the rows; `warnings` tell of rows that are kept
though they look odd: `date_order` (left before joined) and `mandate_missing` (to be debited, yet no
mandate reference). An unusable file raises MemberFileError: `empty`, `too_large`, `binary`, `encoding`, `line_too_long`,
`quotes`, `no_number_column`, `column_twice`, `too_many_rows` or `no_rows`.
"""

import codecs
import csv
import io
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from billing.formats import member_values as values

LARGEST_FILE = 10 * 1024 * 1024
MOST_ROWS = 100_000
LONGEST_FIELD = 2_000
LONGEST_LINE = 50_000
SAMPLE = 20
DELIMITERS = ";,\t|"


class MemberFileError(ValueError):
    """The file cannot be read at all; `code` says why, `params` where."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code, self.params = code, params


@dataclass(frozen=True, slots=True)
class CsvFault:
    """One fault: the line in the file, the column's name there, the value, and a code."""

    line: int
    column: str
    value: str
    code: str


@dataclass(frozen=True, slots=True)
class MemberRow:
    """One good row."""

    line: int
    number: str
    kind: str = "person"
    salutation: str = ""
    title: str = ""
    first_name: str = ""
    last_name: str = ""
    company: str = ""
    date_of_birth: date | None = None
    street: str = ""
    address_extra: str = ""
    postal_code: str = ""
    city: str = ""
    country: str = "DE"
    email: str = ""
    phone: str = ""
    joined_on: date | None = None
    left_on: date | None = None
    fee_group: str = ""
    departments: tuple[str, ...] = ()
    payment_method: str = ""
    rhythm: str = ""
    iban: str = ""
    bic: str = ""
    account_holder: str = ""
    mandate_reference: str = ""
    mandate_signed_on: date | None = None
    last_collected_on: date | None = None
    payer_number: str = ""
    note: str = ""
    raw: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class MemberTable:
    """What a file holds. `columns`: canonical name to the name in the file; `raw` of a row keeps the cells as they stand."""

    encoding: str
    delimiter: str
    columns: dict[str, str] = field(default_factory=dict)
    unknown_columns: list[str] = field(default_factory=list)
    rows: list[MemberRow] = field(default_factory=list)
    faults: list[CsvFault] = field(default_factory=list)
    warnings: list[CsvFault] = field(default_factory=list)
    count: int = 0


@dataclass(frozen=True, slots=True)
class Reader:
    """How a column is called, read and how long it may be."""

    headers: str
    read: Callable[[str], values.Value] = values.read_text
    length: int = 120


COLUMNS: dict[str, Reader] = {
    "number": Reader("mitgliedsnummer mitgliedsnr mitgliednummer nr nummer mnr membernumber kundennummer", length=20),
    "salutation": Reader("anrede", length=20),
    "title": Reader("titel akadtitel", length=30),
    "first_name": Reader("vorname firstname", length=60),
    "last_name": Reader("nachname name familienname lastname", length=60),
    "company": Reader("firma firmenname company", length=120),
    "date_of_birth": Reader("geburtsdatum geburtstag geboren gebdatum", values.read_birth_date),
    "street": Reader("strasse strassehausnummer strasseundhausnummer anschrift", length=70),
    "house_number": Reader("hausnummer hausnr hnr", length=16),
    "address_extra": Reader("adresszusatz zusatz", length=70),
    "postal_code": Reader("plz postleitzahl", length=10),
    "city": Reader("ort stadt wohnort", length=35),
    "country": Reader("land staat", values.read_country),
    "email": Reader("email mail emailadresse mailadresse", values.read_mail, 254),
    "phone": Reader("telefon telefonnummer tel mobil handy", length=40),
    "joined_on": Reader("eintritt eintrittsdatum eintrittam mitgliedseit beitritt", values.read_date),
    "left_on": Reader("austritt austrittsdatum austrittam", values.read_date),
    "fee_group": Reader("beitragsgruppe beitrag beitragsart tarif", length=40),
    "departments": Reader("abteilungen abteilung sparte sparten", values.read_list, 400),
    "payment_method": Reader("zahlungsart zahlungsweg zahlweg", length=40),
    "rhythm": Reader("zahlungsrhythmus zahlungsweise rhythmus zahlungsintervall", length=40),
    "iban": Reader("iban", values.read_iban, 60),
    "bic": Reader("bic swift swiftcode", length=11),
    "account_holder": Reader("kontoinhaber abwkontoinhaber", length=120),
    "mandate_reference": Reader(
        "mandatsreferenz mandatsref mandatreferenz mandatsreferenznummer", values.read_reference
    ),
    "mandate_signed_on": Reader("mandatsdatum mandatvom datummandat unterschriftam", values.read_date),
    "last_collected_on": Reader("letztereinzug letztelastschrift letztereinzugam", values.read_date),
    "payer_number": Reader("zahler zahlernummer zahltfuer beitragszahler zahlermitgliedsnummer", length=20),
    "note": Reader("bemerkung bemerkungen notiz anmerkung", length=LONGEST_FIELD),
}
HEADERS = {name: key for key, reader in COLUMNS.items() for name in reader.headers.split()}


def read(data: bytes) -> MemberTable:
    """Reads a member list. Raises MemberFileError if it is no such list; faulty rows are told, not raised."""
    text, encoding = decode(data)
    delimiter = delimiter_of(text)
    table = MemberTable(encoding, delimiter)
    lines = numbered(text, delimiter)
    header = next((cells for _line, cells in lines if any(cell.strip() for cell in cells)), [])
    places = map_columns(table, header)
    seen: dict[str, int] = {}
    for line, cells in lines:
        if any(cell.strip() for cell in cells):
            table.count += 1
            if table.count > MOST_ROWS:
                raise MemberFileError("too_many_rows", most=MOST_ROWS)
            read_row(table, places, header, line, cells, seen)
    if not table.count:
        raise MemberFileError("no_rows")
    return table


def decode(data: bytes) -> tuple[str, str]:
    """The file's text: by its mark, as UTF-8 if it is that, else as Windows wrote it."""
    if not data.strip():
        raise MemberFileError("empty")
    if len(data) > LARGEST_FILE:
        raise MemberFileError("too_large", most=LARGEST_FILE // 1024 // 1024)
    marked = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "cp1252"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        refuse_text(text)
        return text, encoding
    raise MemberFileError("encoding")


def refuse_text(text: str) -> None:
    """What no list of members holds: NUL signs, or lines without end."""
    if "\0" in text:
        raise MemberFileError("binary")
    for number, line in enumerate(text.splitlines(), 1):
        if len(line) > LONGEST_LINE:
            raise MemberFileError("line_too_long", line=number, most=LONGEST_LINE)


def delimiter_of(text: str) -> str:
    """The sign that stands most often in the first line."""
    first = text.lstrip().partition("\n")[0]
    return max(DELIMITERS, key=first.count)


def numbered(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Rows with the line they begin on; a quoted field may span lines."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            yield line, cells
            line = reader.line_num + 1
    except csv.Error as broken:
        raise MemberFileError("quotes", line=line) from broken


def map_columns(table: MemberTable, header: list[str]) -> dict[str, int]:
    """Which column means what; two for the same, or none for the member number, is refused."""
    places: dict[str, int] = {}
    for place, name in enumerate(header):
        key = HEADERS.get(plain(name))
        if key is None:
            table.unknown_columns += [name.strip()] if name.strip() else []
        elif key in places:
            raise MemberFileError("column_twice", column=name.strip())
        else:
            places[key] = place
            table.columns[key] = name.strip()
    if "number" not in places:
        raise MemberFileError("no_number_column", found=", ".join(cell.strip() for cell in header[:SAMPLE]))
    return places


def plain(name: str) -> str:
    """A header without case, umlauts, blanks and signs: `Mitglieds-Nr.` and `mitgliedsnr` are one."""
    folded = unicodedata.normalize("NFC", name).casefold().replace("ä", "ae").replace("ö", "oe").replace("ü", "ue")
    letters = unicodedata.normalize("NFKD", folded)
    return "".join(sign for sign in letters if sign.isalnum())


def read_row(
    table: MemberTable, places: dict[str, int], header: list[str], line: int, cells: list[str], seen: dict[str, int]
) -> None:
    """One row: a good one is kept, a faulty one is told with each of its faults."""
    found: dict[str, Any] = {}
    faults = [CsvFault(line, "", cells[len(header)][:80], "too_many_cells")] if any(cells[len(header) :]) else []
    for key, place in places.items():
        text = " ".join(cells[place].split()) if place < len(cells) else ""
        found[key], code = COLUMNS[key].read(text)
        if code or len(text) > COLUMNS[key].length:
            faults.append(CsvFault(line, table.columns[key], text[:80], code or "too_long"))
    faults += row_faults(table, line, found, seen)
    if faults:
        table.faults += faults
        return
    found["street"] = f"{found.get('street', '')} {found.pop('house_number', '')}".strip()
    birth_in_the_past(found, cells[places["date_of_birth"]] if found.get("date_of_birth") else "")
    row = MemberRow(
        line=line, kind="company" if found.get("company") else "person", raw=dict(zip(header, cells)), **found
    )
    table.rows.append(row)
    table.warnings += row_warnings(table, row)


def birth_in_the_past(found: dict[str, Any], text: str) -> None:
    """Two digits of a year leave the century open: nobody joins before they are born."""
    born, joined = found.get("date_of_birth"), found.get("joined_on")
    if born and joined and born > joined and values.has_short_year(text):
        with suppress(ValueError):
            found["date_of_birth"] = born.replace(year=born.year - 100)


def row_warnings(table: MemberTable, row: MemberRow) -> Iterator[CsvFault]:
    """What looks odd, and is kept."""
    if row.joined_on and row.left_on and row.left_on < row.joined_on:
        yield CsvFault(row.line, table.columns["left_on"], f"{row.left_on:%d.%m.%Y}", "date_order")
    if row.iban and not row.mandate_reference and row.payment_method.casefold() == "lastschrift":
        yield CsvFault(row.line, table.columns.get("mandate_reference", ""), "", "mandate_missing")


def row_faults(table: MemberTable, line: int, found: dict[str, Any], seen: dict[str, int]) -> Iterator[CsvFault]:
    """What only the row as a whole shows."""
    number = found["number"]
    if not number:
        yield CsvFault(line, table.columns["number"], "", "number_missing")
    elif number in seen:
        yield CsvFault(line, table.columns["number"], number, "number_twice")
    seen.setdefault(number, line)
    if not (found.get("last_name") or found.get("company")):
        yield CsvFault(line, table.columns.get("last_name", ""), "", "no_name")
