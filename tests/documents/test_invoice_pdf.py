"""The invoice as people and machines read it: places, pages, typeface, determinism, size."""

from io import BytesIO
from typing import Any

import pikepdf
import pytest
from pikepdf import pdfa
from PIL import Image

from billing.documents.invoice_pdf import render_invoice
from tests.documents.reading import Word, fonts, pages, picture, text, words
from tests.documents.snapshots import ISSUER, RECIPIENT, company, document, dues, family, line, vat


def find(pdf: bytes, wanted: str) -> list[Word]:
    return [word for word in words(pdf) if word.text == wanted]


def logo(kind: str = "PNG") -> bytes:
    target = BytesIO()
    Image.new("RGB", (900, 300), "#2255aa").save(target, kind)
    return target.getvalue()


def test_a_short_invoice_says_everything_once() -> None:
    read = text(render_invoice(dues("en")))
    for sentence in (
        "Finn Krüger", "An der Mühle 16", "24534 Neumünster", "Invoice number R2027-00001", "15 Dec 2026",
        "Member number 1001", "1 Jan 2027 – 31 Jan 2027", "Beitragsrechnung", "€12.00", "Page 1 of 1",
        "DE89 3704 0044 0532 0130 00", "VR 1234 KI, Amtsgericht Kiel", "Tax number: 20/290/12345",
    ):  # fmt: skip
        assert sentence in read
    assert read.count("\nErwachsene ") == 1


def test_numbers_and_days_follow_the_language() -> None:
    invoice = document([line(amount="1234.50")], [vat(None, "1234.50")])
    read = text(render_invoice(invoice))
    assert "1.234,50 €" in read
    assert "15.12.2026" in read
    assert "01.01.2027 – 31.01.2027" in read
    assert "4. Januar 2027" in read
    assert "€1,234.50" in text(render_invoice({**invoice, "language": "en"}))


def test_the_address_stands_in_the_window_of_the_envelope() -> None:
    inside = [
        word.text
        for word in words(render_invoice(dues()))
        if word.top >= 45 and word.bottom <= 90 and word.right <= 105
    ]
    assert inside[-6:] == ["An", "der", "Mühle", "16", "24534", "Neumünster"]
    assert all(word.left >= 20 for word in words(render_invoice(dues())))
    sender, recipient = (
        word for word in words(render_invoice(dues())) if word.text in ("Musterverein", "Finn") and 45 < word.top < 90
    )
    assert sender.left == pytest.approx(25, abs=0.3)
    assert recipient.left == pytest.approx(25, abs=0.4)
    assert sender.bottom < 62.7 < recipient.bottom < 90


def test_a_full_address_still_fits_the_window() -> None:
    long = {
        "company": "Genossenschaft für gemeinschaftliches Wohnen und Leben an der Schwentine eG " * 2,
        "country": "PL",
        "extra": "Hof",
    }
    lines = [
        word
        for word in words(render_invoice(dues(recipient=RECIPIENT | long)))
        if 62.7 < word.top < 95 and word.left < 105
    ]
    assert lines[-1].text == "POLEN"
    assert max(word.bottom for word in lines) <= 90
    assert max(word.right for word in lines) <= 105


def test_the_sheet_shows_where_to_fold_and_punch() -> None:
    page = picture(render_invoice(dues())).convert("L")
    dot = 150 / 25.4
    column = page.crop((round(5 * dot), 0, round(5 * dot) + 1, page.height)).tobytes()
    dark = {round(y / dot) for y, value in enumerate(column) if value < 235}
    assert {105, 210} <= dark
    assert dark <= {105, 148, 149, 210}


def test_amounts_end_at_the_right_margin() -> None:
    ends = [word.right for word in words(render_invoice(family(5, "en"))) if word.text == "€1.00"]
    assert len(ends) == 5
    assert all(end == pytest.approx(190, abs=0.3) for end in ends)


def test_several_members_are_told_apart_and_the_recipient_alone_is_not_named() -> None:
    read = text(render_invoice(family(6, "en")))
    assert "\nZoë Krüger (1002) €2.00" in read
    assert "(1001)" not in text(render_invoice(dues()))
    child = document([line(member="Mia Krüger (1009)")], [vat(None, "12.00")])
    assert "Mia Krüger (1009)" in text(render_invoice(child))


def test_a_line_says_its_days_once_and_how_it_came_about_below() -> None:
    said = "beitrag 01.01.2027 bis 31.01.2027 (15 von 31 Tagen)"
    read = text(render_invoice(document([line(said)], [vat(None, "12.00")])))
    assert "\nBeitrag 01.01.2027 – 31.01.2027 12,00 €\n15 von 31 Tagen\n" in read
    assert "bis 31.01.2027" not in read


