"""An entry of a ZIP that depends on nothing but its name and the caller's day: the same content, the same bytes."""

import zipfile
from datetime import date


def stamped(name: str, day: date, kind: int = zipfile.ZIP_STORED) -> zipfile.ZipInfo:
    """The entry, as a readable file made on that day."""
    entry = zipfile.ZipInfo(name, (day.year, day.month, day.day, 0, 0, 0))
    entry.create_system, entry.external_attr, entry.compress_type = 3, 0o644 << 16, kind
    return entry
