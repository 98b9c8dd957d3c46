"""The text of an uploaded list, whatever program wrote it."""

from collections.abc import Callable


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
