"""The public demo among strangers: nobody locks anybody out, nobody fills the disk, no search engine keeps a page.

In place only where `PUBLIC_DEMO` is set. What is refused is refused with a sentence and a way back.
"""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address
from typing import Any

from allauth.core import ratelimit
from allauth.core.internal.ratelimit import truncate_ip
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from billing.demo.public.folder import size_of

LARGEST = 2 * 1024 * 1024
SAFE = ("GET", "HEAD", "OPTIONS")
MEASURED_FOR = 30
# Of the account pages only those that sign in and out: what a later one changes is closed until somebody opens it here.
ACCOUNT = ("account_", "mfa_", "usersessions_")
ACCOUNT_OPEN = {
    "account_login", "account_logout", "account_inactive", "account_reauthenticate", "account_request_login_code",
    "account_confirm_login_code", "account_confirm_email", "account_email_verification_sent",
    "mfa_index", "mfa_authenticate", "mfa_reauthenticate", "mfa_login_webauthn", "mfa_reauthenticate_webauthn",
}  # fmt: skip
CLOSED = {"mail_address", "mail_address_confirm", "admin:password_change", "admin:password_change_done"}
# Looking is free, changing is not: roles, keys of other visitors' programs, the erasure of people who are shared.
LOOK_ONLY = {"office_api_key_revoke", "office_erasure_decide", *(f"admin:members_officerole_{verb}" for verb in ("changelist", "add", "change", "delete"))}  # fmt: skip
# Also when the demo is full.
ALWAYS = {"try_as", "account_login", "account_logout", "set_language", "office_switch", "switch_organisation", "admin:logout"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Refusal:
    """In words, and as a status."""

    words: str
    status: int


class PublicDemoMiddleware:
    """The first of all: it sees every answer, and every view before it reads what was sent."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response

    def process_view(self, request: HttpRequest, *_args: Any) -> HttpResponse | None:
        """The view itself is asked only for what is allowed."""
        refusal = refusal_of(request)
        return None if refusal is None else refused(request, refusal)


def refusal_of(request: HttpRequest) -> Refusal | None:
    """Why this is not done here."""
    match = request.resolver_match
    name = match.view_name if match else ""
    if is_closed(name, request.method or ""):
        return Refusal(
            _("In this demonstration everybody shares the same sign-ins, so passwords, addresses, second factors, roles and keys stay as they are."),
            403,
        )  # fmt: skip
    return None if request.method in SAFE else too_much(request, name)


def is_closed(name: str, method: str) -> bool:
    """What would lock others out."""
    account = name.startswith(ACCOUNT) and name not in ACCOUNT_OPEN
    return account or name in CLOSED or (name in LOOK_ONLY and method not in SAFE)


def too_much(request: HttpRequest, name: str) -> Refusal | None:
    """Too large, too often, or the demo is full. Judged by the announced length: without one nothing is read."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST:
        return Refusal(_("In this demonstration a file may have 2 MB at most."), 413)
    uploads = request.content_type == "multipart/form-data"
    if not ratelimit.consume(request, action="demo_upload" if uploads else "demo_change"):
        return Refusal(_("That was a lot within a short time. Please wait a little, then go on."), 429)
    if name not in ALWAYS and is_full():
        return Refusal(_("So much was tried today that this demonstration is full. It is emptied tonight; you can still look at everything."), 403)  # fmt: skip
    return None


def is_full() -> bool:
    """Measured twice a minute."""
    measured = int(cache.get_or_set("demo_size", lambda: size_of(settings.DATA_DIR), MEASURED_FOR) or 0)
    return measured >= int(settings.PUBLIC_DEMO_BYTES)


def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """To people as a page, to programs as JSON."""
    if request.path_info.startswith("/api/"):
        return JsonResponse({"detail": refusal.words}, status=refusal.status)
    context = {"words": refusal.words, "back": back(request)}
    return render(request, "demo/refused.html", context, status=refusal.status)


def back(request: HttpRequest) -> str:
    """The page that somebody came from, unless it is this one."""
    came_from = request.headers.get("Referer", "")
    safe = url_has_allowed_host_and_scheme(came_from, allowed_hosts={request.get_host()})
    return came_from if safe and came_from != request.build_absolute_uri() else reverse("home")


def pseudonym(ip: str) -> str:
    """In place of a visitor's address, which other visitors would find in the office: the same one for a day, never undone."""
    day = int(time.time() // 86400)
    seal = hashlib.blake2b(f"{day}|{truncate_ip(ip)}".encode(), key=settings.SECRET_KEY.encode()[:64], digest_size=12)
    return str(IPv6Address(b"\x20\x01\x0d\xb8" + seal.digest()))
