"""The structure of a PDF read back: its elements in reading order with the words that belong to them."""

import re
from io import BytesIO
from typing import Any, NamedTuple

import pikepdf

PAINTS = {"Tj", "TJ", "'", '"', "S", "s", "f", "F", "f*", "B", "B*", "b", "b*", "sh", "Do"}
PAIR = re.compile(rb"<([0-9A-Fa-f]{2})>\s+<([0-9A-Fa-f]+)>")
RUN = re.compile(rb"<([0-9A-Fa-f]{2})>\s+<([0-9A-Fa-f]{2})>\s+<([0-9A-Fa-f]{4})>")


class Piece(NamedTuple):
    """An element: its kind, depth, words, and what a figure shows."""

    kind: str
    depth: int
    text: str
    alt: str


def tree(pdf: bytes) -> list[Piece]:
    """Every element of the file, parents first."""
    with pikepdf.open(BytesIO(pdf)) as opened:
        said = {page.obj.objgen: spoken(page) for page in opened.pages}
        found: list[Piece] = []
        walk(opened.Root.StructTreeRoot.K, 0, said, found)
        return found


def walk(element: Any, depth: int, said: dict[Any, dict[int, str]], found: list[Piece]) -> None:
    """One element and what is below it."""
    kids = list(element.K)
    texts = []
    for kid in kids:
        if isinstance(kid, int):
            texts.append(said[element.Pg.objgen][kid])
        elif kid.get("/Type") == "/MCR":
            texts.append(said[kid.Pg.objgen][int(kid.MCID)])
    found.append(Piece(str(element.S)[1:], depth, " ".join(one for one in texts if one), str(element.get("/Alt", ""))))
    for kid in kids:
        if not isinstance(kid, int) and kid.get("/Type") != "/MCR":
            assert kid.P.objgen == element.objgen
            walk(kid, depth + 1, said, found)


def spoken(page: Any) -> dict[int, str]:
    """The words of each mark of a page."""
    codes = {name: code_of(font) for name, font in page.Resources.get("/Font", {}).items()}
    found: dict[int, str] = {}
    mark, font = None, {}
    instructions: Any = pikepdf.parse_content_stream(page)
    for operands, operator in instructions:
        if str(operator) == "BDC":
            mark = int(operands[1].MCID)
            found[mark] = ""
        elif str(operator) in ("BMC", "EMC"):
            mark = None
        elif str(operator) == "Tf":
            font = codes[str(operands[0])]
        elif str(operator) == "Tj" and mark is not None:
            found[mark] += "".join(font.get(byte, "?") for byte in bytes(operands[0]))
    return found


def code_of(font: Any) -> dict[int, str]:
    """What the bytes of a font mean."""
    if "/ToUnicode" not in font:
        return {}
    text = bytes(font.ToUnicode.read_bytes())
    runs = {
        int(first, 16) + at: chr(int(sign, 16) + at)
        for first, last, sign in RUN.findall(text)
        for at in range(int(last, 16) - int(first, 16) + 1)
    }
    lists = {
        int(first, 16) + at: bytes.fromhex(sign.decode()).decode("utf-16-be")
        for first, body in re.findall(rb"<([0-9A-Fa-f]{2})>\s+<[0-9A-Fa-f]{2}>\s+\[([^\]]*)\]", text)
        for at, sign in enumerate(re.findall(rb"<([0-9A-Fa-f]+)>", body))
    }
    single = {
        int(one, 16): bytes.fromhex(sign.decode()).decode("utf-16-be")
        for one, sign in PAIR.findall(text)
        if len(sign) % 4 == 0
    }
    return single | runs | lists


def unmarked(pdf: bytes) -> list[str]:
    """What is painted outside of any element and is not declared as decoration either, and marks inside marks."""
    found: list[str] = []
    with pikepdf.open(BytesIO(pdf)) as opened:
        for page in opened.pages:
            depth = 0
            instructions: Any = pikepdf.parse_content_stream(page)
            for _operands, operator in instructions:
                name = str(operator)
                depth += (name in ("BDC", "BMC")) - (name == "EMC")
                if depth > 1 or (name in PAINTS and depth == 0):
                    found.append(name)
    return found


def looked_up(pdf: bytes) -> bool:
    """Whether each mark of each page leads back to the element that holds it."""
    with pikepdf.open(BytesIO(pdf)) as opened:
        numbers = list(opened.Root.StructTreeRoot.ParentTree.Nums)
        rows = {int(numbers[at]): numbers[at + 1] for at in range(0, len(numbers), 2)}
        return all(
            int(page.StructParents) in rows and len(rows[int(page.StructParents)]) == len(spoken(page))
            and all(holds(element, page.obj.objgen, mark) for mark, element in enumerate(rows[int(page.StructParents)]))
            for page in opened.pages
        )  # fmt: skip


def holds(element: Any, page: Any, mark: int) -> bool:
    """Whether the element names this mark of this page."""
    for kid in element.K:
        if isinstance(kid, int) and kid == mark and element.Pg.objgen == page:
            return True
        if not isinstance(kid, int) and kid.get("/MCID") == mark and kid.Pg.objgen == page:
            return True
    return False
