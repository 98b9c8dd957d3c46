"""Lists of usage and of counter readings: `key,customer,meter,at,value`, or `member,meter,at,reading,initial`, in any order.

UTF-8 or cp1252; comma, semicolon or tab; decimals with point or comma. Read row by row, however long the file is. A faulty
row is told by line, column, value and code. An unusable file raises UsageFileError: `empty`, `too_large`, `binary`, `columns`.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from operator import itemgetter
from typing import NamedTuple

from billing.formats.list_text import decoded, rows_of
from billing.formats.member_csv import CsvFault

LARGEST_FILE = 200 * 1024 * 1024
NAMES = {
    "key": "key", "schlüssel": "key", "customer": "member", "member": "member", "mitgliedsnummer": "member",
    "kundennummer": "member", "kunde": "member", "mitglied": "member", "contract": "contract", "vertrag": "contract",
    "meter": "meter", "zähler": "meter", "at": "at", "zeitpunkt": "at", "datum": "at", "tag": "at", "value": "value",
    "menge": "value", "verbrauch": "value", "reading": "reading", "zählerstand": "reading", "stand": "reading",
    "initial": "initial", "neuer zähler": "initial", "text": "text",
}  # fmt: skip
# In the order in which `row_of` takes them.
COLUMNS = ("key", "member", "contract", "meter", "at", "value", "text", "reading", "initial")
AMOUNTS = ("value", "reading", "text")
PLAIN = re.compile(r"-?\d{1,12}(\.\d{1,6})?", re.ASCII)
GERMAN = re.compile(r"-?(\d{1,3}(\.\d{3})+|\d{1,12}),\d{1,6}", re.ASCII)
YES, NO = ("1", "x", "ja", "yes", "true", "wahr"), ("", "0", "nein", "no", "false", "falsch")


class UsageFileError(ValueError):
    """The file cannot be read at all; `code` says why, `missing` which columns it lacks."""

    def __init__(self, code: str, missing: str = "") -> None:
        super().__init__(code)
        self.code, self.missing = code, missing


class UsageRow(NamedTuple):
    """One good row: texts as they stand, the amount as a number. `at` is read by who knows the time zone."""

    line: int
    key: str
    member: str
    contract: int | None
    meter: str
    at: str
    value: Decimal | None
    text: str
    reading: Decimal | None
    initial: bool


def read(data: bytes) -> Iterator[UsageRow | CsvFault]:
    """Every row, or what is wrong with it, in the order of the file."""
    text = decoded(data, LARGEST_FILE, UsageFileError)
    rows = rows_of(text, UsageFileError)
    columns = columns_of(next(rows, (1, []))[1])
    # A column that the list does not have is read behind the last cell, where nothing stands.
    width = max(columns.values()) + 1
    take = itemgetter(*(columns.get(name, width) for name in COLUMNS))
    for line, cells in rows:
        found = [cell.strip() for cell in cells[:width]]
        if any(found) or any(cell.strip() for cell in cells[width:]):
            found += [""] * (width + 1 - len(found))
            yield row_of(line, *take(found))


def columns_of(header: list[str]) -> dict[str, int]:
    """Where each known column stands; refuses a list that says not whose, what, when or how much."""
    columns = {NAMES[name]: place for place, cell in enumerate(header) if (name := cell.strip().lower()) in NAMES}
    missing = [name for name in ("meter", "at") if name not in columns]
    missing += [] if {"member", "contract"} & set(columns) else ["customer"]
    missing += [] if set(AMOUNTS) & set(columns) else ["value"]
    if missing:
        raise UsageFileError("columns", ", ".join(missing))
    return columns


def row_of(
    line: int,
    key: str,
    member: str,
    contract: str,
    meter: str,
    at: str,
    value: str,
    text: str,
    reading: str,
    initial: str,
) -> UsageRow | CsvFault:
    """One row, or its first fault."""
    if contract and not (contract.isascii() and contract.isdigit() and len(contract) < 16):
        return CsvFault(line, "contract", contract[:40], "contract")
    used, shown = number(value) if value else None, number(reading) if reading else None
    if value and used is None:
        return CsvFault(line, "value", value[:40], "number")
    if reading and shown is None:
        return CsvFault(line, "reading", reading[:40], "number")
    said = initial.lower()
    if said not in YES and said not in NO:
        return CsvFault(line, "initial", said[:40], "yes_or_no")
    return UsageRow(
        line, key, member, int(contract) if contract else None, meter, at, used, text, shown, said in YES
    )  # fmt: skip


def number(text: str) -> Decimal | None:
    """`1234.5`, `1234,5` or `1.234,5`; None if it is none of them."""
    if PLAIN.fullmatch(text):
        return Decimal(text)
    return Decimal(text.replace(".", "").replace(",", ".")) if GERMAN.fullmatch(text) else None
