"""Signing in. Members are invited by their office; nobody makes an account on their own."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest

from billing.services.addresses import portal_url
from portal.public_demo import pseudonym


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """How signing in works here."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: an account without a member behind it would show nothing."""
        return False

    def format_email_subject(self, subject: str) -> str:
        """Without the address of the site in brackets, which looks like advertising."""
        return str(subject)

    def get_client_ip(self, request: HttpRequest) -> str:
        """For limits and evidence; where strangers read each other's evidence, not the address itself."""
        address = str(super().get_client_ip(request))
        return pseudonym(address) if settings.PUBLIC_DEMO else address

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Every message names the address of the portal at which somebody asked for it."""
        house = getattr(self.request, "house", None)
        address = portal_url(house) if house else settings.PUBLIC_URL
        super().send_mail(template_prefix, email, context | {"portal_url": address})
