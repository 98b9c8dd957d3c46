"""Lists of money donations: `Mitgliedsnummer;Datum;Betrag;Verwendungszweck`, in any order.

UTF-8 or cp1252; semicolon, comma or tab. A faulty row is told by line, column, value and code (`member`, `day`, `amount`). An
unusable file raises DonationFileError: `empty`, `too_large`, `binary`, `columns`, `no_rows`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from billing.formats.list_text import decoded, rows_of
from billing.formats.member_csv import CsvFault
from billing.formats.usage_csv import number

LARGEST_FILE = 1024 * 1024
NAMES = {
    "mitgliedsnummer": "member", "mitglied": "member", "nummer": "member", "member": "member", "datum": "day", "tag": "day",
    "buchungstag": "day", "date": "day", "day": "day", "betrag": "amount", "amount": "amount", "verwendungszweck": "reference",
    "verwendung": "reference", "text": "reference", "notiz": "reference", "reference": "reference",
}  # fmt: skip
NEEDED = ("member", "day", "amount")


class DonationFileError(ValueError):
    """The file cannot be read at all; `code` says why, `missing` which columns it lacks."""

    def __init__(self, code: str, missing: str = "") -> None:
        super().__init__(code)
        self.code, self.missing = code, missing


@dataclass(frozen=True, slots=True)
class DonationRow:
    """One good row; `repeat` counts equal rows of the same list."""

    line: int
    member: str
    on: date
    amount: Decimal
    reference: str
    repeat: int

    @property
    def identity(self) -> str:
        """The same for the same row of the same list, whenever it is read."""
        return f"{self.member}|{self.on.isoformat()}|{self.amount}|{self.reference}|{self.repeat}"


def read(data: bytes) -> Iterator[DonationRow | CsvFault]:
    """Every row, or what is wrong with it, in the order of the file."""
    text = decoded(data, LARGEST_FILE, DonationFileError)
    rows = rows_of(text, DonationFileError)
    columns = columns_of(next(rows, (1, []))[1])
    seen: dict[tuple[str, ...], int] = {}
    found = False
    for line, cells in rows:
        if any(cell.strip() for cell in cells):
            found = True
            row = {name: cells[place].strip() if place < len(cells) else "" for name, place in columns.items()}
            same = tuple(row.values())
            seen[same] = seen.get(same, 0) + 1
            yield row_of(line, row, seen[same])
    if not found:
        raise DonationFileError("no_rows")


def columns_of(header: list[str]) -> dict[str, int]:
    """Where each known column stands."""
    columns = {NAMES[name]: place for place, cell in enumerate(header) if (name := cell.strip().lower()) in NAMES}
    missing = [name for name in NEEDED if name not in columns]
    if missing:
        raise DonationFileError("columns", ", ".join(missing))
    return columns


def row_of(line: int, cells: dict[str, str], repeat: int) -> DonationRow | CsvFault:
    """One row, or its first fault."""
    on, amount = day_of(cells["day"]), number(cells["amount"].removesuffix("€").removesuffix("EUR").strip())
    if not cells["member"]:
        return CsvFault(line, "member", "", "member")
    if on is None:
        return CsvFault(line, "day", cells["day"][:40], "day")
    if amount is None or amount <= 0 or amount != round(amount, 2) or amount >= 10**9:
        return CsvFault(line, "amount", cells["amount"][:40], "amount")
    return DonationRow(line, cells["member"], on, round(amount, 2), cells.get("reference", "")[:140], repeat)


def day_of(text: str) -> date | None:
    """`31.01.2026` or `2026-01-31`."""
    parts = text.split("-") if "-" in text else text.split(".")[::-1]
    if len(parts) != 3 or len(parts[0]) != 4 or not all(part.isascii() and part.isdigit() for part in parts):
        return None
    try:
        return date(*map(int, parts))
    except ValueError:
        return None
