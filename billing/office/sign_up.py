"""The office's side of the sign-up: open or closed, the tariffs for newcomers, the texts, and the code for the website."""

from typing import Any

from csp.constants import SELF
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from billing.documents.girocode import qr_matrix
from billing.documents.qr_picture import address_code, picture
from billing.models import SignUpOffer, SignUpText, Tariff
from billing.office.access import download, office, organisation_of, page
from billing.office.sign_up_forms import OfferForm, SettingsForm, TextForm, text_row
from billing.services import sign_up, sign_up_words
from billing.services.sign_up_quotes import is_counted, open_counter, version_of
from members.models import Organisation


def public_address(organisation: Organisation) -> str:
    """Where newcomers find the form."""
    return f"{settings.PUBLIC_URL.rstrip('/')}{reverse('join', args=[organisation.slug])}"


@require_http_methods(["GET", "POST"])
@office("billing.view_signupsettings")
def sign_up_page(request: HttpRequest) -> HttpResponse:
    """All of it on one page; the texts and tariffs have forms of their own."""
    organisation = organisation_of(request)
    house, rows = sign_up.house_of(organisation), sign_up.offer_rows(organisation)
    counter = open_counter(organisation, timezone.localdate(), language())
    bases = {str(counter.terms.info.get(row.tariff.code, {}).get("legal_basis", "")) for row in rows}
    form = SettingsForm(house, bases, request.POST if request.method == "POST" else None)
    if request.method == "POST" and stored(request, "billing.change_signupsettings", form):
        messages.success(request, _("Stored."))
        return redirect("office_sign_up")
    texts = [(kind, label, house.texts.get(kind)) for kind, label in SignUpText.Kind.choices]
    context = {
        "form": form, "house": house, "texts": texts, "rows": [(row, sign_up_words.who_may(row)) for row in rows],
        "others": others(organisation, rows), "missing": sign_up.opening_faults(house, rows, bases),
        "address": public_address(organisation), "open": type(house.settings).objects.filter(organisation=organisation, is_open=True).exists(),
    }  # fmt: skip
    return page(request, "office/sign_up.html", _("Sign-up"), context)


def language() -> str:
    """`de` or `en`."""
    return (get_language() or "de")[:2]


def stored(request: HttpRequest, permission: str, form: Any) -> bool:
    """Stores a form for those who may."""
    if not request.user.has_perm(permission):
        raise PermissionDenied
    if not form.is_valid():
        return False
    form.save()
    return True


def others(organisation: Organisation, rows: list[SignUpOffer]) -> list[Tariff]:
    """Tariffs with terms that newcomers cannot choose yet."""
    tariffs = Tariff.objects.filter(organisation=organisation, versions__isnull=False).distinct()
    return list(tariffs.exclude(pk__in=[row.tariff_id for row in rows]).order_by("position", "code"))


@require_http_methods(["GET", "POST"])
@office("billing.view_signupsettings")
def sign_up_text(request: HttpRequest, kind: str) -> HttpResponse:
    """One text with its version."""
    if kind not in SignUpText.Kind.values:
        raise Http404
    row = text_row(organisation_of(request), kind)
    form = TextForm(request.POST if request.method == "POST" else None, instance=row)
    if request.method == "POST" and stored(request, "billing.change_signuptext", form):
        messages.success(request, _("Stored. Orders from now on keep this version; earlier ones keep theirs."))
        return redirect("office_sign_up")
    return page(request, "office/sign_up_text.html", str(row.get_kind_display()), {"form": form, "row": row})


@require_http_methods(["GET", "POST"])
@office("billing.view_signupsettings")
def sign_up_offer(request: HttpRequest, pk: int) -> HttpResponse:
    """A tariff as newcomers find it; `do=remove` takes it away from them, and no contract with it."""
    organisation = organisation_of(request)
    tariff = get_object_or_404(
        Tariff.objects.filter(versions__isnull=False).distinct(), organisation=organisation, pk=pk
    )
    row = SignUpOffer.objects.filter(organisation=organisation, tariff=tariff).first()
    counter = open_counter(organisation, timezone.localdate(), language())
    version = version_of(counter, tariff, timezone.localdate())
    if version and is_counted(version):
        messages.warning(
            request,
            _(
                "%(tariff)s has prices for each piece: how many somebody wants is agreed with the office. It cannot be chosen online."
            )
            % {"tariff": tariff},
        )
        return redirect("office_sign_up")
    if request.method == "POST" and request.POST.get("do") == "remove":
        return removed(request, row)
    tariffs = Tariff.objects.filter(organisation=organisation).exclude(pk=tariff.pk)
    basis = str(counter.terms.info.get(tariff.code, {}).get("legal_basis", ""))
    instance = row or SignUpOffer(organisation=organisation, tariff=tariff)
    form = OfferForm(basis, tariffs, request.POST if request.method == "POST" else None, instance=instance)
    if request.method == "POST" and stored(request, "billing.change_signupoffer", form):
        messages.success(request, _("Stored."))
        return redirect("office_sign_up")
    return page(request, "office/sign_up_offer.html", tariff.name, {"form": form, "tariff": tariff, "row": row})


def removed(request: HttpRequest, row: SignUpOffer | None) -> HttpResponse:
    """Newcomers no longer find it."""
    if not request.user.has_perm("billing.change_signupoffer"):
        raise PermissionDenied
    if row:
        row.delete()
        messages.success(request, _("Newcomers no longer find this tariff. Contracts stay as they are."))
    return redirect("office_sign_up")


@require_GET
@office("billing.view_signupsettings")
def sign_up_code(request: HttpRequest) -> HttpResponse:
    """What is copied into the website, the QR code for the poster, and how it looks."""
    organisation = organisation_of(request)
    address, house = public_address(organisation), sign_up.house_of(organisation)
    rows = sign_up.offer_rows(organisation)
    chosen = next((row.tariff.code for row in rows if row.tariff.code == request.GET.get("tariff")), "")
    context = {
        "address": f"{address}?tariff={chosen}" if chosen else address, "script": f"{address}widget.js", "chosen": chosen, "rows": rows,
        "house": house, "code": picture(qr_matrix(address.encode())),
        "frame": reverse("join_framed", args=[organisation.slug]) + (f"?tariff={chosen}" if chosen else ""),
    }  # fmt: skip
    response = page(request, "office/sign_up_code.html", _("For your website"), context)
    response._csp_update = {"frame-src": [SELF]}  # type: ignore[attr-defined]
    return response


@require_GET
@office("billing.view_signupsettings")
def sign_up_qr(request: HttpRequest) -> HttpResponse:
    """The QR code as a file for print."""
    organisation = organisation_of(request)
    return download(f"{organisation.slug}.svg", address_code(public_address(organisation)).encode(), "image/svg+xml")
