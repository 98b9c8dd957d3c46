"""Ways into the public demo without typing, and the club's own website beside it. Everywhere else these pages do not exist."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from csp.constants import SELF, UNSAFE_INLINE
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from billing.demo.club import club
from billing.demo.logins import LOGINS
from billing.demo.website import page
from members.models import Organisation, User
from members.tenancy import SESSION_KEY

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
IN_THE_PORTAL = ("member", "customer")
WEBSITE_POLICY = {"style-src": [SELF, UNSAFE_INLINE], "frame-src": [SELF]}


def only_in_public(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """404 wherever people are real."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not settings.PUBLIC_DEMO:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


@only_in_public
@require_GET
def try_out(request: HttpRequest) -> HttpResponse:
    """All ways in, also for who is somebody already."""
    return render(request, "demo/look_around.html")


@only_in_public
@never_cache
@require_POST
def try_as(request: HttpRequest, who: str) -> HttpResponse:
    """Signs a stranger in as one of the demo's people."""
    if who not in LOGINS:
        raise Http404
    user = User.objects.filter(email=LOGINS[who], is_active=True).first()
    if user is None:
        messages.warning(request, _("Somebody has taken this sign-in away today. It is back tomorrow; please try another one."))  # fmt: skip
        return redirect("account_login")
    login(request, user, backend=BACKEND)
    if who in IN_THE_PORTAL:
        return redirect("home")
    request.session[SESSION_KEY] = Organisation.objects.get(slug=club()["slug"]).pk
    return redirect("admin:index")


@only_in_public
@require_GET
def website(request: HttpRequest) -> HttpResponse:
    """The club's own website, with the sign-up inside. It is drawn in its own way."""
    notice = render_to_string("demo/banner_alone.html", {}, request)
    response = HttpResponse(page("", request.path, notice))
    response._csp_replace = settings.PORTAL_POLICY | WEBSITE_POLICY  # type: ignore[attr-defined]
    return response


@only_in_public
@require_GET
def robots(request: HttpRequest) -> HttpResponse:
    """Nobody shall find invented people by a search engine."""
    return HttpResponse("User-agent: *\nDisallow: /\n", content_type="text/plain")
