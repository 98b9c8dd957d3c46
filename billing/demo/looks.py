"""The demo's colours and logos, drawn here: two organisations that nobody takes for each other."""

import io
from collections.abc import Callable

from PIL import Image, ImageDraw

from billing.services import branding
from members.models import Organisation

CLUB, PROVIDER = ("#0b4a7f", "#c8102e"), ("#5b2a86", "#d6336c")
SIDE, SMALL = 960, 240
Pen = ImageDraw.ImageDraw


def dress(organisation: Organisation, colours: tuple[str, str], draw: Callable[[Pen], None]) -> None:
    """Through the same door as the office's page, so that its rules hold here too."""
    look = branding.branding_of(organisation)
    organisation.colour, look.second_colour = colours
    organisation.logo = logo(draw)
    branding.store(organisation, look, None)


def logo(draw: Callable[[Pen], None]) -> bytes:
    """Drawn large and made small, so that its edges are smooth."""
    image = Image.new("RGBA", (SIDE, SIDE), (255, 255, 255, 0))
    draw(ImageDraw.Draw(image))
    out = io.BytesIO()
    image.resize((SMALL, SMALL), Image.Resampling.LANCZOS).save(out, "PNG", optimize=True)
    return out.getvalue()


def oars(pen: Pen) -> None:
    """The rowing club: two crossed oars on a disc, and the water."""
    blue, red = CLUB
    pen.ellipse((20, 20, 940, 940), fill="white", outline=blue, width=44)
    for near, far in ((230, 730), (730, 230)):
        pen.line((near, 730, far, 230), fill=blue, width=38)
        pen.line((near, 730, near + (far - near) * 0.3, 580), fill=red, width=104)
    for height in (780, 840):
        pen.line((290, height, 670, height), fill=blue, width=22)


def waves(pen: Pen) -> None:
    """The provider: a mast and what it sends."""
    violet, pink = PROVIDER
    pen.rounded_rectangle((20, 20, 940, 940), 200, fill=violet)
    for reach in (170, 290, 410):
        for start, end in ((-50, 50), (130, 230)):
            pen.arc((480 - reach, 400 - reach, 480 + reach, 400 + reach), start, end, fill="white", width=52)
    pen.ellipse((410, 330, 550, 470), fill=pink)
    pen.polygon((452, 450, 508, 450, 580, 840, 380, 840), fill="white")
