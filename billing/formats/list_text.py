"""The text of an uploaded list, whatever program wrote it."""

import csv
import io
from collections.abc import Callable, Iterator


def decoded(data: bytes, largest: int, error: Callable[[str], Exception]) -> str:
    """UTF-8, or else cp1252. Raises `error` with `empty`, `too_large` or `binary`."""
    if not data.strip():
        raise error("empty")
    if len(data) > largest:
        raise error("too_large")
    if b"\0" in data:
        raise error("binary")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def rows_of(text: str, error: Callable[[str], Exception]) -> Iterator[tuple[int, list[str]]]:
    """Line and cells of every row, parted by what parts the first line. Raises `error` with `field` for a cell without end."""
    found = csv.reader(io.StringIO(text, newline=""), delimiter=max(";,\t", key=text.split("\n", 1)[0].count))
    try:
        for cells in found:
            yield found.line_num, cells
    except csv.Error as broken:
        raise error("field") from broken
