"""The invoice as a PDF: drawn from the snapshot alone, the same bytes every time."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.documents.figures import day, period
from billing.documents.invoice_table import table_blocks
from billing.documents.invoice_totals import totals_block
from billing.documents.letterhead import number_of
from billing.documents.paper import Paper, lay_out, pen_for, written
from billing.documents.payment_panel import payment_block
from billing.documents.picture import NoStructure, PictureCanvas
from billing.documents.sheet import LEFT, RIGHT, Block, Pen, paragraph, small_print, space
from billing.documents.tagging import Tag
from billing.documents.typeface import DRAWING, known_characters, printable
from billing.documents.vat_words import exemption_notes, how_taxed

Snapshot = Mapping[str, Any]


def render_invoice(snapshot: Snapshot, logo: bytes | None = None, colour: str = "#1b4d5c") -> bytes:
    """The PDF of a document that was issued, in the recipient's language. Equal snapshots give equal bytes."""
    with DRAWING, override(snapshot["language"]):
        known_characters()
        said = printable(dict(snapshot))
        return written(paper_of(said), body(said), logo, colour)


def picture_of_invoice(snapshot: Snapshot, logo: bytes | None = None, colour: str = "#1b4d5c") -> bytes:
    """The first page as a PNG: what somebody sees while they choose colours and words."""
    with DRAWING, override(snapshot["language"]):
        known_characters()
        said, canvas = printable(dict(snapshot)), PictureCanvas()
        lay_out(pen_for(said["issuer"], canvas, colour, NoStructure()), paper_of(said), body(said), logo)
        return canvas.png()


def paper_of(snapshot: Snapshot) -> Paper:
    """What surrounds it."""
    issued = day(snapshot["issued_on"], snapshot["language"])
    return Paper(
        snapshot["language"], heading(snapshot), snapshot["number"], snapshot["issued_on"], snapshot["issuer"],
        snapshot["recipient"], information(snapshot), f"{heading(snapshot)}  ·  {issued}",
        snapshot["payment"].get("creditor_identifier", ""),
    )  # fmt: skip


def heading(snapshot: Snapshot) -> str:
    """What the document calls itself, with its number."""
    return f"{snapshot['title']} {snapshot['number']}"


def information(snapshot: Snapshot) -> list[tuple[str, str]]:
    """Number and dates (UStG 14 Abs. 4 Nr. 3, 4 and 6)."""
    language, supply = snapshot["language"], snapshot["supply"]
    number = _("Invoice number") if snapshot["kind"] == "invoice" else _("Document number")
    corrects, vat_id = snapshot.get("corrects"), shown_vat_id(snapshot)
    return [
        (number, snapshot["number"]),
        (_("Date"), day(snapshot["issued_on"], language)),
        *(
            [(_("For invoice"), corrects["number"]), (_("of"), day(corrects["issued_on"], language))]
            if corrects
            else []
        ),
        *number_of(snapshot["issuer"], snapshot["recipient"]["member_number"]),
        *([(_("Your VAT ID"), vat_id)] if vat_id else []),
        (_("Period"), period(supply["from"], supply["to"], language)),
    ]


def shown_vat_id(snapshot: Snapshot) -> str:
    """The recipient's VAT id where the law wants both: when the recipient owes the tax (UStG 14a Abs. 1)."""
    owes = any(how_taxed(total) == "reverse" for total in snapshot["vat"])
    return str(snapshot["recipient"].get("vat_id", "")) if owes else ""


def body(snapshot: Snapshot) -> list[Block]:
    """Title, introduction, lines, totals, payment, notes."""
    texts = snapshot["texts"]
    blocks = [title_block(snapshot["title"])]
    blocks += [*paragraph(texts["intro"]), space(4)] if texts["intro"] else []
    blocks += [*table_blocks(snapshot), totals_block(snapshot)]
    notes = [*exemption_notes(snapshot["vat"], snapshot["language"]), *snapshot["notes"]]
    for note in notes:
        blocks += small_print(note)
    blocks += [space(6 if notes else 5), payment_block(snapshot)]
    return [*blocks, space(7), *paragraph(texts["closing"])] if texts["closing"] else blocks


def title_block(title: str) -> Block:
    """The largest word on the page."""

    def draw(pen: Pen, y: float) -> None:
        pen.fitted(LEFT, y + 3.6, title, RIGHT - LEFT, 17, bold=True)

    return Block(11, draw, keep=True, tag=Tag("H1"))
