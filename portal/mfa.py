"""A second factor for everybody who works in the office: their sign-in opens all members' bank accounts."""

from collections.abc import Callable

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from portal.access import has_office

API = "/api/"
GUARDED = ("/office/", API)
# Recovery codes alone are no second factor: they only replace one that is lost.
SECOND_FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


class OfficeMfaMiddleware:
    """Sends office users who have no second factor to the page where they set one up. Stands behind OrganisationMiddleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not lacks_second_factor(request):
            return self.get_response(request)
        message = _("Please set up a second factor first. The office is only open to people who sign in with two.")
        if request.path_info.startswith(API):
            return JsonResponse({"detail": message}, status=403)
        messages.warning(request, message)
        return redirect("mfa_index")


def lacks_second_factor(request: HttpRequest) -> bool:
    """Whether this is an office page, asked for by somebody who works there and has one factor only."""
    if not settings.OFFICE_MFA_REQUIRED or not request.path_info.startswith(GUARDED):
        return False
    return has_office(request) and not is_mfa_enabled(request.user, SECOND_FACTORS)
