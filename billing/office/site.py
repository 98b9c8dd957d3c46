"""The office's admin site: people with a role in the organisation get in; signing in is the same place for everybody."""

from typing import Any

from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite

from billing.models import Invoice
from billing.office.access import organisation_of
from billing.services import dashboard
from billing.services.numbering import spellings
from members.models import Member
from members.tenancy import works_in_office

OURS = ("members", "billing")
MOST_HITS = 20


class OfficeSite(UnfoldAdminSite):  # type: ignore[misc]
    """Unfold's site for one organisation at a time."""

    site_title = site_header = "Kassenwart"
    index_title = _("Start")
    index_template = "office/start.html"

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Only our own rooms: what libraries would show here belongs to the whole installation."""
        models = model_or_iterable if isinstance(model_or_iterable, (list, tuple, set)) else [model_or_iterable]
        super().register([one for one in models if one._meta.app_label in OURS], admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        """A role in the organisation that the request acts for; asked once per request."""
        if not hasattr(request, "_works_in_office"):
            user: Any = request.user
            signed_in = user.is_authenticated and user.is_active
            request._works_in_office = signed_in and works_in_office(user, getattr(request, "organisation", None))  # type: ignore[attr-defined]
        return bool(request._works_in_office)  # type: ignore[attr-defined]

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Signing in happens at the account pages, second factor included; who has no role here is refused."""
        if request.user.is_authenticated and not self.has_permission(request):
            raise PermissionDenied
        if request.user.is_authenticated:
            return redirect("admin:index")
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"), reverse("account_login"))

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Signs out at once; asked for by a link, the account pages ask back."""
        if request.method != "POST":
            return redirect("account_logout")
        logout(request)
        return redirect("account_login")

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """And so is the password."""
        return redirect("account_change_password")

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """The navigation is our own; only the page of one room asks what is in it."""
        return list(super().get_app_list(request, app_label)) if app_label else []

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The start page: warnings first, then the figures."""
        context = dashboard.overview(organisation_of(request), timezone.now()) | (extra_context or {})
        response: HttpResponse = super().index(request, context)
        return response

    def search(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The field above the navigation: members, and the invoice with this number. Nothing is kept in a cache."""
        term = request.GET.get("s", "").strip()
        if not term:
            return HttpResponse()
        members = self._registry[Member]
        found, _duplicates = members.get_search_results(request, members.get_queryset(request), term)
        hits = [
            hit(one, one.name, one.number, "person") for one in found.order_by("last_name", "first_name")[:MOST_HITS]
        ]
        invoices = Invoice.objects.filter(organisation=organisation_of(request), number__in=spellings(term)).only(
            "pk", "number", "issued_on"
        )
        hits += [hit(one, one.number, str(_("Invoice")), "receipt_long") for one in invoices]
        return render(request, "unfold/helpers/search_results.html", {"results": hits})


def hit(row: Member | Invoice, title: str, description: str, icon: str) -> dict[str, str]:
    """One line below the search field."""
    link = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
    return {"title": title, "description": description, "icon": icon, "link": link}
