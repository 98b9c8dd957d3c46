"""What the templates of the portal need beyond Django's own."""

from typing import Any

from django import template
from django.http import HttpRequest
from django.urls import reverse

from billing.documents.figures import grouped_iban
from members.models import Organisation
from portal import words
from portal.access import has_office, shown_organisation
from portal.devices import device
from portal.look import Look, look_of

register = template.Library()
register.filter("euro", words.euro)
register.filter("day", words.day)
register.filter("weekday", words.weekday)
register.filter("grouped_iban", grouped_iban)
register.filter("device", device)


@register.simple_tag(takes_context=True)
def house(context: dict[str, Any]) -> Organisation | None:
    """The organisation whose portal this is, if that may be said."""
    request: HttpRequest | None = context.get("request")
    return shown_organisation(request) if request else None


@register.simple_tag(takes_context=True)
def look(context: dict[str, Any], organisation: Organisation | None) -> Look | None:
    """The organisation's colours and welcome; nothing where it may not be said whose portal this is."""
    request: HttpRequest | None = context.get("request")
    return look_of(request, organisation) if request and organisation else None


@register.simple_tag(takes_context=True)
def office_door(context: dict[str, Any]) -> bool:
    """Whether to show the way to the office."""
    request: HttpRequest | None = context.get("request")
    return request is not None and has_office(request)


@register.simple_tag(takes_context=True)
def counts_usage(context: dict[str, Any]) -> bool:
    """Whether the reader's organisation counts anything at all: only then there is a page on usage."""
    found = own_look(context)
    return found is not None and found.metered


@register.simple_tag(takes_context=True)
def legal_buttons(context: dict[str, Any]) -> list[tuple[str, str]]:
    """Address and kind of the legal buttons of this page's house; for strangers of a house of many, those of any."""
    shown = house(context)
    kinds = (("cancel", "cancel_button"), ("withdraw", "withdraw_button"))
    return [(reverse(f"declare_{kind}"), kind) for kind, switch in kinds if shown is None or getattr(shown, switch)]


@register.simple_tag(takes_context=True)
def any_receipts(context: dict[str, Any]) -> bool:
    """Whether the reader ever got a donation receipt: only then there is a page of them."""
    found = own_look(context)
    return found is not None and found.confirmed


def own_look(context: dict[str, Any]) -> Look | None:
    """What stands around the pages of the reader's own organisation."""
    request: HttpRequest | None = context.get("request")
    organisation: Organisation | None = getattr(request, "organisation", None)
    return look_of(request, organisation) if request and organisation else None
