"""Large files, kept small: written piece by piece, packed on the way, and given out piece by piece; nobody holds them whole."""

import hashlib
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO

PIECE = 16 * 1024


@dataclass(frozen=True, slots=True)
class Packed:
    """A packed file, and the hash of what it was."""

    content: bytes
    sha256: str


def pack(pieces: Iterable[bytes]) -> Packed:
    """Packs a file that comes in pieces."""
    squeeze, seal = zlib.compressobj(), hashlib.sha256()
    kept = bytearray()
    for piece in pieces:
        seal.update(piece)
        kept += squeeze.compress(piece)
    kept += squeeze.flush()
    return Packed(bytes(kept), seal.hexdigest())


def unpack(content: bytes) -> Iterator[bytes]:
    """The file again, piece by piece."""
    stretch = zlib.decompressobj()
    for start in range(0, len(content), PIECE):
        yield stretch.decompress(content[start : start + PIECE])
    yield stretch.flush()


def seal_of(pieces: Iterable[bytes]) -> str:
    """The hash of a file that comes in pieces."""
    seal = hashlib.sha256()
    for piece in pieces:
        seal.update(piece)
    return seal.hexdigest()


def read(file: IO[bytes]) -> Iterator[bytes]:
    """An open file, piece by piece."""
    while piece := file.read(PIECE):
        yield piece
