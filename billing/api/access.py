"""Who may speak to the API: programs with a key, and people who are signed in to the office."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from billing.models import ApiKey
from billing.services import api_keys
from members.models import Organisation


class KeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer kw_...`"""

    def authenticate(self, request: Request) -> tuple[Any, ApiKey] | None:
        """The key, or nothing if the request brings none; a wrong one is refused."""
        word, _sep, secret = request.headers.get("Authorization", "").partition(" ")
        if word.lower() != "bearer":
            return None
        key = api_keys.find(secret.strip(), timezone.localdate())
        if key is None:
            raise AuthenticationFailed(_("This key is unknown or revoked."))
        return AnonymousUser(), key

    def authenticate_header(self, request: Request) -> str:
        """What a program without a key is told (401)."""
        return "Bearer"


class OfficeSession(SessionAuthentication):
    """People of the office, with the protection against forged requests that a browser needs."""


class MayUse(BasePermission):
    """A program's key, or somebody of the office who may enter usage."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether the request may go on."""
        if isinstance(request.auth, ApiKey):
            return True
        user: Any = request.user
        return bool(
            user
            and user.is_authenticated
            and admin.site.has_permission(request)
            and user.has_perm("billing.add_usageevent")
        )


class PerKey(SimpleRateThrottle):
    """So many requests a minute from one key, so that a program in a loop stops nobody else."""

    scope = "api"
    rate = "600/min"

    def get_cache_key(self, request: Request, view: Any) -> str:
        """Counted per key, or per person."""
        key = request.auth.pk if isinstance(request.auth, ApiKey) else f"user{getattr(request.user, 'pk', '')}"
        return f"throttle_api_{key}"


def organisation_of(request: Request) -> Organisation:
    """Whose rows this request works on."""
    if isinstance(request.auth, ApiKey):
        return request.auth.organisation
    found: Organisation = request._request.organisation  # type: ignore[attr-defined]
    return found
