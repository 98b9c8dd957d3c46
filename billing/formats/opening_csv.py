"""Lists of open items from another program: `Mitgliedsnummer;Belegnummer;Belegdatum;Fällig;Offen;Text`, in any order.

UTF-8 or cp1252; semicolon, comma or tab. A faulty row is told by line, column, value and code (`member`, `number`, `day`,
`due`, `amount`). An unusable file raises OpeningFileError: `empty`, `too_large`, `binary`, `columns`, `no_rows`.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from billing.formats.donation_csv import day_of
from billing.formats.list_text import decoded
from billing.formats.member_csv import CsvFault
from billing.formats.usage_csv import number

LARGEST_FILE = 5 * 1024 * 1024
LONGEST_NUMBER = 30
NAMES = {
    "mitgliedsnummer": "member", "mitglied": "member", "kundennummer": "member", "member": "member", "belegnummer": "number",
    "rechnungsnummer": "number", "beleg": "number", "document": "number", "belegdatum": "day", "rechnungsdatum": "day", "datum": "day",
    "date": "day", "fällig": "due", "faellig": "due", "fälligkeit": "due", "fällig am": "due", "due": "due", "offen": "amount",
    "betrag": "amount", "offener betrag": "amount", "open": "amount", "text": "text", "verwendungszweck": "text",
}  # fmt: skip
NEEDED = ("member", "number", "day", "amount")


class OpeningFileError(ValueError):
    """The file cannot be read at all; `code` says why, `missing` which columns it lacks."""

    def __init__(self, code: str, missing: str = "") -> None:
        super().__init__(code)
        self.code, self.missing = code, missing


@dataclass(frozen=True, slots=True)
class OpeningRow:
    """What one document of another program still claims, EUR; due on the day of the document where the list says nothing."""

    line: int
    member: str
    number: str
    on: date
    due_on: date
    amount: Decimal
    text: str


def read(data: bytes) -> Iterator[OpeningRow | CsvFault]:
    """Every row, or what is wrong with it, in the order of the file."""
    text = decoded(data, LARGEST_FILE, OpeningFileError)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(";,\t", key=text.split("\n", 1)[0].count))
    columns = columns_of(next(reader, []))
    found = False
    for cells in reader:
        if any(cell.strip() for cell in cells):
            found = True
            row = {name: cells[place].strip() if place < len(cells) else "" for name, place in columns.items()}
            yield row_of(reader.line_num, row)
    if not found:
        raise OpeningFileError("no_rows")


def columns_of(header: list[str]) -> dict[str, int]:
    """Where each known column stands."""
    columns = {NAMES[name]: place for place, cell in enumerate(header) if (name := cell.strip().lower()) in NAMES}
    missing = [name for name in NEEDED if name not in columns]
    if missing:
        raise OpeningFileError("columns", ", ".join(missing))
    return columns


def row_of(line: int, cells: dict[str, str]) -> OpeningRow | CsvFault:
    """One row, or its first fault."""
    on, amount = day_of(cells["day"]), number(cells["amount"].removesuffix("€").removesuffix("EUR").strip())
    due_on = day_of(cells["due"]) if cells.get("due") else on
    if not cells["member"]:
        return CsvFault(line, "member", "", "member")
    if not cells["number"] or len(cells["number"]) > LONGEST_NUMBER:
        return CsvFault(line, "number", cells["number"][:40], "number")
    if on is None:
        return CsvFault(line, "day", cells["day"][:40], "day")
    if due_on is None:
        return CsvFault(line, "due", cells["due"][:40], "due")
    if amount is None or amount <= 0 or amount != round(amount, 2) or amount >= 10**9:
        return CsvFault(line, "amount", cells["amount"][:40], "amount")
    return OpeningRow(line, cells["member"], cells["number"], on, due_on, round(amount, 2), cells.get("text", "")[:140])
