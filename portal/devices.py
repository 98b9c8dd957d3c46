"""Which device a session belongs to, in words that its owner recognises, and when it was last used."""

import time
from hashlib import sha256

from allauth.account.adapter import get_adapter
from allauth.usersessions.middleware import UserSessionsMiddleware
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

# "Last used" is told by the minute at best: noting it on every page would cost each page a transaction.
NOTED, NOTED_FOR = "noted", 300

# The order matters: Edge and Opera also call themselves Chrome, Chrome calls itself Safari, Android calls itself Linux.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("CriOS", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "Mac"), ("Linux", "Linux"),
)  # fmt: skip


def device(user_agent: str) -> str:
    """`Firefox, Windows`; what is not recognised is called unknown, never guessed."""
    browser = next((name for sign, name in BROWSERS if sign in user_agent), _("unknown browser"))
    system = next((name for sign, name in SYSTEMS if sign in user_agent), _("unknown device"))
    return f"{browser}, {system}"


class LastUsedMiddleware(UserSessionsMiddleware):  # type: ignore[misc]
    """Notes when a session was last used: at once from another device or place, else every five minutes."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if noted_lately(request):
            return self.get_response(request)  # type: ignore[no-any-return]
        return super().__call__(request)  # type: ignore[no-any-return]


def noted_lately(request: HttpRequest) -> bool:
    """Whether this session was noted at this place within the last minutes; if not, it is from now on."""
    if not request.session.session_key or not request.user.is_authenticated:
        return False
    place = (request.user.pk, get_adapter().get_client_ip(request), request.META.get("HTTP_USER_AGENT", ""))
    before, now = request.session.get(NOTED, ["", 0]), time.time()
    digest = sha256(repr(place).encode()).hexdigest()[:16]
    if before[0] == digest and 0 <= now - before[1] < NOTED_FOR:
        return True
    request.session[NOTED] = [digest, int(now)]
    return False
