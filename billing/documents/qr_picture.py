"""A QR code as a picture (ISO 18004), for a page or for print."""

from urllib.parse import quote

from billing.documents.girocode import Matrix, dark_runs, qr_matrix

QUIET = 4


def svg(matrix: Matrix) -> str:
    """One stroke per dark stretch, four modules of quiet zone."""
    size = len(matrix) + 2 * QUIET
    strokes = "".join(f"M{column + QUIET} {row + QUIET}.5h{length}" for row, column, length in dark_runs(matrix))
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}"><path fill="none" stroke="#000" d="{strokes}"/></svg>'


def picture(matrix: Matrix) -> str:
    """As the address of an image in a page."""
    return f"data:image/svg+xml,{quote(svg(matrix))}"


def address_code(address: str) -> str:
    """The code of an internet address, as a file on white ground."""
    ground = '<rect width="100%" height="100%" fill="#fff"/><path'
    return svg(qr_matrix(address.encode())).replace("<path", ground, 1)
