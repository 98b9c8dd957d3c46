"""Tables for a spreadsheet: semicolons, decimal comma, UTF-8 with a mark, and no cell that would run as a formula."""

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal

FORMULA = ("=", "+", "-", "@", "\t", "\r")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A CSV file as a German spreadsheet opens it by a double click."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";")
    writer.writerow([harmless(text) for text in head])
    writer.writerows([harmless(text) for text in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def harmless(text: str) -> str:
    """A text that a spreadsheet would run as a formula is shown as text; a negative amount is none."""
    return f"'{text}" if text.startswith(FORMULA) and not is_amount(text) else text


def is_amount(text: str) -> bool:
    """`-12,50`"""
    return text.removeprefix("-").replace(",", "", 1).isdigit()


def comma(amount: Decimal) -> str:
    """As a German spreadsheet reads it."""
    return str(amount).replace(".", ",")
