"""The invoice as a PDF: drawn from the snapshot alone, the same bytes every time."""

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from billing.documents import letterhead
from billing.documents.figures import day, period
from billing.documents.invoice_table import table_blocks
from billing.documents.invoice_totals import totals_block
from billing.documents.payment_panel import payment_block
from billing.documents.sheet import LEFT, RIGHT, Block, Pen, accent_of, paginate, paragraph, small_print, space
from billing.documents.typeface import DRAWING, REGULAR, known_characters, printable
from billing.documents.vat_words import exemption_notes, how_taxed

PAGE_NUMBER_ROOM = 6.5
Snapshot = Mapping[str, Any]


def render_invoice(snapshot: Snapshot, logo: bytes | None = None, colour: str = "#1b4d5c") -> bytes:
    """The PDF of a document that was issued, in the recipient's language. Equal snapshots give equal bytes."""
    with DRAWING, override(snapshot["language"]):
        known_characters()
        return draw_document(printable(dict(snapshot)), logo, colour)


def draw_document(snapshot: Snapshot, logo: bytes | None, colour: str) -> bytes:
    """Lays everything out first, because every page says how many there are, and then draws it."""
    target = BytesIO()
    canvas = open_canvas(snapshot, target)
    pen = Pen(canvas, accent_of(colour))
    footer = letterhead.footer_columns(snapshot["issuer"], snapshot["payment"].get("creditor_identifier", ""))
    end = letterhead.footer_top(footer) - PAGE_NUMBER_ROOM
    pages = paginate(body(snapshot), end - letterhead.CONTENT_TOP, end - letterhead.FOLLOWING_TOP)
    for number, blocks in enumerate(pages, start=1):
        draw_page(pen, snapshot, logo if number == 1 else None, blocks, number)
        letterhead.draw_footer(pen, footer, number, len(pages))
        canvas.showPage()
    canvas.save()
    return target.getvalue()


def open_canvas(snapshot: Snapshot, target: BytesIO) -> Any:
    """An empty file that knows its language, title and author, and is dated by the document, not by a clock."""
    language = snapshot["language"]
    canvas = Canvas(target, pagesize=A4, pageCompression=1, invariant=1, initialFontName=REGULAR, lang=language)
    canvas.setTitle(heading(snapshot))
    canvas.setAuthor(snapshot["issuer"]["name"])
    canvas.setSubject(snapshot["number"])
    canvas.setCreator("Kassenwart")
    canvas.setViewerPreference("DisplayDocTitle", "true")
    issued = snapshot["issued_on"].replace("-", "")
    canvas.setDateFormatter(lambda *_now: f"D:{issued}000000Z")
    return canvas


def heading(snapshot: Snapshot) -> str:
    """What the document calls itself, with its number."""
    return f"{snapshot['title']} {snapshot['number']}"


def draw_page(pen: Pen, snapshot: Snapshot, logo: bytes | None, blocks: list[Block], number: int) -> None:
    """The surroundings of the page and its part of the text."""
    y = letterhead.CONTENT_TOP if number == 1 else letterhead.FOLLOWING_TOP
    if number == 1:
        letterhead.draw_head(pen, snapshot["issuer"], logo)
        letterhead.draw_window(pen, snapshot["issuer"], snapshot["recipient"])
        letterhead.draw_information(pen, information(snapshot))
        letterhead.draw_marks(pen)
    else:
        issued = day(snapshot["issued_on"], snapshot["language"])
        letterhead.draw_continuation(pen, snapshot["issuer"], f"{heading(snapshot)}  ·  {issued}")
    for block in blocks:
        block.draw(pen, y)
        y += block.height


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
        (_("Member number"), snapshot["recipient"]["member_number"]),
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

    return Block(11, draw, keep=True)
