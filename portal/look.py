"""What the portal shows of an organisation's look: the address of its colours, its welcome."""

from typing import NamedTuple

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
