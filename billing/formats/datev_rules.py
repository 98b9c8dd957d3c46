"""What DATEV refuses in an EXTF file: columns, quoting, lengths and values, checked against the table of columns."""

import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache

from billing.formats.datev_columns import DEBTOR_COLUMNS, MOST_ROWS, POSTING_COLUMNS, Column
from billing.formats.fault import Fault

MOST_FAULTS = 100
FIELD = re.compile(r'("(?:[^"]|"")*"|[^;"]*)(;|$)')
KINDS = {
    "amount": r"(?!0+,00)\d{1,10},\d{2}",
    "number": r"-?\d+(?:,\d+)?",
    "account": r"(?!0+(?:;|$))\d{1,9}",
    "day": r"(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])",
    "date": r"(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])(?:19|20)\d\d",
}
# Values that the kind of a column alone would let pass. A missing one is refused where the pattern is not optional.
SPECIAL = {
    "Soll/Haben-Kennzeichen": "[SH]",
    "BU-Schlüssel": r"\d{0,4}",
    "Belegfeld 1": r"[A-Za-z0-9_$&%*+/-]{0,36}",
    "Belegfeld 2": r"[A-Za-z0-9_$&%*+/-]{0,12}",
    "KOST1 - Kostenstelle": r"[\w ]{0,36}",
    "Generalumkehr (GU)": "[01]?",
    "Adressattyp": "[012]",
}
REQUIRED = frozenset({"Umsatz (ohne Soll/Haben-Kz)", "Konto", "Gegenkonto (ohne BU-Schlüssel)", "Belegdatum"})
# The 31 fields of the first line, by place; `None` is reserved and empty.
HEADER = (
    '"EXTF"', "700", "21|16", '"(?:Buchungsstapel|Debitoren/Kreditoren)"', "13|5", r"20\d{15}", None, r'"\w{0,2}"', r'"\w{0,25}"', r'"\w{0,25}"',
    r"(?!0)\d{4,7}", r"(?!0)\d{1,5}", r"20\d{6}", "[4-8]", r"(?:20\d{6})?", r"(?:20\d{6})?", r'"[\w./ -]{0,30}"', '"(?:[A-Z]{2}){0,2}"', "[12]?",
    "(?:0|30|40|50|64)?", "[01]?", '"(?:[A-Z]{3})?"', None, '""', None, None, r'"(?:\d\d)?"', r"\d{0,4}", None, '""', r'"[^"]{0,16}"',
)  # fmt: skip
FORMATS = {"21": ('"Buchungsstapel"', "13", POSTING_COLUMNS), "16": ('"Debitoren/Kreditoren"', "5", DEBTOR_COLUMNS)}


def check(content: bytes) -> list[Fault]:
    """Every fault of an EXTF file (at most 100); an empty list means that it can be imported."""
    try:
        text = content.decode("cp1252")
    except UnicodeDecodeError as broken:
        return [Fault("encoding", f"byte {broken.start}", "the file is not Windows-1252")]
    if not text.endswith("\r\n") or "\n" in text.replace("\r\n", ""):
        return [Fault("line_end", "file", "every line ends with CR LF, and no text holds a line break")]
    lines = text.split("\r\n")[:-1]
    faults: list[Fault] = []
    for fault in read(lines):
        faults.append(fault)
        if len(faults) >= MOST_FAULTS:
            break
    return faults


def read(lines: list[str]) -> Iterator[Fault]:
    """The header first: without it nothing else can be judged."""
    header = fields(lines[0]) or []
    faults = list(header_faults(header))
    yield from faults
    if faults:
        return
    columns = FORMATS[header[2]][2]
    if len(lines) < 2 or lines[1] != ";".join(column.name for column in columns):
        yield Fault("columns", "line 2", f"the names of the {len(columns)} columns are not those of the format")
        return
    if len(lines) - 2 > MOST_ROWS:
        yield Fault("rows", "file", f"{len(lines) - 2} rows; a file holds at most {MOST_ROWS}")
    for number, line in enumerate(lines[2:], 3):
        yield from line_faults(number, line, columns, header)


