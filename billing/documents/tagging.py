"""What a screen reader needs to know about a page: every piece of print is part of a paragraph, heading, table or figure, or
it is decoration (ISO 32000-1, 14.7 and 14.8; the rules of PDF/UA-1, ISO 14289-1, 7.1 to 7.5).

Elements come in the order in which they are first used, which is the order in which they are read.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from reportlab.pdfbase.pdfdoc import PDFDictionary, PDFObject, PDFPage, PDFtrue


@dataclass(eq=False, slots=True)
class Tag:
    """A piece of a document: `P`, `H1`, `Table`, `TR`, `TH`, `TD`, `Figure` ... `alt`: what a figure shows, in words.

    `attributes`: what else the standard wants to be known, such as `/O/Table/Scope/Column`.
    """

    kind: str
    parent: "Tag | None" = None
    alt: str = ""
    attributes: str = ""


# Decoration, and what stands on a page for the second time.
ARTIFACT = Tag("Artifact")
BYTE_ORDER = "\ufeff"
COLUMN, ROW = "/O/Table/Scope/Column", "/O/Table/Scope/Row"


def spanning(columns: int) -> str:
    """A cell over several columns."""
    return f"/O/Table/Scope/Row/ColSpan {columns}"


class Plain(PDFObject):  # type: ignore[misc]
    """An object whose text is known."""

    def __init__(self, text: str) -> None:
        self.text = text

    def format(self, document: Any) -> bytes:
        """As it stands in the file."""
        return self.text.encode("latin-1")


@dataclass(eq=False, slots=True)
class Node:
    """An element of the structure: its place in the file, and in reading order its children and its marks (page, number)."""

    tag: Tag
    number: int
    page: int
    plain: Plain
    kids: "list[Node | tuple[int, int]]" = field(default_factory=list)


class Structure:
    """The tree of one document, grown while it is drawn and written at its end."""

    def __init__(self, canvas: Any) -> None:
        self.canvas = canvas
        self.document = canvas._doc
        self.nodes: dict[Tag, Node] = {}
        self.body = Node(Tag("Document"), *self.registered(0))
        self.marks: list[list[Node]] = [[]]
        self.pages: list[int] = []

    def registered(self, page: int) -> tuple[int, int, Plain]:
        """A place in the file for an object that is written later."""
        plain = Plain("")
        return self.number_of(plain), page, plain

    def number_of(self, thing: Any) -> int:
        """Under which number the file has an object."""
        number: int = self.document.idToObjectNumberAndVersion[self.document.Reference(thing).name][0]
        return number

    def node(self, tag: Tag) -> Node:
        """The element of a tag, put at the end of its parent when it is first used."""
        found = self.nodes.get(tag)
        if found is None:
            above = self.node(tag.parent) if tag.parent else self.body
            found = self.nodes[tag] = Node(tag, *self.registered(len(self.pages)))
            above.kids.append(found)
        return found

    def begin(self, tag: Tag | None) -> None:
        """What is drawn from here on belongs to the tag; without one it is decoration."""
        if tag is None or tag is ARTIFACT:
            self.canvas._code.append("/Artifact BMC")
            return
        node, marks = self.node(tag), self.marks[-1]
        node.kids.append((len(self.pages), len(marks)))
        self.canvas._code.append(f"/{tag.kind} <</MCID {len(marks)}>> BDC")
        marks.append(node)

    def end(self) -> None:
        """Up to here."""
        self.canvas._code.append("EMC")

    def page_shown(self) -> None:
        """A page is complete: it learns where its marks are looked up, and that the tab key follows the tree."""
        page = self.document.Pages.pages[-1]
        page.__NoDefault__ = [*PDFPage.__NoDefault__, "StructParents", "Tabs"]
        page.StructParents, page.Tabs = len(self.pages), "/S"
        self.pages.append(self.number_of(page))
        self.marks.append([])

    def write(self) -> None:
        """The tree, and for each page the way from its marks back to the tree."""
        root = Plain("")
        for node in self.nodes.values():
            node.plain.text = self.element(node, (self.nodes[node.tag.parent] if node.tag.parent else self.body).number)
        self.body.plain.text = self.element(self.body, self.number_of(root))
        looked_up = (f"{at}[{references(marks)}]" for at, marks in enumerate(self.marks[:-1]))
        root.text = (
            f"<</Type/StructTreeRoot/K {self.body.number} 0 R/ParentTreeNextKey {len(self.pages)}"
            f"/ParentTree<</Nums[{' '.join(looked_up)}]>>>>"
        )
        catalog = self.document.Catalog
        catalog.StructTreeRoot, catalog.MarkInfo = root, PDFDictionary({"Marked": PDFtrue})

    def element(self, node: Node, parent: int) -> str:
        """One element as the file has it."""
        kids = " ".join(self.kid(node, one) for one in node.kids)
        alt = f"/Alt<{(BYTE_ORDER + node.tag.alt).encode('utf-16-be').hex()}>" if node.tag.alt else ""
        more = f"/A<<{node.tag.attributes}>>" if node.tag.attributes else ""
        return f"<</S/{node.tag.kind}/P {parent} 0 R/Pg {self.pages[node.page]} 0 R{alt}{more}/K[{kids}]>>"

    def kid(self, node: Node, one: "Node | tuple[int, int]") -> str:
        """A child, or a mark on the element's own page or on a later one."""
        if isinstance(one, Node):
            return f"{one.number} 0 R"
        page, mark = one
        return str(mark) if page == node.page else f"<</Type/MCR/Pg {self.pages[page]} 0 R/MCID {mark}>>"


def references(nodes: Iterable[Node]) -> str:
    """The places of elements in the file."""
    return " ".join(f"{node.number} 0 R" for node in nodes)
