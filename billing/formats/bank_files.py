"""Bank files as they come: camt or MT940, plain or many of them in a ZIP. Names and endings say nothing; the content does.

Limits stand before parsing: a file is at most 200 MB, a ZIP at most 500 files and 200 MB unpacked, nothing nested.
"""

import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from billing.formats import camt, mt940
from billing.formats.bank_lines import BankFileError, Line, adding_up

LARGEST = 200 * 1024 * 1024
LARGEST_TEXT = 20 * 1024 * 1024
MOST_FILES = 500
ZIP, SAMPLE = b"PK\x03\x04", 4096
IGNORED = ("__MACOSX/", ".DS_Store")
XML_STARTS = (b"<", b"\xef\xbb\xbf<", b"\xff\xfe<", b"\xfe\xff\x00<")


def read(source: BinaryIO) -> Iterator[Line]:
    """Heads and bookings of every statement in the file; each statement adds up, or BankFileError."""
    size = source.seek(0, 2)
    source.seek(0)
    if not size:
        raise BankFileError("empty")
    if size > LARGEST:
        raise BankFileError("too_large")
    start = source.read(SAMPLE)
    source.seek(0)
    return adding_up(unpacked(source) if start.startswith(ZIP) else lines_of(source))


def unpacked(source: BinaryIO) -> Iterator[Line]:
    """Every file of a ZIP in the order of their names, so that the days follow each other."""
    try:
        with zipfile.ZipFile(source) as archive:
            members = [one for one in archive.infolist() if not one.is_dir() and not is_ignored(one.filename)]
            refuse_archive(members)
            for member in sorted(members, key=lambda one: one.filename):
                with archive.open(member) as file:
                    refuse_nested(file.read(len(ZIP)))
                    file.seek(0)
                    yield from lines_of(file)  # type: ignore[arg-type]
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError) as broken:
        raise BankFileError("zip") from broken


def is_ignored(name: str) -> bool:
    """What a Mac adds."""
    return name.startswith(IGNORED[0]) or name.endswith(IGNORED[1])


def refuse_archive(members: list[zipfile.ZipInfo]) -> None:
    """Bombs are told by what the archive says of itself; reading never goes beyond that."""
    if not members:
        raise BankFileError("empty")
    if len(members) > MOST_FILES:
        raise BankFileError("zip_many", most=MOST_FILES)
    if sum(one.file_size for one in members) > LARGEST:
        raise BankFileError("zip_large", most=LARGEST // 1024 // 1024)
    if any(one.flag_bits & 1 for one in members):
        raise BankFileError("zip_locked")


def refuse_nested(start: bytes) -> None:
    """No archive within an archive."""
    if start == ZIP:
        raise BankFileError("zip_nested")


def lines_of(source: BinaryIO) -> Iterator[Line]:
    """One file."""
    start = source.read(SAMPLE)
    source.seek(0)
    if start.lstrip().startswith(XML_STARTS):
        yield from camt.read(source)
        return
    data = source.read(LARGEST_TEXT + 1)
    if len(data) > LARGEST_TEXT:
        raise BankFileError("too_large")
    if not mt940.looks_like(mt940.decoded(data)):
        raise BankFileError("unknown")
    yield from mt940.read(data)
