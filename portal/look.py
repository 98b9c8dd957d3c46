"""What the portal shows of an organisation's look: the address of its colours, its welcome."""

from typing import NamedTuple

from billing.documents import portal_style
from billing.models import Branding
from billing.services.branding import branding_of
from members.models import Organisation


class Look(NamedTuple):
    """`style`: the digest of the colours, empty for the standard ones."""

    style: str
    welcome: str


def look_of(organisation: Organisation) -> Look:
    """Asked once per page."""
    branding = branding_of(organisation)
    colours = chosen(organisation, branding)
    return Look(portal_style.digest(*colours) if colours else "", branding.welcome)


def colours_shown(organisation: Organisation) -> tuple[str, str] | None:
    """The colours, unless they are the ones that the common stylesheet has anyway."""
    return chosen(organisation, branding_of(organisation))


def chosen(organisation: Organisation, branding: Branding) -> tuple[str, str] | None:
    """First and second colour."""
    standard = organisation.colour.lower() == portal_style.STANDARD and not branding.second_colour
    return None if standard else (organisation.colour, branding.second_colour)
