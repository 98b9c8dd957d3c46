"""A screen reader gets headings, paragraphs, tables with their head cells and figures in words, in the order of reading."""

from io import BytesIO
from typing import Any

import pikepdf
import pytest

from billing.documents.invoice_pdf import render_invoice
from billing.documents.letter_pdf import render_letter
from billing.documents.letters import merge_pdfs
from billing.documents.receipt_pdf import protected, render_receipt
from billing.documents.record_pdf import Facts, Record, Table, render_record
from billing.documents.sheet import Block, Pen, draw_blocks
from tests.documents.receipts import MACHINE, collective, receipt
from tests.documents.snapshots import ISSUER, RECIPIENT, company, dues, family
from tests.documents.test_invoice_pdf import logo
from tests.documents.tree import Piece, looked_up, tree, unmarked

LEAVES = {"P", "H1", "H2", "TH", "TD", "Figure"}
LETTER = {
    "language": "de", "title": "Bestätigt: Pause", "issued_on": "2026-12-15", "issuer": ISSUER, "recipient": RECIPIENT,
    "text": "Guten Tag,\n\nwir bestätigen:\n\n  Pause:    ab 1. Januar\n  Beitrag:  3,00 €\n\nMit freundlichen Grüßen",
}  # fmt: skip


def record() -> bytes:
    table = Table("Lastschriften", ("Tag", "Betrag"), (80.0, 85.0), [(f"Tag {at}", "12,00 €") for at in range(60)])
    parts: list[str | Facts | Table] = ["Ein Absatz.", Facts([("Konto", "DE71")]), table]
    return render_record(
        Record("de", "Mandat", "M-1", "2026-12-15", ISSUER, RECIPIENT, "", [("Datum", "heute")], parts)
    )


DOCUMENTS = {
    "dues": render_invoice(dues()),
    "company": render_invoice(company(), logo()),
    "pages": render_invoice(family(300)),
    "letter": render_letter(LETTER, logo()),
    "record": record(),
    "receipt": render_receipt(receipt(), logo()),
    "collective": render_receipt(collective(machine=MACHINE), None, signature=logo()),
    "draft": render_receipt(receipt(draft=True)),
}


@pytest.mark.parametrize("pdf", DOCUMENTS.values(), ids=DOCUMENTS)
def test_everything_printed_is_tagged_or_decoration(pdf: bytes) -> None:
    assert unmarked(pdf) == []
    assert looked_up(pdf)
    with pikepdf.open(BytesIO(pdf)) as opened:
        assert opened.Root.MarkInfo.Marked
        assert {str(page.Tabs) for page in opened.pages} == {"/S"}
    assert {one.kind for one in tree(pdf) if one.text} <= LEAVES
    assert all(one.alt for one in tree(pdf) if one.kind == "Figure")


def rows_of(pieces: list[Piece]) -> list[tuple[str, ...]]:
    rows: list[list[str]] = []
    for one in pieces:
        if one.kind == "TR":
            rows.append([])
        elif one.kind in ("TH", "TD"):
            rows[-1].append(f"{one.kind} {one.text}".strip().replace("\xa0", " "))
    return [tuple(row) for row in rows]


def test_an_invoice_is_read_in_its_order() -> None:
    found = tree(DOCUMENTS["company"])
    said = [one.kind for one in found]
    assert found[1].alt == "Logo von Musterverein Neumünster von 1898 e.V."
    assert [one.text for one in found if one.kind in ("H1", "H2")] == [
        "Rechnung", "Bitte überweisen Sie 1.404,20 € bis zum 4. Januar 2027",
    ]  # fmt: skip
    assert said.index("H1") < said.index("Table") < said.index("H2")
    rows = rows_of(found)
    assert rows[0] == ("TH Leistung", "TH Zeitraum", "TH Menge", "TH Betrag netto")
    assert rows[1] == ("TD Gerätepauschale", "TD 01.01.2027 – 31.01.2027", "TD 120", "TD 940,00 €")
    assert rows[-1] == ("TH Gesamt", "TD 1.404,20 €")
    assert found[-1].text.startswith("Commerzbank Köln IBAN:")
    code = [one.alt for one in found if one.kind == "Figure"][-1]
    assert "GiroCode" in code
    assert "1.404,20" in code


def test_heads_that_stand_again_and_feet_are_read_once() -> None:
    found = tree(DOCUMENTS["pages"])
    assert [one.text for one in found].count("Leistung") == 1
    assert not any("Fortsetzung" in one.text or one.text.startswith("Seite") for one in found)
    assert len([one for one in found if "IBAN: DE89" in one.text]) == 1
    assert [one.kind for one in found].count("Table") == 2
    assert len({len(row) for row in rows_of(found) if row[0].startswith("TD")}) == 1


def test_the_lines_of_a_paragraph_are_one_paragraph() -> None:
    long = "Ein Satz, der länger ist als eine Zeile des Briefes und deshalb umbrochen werden muss. " * 2
    found = tree(render_letter({**LETTER, "text": f"{long}\n\nEnde."}))
    assert [one.text for one in found if one.text.startswith("Ein Satz")] == [long.strip()]


def test_a_letter_has_its_facts_as_a_table() -> None:
    found = tree(DOCUMENTS["letter"])
    assert [one.text for one in found if one.kind == "H1"] == ["Bestätigt: Pause"]
    assert rows_of(found) == [("TH Pause:", "TD ab 1. Januar"), ("TH Beitrag:", "TD 3,00 €")]


def test_a_receipt_says_which_boxes_are_crossed() -> None:
    found = tree(DOCUMENTS["receipt"])
    at = next(at for at, one in enumerate(found) if one.text.startswith("Es handelt sich um den Verzicht"))
    assert [one.alt for one in found[at + 1 : at + 3]] == ["nicht angekreuzt", "angekreuzt"]
    assert rows_of(found)[1][0] == "TD 250,00 €"
    annex = tree(DOCUMENTS["collective"])
    assert [one.kind for one in annex].count("H1") == 2
    assert rows_of(annex)[-1] == ("TH Gesamtsumme", "TD 246,50 €")
    assert "Unterschrift: " in "".join(one.alt for one in annex)
    assert "ENTWURF" in [one.alt for one in tree(DOCUMENTS["draft"])]


def test_what_nobody_has_named_is_a_paragraph() -> None:
    seen: list[Any] = []

    class Canvas:
        def __getattr__(self, name: str) -> Any:
            return lambda *_given, **_named: None

    class Structure:
        def begin(self, tag: Any) -> None:
            seen.append(tag.kind)

        def end(self) -> None:
            pass

    draw_blocks(Pen(Canvas(), (0, 0, 0), None, Structure()), [Block(5, lambda pen, y: pen.text(25, y, "x"))], 100)
    assert seen == ["P"]


def test_protection_keeps_the_structure_and_the_print_out_of_many_has_none() -> None:
    assert tree(protected(DOCUMENTS["receipt"])) == tree(DOCUMENTS["receipt"])
    with pikepdf.open(BytesIO(merge_pdfs([DOCUMENTS["dues"], DOCUMENTS["letter"]]))) as opened:
        assert "/StructTreeRoot" not in opened.Root