def fields(line: str) -> list[str] | None:
    """The raw fields of a line with their quotation marks, or nothing if the quoting is broken."""
    found, place = [], 0
    while match := FIELD.match(line, place):
        found.append(match[1])
        place = match.end()
        if not match[2]:
            return found
    return None


def header_faults(header: list[str]) -> Iterator[Fault]:
    """The 31 fields of the first line."""
    if len(header) != len(HEADER):
        yield Fault("header", "line 1", f"{len(header)} fields instead of {len(HEADER)}, or broken quotation marks")
        return
    for number, (value, pattern) in enumerate(zip(header, HEADER), 1):
        if not re.fullmatch(pattern or "", value):
            yield Fault("header", f"line 1, field {number}", f"{value or 'nothing'} is not allowed here")
    if header[2] in FORMATS and tuple(header[3:5]) != FORMATS[header[2]][:2]:
        yield Fault("header", "line 1, field 3", f"category {header[2]} is not {header[3]} version {header[4]}")
    yield from period_faults(header)


def period_faults(header: list[str]) -> Iterator[Fault]:
    """Postings lie in one period within one fiscal year; master data name no period."""
    try:
        year, *period = [date.fromisoformat(text) for text in (header[12], header[14], header[15]) if text]
    except ValueError:
        yield Fault("period", "line 1", "the fiscal year or the period is not a day of the calendar")
        return
    if (header[2] == "21") != (len(period) == 2):
        yield Fault("period", "line 1", "postings name the first and the last day, master data name none")
    elif period and not year <= period[0] <= period[1] < date(year.year + 1, year.month, 1):
        yield Fault("period", "line 1", "the period is not within one fiscal year")


@lru_cache
def pattern(column: Column) -> str:
    """What a column may hold, with its quotation marks."""
    if column.name in SPECIAL:
        return SPECIAL[column.name] if column.kind != "text" else f'"{SPECIAL[column.name]}"'
    if column.kind == "text":
        return f'"(?:[^"\\r\\n\\t]|""){{0,{column.length}}}"'
    return KINDS[column.kind] if column.name in REQUIRED else f"(?:{KINDS[column.kind]})?"


@lru_cache
def row_pattern(count: int) -> re.Pattern[str]:
    """A whole good row: one look instead of one per column."""
    columns = POSTING_COLUMNS if count == len(POSTING_COLUMNS) else DEBTOR_COLUMNS
    return re.compile(";".join(pattern(column) for column in columns))


def line_faults(number: int, line: str, columns: list[Column], header: list[str]) -> Iterator[Fault]:
    """One row: the columns each, then what only the header can tell."""
    if not row_pattern(len(columns)).fullmatch(line):
        yield from column_faults(number, line, columns)
        return
    length = int(header[13])
    if columns is POSTING_COLUMNS:
        _amount, _side, _currency, _rate, _base, _currency_2, account, contra, _key, day, _rest = line.split(";", 10)
        for value in (account, contra):
            if len(value) not in (length, length + 1):
                yield Fault(
                    "account", f"line {number}", f"account {value} has neither {length} nor {length + 1} digits"
                )
        if not in_period(day, header[14], header[15]):
            yield Fault("period", f"line {number}", f"day {day} is not between {header[14]} and {header[15]}")
    elif len(line.partition(";")[0]) != length + 1:
        yield Fault("account", f"line {number}", f"a debtor's account has {length + 1} digits")


def in_period(day: str, start: str, end: str) -> bool:
    """DDMM has no year: it counts if one of the period's years puts it inside."""
    return any(start <= year + day[2:] + day[:2] <= end for year in {start[:4], end[:4]})


def column_faults(number: int, line: str, columns: list[Column]) -> Iterator[Fault]:
    """Which columns of a bad row are wrong."""
    found = fields(line)
    if found is None or len(found) != len(columns):
        count = "broken quotation marks" if found is None else f"{len(found)} fields instead of {len(columns)}"
        yield Fault("columns", f"line {number}", count)
        return
    for column, value in zip(columns, found):
        if not re.fullmatch(pattern(column), value):
            code = "quotes" if (column.kind == "text") != value.startswith('"') and value else "value"
            yield Fault(code, f"line {number}, {column.name}", f"{value or 'nothing'} is not allowed here")
