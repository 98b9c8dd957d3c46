"""Which organisation a request acts for, and what its user may do there.

The organisation comes from the session (office) or from the member's own record (portal). Everything below takes it as
an argument; django-scopes refuses a query that forgot it.
"""

from collections.abc import Callable
from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.models import Permission
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django_scopes import scope, scopes_disabled

from members.models import Member, OfficeRole, Organisation, User

SESSION_KEY = "organisation"


class OfficeBackend(AuthenticationBackend):  # type: ignore[misc]
    """Permissions of a user in the organisation that the request acts for, and in no other: they come from roles alone."""

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> User | None:
        """Signing in is left to the account backend."""
        return None

    def _get_user_permissions(self, user_obj: User) -> QuerySet[Permission]:
        return Permission.objects.none()

    def _get_group_permissions(self, user_obj: User) -> QuerySet[Permission]:
        organisation = getattr(user_obj, "organisation", None)
        return Permission.objects.filter(
            group__office_roles__user=user_obj, group__office_roles__organisation=organisation
        )


class OrganisationMiddleware:
    """Sets `request.organisation` and `user.organisation` and opens the scope for the request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        organisation = acting_for(request)
        request.organisation = organisation  # type: ignore[attr-defined]
        if request.user.is_authenticated:
            request.user.organisation = organisation
        with scope(organisation=organisation):
            return self.get_response(request)


def acting_for(request: HttpRequest) -> Organisation | None:
    """The organisation chosen in the session if the user works there, else the user's only or first one.

    At an organisation's own address there is no other one: who does not belong to it sees nothing.
    """
    if not request.user.is_authenticated:
        return None
    organisations, house = organisations_of(request.user), getattr(request, "house", None)
    if house is not None:
        organisations = [one for one in organisations if one == house]
    request.organisations = organisations  # type: ignore[attr-defined]
    chosen = request.session.get(SESSION_KEY)
    return next((one for one in organisations if one.pk == chosen), organisations[0] if organisations else None)


def organisations_of(user: User) -> list[Organisation]:
    """Where this user works in the office, then where they are a member; each knows for the whole request which of both.

    `own`: their record there, `another`: a second one.
    """
    with scopes_disabled():
        office = Exists(OfficeRole.objects.filter(user=user, organisation=OuterRef("pk")))
        own = Member.objects.filter(user=user, organisation=OuterRef("pk")).order_by("pk").values("pk")
        rows = Organisation.objects.annotate(is_office=office, own=Subquery(own[:1]), another=Subquery(own[1:2]))
        rows = rows.filter(Q(is_office=True) | Q(own__isnull=False))
        found: list[Organisation] = list(rows.order_by("-is_office", "name"))
    for one in found:
        one.asked_for = user.pk  # type: ignore[attr-defined]
    return found


def works_in_office(user: User, organisation: Organisation | None) -> bool:
    """Whether the user has an office role in this organisation; of the one that the request acts for it is known."""
    if organisation is None:
        return False
    if getattr(organisation, "asked_for", None) == user.pk:
        return bool(organisation.is_office)  # type: ignore[attr-defined]
    with scopes_disabled():
        return OfficeRole.objects.filter(user=user, organisation=organisation).exists()


def own_ids(request: HttpRequest) -> list[int]:
    """The keys of the reader's own records, known with the organisation where there is one only, else asked once per request.

    Named one by one they let every question find its index.
    """
    organisation = request.organisation  # type: ignore[attr-defined]
    if organisation is None:
        return []
    if getattr(organisation, "asked_for", None) == request.user.pk and organisation.another is None:
        return [organisation.own] if organisation.own else []
    if not hasattr(request, "_own_ids"):
        rows = Member.objects.filter(user_id=request.user.pk or 0, organisation=organisation)
        request._own_ids = list(rows.order_by().values_list("pk", flat=True))  # type: ignore[attr-defined]
    return request._own_ids  # type: ignore[attr-defined, no-any-return]


def own_members(request: HttpRequest) -> QuerySet[Member]:
    """The members a signed-in person may see in the portal: their own records."""
    return Member.objects.filter(pk__in=own_ids(request), organisation=request.organisation)  # type: ignore[attr-defined]


def household_members(request: HttpRequest) -> QuerySet[Member]:
    """The reader's own records, and everybody they pay for."""
    mine = own_ids(request)
    return Member.objects.filter(Q(pk__in=mine) | Q(payer__in=mine), organisation=request.organisation)  # type: ignore[attr-defined]


def organisation_context(request: HttpRequest) -> dict[str, Any]:
    """For templates: the organisation, all organisations of the user, and the language. A page of many templates asks nothing anew."""
    return {
        "organisation": getattr(request, "organisation", None),
        "organisations": getattr(request, "organisations", []),
        "language": get_language(),
    }
