"""What surrounds every letter: head, address window (DIN 5008 form B), information block, fold marks, footer, page numbers."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from io import BytesIO
from typing import Any

from babel import Locale
from django.utils.translation import gettext as _
from PIL import Image, UnidentifiedImageError
from reportlab.lib.utils import ImageReader

from billing.documents.figures import grouped_iban
from billing.documents.sheet import GREY, LEFT, LINE, RIGHT, Pen
from billing.documents.tagging import ARTIFACT, Tag
from billing.documents.typeface import fit, wrap

# DIN 5008 form B: the address field is 85 mm x 45 mm, 20 mm from the left and 45 mm from the top; folds at 105 and 210 mm.
WINDOW_LEFT, WINDOW_TOP, WINDOW_WIDTH, WINDOW_HEIGHT = 20.0, 45.0, 85.0, 45.0
RETURN_LINE, ADDRESS_TOP, ADDRESS_HEIGHT = 60.8, 62.7, 27.3
ADDRESS_LEFT, ADDRESS_ROOM = WINDOW_LEFT + 5, WINDOW_WIDTH - 7
INFORMATION_LEFT, INFORMATION_TOP = 125.0, 55.4
FOLDS, PUNCH = (105.0, 210.0), 148.5
CONTENT_TOP, FOLLOWING_TOP = 106.0, 30.0
FOOTER_COLUMNS, FOOTER_ROOMS = (25.0, 76.0, 139.0), (48.0, 60.0, 51.0)
FOOTER_SIZE, FOOTER_LEADING, FOOTER_END = 6.9, 3.2, 288.5
LOGO_WIDTH, LOGO_HEIGHT, LOGO_TOP, DOTS_PER_MM = 52.0, 20.0, 14.0, 9
Text = Mapping[str, Any]


def number_of(issuer: Text, number: str) -> list[tuple[str, str]]:
    """The recipient's number; a company's customers are no members, and a stranger has none."""
    label = _("Customer number") if issuer.get("kind") == "company" else _("Member number")
    return [(label, number)] if number else []


def draw_head(pen: Pen, issuer: Text, logo: bytes | None) -> None:
    """The issuer's name and how to reach them; the logo at the right margin."""
    drawn = draw_logo(pen, issuer, logo) if logo else 0.0
    room = RIGHT - LEFT - (drawn + 8 if drawn else 0)
    pen.panel(LEFT, 17.2, 12, 1.1, pen.second, radius=0.5)
    with pen.within("P"):
        pen.fitted(LEFT, 26.2, issuer["name"], room, 15, bold=True, colour=pen.accent)
    reach = [issuer.get(name, "") for name in ("email", "phone", "website")]
    with pen.within("P"):
        pen.fitted(LEFT, 31.6, "  ·  ".join(bare(one) for one in reach if one), room, 8, colour=GREY)


def bare(address: str) -> str:
    """A web address as people write it."""
    return address.removeprefix("https://").removeprefix("http://").rstrip("/")


def draw_logo(pen: Pen, issuer: Text, logo: bytes, top: float = LOGO_TOP) -> float:
    """Draws the logo and gives its width in mm; 0 when it is no picture: an issued document goes out all the same."""
    picture = prepared_logo(logo)
    if picture is None:
        return 0.0
    image = ImageReader(BytesIO(picture))
    dots_wide, dots_high = image.getSize()
    scale: float = min(LOGO_WIDTH / dots_wide, LOGO_HEIGHT / dots_high)
    wide: float = dots_wide * scale
    alt = _("Logo of %(name)s") % {"name": issuer["name"]}
    pen.picture(RIGHT - wide, top, image, wide, dots_high * scale, alt)
    return wide


@lru_cache(maxsize=16)
def prepared_logo(logo: bytes) -> bytes | None:
    """Once per logo: on white paper, no more dots than a printer shows, as small as a photograph."""
    try:
        picture = Image.open(BytesIO(logo)).convert("RGBA")
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError):
        return None
    paper = Image.new("RGBA", picture.size, "white")
    flat = Image.alpha_composite(paper, picture).convert("RGB")
    flat.thumbnail((int(LOGO_WIDTH * DOTS_PER_MM), int(LOGO_HEIGHT * DOTS_PER_MM)))
    target = BytesIO()
    flat.save(target, "JPEG", quality=88, subsampling=0, optimize=True)
    return target.getvalue()


def draw_window(pen: Pen, issuer: Text, recipient: Text) -> None:
    """Sender in small print, then the recipient, both inside the window of the envelope."""
    own = "  ·  ".join(part for part in (issuer["name"], issuer["street"], place(issuer)) if part)
    pen.fitted(ADDRESS_LEFT, RETURN_LINE, issuer.get("sender_line") or own, ADDRESS_ROOM, 6.6, colour=GREY)
    lines = address_lines(recipient, issuer["country"])
    leading = min(4.8, ADDRESS_HEIGHT / max(len(lines), 1))
    with pen.within("P"):
        for at, line in enumerate(lines):
            pen.fitted(
                ADDRESS_LEFT, ADDRESS_TOP + (at + 0.72) * leading, line, ADDRESS_ROOM, 10.5 if leading > 4.5 else 9.5
            )


