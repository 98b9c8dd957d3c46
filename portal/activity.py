"""Where somebody is signed in, and when they were last there: noted every few minutes, so that reading a page writes nothing.

On SQLite one writes at a time: a page that writes would wait for a run, and a run for pages.
"""

from collections.abc import Callable
from datetime import timedelta

from allauth.account.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

EVERY = timedelta(minutes=5)
# Recovery codes alone are no second factor: they only replace one that is lost.
SECOND_FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


class ActivityMiddleware:
    """Takes the place of the sign-in library's own, which writes with every page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated and request.session.session_key:
            noted = seen(request)
            if noted is None:
                UserSession.objects.create_from_request(request)
            request.has_second_factor = noted  # type: ignore[attr-defined]
        return self.get_response(request)


def seen(request: HttpRequest) -> bool | None:
    """None unless the same person was here a moment ago, from the same place with the same browser; then whether they have a second factor."""
    longest = UserSession._meta.get_field("user_agent").max_length
    rows = UserSession.objects.filter(
        session_key=request.session.session_key, user=request.user.pk, last_seen_at__gt=timezone.now() - EVERY,
        ip=get_adapter().get_client_ip(request), user_agent=request.META.get("HTTP_USER_AGENT", "")[:longest],
    )  # fmt: skip
    second = Authenticator.objects.filter(user=OuterRef("user"), type__in=SECOND_FACTORS)
    found: bool | None = rows.values_list(Exists(second), flat=True).first()
    return found
