"""The office's content security policy: Unfold's scripts evaluate expressions; every other page stays strict."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse


class OfficePolicyMiddleware:
    """Gives pages below /office/ their own policy, and keeps them out of every cache."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path.startswith("/office/"):
            response._csp_replace = settings.OFFICE_POLICY  # type: ignore[attr-defined]
            response.headers.setdefault("Cache-Control", "no-store")
        return response
