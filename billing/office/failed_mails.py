"""Mails that could not be sent: by letter with one click, or tried again."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from billing.office.access import office, organisation_of, page
from billing.services import failed_mails

MOST, DIGITS = 200, 18


@office("billing.view_mail")
def failed_page(request: HttpRequest) -> HttpResponse:
    """Each with the reason, and whether a letter is possible."""
    found = list(failed_mails.failed(organisation_of(request))[:MOST])
    rows = [(mail, failed_mails.may_be_letter(mail)) for mail in found]
    context: dict[str, Any] = {"rows": rows, "any_letter": any(possible for _mail, possible in rows)}
    return page(request, "office/failed_mails.html", _("Mails that were not sent"), context)


def chosen(request: HttpRequest) -> list[int]:
    """The rows that were ticked, or the one whose button was pressed."""
    given = request.POST.getlist("mail")[:MOST]
    return [int(one) for one in given if one.isascii() and one.isdecimal() and len(one) <= DIGITS]


@require_POST
@office("billing.change_mail")
def failed_letters(request: HttpRequest) -> HttpResponse:
    """They are printed with the next letters."""
    count = failed_mails.as_letters(organisation_of(request), chosen(request), timezone.now())
    said = ngettext("%(count)s letter waits to be printed.", "%(count)s letters wait to be printed.", count)
    messages.success(request, said % {"count": count})
    return redirect("office_failed_mails")


@require_POST
@office("billing.change_mail")
def failed_again(request: HttpRequest) -> HttpResponse:
    """The worker tries them with its next mails."""
    count = failed_mails.again(organisation_of(request), chosen(request), timezone.now())
    said = ngettext("%(count)s mail is tried again.", "%(count)s mails are tried again.", count)
    messages.success(request, said % {"count": count})
    return redirect("office_failed_mails")
