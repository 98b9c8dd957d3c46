"""Where somebody is signed in, and when they were last there: noted every few minutes, so that reading a page writes nothing.

On SQLite one writes at a time: a page that writes would wait for a run, and a run for pages. Noting it in the session itself would
write, too, and would keep the session alive for ever.
"""

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from allauth.account.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

EVERY, MOST, LONGEST_AGENT = timedelta(minutes=5), 10_000, 200


class Place(NamedTuple):
    """A session, whose it is, and from where it is used."""

    session: str
    user: int
    ip: str
    user_agent: str


# What this process noted lately, the oldest first; another process notes for itself.
NOTED: OrderedDict[Place, datetime] = OrderedDict()


class ActivityMiddleware:
    """Takes the place of the sign-in library's own, which writes with every page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated and request.session.session_key:
            note(request, timezone.now())
        return self.get_response(request)


def note(request: HttpRequest, now: datetime) -> None:
    """Unless the same person was here a moment ago, from the same place with the same browser."""
    agent = request.META.get("HTTP_USER_AGENT", "")[:LONGEST_AGENT]
    place = Place(request.session.session_key or "", request.user.pk or 0, get_adapter().get_client_ip(request), agent)
    before = NOTED.get(place)
    if before is not None and now - EVERY < before <= now:
        return
    UserSession.objects.create_from_request(request)
    NOTED[place] = now
    NOTED.move_to_end(place)
    while len(NOTED) > MOST:
        NOTED.popitem(last=False)
