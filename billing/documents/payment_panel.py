"""The panel that says how the document is paid, with the GiroCode for transfers."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from billing.documents.colours import tint
from billing.documents.girocode import Matrix, girocode_payload, qr_matrix
from billing.documents.payment_words import Fact, PaymentWords, payable_of, payment_words
from billing.documents.sheet import GREY, LEFT, RIGHT, WHITE, Block, Pen
from billing.documents.tagging import Tag
from billing.documents.typeface import fit, width, wrap

PADDING, HEADLINE, TEXT, LEADING = 5.5, 11.5, 8.8, 4.4
FACT_HEIGHT, FACT_LABEL, FACT_VALUE = 9.8, 7.4, 9.2
# The code stands on white with a quiet zone of at least four modules on each side.
CODE_SIDE, QUIET, CODE_ROOM = 27.0, 3.2, 40.0


def payment_block(snapshot: Mapping[str, Any]) -> Block:
    """Never cut over two pages: whoever pays sees everything at once."""
    words, matrix = payment_words(snapshot), code_of(snapshot)
    room = RIGHT - LEFT - 2 * PADDING - (CODE_ROOM if matrix else 0)
    text = wrap(words.text, TEXT, room) if words.text else []
    written = 4.2 + (2.6 + LEADING * len(text) if text else 0) + facts_height(words.facts)
    height = 2 * PADDING + max(written, code_height() if matrix else 0)

    def draw(pen: Pen, y: float) -> None:
        pen.panel(LEFT, y, RIGHT - LEFT, height, tint(pen.accent, 0.07))
        draw_words(pen, y + PADDING, words, text, room)
        if matrix:
            draw_code(pen, y + PADDING, matrix, words)

    return Block(height, draw, tag=Tag("Sect"))


def code_of(snapshot: Mapping[str, Any]) -> Matrix:
    """The GiroCode of a document that is paid by transfer."""
    payment = snapshot["payment"]
    if payment["method"] != "transfer":
        return []
    payload = girocode_payload(
        payment["name"], payment["iban"], payment["bic"], payable_of(snapshot), payment["remittance"]
    )
    return qr_matrix(payload) if payload else []


def facts_height(facts: Sequence[Fact]) -> float:
    """Two facts a row."""
    return 3.2 + FACT_HEIGHT * ((len(facts) + 1) // 2) - 2.0 if facts else 0.0


def code_height() -> float:
    """With its quiet zone and the words below it."""
    return CODE_SIDE + 2 * QUIET + 4.6


def draw_words(pen: Pen, y: float, words: PaymentWords, text: Sequence[str], room: float) -> None:
    """What happens, in large print; what else there is to say; the facts in two columns."""
    with pen.within("H2"):
        pen.fitted(LEFT + PADDING, y + 3.6, words.headline, room, HEADLINE, bold=True, colour=pen.accent)
    with pen.within("P"):
        pen.lines(LEFT + PADDING, y + 10.2, text, LEADING, TEXT)
    top = y + 4.2 + (2.6 + LEADING * len(text) if text else 0) + 3.2
    for at, (label, value) in enumerate(words.facts):
        x = LEFT + PADDING + (at % 2) * room / 2
        base = top + (at // 2) * FACT_HEIGHT
        with pen.within("P"):
            pen.text(x, base + 2.6, label, FACT_LABEL, colour=GREY)
            pen.fitted(x, base + 7, value, room / 2 - 3, FACT_VALUE)


def draw_code(pen: Pen, y: float, matrix: Matrix, words: PaymentWords) -> None:
    """On white, with a word on what to do with it."""
    side = CODE_SIDE + 2 * QUIET
    x = RIGHT - PADDING - side
    pen.panel(x, y, side, side, WHITE)
    alt = _("GiroCode, a QR code for your banking app: %(headline)s") % {"headline": words.headline}
    pen.code(x + QUIET, y + QUIET, CODE_SIDE, matrix, alt)
    caption, size = fit(_("Scan with your banking app"), 7, side)
    with pen.within("P"):
        pen.text(x + (side - width(caption, size)) / 2, y + side + 3.9, caption, size, colour=GREY)
