"""Organisations with a web address of their own: which host names are ours, and whose portal each of them is.

Only names that stand in the settings or at an organisation are answered; with every other one Django refuses the request.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port, validate_host
from django_scopes import scopes_disabled

from members.models import Organisation


class HostMiddleware:
    """Sets `request.house`: the organisation whose own address was asked, before anybody has signed in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.META.get("HTTP_HOST", "")
        request.house = house = house_at(given)  # type: ignore[attr-defined]
        if house is not None:
            # From here on this name counts as allowed: for links, for the check of origins, for redirects to https.
            request.get_host = lambda: given  # type: ignore[method-assign]
        return self.get_response(request)


def house_at(given: str) -> Organisation | None:
    """The organisation of a host name, with or without a port; names of the installation itself are nobody's."""
    domain, _port = split_domain_port(given)
    if not domain or validate_host(domain, settings.ALLOWED_HOSTS):
        return None
    with scopes_disabled():
        return Organisation.objects.filter(host=domain).first()