def address_lines(recipient: Text, from_country: str) -> list[str]:
    """As the postal service reads it: the country last, in capitals, in the language of the sender's post, if it is another."""
    company = wrap(recipient["company"], 10.5, ADDRESS_ROOM)[:2]
    country = recipient["country"]
    abroad = Locale("de").territories.get(country, country).upper() if country and country != from_country else ""
    lines = [*company, recipient["name"], recipient["extra"], recipient["street"], place(recipient), abroad]
    return [line for line in lines if line]


def place(address: Text) -> str:
    """Postcode and town."""
    return f"{address['postal_code']} {address['city']}".strip()


def draw_information(pen: Pen, rows: Sequence[tuple[str, str]]) -> None:
    """The facts that somebody looks for first, beside the address."""
    for at, (label, value) in enumerate(rows):
        y = INFORMATION_TOP + at * 5.4
        value, size = fit(value, 9, RIGHT - INFORMATION_LEFT - 28)
        with pen.within("P"):
            pen.fitted(INFORMATION_LEFT, y, label, 27, 8, colour=GREY)
            pen.right(RIGHT, y, value, size)


def draw_marks(pen: Pen) -> None:
    """Where to fold and where to punch."""
    for y in FOLDS:
        pen.rule(4, y, 8, GREY, 0.3)
    pen.rule(4, PUNCH, 6.5, GREY, 0.3)


def footer_columns(issuer: Text, creditor_identifier: str) -> list[list[str]]:
    """Address; what the law wants to see; bank. Below each what the organisation adds."""
    address = [issuer["name"], issuer["street"], place(issuer), *added(issuer, "footer_contact")]
    register = [*legal_details(issuer), *added(issuer, "footer_register")]
    bank = [issuer["bank_name"], labelled(_("IBAN"), grouped_iban(issuer["iban"])), labelled(_("BIC"), issuer["bic"])]
    bank += [labelled(_("Creditor ID"), creditor_identifier), *added(issuer, "footer_bank")]
    columns = zip((address, register, bank), FOOTER_ROOMS, strict=True)
    return [[line for text in column if text for line in wrap(text, FOOTER_SIZE, room)] for column, room in columns]


def legal_details(issuer: Text) -> list[str]:
    """Seat, register, who represents, tax number (UStG 14 Abs. 4 Nr. 2; HGB 37a, GmbHG 35a)."""
    people = {"ev": _("Board"), "gmbh": _("Managing directors"), "ug": _("Managing directors")}
    who = people.get(issuer.get("legal_form", ""), _("Represented by"))
    board = issuer["board"] if ":" in issuer["board"] else labelled(who, issuer["board"])
    return [
        labelled(_("Seat"), issuer.get("seat", "")), issuer["register"], board,
        labelled(_("Chair of the supervisory board"), issuer.get("supervisory_chair", "")),
        labelled(_("Tax number"), issuer["tax_number"]), labelled(_("VAT ID"), issuer["vat_id"]),
    ]  # fmt: skip


def added(issuer: Text, column: str) -> list[str]:
    """The organisation's own lines."""
    return str(issuer.get(column, "")).splitlines()


def labelled(label: str, value: str) -> str:
    """`Label: value`, or nothing without a value."""
    return f"{label}: {value}" if value else ""


def footer_top(columns: Sequence[Sequence[str]]) -> float:
    """Where the footer's rule lies: the footer stands on the lower margin."""
    return FOOTER_END - max(map(len, columns)) * FOOTER_LEADING - 1.8


def draw_footer(pen: Pen, columns: Sequence[Sequence[str]], page: int, pages: int) -> None:
    """Three columns below a rule; the page number above it. It is read out once, at the end of the document."""
    top = footer_top(columns)
    pen.right(RIGHT, top - 2.2, _("Page %(page)d of %(pages)d") % {"page": page, "pages": pages}, 7.5, colour=GREY)
    pen.rule(LEFT, top, RIGHT, LINE)
    last = page == pages
    for x, lines in zip(FOOTER_COLUMNS, columns, strict=True):
        with pen.tagged(Tag("P") if last else ARTIFACT):
            pen.lines(x, top + 1.2 + FOOTER_LEADING, lines, FOOTER_LEADING, FOOTER_SIZE, GREY)


def draw_continuation(pen: Pen, issuer: Text, title: str) -> None:
    """The head of the pages after the first, which is for the eye only."""
    pen.fitted(LEFT, 20, issuer["name"], 80, 8.5, bold=True, colour=pen.accent)
    title, size = fit(title, 8.5, 80)
    pen.right(RIGHT, 20, title, size, colour=GREY)
    pen.rule(LEFT, 23, RIGHT, LINE)
