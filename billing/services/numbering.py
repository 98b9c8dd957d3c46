"""Document numbers without gaps, and the hash chain that shows a change or a removal.

The range's row is locked until the documents that use its numbers are committed: a rollback gives them back.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from billing.models import NumberRange, Series
from members.models import Organisation

DEFAULT_PATTERNS = {
    "invoice": "R{year}-{number:05d}",
    "credit": "K{year}-{number:05d}",
    "cancellation": "S{year}-{number:05d}",
    "receipt": "Z{year}-{number:05d}",
}
CANONICAL = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def pattern_of(organisation: Organisation, kind: str) -> str:
    """How numbers of this kind look."""
    found = Series.objects.filter(organisation=organisation, kind=kind).values_list("pattern", flat=True).first()
    return found or DEFAULT_PATTERNS[kind]


def locked_range(organisation: Organisation, kind: str, year: int) -> NumberRange:
    """The range, locked until the transaction ends (on SQLite the transaction itself holds the only write lock)."""
    ranges = NumberRange.objects.select_for_update().filter(organisation=organisation, kind=kind, year=year)
    found = ranges.first()
    if found is None:
        first = NumberRange(organisation=organisation, kind=kind, year=year)
        NumberRange.objects.bulk_create([first], ignore_conflicts=True)
        found = ranges.get()
    return found


def formatted(pattern: str, year: int, number: int) -> str:
    """`R2027-00001`."""
    return pattern.format(year=year, number=number)


def canonical(snapshot: Mapping[str, Any]) -> str:
    """A document as text: sorted keys, no blanks; amounts are strings, so nothing is rounded."""
    return CANONICAL.encode(snapshot)


def chain_hash(previous: str, snapshot: Mapping[str, Any]) -> str:
    """SHA-256 over the hash before and the document."""
    return text_hash(previous, canonical(snapshot))


def text_hash(previous: str, text: str) -> str:
    """The same for a document that is text already."""
    return hashlib.sha256(f"1|{previous}|{text}".encode()).hexdigest()


def spellings(number: str) -> list[str]:
    """A document's number as somebody typed it, and in capitals: both find it by the index."""
    return [number, number.upper()]
