"""GiroCode: the QR code from which a banking app fills in a transfer (EPC069-12, version 002, UTF-8, error level M)."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import zxingcpp

SMALLEST, LARGEST = Decimal("0.01"), Decimal("999999999.99")
MOST_BYTES = 331
Matrix = list[bytes]


def girocode_payload(name: str, iban: str, bic: str, amount: Decimal, remittance: str) -> bytes:
    """What the code says. Empty when no code can be made: no account, or an amount that cannot be transferred."""
    iban, name = "".join(iban.split()).upper(), one_line(name, 70)
    if not iban or not name or not SMALLEST <= amount <= LARGEST:
        return b""
    fields = ["BCD", "002", "1", "SCT", "".join(bic.split()).upper(), name, iban, f"EUR{amount:.2f}", "", ""]
    return trimmed("\n".join([*fields, one_line(remittance, 140)]).encode())


def one_line(text: str, most: int) -> str:
    """A line break inside a field would shift all fields after it."""
    return " ".join(text.split())[:most].rstrip()


def trimmed(payload: bytes) -> bytes:
    """The longest allowed code; the remittance text is last, so only it gets shorter."""
    return payload[:MOST_BYTES].decode(errors="ignore").encode()


def qr_matrix(payload: bytes) -> Matrix:
    """The modules of the code row by row, a zero byte for a dark one; no quiet zone."""
    # Bytes, not text: the encoder would choose another character set than the one that the payload names.
    code = zxingcpp.create_barcode(payload, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    image: Any = zxingcpp.write_barcode_to_image(code, scale=1, add_quiet_zones=False)
    rows, columns = image.shape
    dots = memoryview(image).tobytes()
    return [dots[row * columns : (row + 1) * columns] for row in range(rows)]


def dark_runs(matrix: Matrix) -> Iterator[tuple[int, int, int]]:
    """`(row, first column, length)` of each unbroken dark stretch."""
    for row, dots in enumerate(matrix):
        start = dots.find(0)
        while start >= 0:
            end = start
            while end < len(dots) and dots[end] == 0:
                end += 1
            yield row, start, end - start
            start = dots.find(0, end)
