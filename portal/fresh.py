"""Before a whole account number or another mailbox: who sits at an open session shows once more that they are themselves.

With a password or a second factor by allauth's own page; who has neither gets a code in the mailbox they sign in with.
"""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from portal import confirmation_code
from portal.access import MemberRequest, signed_in

PROVEN, PENDING = "proven_at", "proving"


def freshly_proven(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Only within some minutes after such a proof; else there first, and back."""
    by_allauth = reauthentication_required(view)

    @wraps(view)
    def guarded(request: MemberRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if get_adapter().get_reauthentication_methods(request.user):
            answer: HttpResponse = by_allauth(request, *args, **kwargs)
            return answer
        if time.time() - request.session.get(PROVEN, 0) < app_settings.REAUTHENTICATION_TIMEOUT:
            return view(request, *args, **kwargs)
        return redirect(f"{reverse('prove')}?{urlencode({'next': request.path})}")

    return guarded


@require_http_methods(["GET", "POST"])
@signed_in
def prove(request: MemberRequest) -> HttpResponse:
    """One button sends the code, a second one takes it."""
    onwards = next_page(request)
    if request.method == "POST":
        try:
            if "code" in request.POST:
                take(request)
                return redirect(onwards)
            request.session[PENDING] = sent(request)
        except ValidationError as refused:
            messages.error(request, " ".join(refused.messages))
            if getattr(refused, "code", "") == "worn_out":
                request.session.pop(PENDING, None)
    pending = request.session.get(PENDING)
    context = {"to": confirmation_code.masked(request.user.email), "pending": pending, "next": onwards}
    return render(request, "portal/prove.html", context)


def next_page(request: MemberRequest) -> str:
    """Where the reader wanted to go, on this site only."""
    wanted = request.POST.get("next") or request.GET.get("next") or "/"
    return wanted if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) else "/"


def sent(request: MemberRequest) -> dict[str, Any]:
    """The code is on its way."""
    name = request.organisation.name if request.organisation else "Kassenwart"
    words = _(
        "Hello,\n\nthis is the code that shows that it is you: %(code)s\n\nIt is valid for 15 minutes. If you did not ask for "
        "it, somebody else is signed in as you: please tell us, and give the code to nobody.\n\n%(organisation)s\n"
    )  # fmt: skip
    try:
        return confirmation_code.send(request.user, name, timezone.now(), text=words)
    except OSError as failed:
        raise ValidationError(_("The code could not be sent. Please try again later."), code="not_sent") from failed


def take(request: MemberRequest) -> None:
    """The right code counts for some minutes."""
    pending = request.session.get(PENDING)
    if not pending:
        raise ValidationError(_("This code is no longer valid. Please begin again."), code="worn_out")
    request.session.modified = True
    confirmation_code.refuse_wrong(request.user, pending, request.POST["code"], timezone.now())
    del request.session[PENDING]
    request.session[PROVEN] = time.time()
