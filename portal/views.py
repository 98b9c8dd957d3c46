"""The pages of the portal. A view reads the clock and the request; everything below takes them as arguments."""

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from billing.services.archive import pdf_of, xml_of
from billing.services.einvoices import format_of
from members.tenancy import SESSION_KEY, organisations_of, own_members
from portal.access import MemberRequest, has_office, shown_organisation, signed_in
from portal.facts import facts_of
from portal.invoice_lines import lines_of
from portal.invoices import InvoiceRow, row_of, transfer_code, with_attempts
from portal.look import logo_file, style_file
from portal.overview import overview_of
from portal.price_notices import coming, own_notices
from portal.reminders import AllReminded, code_of, of_invoice, reminded_of

OFFICE = "/office/"
PAGE = 12


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The first page: a welcome for strangers, the overview for members; who only works in the office goes there."""
    if isinstance(request.user, AnonymousUser):
        return render(request, "demo/look_around.html" if settings.PUBLIC_DEMO else "portal/welcome.html")
    return member_home(request)


@signed_in
def member_home(request: MemberRequest) -> HttpResponse:
    """What I pay, what comes next, my latest invoices and messages, my household."""
    today = timezone.localdate()
    if has_office(request) and not own_members(request).exists():
        return redirect(OFFICE)
    facts = facts_of(request)
    notices = list(own_notices(request)) if facts["prices"] else []
    context = {
        "overview": overview_of(request, today, notices), "today": today,
        "prices": [coming(one, today) for one in notices if one.starts_on > today],
        "reminded": reminded_of(own_members(request), today) if facts["reminders"] else AllReminded([]),
    }  # fmt: skip
    return render(request, "portal/home.html", context)


@require_GET
@signed_in
def invoices(request: MemberRequest) -> HttpResponse:
    """All my invoices, newest first."""
    page = Paginator(with_attempts(own_members(request)), PAGE).get_page(request.GET.get("page"))
    today = timezone.localdate()
    rows = [row_of(invoice, today) for invoice in page.object_list]
    return render(
        request, "portal/invoices.html", {"rows": rows, "page": page, "agreed": facts_of(request)["instalments"]}
    )


@require_GET
@signed_in
def invoice(request: MemberRequest, number: str) -> HttpResponse:
    """One invoice: lines, totals, and how it is paid."""
    row = own_invoice(request, number)
    snapshot = row.invoice.snapshot
    reminder = of_invoice(row.invoice, timezone.localdate()) if facts_of(request)["reminders"] else None
    context = {
        "row": row,
        "reminders": [reminder] if reminder else [],
        "snapshot": snapshot,
        "lines": lines_of(row.invoice),
        "code": code_of(reminder, row.invoice.organisation_id) if reminder else transfer_code(row),
        "xml": bool(format_of(snapshot)),
    }
    return render(request, "portal/invoice.html", context)


@require_GET
@signed_in
def invoice_pdf(request: MemberRequest, number: str) -> HttpResponse:
    """The archived document, as it was made first."""
    row = own_invoice(request, number)
    if not row.invoice.is_ours:
        raise Http404
    return attachment(f"{row.invoice.number}.pdf", bytes(pdf_of(row.invoice).content), "application/pdf")


@require_GET
@signed_in
def invoice_xml(request: MemberRequest, number: str) -> HttpResponse:
    """The archived e-invoice, where the document is one."""
    row = own_invoice(request, number)
    file = xml_of(row.invoice) if row.invoice.is_ours else None
    if file is None:
        raise Http404
    return attachment(f"{row.invoice.number}.xml", bytes(file.content), "application/xml")


def attachment(name: str, content: bytes, kind: str) -> HttpResponse:
    """A file to keep."""
    safe = name.replace("/", "-")
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{safe}"'})


@require_GET
@signed_in
def security(request: MemberRequest) -> HttpResponse:
    """How I sign in, and where I am signed in."""
    factors = Authenticator.objects.filter(user=request.user).exclude(type=Authenticator.Type.RECOVERY_CODES)
    devices = UserSession.objects.filter(user=request.user).count()
    context = {"has_password": request.user.has_usable_password(), "factors": factors.count(), "devices": devices}
    return render(request, "portal/security.html", context)


@require_POST
@signed_in
def switch_organisation(request: MemberRequest) -> HttpResponse:
    """Acts for another of my organisations from now on."""
    wanted = request.POST.get("organisation", "")
    for organisation in organisations_of(request.user):
        if str(organisation.pk) == wanted:
            request.session[SESSION_KEY] = organisation.pk
            return redirect("home")
    raise Http404


@require_GET
def logo(request: HttpRequest) -> HttpResponse:
    """The logo of whose portal this is; that depends on who asks."""
    return for_this_reader(logo_file(shown_organisation(request)), "max-age=300")


@require_GET
def style(request: HttpRequest, digest: str) -> HttpResponse:
    """The colours of whose portal this is; that depends on who asks."""
    return for_this_reader(style_file(shown_organisation(request), digest), "max-age=31536000, immutable")


def for_this_reader(response: HttpResponse, age: str) -> HttpResponse:
    """Only the reader's own browser keeps it, since the same address shows somebody else another organisation."""
    response.headers["Cache-Control"], response.headers["Vary"] = f"private, {age}", "Cookie"
    return response


def own_invoice(request: MemberRequest, number: str) -> InvoiceRow:
    """The reader's own invoice of this number. A stranger's and one that does not exist are refused alike."""
    found = with_attempts(own_members(request)).filter(number=number).first()
    if found is None:
        raise Http404
    return row_of(found, timezone.localdate())
