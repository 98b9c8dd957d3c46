"""The mail catcher: what a demo would have sent, with text, headers and attachments."""

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from billing.models import CaughtMail
from billing.office.access import download, office, organisation_of, page
from billing.services import caught

PAGE = 50
SAFE_NAME = "-_. "


def find(request: HttpRequest, pk: int) -> CaughtMail:
    """A mail of this organisation, or 404."""
    return get_object_or_404(caught.visible_to(organisation_of(request)), pk=pk)


@office("billing.view_caughtmail")
def caught_list(request: HttpRequest) -> HttpResponse:
    """All that was caught, newest first."""
    rows = caught.visible_to(organisation_of(request)).defer("content")
    shown = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return page(request, "office/caught.html", _("Mail catcher"), {"shown": shown, "catching": settings.MAIL_CATCHER})


@office("billing.view_caughtmail")
def caught_mail(request: HttpRequest, pk: int) -> HttpResponse:
    """One message."""
    mail = find(request, pk)
    message = caught.parsed(mail)
    context = {
        "mail": mail, "text": caught.text_of(message), "headers": caught.headers_of(message), "attachments": caught.attachments_of(message),
    }  # fmt: skip
    return page(request, "office/caught_mail.html", mail.subject, context)


@office("billing.view_caughtmail")
def caught_attachment(request: HttpRequest, pk: int, place: int) -> HttpResponse:
    """An attachment, to be saved and never to be shown by the browser as a page of ours."""
    found = next((one for one in caught.attachments_of(caught.parsed(find(request, pk))) if one.place == place), None)
    if found is None:
        raise Http404
    name = "".join(one if one.isascii() and (one.isalnum() or one in SAFE_NAME) else "_" for one in found.name)
    return download(name, found.content, "application/octet-stream")
