"""The doors around the sign-up: inside another website, the script for it, the texts, the live check of an IBAN, the link of the mail."""

from allauth.core import ratelimit
from csp.constants import SELF
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_scopes import scope

from billing.formats.iban import bank_name_of, iban_fault, normalise_iban
from billing.services import admission, applications, sign_up
from billing.services.sign_up import House
from members.models import Organisation
from portal.bank_details import FAULTS
from portal.join import answer
from portal.join_visit import Visit
from portal.look import logo_file, style_file

SHORTEST_IBAN = 22


def house_at(slug: str) -> House:
    """The organisation of an address."""
    organisation = get_object_or_404(Organisation, slug=slug)
    with scope(organisation=organisation):
        return sign_up.house_of(organisation)


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def join_framed(request: HttpRequest, slug: str) -> HttpResponse:
    """The same steps, for the websites that the office has named; every other one is refused by the browser."""
    return framed(answer(request, slug, framed=True), house_at(slug))


def framed(response: HttpResponse, house: House) -> HttpResponse:
    """Opens the frame for these websites and for our own office, which shows how it looks."""
    ancestors = [SELF, *sign_up.frame_origins(house)]
    response._csp_replace = settings.PORTAL_POLICY | {"frame-ancestors": ancestors}  # type: ignore[attr-defined]
    response.xframe_options_exempt = True
    return response


@never_cache
@require_GET
def join_sent(request: HttpRequest, slug: str) -> HttpResponse:
    """The same words for everybody: a mail is on its way."""
    return sent_page(request, house_at(slug), is_framed=False)


@never_cache
@require_GET
def join_sent_framed(request: HttpRequest, slug: str) -> HttpResponse:
    """The same inside another website."""
    house = house_at(slug)
    return framed(sent_page(request, house, is_framed=True), house)


def sent_page(request: HttpRequest, house: House, *, is_framed: bool) -> HttpResponse:
    """What to do now, without a word about who ordered."""
    visit = Visit(request, house, is_framed, timezone.now())
    return visit.page("sent", {"days": house.settings.confirm_days})


@require_GET
def join_widget(request: HttpRequest, slug: str) -> HttpResponse:
    """The script for other websites: puts the form in the place of its own tag."""
    organisation = get_object_or_404(Organisation, slug=slug)
    title = (
        _("Order online: %(name)s")
        if organisation.kind == Organisation.Kind.COMPANY
        else _("Become a member: %(name)s")
    )
    context = {"title": title % {"name": organisation.name}, "words": _("Open the form on a page of its own")}
    response = render(request, "portal/join/widget.js", context, content_type="text/javascript; charset=utf-8")
    response.headers["Cache-Control"] = "public, max-age=300"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@require_GET
def join_logo(request: HttpRequest, slug: str) -> HttpResponse:
    """The organisation's logo, for everybody who may join it."""
    response = logo_file(house_at(slug).organisation)
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


@require_GET
def join_style(request: HttpRequest, slug: str, digest: str) -> HttpResponse:
    """The organisation's colours, for everybody who may join it."""
    response = style_file(house_at(slug).organisation, digest)
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


@require_GET
def join_text(request: HttpRequest, slug: str, kind: str) -> HttpResponse:
    """Statutes, conditions or privacy notice, where they have no address of their own."""
    house = house_at(slug)
    if kind not in house.texts or not house.settings.is_open:
        raise Http404
    return Visit(request, house, False, timezone.now()).page("text", {"one": house.texts[kind]})


@csrf_exempt
@never_cache
@require_POST
def join_iban(request: HttpRequest, slug: str) -> HttpResponse:
    """While typing: the bank's name, or what is wrong. The number goes in the body, so that no log keeps it."""
    if not ratelimit.consume(request, action="join_iban"):
        return HttpResponse(status=429)
    iban = normalise_iban(request.POST.get("iban", "")[:42])
    fault = iban_fault(iban) if len(iban) > 1 else ""
    unfinished = fault == "iban_length" and len(iban) < SHORTEST_IBAN
    told = "" if unfinished else FAULTS.get(fault or "", "")
    return render(request, "portal/bank_check.html", {"fault": told, "bank": bank_name_of(iban), "good": fault is None})


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def join_confirm(request: HttpRequest, token: str) -> HttpResponse:
    """The link of the mail: one button, since programs that look for viruses follow links, too. It works once."""
    row = applications.of_token(token, timezone.now())
    if row is None:
        return render(request, "portal/join/link_gone.html", status=410)
    with scope(organisation=row.organisation):
        done = bool(row.confirmed_at)
        if request.method == "POST":
            done = True
            admission.confirm(row, timezone.now())
        visit = Visit(request, sign_up.house_of(row.organisation), False, timezone.now())
        return visit.page("confirm", {"row": row, "done": done, "token": token})
