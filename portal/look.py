"""What stands around every page of the portal: the organisation's colours and welcome, and which pages the menu leads to."""

from typing import NamedTuple

from django.db.models import Exists, OuterRef, Subquery
from django.http import HttpRequest

from billing.documents import portal_style
from billing.models import Branding, Meter, Receipt
from billing.services.branding import branding_of
from members.models import Organisation


class Look(NamedTuple):
    """`style`: the digest of the colours, empty for the standard ones. `metered`, `confirmed`: there is usage, there are receipts."""

    style: str
    welcome: str
    metered: bool
    confirmed: bool


def look_of(request: HttpRequest, organisation: Organisation) -> Look:
    """Asked once per request, however often a page wants to know."""
    known: dict[int, Look] = request.__dict__.setdefault("_looks", {})
    if organisation.pk not in known:
        known[organisation.pk] = asked(organisation, request.user.pk or 0)
    return known[organisation.pk]


def asked(organisation: Organisation, user: int) -> Look:
    """All of it by one question."""
    branding = Branding.objects.filter(organisation=OuterRef("pk"))
    rows = Organisation.objects.filter(pk=organisation.pk).values_list(
        Subquery(branding.values("second_colour")), Subquery(branding.values("welcome")),
        Exists(Meter.objects.filter(organisation=OuterRef("pk"))),
        Exists(Receipt.objects.filter(organisation=OuterRef("pk"), member__user=user)),
    )  # fmt: skip
    second, welcome, metered, confirmed = rows.get()
    colours = chosen(organisation, second or "")
    return Look(portal_style.digest(*colours) if colours else "", welcome or "", metered, confirmed)


def colours_shown(organisation: Organisation) -> tuple[str, str] | None:
    """The colours, unless they are the ones that the common stylesheet has anyway."""
    return chosen(organisation, branding_of(organisation).second_colour)


def chosen(organisation: Organisation, second: str) -> tuple[str, str] | None:
    """First and second colour."""
    standard = organisation.colour.lower() == portal_style.STANDARD and not second
    return None if standard else (organisation.colour, second)
