"""What the portal and the sign-up show of an organisation's look: colours, logo, welcome."""

from typing import NamedTuple

from django.http import Http404, HttpResponse

from billing.documents import portal_style
from billing.services.branding import branding_of
from members.models import Organisation


class Look(NamedTuple):
    """`style`: the digest of the colours, empty for the standard ones."""

    style: str
    welcome: str


def look_of(organisation: Organisation) -> Look:
    """Asked once per page."""
    branding = branding_of(organisation)
    return look_by(organisation, branding.second_colour, branding.welcome)


def look_by(organisation: Organisation, second_colour: str, welcome: str) -> Look:
    """The same from what was read already."""
    colours = chosen(organisation, second_colour)
    return Look(portal_style.digest(*colours) if colours else "", welcome)


def colours_shown(organisation: Organisation) -> tuple[str, str] | None:
    """The colours, unless they are the ones that the common stylesheet has anyway."""
    return chosen(organisation, branding_of(organisation).second_colour)


def chosen(organisation: Organisation, second_colour: str) -> tuple[str, str] | None:
    """First and second colour."""
    standard = organisation.colour.lower() == portal_style.STANDARD and not second_colour
    return None if standard else (organisation.colour, second_colour)


def logo_file(organisation: Organisation | None) -> HttpResponse:
    """The organisation's logo, PNG or JPEG."""
    if organisation is None or not organisation.logo:
        raise Http404
    content = bytes(organisation.logo)
    return HttpResponse(content, content_type="image/png" if content.startswith(b"\x89PNG") else "image/jpeg")


def style_file(organisation: Organisation | None, digest: str) -> HttpResponse:
    """The organisation's colours. Their address changes with them, so they may be kept as long as anybody likes."""
    colours = colours_shown(organisation) if organisation else None
    if colours is None or portal_style.digest(*colours) != digest:
        raise Http404
    return HttpResponse(portal_style.stylesheet(*colours), content_type="text/css; charset=utf-8")
