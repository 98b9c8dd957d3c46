"""The letterhead: what a treasurer sees before storing, what is refused, and that issued documents stay as they were."""

import base64
import io
import re
import zlib
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django_scopes import scope
from PIL import Image

from billing.documents.colours import READABLE, VISIBLE, WHITE, contrast, nearest, parsed
from billing.documents.portal_style import DARK, LIGHT, colours_of
from billing.models import Branding, Invoice, LedgerSettings, LogoFile
from billing.services import archive, branding, invoicing, letters, work
from billing.services.pictures import redrawn
from billing.services.snapshots import on_cash_basis
from members.models import Organisation
from tests.documents.reading import picture as page_of
from tests.documents.reading import text
from tests.office.world import NOON, House, rows

PAGE = reverse("office_branding")


def picture(kind: str, size: tuple[int, int] = (1200, 300), colour: str = "teal") -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, kind)
    return SimpleUploadedFile(f"logo.{kind.lower()}", out.getvalue())


def filled(client: Client, **changed: Any) -> dict[str, Any]:
    """What the form holds, as a browser posts it."""
    form = client.get(PAGE).context["form"]
    given = {field.html_name: field.value() for field in form if field.name != "logo"}
    return {name: value for name, value in given.items() if value} | {"do": "save"} | changed


def fresh(house: House) -> Organisation:
    return Organisation.objects.get(pk=house.organisation.pk)


def image(answer: Any) -> Image.Image:
    found = re.search(r"data:image/png;base64,([^\"]+)", answer.content.decode())
    assert found
    return Image.open(io.BytesIO(base64.b64decode(found[1]))).convert("RGB")


def colours(page: Image.Image) -> set[Any]:
    return {colour for _count, colour in page.getcolors(1 << 24) or ()}


def test_a_logo_is_drawn_anew_and_anything_else_is_refused(treasurer: Client, house: House) -> None:
    bomb = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", (60_000).to_bytes(4, "big") * 2 + b"\x08\x02\x00\x00\x00")
        + chunk(b"IEND", b"")
    )
    refused = {
        "svg.png": b"<?xml version='1.0'?><svg onload='alert(1)'/>", "a.svg": b"<svg/>", "gif.png": picture("GIF").read(),
        "huge.png": picture("PNG", (6000, 5000)).read(), "bomb.png": bomb, "cut.jpg": picture("JPEG").read()[:300], "x.png": b"",
    }  # fmt: skip
    for name, content in refused.items():
        answer = treasurer.post(PAGE, filled(treasurer, logo=SimpleUploadedFile(name, content)))
        assert answer.status_code == 200, name
        assert "logo" in answer.context["form"].errors, name
    assert (
        "SVG" in treasurer.post(PAGE, filled(treasurer, logo=SimpleUploadedFile("a.svg", b"<svg/>"))).content.decode()
    )
    assert fresh(house).logo is None
    assert treasurer.post(PAGE, filled(treasurer, logo=picture("JPEG"))).status_code == 302
    stored = Image.open(io.BytesIO(bytes(fresh(house).logo)))  # type: ignore[arg-type]
    assert (stored.format, stored.size) == ("PNG", (600, 150))
    assert rows(LogoFile).filter(organisation=house.organisation).count() == 1
    assert treasurer.post(PAGE, filled(treasurer, without_logo="on")).status_code == 302
    assert fresh(house).logo is None


def chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")


def test_what_travels_with_a_picture_stays_outside() -> None:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    exif[0x0112] = 6
    Image.new("RGB", (300, 100), "teal").save(out, "JPEG", exif=exif)
    made = redrawn(SimpleUploadedFile("a.jpg", out.getvalue() + b"<script>alert(1)</script>"))
    assert b"secret" not in made
    assert b"script" not in made
    assert Image.open(io.BytesIO(made)).size == (100, 300)


