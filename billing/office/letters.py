"""Letters: what waits to be printed, its postage, one PDF, and noting that it was posted."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from billing.office.access import download, office, organisation_of, page
from billing.services import letters

DIGITS = 18


@office("billing.view_mail")
def letters_page(request: HttpRequest) -> HttpResponse:
    """Everything that goes by post and was not posted yet."""
    organisation = organisation_of(request)
    found, total = letters.batch(organisation), letters.waiting(organisation).count()
    context: dict[str, Any] = {
        "found": found, "piles": letters.piles(found), "more": total - len(found),
        "sheets": sum(one.sheets for one in found), "up_to": max((one.mail.pk for one in found), default=0),
    }  # fmt: skip
    return page(request, "office/letters.html", _("Letters"), context)


@office("billing.export_billingrun")
def letters_pdf(request: HttpRequest) -> HttpResponse:
    """The print-out."""
    content = letters.printed(letters.batch(organisation_of(request)))
    if not content:
        raise Http404
    return download(f"{timezone.localdate():%Y-%m-%d}-letters.pdf", content, "application/pdf")


@require_POST
@office("billing.change_mail")
def letters_posted(request: HttpRequest) -> HttpResponse:
    """They are in the letter box."""
    up_to = request.POST.get("up_to", "")
    known = up_to.isascii() and up_to.isdecimal() and len(up_to) <= DIGITS
    count = letters.mark_posted(organisation_of(request), int(up_to), timezone.now()) if known else 0
    said = ngettext("%(count)s letter is noted as posted.", "%(count)s letters are noted as posted.", count)
    messages.success(request, said % {"count": count})
    return redirect("office_letters")
