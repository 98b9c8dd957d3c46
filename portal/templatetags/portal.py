"""What the templates of the portal need beyond Django's own."""

from typing import Any

from django import template
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from billing.documents.figures import grouped_iban
from members.models import Organisation
from portal import words
from portal.access import has_office, shown_organisation
from portal.devices import device
from portal.facts import facts_of
from portal.look import Look, look_by, look_of

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
    own = request is not None and organisation is not None and organisation == getattr(request, "organisation", None)
    if request is None or organisation is None or not own:
        return look_of(organisation) if organisation else None
    facts = facts_of(request)
    return look_by(organisation, facts["second_colour"] or "", facts["welcome"] or "")


@register.simple_tag(takes_context=True)
def office_door(context: dict[str, Any]) -> bool:
    """Whether to show the way to the office."""
    request: HttpRequest | None = context.get("request")
    return request is not None and has_office(request)


@register.simple_tag(takes_context=True)
def counts_usage(context: dict[str, Any]) -> bool:
    """Whether the reader's organisation counts anything at all: only then there is a page on usage."""
    request: HttpRequest | None = context.get("request")
    return request is not None and bool(facts_of(request)["metered"])


@register.simple_tag(takes_context=True)
def legal_buttons(context: dict[str, Any]) -> list[tuple[str, str]]:
    """Address and kind of the legal buttons of this page's house; for strangers of a house of many, those of any."""
    shown = house(context)
    kinds = (("cancel", "cancel_button"), ("withdraw", "withdraw_button"))
    return [(reverse(f"declare_{kind}"), kind) for kind, switch in kinds if shown is None or getattr(shown, switch)]


@register.simple_tag(takes_context=True)
def any_receipts(context: dict[str, Any]) -> bool:
    """Whether the reader ever got a donation receipt: only then there is a page of them."""
    request: HttpRequest | None = context.get("request")
    return request is not None and bool(facts_of(request)["receipts"])


@register.simple_tag(takes_context=True)
def number_words(context: dict[str, Any], number: str) -> str:
    """`member number 1089`; a company's customers are no members."""
    said = _("member number %(number)s") if is_association(context) else _("customer number %(number)s")
    return said % {"number": number}


@register.simple_tag(takes_context=True)
def is_association(context: dict[str, Any]) -> bool:
    """Whether the people of this house are members rather than customers."""
    shown = house(context)
    return shown is None or shown.kind == Organisation.Kind.ASSOCIATION