def test_the_preview_follows_and_nothing_is_stored(treasurer: Client, house: House) -> None:
    before = image(treasurer.get(PAGE))
    answer = treasurer.post(
        reverse("office_branding_preview"),
        filled(
            treasurer,
            colour="#7a1f5c",
            second_colour="#c05000",
            logo=picture("PNG", colour="navy"),
            **{"invoice.de.greeting": "Moin!"},
        ),
    )
    page = image(answer)
    assert answer.templates[0].name == "office/_branding_preview.html"
    assert {(0x7A, 0x1F, 0x5C), (0xC0, 0x50, 0x00)} <= colours(page)
    assert page.getpixel((750, 75))[2] > 100  # type: ignore[index]
    assert page.tobytes() != before.tobytes()
    assert not {(0x7A, 0x1F, 0x5C)} & colours(image(treasurer.get(PAGE)))
    shown = treasurer.post(PAGE, filled(treasurer, colour="#7a1f5c", do="preview"))
    assert (0x7A, 0x1F, 0x5C) in colours(image(shown))
    assert (fresh(house).colour, fresh(house).logo) == (house.organisation.colour, None)


def test_a_pale_colour_is_refused_and_the_nearest_one_offered(treasurer: Client, house: House) -> None:
    answer = treasurer.post(PAGE, filled(treasurer, colour="#ffcc00"))
    said = answer.content.decode()
    assert answer.status_code == 200
    assert "1.5" in str(answer.context["form"].errors["colour"])
    ((name, offer),) = answer.context["offers"]
    assert name == "colour"
    assert offer in said
    assert contrast(parsed(offer), WHITE) >= READABLE
    taken = treasurer.post(PAGE, filled(treasurer, colour="#ffcc00", do=f"take:colour:{offer}"))
    assert taken.context["form"]["colour"].value() == offer
    assert treasurer.post(PAGE, filled(treasurer, colour=offer)).status_code == 302
    assert fresh(house).colour == offer
    lines = treasurer.post(PAGE, filled(treasurer, second_colour="#ffcc00"))
    assert "second_colour" in lines.context["form"].errors


@pytest.mark.parametrize(
    "colour", ["#1b4d5c", "#000000", "#ffee00", "#ff0000", "#00ff00", "#7f7f7f", "#ffffff", "#0000ff"]
)
def test_the_portal_can_be_read_by_day_and_by_night(colour: str) -> None:
    found = colours_of(colour, "")
    for mode, grounds in ((found.light, LIGHT), (found.dark, DARK)):
        for ground in grounds:
            assert contrast(parsed(mode.words), parsed(ground)) >= READABLE
            assert contrast(parsed(mode.stripe), parsed(ground)) >= VISIBLE - 0.3
        assert contrast(parsed(mode.button), WHITE) >= READABLE
        assert contrast(parsed(mode.pressed), WHITE) >= READABLE


def test_the_nearest_colour_is_the_colour_itself_where_it_will_do() -> None:
    assert nearest(parsed("#1b4d5c"), WHITE, READABLE) == parsed("#1b4d5c")
    assert contrast(parsed("#767676"), WHITE) == pytest.approx(4.54, abs=0.01)


def issued(house: House, on: date = date(2027, 1, 15)) -> Invoice:
    """The next month's invoices."""
    run = invoicing.start_run(house.organisation, house.run.creditor, on, date(2027, 2, 28), date(2027, 2, 1))
    invoicing.preview(run)
    invoicing.approve(run, None, NOON)
    work.finish(run, NOON)
    return Invoice.objects.filter(run=run).order_by("pk")[0]


def test_issued_documents_keep_logo_colours_and_words(treasurer: Client, house: House) -> None:
    treasurer.post(
        PAGE,
        filled(treasurer, colour="#7a1f5c", logo=picture("PNG", colour="navy"), **{"invoice.de.closing": "Glück auf!"}),
    )
    house.organisation = fresh(house)
    with scope(organisation=house.organisation):
        invoice = issued(house)
        treasurer.post(
            PAGE, filled(treasurer, colour="#00553a", logo=picture("PNG", colour="red"), **{"invoice.de.closing": ""})
        )
        drawn = archive.drawn(invoice, fresh(house), None)
        page = page_of(drawn, 100).convert("RGB")
        assert (0x7A, 0x1F, 0x5C) in colours(page)
        assert (0x00, 0x55, 0x3A) not in colours(page)
        assert page.getpixel((600, 75))[2] > 100  # type: ignore[index]
        assert "Glück auf!" in text(drawn)
        assert rows(LogoFile).filter(organisation=house.organisation).count() == 2


