"""Who may see an office page, and what every one of them needs to be drawn."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from members.models import Organisation

View = Callable[..., HttpResponse]
Response = TypeVar("Response", bound=HttpResponseBase)


def organisation_of(request: HttpRequest) -> Organisation:
    """Whose rows this request works on; the middleware has set it, and nobody gets here without one."""
    found: Organisation = request.organisation  # type: ignore[attr-defined]
    return found


def office(permission: str) -> Callable[[Callable[..., HttpResponseBase]], View]:
    """Only for people with an office role here who hold this permission; everybody else signs in or is refused."""

    def decorate(view: Callable[..., HttpResponseBase]) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            user: Any = request.user
            if not user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if not admin.site.has_permission(request) or not user.has_perm(permission):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return cast("View", guarded)

    return decorate


def page(request: HttpRequest, template: str, title: Any, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """An office page inside the admin's frame."""
    return render(request, template, admin.site.each_context(request) | {"title": title} | context, status=status)


def download(name: str, content: bytes, kind: str) -> HttpResponse:
    """A file for this person and no cache."""
    return attached(HttpResponse(content, content_type=kind), name)


def attached(response: Response, name: str) -> Response:
    """The same for a file that comes piece by piece."""
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response
