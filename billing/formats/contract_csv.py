"""Lists of customers with their contracts: `customer,first_name,last_name,tariff,start` and a few columns more, in any order.

UTF-8 or cp1252, comma or semicolon or tab. A faulty row is told by line, column, value and code and is not among the rows.
An unusable file raises ContractFileError: `empty`, `too_large`, `binary`, `columns` (with those that are missing).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from billing.formats import member_values as values
from billing.formats.list_text import rows_of
from billing.formats.member_csv import CsvFault

LARGEST_FILE = 20 * 1024 * 1024
NAMES = {
    "customer": "number", "kundennummer": "number", "mitgliedsnummer": "number", "number": "number", "member": "number",
    "first_name": "first_name", "vorname": "first_name", "last_name": "last_name", "nachname": "last_name",
    "company": "company", "firma": "company", "email": "email", "e-mail": "email", "street": "street", "straße": "street",
    "postal_code": "postal_code", "plz": "postal_code", "city": "city", "ort": "city", "tariff": "tariff", "tarif": "tariff",
    "start": "start", "beginn": "start", "bill_from": "bill_from", "abrechnen ab": "bill_from",
    "interval_months": "interval_months", "rhythmus in monaten": "interval_months",
}  # fmt: skip
REQUIRED = ("number", "tariff", "start")
LENGTHS = {"number": 20, "first_name": 60, "last_name": 60, "company": 120, "street": 70, "postal_code": 10, "city": 35}


class ContractFileError(ValueError):
    """The file cannot be read at all; `code` says why, `params` what is missing."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code, self.params = code, params


@dataclass(frozen=True, slots=True)
class ContractRow:
    """One good row; texts are empty where the file has no such column."""

    line: int
    texts: dict[str, str]
    start: date
    bill_from: date | None
    interval_months: int | None

    @property
    def number(self) -> str:
        """The customer's number."""
        return self.texts["number"]


@dataclass(slots=True)
class ContractTable:
    """What a file holds."""

    rows: list[ContractRow] = field(default_factory=list)
    faults: list[CsvFault] = field(default_factory=list)
    unknown_columns: list[str] = field(default_factory=list)
    count: int = 0


def read(data: bytes) -> ContractTable:
    """The rows and faults of a file."""
    text = decoded(data)
    rows = rows_of(text, ContractFileError)
    header = [name.strip().lower() for name in next(rows, (1, []))[1]]
    columns = {NAMES[name]: place for place, name in enumerate(header) if name in NAMES}
    missing = [name for name in REQUIRED if name not in columns]
    if missing:
        raise ContractFileError(
            "columns", missing=", ".join("customer" if name == "number" else name for name in missing)
        )
    table = ContractTable(unknown_columns=[name for name in header if name and name not in NAMES])
    for line, cells in rows:
        if any(cell.strip() for cell in cells):
            table.count += 1
            take(
                table,
                line,
                {name: cells[place].strip() if place < len(cells) else "" for name, place in columns.items()},
            )
    return table


def decoded(data: bytes) -> str:
    """The text of the file."""
    if not data.strip():
        raise ContractFileError("empty")
    if len(data) > LARGEST_FILE:
        raise ContractFileError("too_large")
    if b"\0" in data:
        raise ContractFileError("binary")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def take(table: ContractTable, line: int, cells: dict[str, str]) -> None:
    """Reads one row; all its faults are noted, and then it is no row."""
    faults = [CsvFault(line, name, value, code) for name, value, code in cell_faults(cells)]
    table.faults += faults
    if not faults:
        months = cells.get("interval_months", "")
        table.rows.append(
            ContractRow(
                line, {name: value for name, value in cells.items() if name in LENGTHS or name in ("email", "tariff")},
                day(cells["start"]) or date.min, day(cells.get("bill_from", "")), int(months) if months else None,
            )
        )  # fmt: skip


def cell_faults(cells: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """Column, value and code of everything that is wrong in a row."""
    yield from ((name, "", "missing") for name in REQUIRED if not cells[name])
    if not cells.get("last_name") and not cells.get("company"):
        yield "last_name", "", "missing"
    for name, length in LENGTHS.items():
        if len(cells.get(name, "")) > length:
            yield name, cells[name][:40], "too_long"
    for name in ("start", "bill_from"):
        if cells.get(name) and day(cells[name]) is None:
            yield name, cells[name][:40], "date"
    months = cells.get("interval_months", "")
    if months and not (months.isascii() and months.isdigit() and 1 <= int(months) <= 120):
        yield "interval_months", months[:40], "months"


def day(text: str) -> date | None:
    """`2026-01-31` or `31.01.2026`; None if it is neither."""
    found = values.read_date(text).value
    return found if isinstance(found, date) else None