def test_a_long_list_flows_over_pages_with_heads_numbers_and_every_line() -> None:
    read = pages(render_invoice(family(300, "en")))
    assert len(read) > 5
    everything = " ".join(read)
    assert [at for at in range(1, 301) if f"Beitrag {at} " not in everything] == []
    for number, page in enumerate(read, start=1):
        assert f"Page {number} of {len(read)}" in page
        assert "Description" in page
    for page in read[1:]:
        assert page.startswith("Musterverein Neumünster von 1898 e.V. Beitragsrechnung R2027-00001 · 15 Dec 2026")
        assert "), continued" in page or "(1003)" in page
    assert "€300.00" in read[-1]
    assert "Beitrag 300" in read[-1]


@pytest.mark.parametrize("count", [1, 9, 10, 11, 12, 17, 18, 19, 39, 40, 41])
def test_nothing_ever_runs_into_the_footer(count: int) -> None:
    bodies = [word for word in words(render_invoice(family(count))) if word.top > 100 and word.text == "€"]
    assert max(word.bottom for word in bodies) < 268


def test_all_fonts_are_embedded_and_there_is_no_helvetica() -> None:
    for snapshot in (dues(), company(), family(40)):
        found = fonts(render_invoice(snapshot, logo()))
        assert {name.partition("+")[2]: embedded for name, embedded in found.items()} == {
            "NotoSans-Regular": True,
            "NotoSans-Bold": True,
        }


def test_a_file_made_of_it_meets_the_archive_standard() -> None:
    with pikepdf.open(BytesIO(render_invoice(company(), logo()))) as opened:
        for page in opened.pages:
            del page["/Trans"]
        target = BytesIO()
        pdfa.save(opened, target, "3b")
    assert b"pdfaid" in target.getvalue()


def test_letters_of_many_languages_are_printed() -> None:
    names = {
        "name": "Zażółć Gęślą Őrsi Űnal ẞtefan",
        "extra": "Nguyễn Thị Việt Łukasz Ștefan",
        "street": "Ελένη Олена €",
    }
    read = text(render_invoice(dues(recipient=RECIPIENT | names)))
    assert [name for name in names.values() if name not in read] == []


def test_letters_in_two_parts_are_put_together() -> None:
    assert "Krüger" in text(render_invoice(dues(recipient=RECIPIENT | {"name": "Kru\u0308ger"})))


@pytest.mark.parametrize(
    "name", ["<b>Bold</b> & <para>", "A\x00B\x07", "\ud800", "x" * 5000, "%(amount)s {0}", "\\(", "a\nb\r\nc"]
)
def test_hostile_names_break_nothing(name: str) -> None:
    hostile = [line(name, member=f"{name} (7)"), line(explanation=name)]
    invoice = document(
        hostile,
        [vat(None, "24.00")],
        recipient=RECIPIENT | {"name": name, "company": name},
        issuer=ISSUER | {"name": name},
    )
    invoice["texts"] = {"intro": name, "closing": name}
    assert "24,00 €" in text(render_invoice(invoice))


def test_what_the_typeface_lacks_is_marked_and_joiners_vanish() -> None:
    read = text(render_invoice(dues(recipient=RECIPIENT | {"name": "Mia \U0001f389\ufe0f Krüger\u200d & ﬁn"})))
    assert "Mia � Krüger & fi" in read.replace("ﬁ", "fi")


def test_equal_snapshots_give_equal_bytes() -> None:
    assert render_invoice(company(), logo()) == render_invoice(company(), logo())
    assert render_invoice(dues()) != render_invoice(dues(number="R2027-00002"))


def test_the_file_knows_its_language_title_author_and_day() -> None:
    with pikepdf.open(BytesIO(render_invoice(dues("en")))) as opened:
        info: Any = opened.docinfo
        assert str(opened.Root["/Lang"]) == "en"
        assert str(info["/Title"]) == "Beitragsrechnung R2027-00001"
        assert str(info["/Author"]) == ISSUER["name"]
        assert str(info["/CreationDate"]) == "D:20261215000000Z"


def test_files_stay_small() -> None:
    assert len(render_invoice(dues())) <= 20_000
    assert len(render_invoice(company(), logo())) <= 40_000


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF"])
def test_a_logo_is_drawn_at_the_right_margin(kind: str) -> None:
    page = picture(render_invoice(dues(), logo(kind)), 50)
    red, green, blue = page.convert("RGB").crop((354, 39, 355, 40)).tobytes()
    assert (red < 80, green < 120, blue > 130) == (True, True, True)


def test_a_broken_logo_does_not_stop_an_issued_document() -> None:
    assert "R2027-00001" in text(render_invoice(dues(), b"no picture"))


def test_a_pale_colour_is_darkened_until_it_can_be_read() -> None:
    page = picture(render_invoice(dues(), colour="#ffee00"), 100).convert("L")
    darkest, _lightest = page.crop((95, 88, 400, 105)).getextrema()
    assert darkest in range(60, 140)


def test_texts_and_notes_are_printed() -> None:
    words_of_ours = {"intro": "Schön, dass Sie da sind.\nWir berechnen:", "closing": "Bis bald im Verein."}
    read = text(render_invoice(dues(texts=words_of_ours, notes=["Storniert R2026-00009."])))
    for sentence in ("Schön, dass Sie da sind.", "\nWir berechnen:", "Bis bald im Verein.", "Storniert R2026-00009."):
        assert sentence in read
