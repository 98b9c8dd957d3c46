"""“Cancel contracts here” and “Withdraw from contract”: for everybody, without signing in, and the receipt (BGB 312k, 356a)."""

from typing import Any

from allauth.core import ratelimit
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods
from django_scopes import scope, scopes_disabled

from billing.models import Declaration
from billing.services import declaration_words, declarations
from billing.services.declaration_files import receipt_pdf
from billing.services.declarations import CANCEL, WITHDRAW
from members.models import Member, Organisation, User
from portal.access import shown_organisation
from portal.declaration_form import FORMS, DeclarationForm, known

RECEIPT = "declaration-receipt"
RECEIPT_AGE = 24 * 3600
SWITCH: dict[str, str] = {CANCEL: "cancel_button", WITHDRAW: "withdraw_button"}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, slug: str = "") -> HttpResponse:
    """The confirmation page of BGB 312k Abs. 2 Satz 3: five groups of statements and one button."""
    return declare(request, CANCEL, slug)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, slug: str = "") -> HttpResponse:
    """The statement of BGB 356a: name, contract, address for the receipt, and one button."""
    return declare(request, WITHDRAW, slug)


def declare(request: HttpRequest, kind: str, slug: str) -> HttpResponse:
    """Shows the form, and takes what is declared."""
    found = partners(request, kind, slug)
    form = FORMS[kind](
        request.POST if request.method == "POST" else None, partners=found, initial=typed_for(request, found)
    )
    if request.method == "POST" and form.is_valid():
        if not ratelimit.consume(request, action="declare"):
            return too_many(request, found)
        return taken(request, form)
    if form.is_bound:
        form.shown_again()
    context = {"form": form, "kind": kind, "partner": found[0] if len(found) == 1 else None}
    return render(request, "portal/declaration.html", context, status=422 if form.is_bound else 200)


def partners(request: HttpRequest, kind: str, slug: str) -> list[Organisation]:
    """To whom this may be declared: the organisation of the address, that of the reader, or each one of the installation."""
    rows = Organisation.objects.filter(**{SWITCH[kind]: True})
    if slug:
        return [get_object_or_404(rows, slug=slug)]
    house = shown_organisation(request)
    found = list(rows.filter(pk=house.pk) if house else rows.order_by("name"))
    if not found:
        raise Http404
    return found


def typed_for(request: HttpRequest, found: list[Organisation]) -> dict[str, Any]:
    """The reader's own name and number, where they are signed in with this organisation and have one membership there."""
    if not request.user.is_authenticated or len(found) != 1:
        return {}
    with scope(organisation=found[0]):
        own = list(Member.objects.filter(organisation=found[0], user_id=request.user.pk)[:2])
    return known(own[0]) if len(own) == 1 else {}


def taken(request: HttpRequest, form: DeclarationForm) -> HttpResponse:
    """Keeps it and goes to the receipt."""
    organisation, wish = form.partner(), form.wish()
    user = request.user if isinstance(request.user, User) else None
    mailed = ratelimit.consume(request, action="declare_mail", key=wish.email.lower())
    with scope(organisation=organisation):
        row = declarations.receive(organisation, wish, language(), user, timezone.now(), mailed=mailed)
    return redirect("declaration_received", signing.dumps(row.pk, salt=RECEIPT))


def language() -> str:
    """`de` or `en`."""
    return (get_language() or "de")[:2]


def too_many(request: HttpRequest, found: list[Organisation]) -> HttpResponse:
    """Too much from one connection; the way by e-mail is always open."""
    context = {"partners": found, "title": _("Too many declarations from this connection")}
    return render(request, "portal/declaration_limit.html", context, status=429)


@never_cache
@require_GET
def received(request: HttpRequest, token: str) -> HttpResponse:
    """Content, day and time of receipt: to be printed or kept as a file, for a day."""
    row = of_token(token)
    with scope(organisation=row.organisation):
        context = {
            "declaration": row, "facts": declaration_words.facts(row), "token": token, "partner": row.organisation,
            "mailed": declarations.receipt_of(row) is not None,
        }  # fmt: skip
    return render(request, "portal/declaration_received.html", context)


@never_cache
@require_GET
def received_pdf(request: HttpRequest, token: str) -> HttpResponse:
    """The receipt as a file."""
    row = of_token(token)
    with scope(organisation=row.organisation):
        content = receipt_pdf(row)
    headers = {"Content-Disposition": f'attachment; filename="{row.kind}-{timezone.localdate(row.received_at)}.pdf"'}
    return HttpResponse(content, content_type="application/pdf", headers=headers)


def of_token(token: str) -> Declaration:
    """The declaration that was just sent; only its sender has the signed address, and only for a day."""
    try:
        pk = signing.loads(token, salt=RECEIPT, max_age=RECEIPT_AGE)
    except signing.BadSignature as wrong:
        raise Http404 from wrong
    with scopes_disabled():
        return get_object_or_404(Declaration.objects.select_related("organisation"), pk=pk)
