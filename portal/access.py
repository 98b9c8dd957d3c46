"""Who may see a page of the portal, and for whom it is shown."""

from collections.abc import Callable

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache

from members.models import Organisation, User
from members.tenancy import works_in_office


class MemberRequest(HttpRequest):
    """A request of somebody who is signed in."""

    user: User
    organisation: Organisation | None


def signed_in(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Only for people who are signed in; neither browser nor proxy keeps the page."""
    return never_cache(login_required(view))


def shown_organisation(request: HttpRequest) -> Organisation | None:
    """Whose name and logo stand at the top: the reader's organisation, or whose web address was asked.

    Otherwise nobody's, unless this installation serves one organisation only: then it is no secret whose it is.
    """
    organisation: Organisation | None = getattr(request, "organisation", None) or getattr(request, "house", None)
    if organisation is not None:
        return organisation
    if not hasattr(request, "_only_house"):
        first = list(Organisation.objects.all()[:2])
        request._only_house = first[0] if len(first) == 1 else None  # type: ignore[attr-defined]
    return request._only_house  # type: ignore[attr-defined, no-any-return]


def has_office(request: HttpRequest) -> bool:
    """Whether the reader works in the office of the organisation that the page is shown for."""
    user = getattr(request, "user", None)
    return isinstance(user, User) and (user.is_superuser or works_in_office(user, user.organisation))