def test_a_document_from_before_takes_the_look_in_force(house: House) -> None:
    with scope(organisation=house.organisation):
        old = Invoice(organisation=house.organisation, snapshot=dict(house.invoice.snapshot))
        old.snapshot["issuer"] = {
            key: value for key, value in old.snapshot["issuer"].items() if key not in ("colour", "logo")
        }
        organisation = fresh(house)
        organisation.logo = redrawn(picture("PNG"))
        assert branding.logo_for(old.snapshot["issuer"], organisation) == organisation.logo
        assert archive.drawn(old, organisation, None)
        assert branding.logo_for({"logo": ""}, organisation) is None


def test_sender_line_footer_and_legal_details_are_printed(treasurer: Client, house: House) -> None:
    refused = treasurer.post(
        PAGE, filled(treasurer, legal_form="gmbh", seat="", board="A. Petersen", register_entry="HRB 1 Kiel")
    )
    assert "35a" in refused.content.decode()
    given = {
        "legal_form": "gmbh", "seat": "Kiel", "board": "Anna Petersen", "register_entry": "HRB 1 Kiel", "supervisory_chair": "Ole Hansen",
        "sender_line": "Absender Eins", "footer_contact": "Zeile A", "footer_register": "Zeile B", "footer_bank": "Zeile C",
    }  # fmt: skip
    assert treasurer.post(PAGE, filled(treasurer, **given)).status_code == 302
    too_long = treasurer.post(PAGE, filled(treasurer, footer_bank="1\n2\n3\n4"))
    assert "footer_bank" in too_long.context["form"].errors
    house.organisation = fresh(house)
    with scope(organisation=house.organisation):
        read = text(archive.drawn(issued(house), house.organisation, None))
    wanted = (
        "Absender Eins",
        "Zeile A",
        "Zeile B",
        "Zeile C",
        "Sitz: Kiel",
        "HRB 1 Kiel",
        "Geschäftsführung: Anna Petersen",
    )
    assert [one for one in (*wanted, "Vorsitz des Aufsichtsrats: Ole Hansen") if one not in read] == []


def test_letters_carry_the_words_around_them(treasurer: Client, house: House) -> None:
    given = {
        "letter.de.greeting": "Vorweg ein Wort.",
        "letter.de.closing": "Ihr Vorstand",
        "mail.de.greeting": "Moin {name}!",
    }
    treasurer.post(PAGE, filled(treasurer, **given))
    with scope(organisation=house.organisation):
        mail = house.organisation.mails.create(
            member=house.member, key="x", kind="contract", state="print", subject="Bestätigt", created_at=NOON,
            text="Guten Tag Käthe Weiß,\n\nalles gut.\n",
        )  # fmt: skip
        (letter,) = letters.letters(house.organisation, [mail])
        read = text(letter.content)
    assert "Vorweg ein Wort." in read
    assert "Moin Käthe Weiß!" in read
    assert "Guten Tag" not in read
    assert read.index("alles gut.") < read.index("Ihr Vorstand")


def test_the_words_on_cash_accounting_come_in_2028(house: House) -> None:
    with scope(organisation=house.organisation):
        assert not on_cash_basis(house.organisation, date(2028, 1, 1))
        LedgerSettings.objects.update(cash_basis_since=date(2025, 1, 1))
        days = (date(2027, 12, 31), date(2028, 1, 1))
        assert [on_cash_basis(house.organisation, day) for day in days] == [False, True]
        LedgerSettings.objects.update(cash_basis_since=date(2029, 1, 1))
        assert not on_cash_basis(house.organisation, date(2028, 6, 1))


def test_another_organisation_keeps_its_own_look(treasurer: Client, house: House, other: House) -> None:
    treasurer.post(PAGE, filled(treasurer, colour="#7a1f5c", sender_line="Nur unsere"))
    assert Organisation.objects.get(pk=other.organisation.pk).colour == other.organisation.colour
    assert not rows(Branding).filter(organisation=other.organisation).exists()


def test_a_text_that_is_too_long_is_refused_at_its_field(treasurer: Client) -> None:
    answer = treasurer.post(PAGE, filled(treasurer, **{"mail.en.closing": "x" * 1001}))
    assert "mail.en.closing" in answer.context["form"].errors


def test_the_service_refuses_what_a_form_would(house: House) -> None:
    organisation = fresh(house)
    organisation.colour = "#ffff00"
    with scope(organisation=organisation), pytest.raises(ValidationError, match="#"):
        branding.store(organisation, branding.branding_of(organisation), None)
