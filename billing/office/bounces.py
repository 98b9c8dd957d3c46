"""Addresses that take no mail: who has one, delivery reports to be read in, and saying that an address works again."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from billing.formats.bounce import LARGEST
from billing.models import Bounce
from billing.office.access import office, organisation_of, page
from billing.services import bounces
from members.models import Organisation, User

MOST_FILES = 100


class Files(forms.ClearableFileInput):
    """Several files at once."""

    allow_multiple_selected = True


class ReportForm(forms.Form):
    """Delivery reports as the mail program saves them."""

    reports = forms.FileField(widget=Files(attrs={"accept": ".eml,message/rfc822"}))


@office("billing.view_bounce")
def bounces_page(request: HttpRequest) -> HttpResponse:
    """Everybody whose address has to be corrected, and the upload of reports."""
    organisation = organisation_of(request)
    if request.method == "POST":
        if not request.user.has_perm("billing.add_bounce"):
            raise PermissionDenied
        take_files(request, organisation)
        return redirect("office_bounces")
    context: dict[str, Any] = {"rows": bounces.corrections(organisation), "form": ReportForm()}
    return page(request, "office/bounces.html", _("Returned e-mail"), context)


def take_files(request: HttpRequest, organisation: Organisation) -> None:
    """Each file for itself: one that is no report does not stop the others."""
    files = request.FILES.getlist("reports")[:MOST_FILES]
    if not files:
        messages.error(request, _("Please choose at least one file."))
    for file in files:
        try:
            outcome = take_file(organisation, file)
        except ValidationError as refused:
            messages.error(request, f"{file.name}: {' '.join(refused.messages)}")
        else:
            messages.success(request, f"{file.name}: {told(outcome)}")


def take_file(organisation: Organisation, file: "UploadedFile[bytes]") -> bounces.Outcome:
    """Reads one report; a larger file is not even read."""
    content = file.read(LARGEST + 1)
    return bounces.take_report(organisation, content, timezone.now())


def told(outcome: bounces.Outcome) -> str:
    """What a report brought."""
    parts = [
        ngettext("%(count)s address is noted", "%(count)s addresses are noted", len(outcome.marked)) % {"count": len(outcome.marked)}
    ]  # fmt: skip
    if outcome.known:
        parts.append(_("%(count)s known already") % {"count": len(outcome.known)})
    if outcome.passing:
        parts.append(_("%(count)s only for the moment: %(addresses)s") % named(outcome.passing))
    if outcome.strange:
        parts.append(_("%(count)s of nobody here: %(addresses)s") % named(outcome.strange))
    return "; ".join(parts) + "."


def named(addresses: list[str]) -> dict[str, Any]:
    """How many, and the first of them."""
    return {"count": len(addresses), "addresses": ", ".join(addresses[:5])}


@require_POST
@office("billing.change_bounce")
def clear(request: HttpRequest, pk: int) -> HttpResponse:
    """The address works again."""
    row = get_object_or_404(Bounce, pk=pk, organisation=organisation_of(request))
    user = request.user if isinstance(request.user, User) else None
    try:
        bounces.clear(row, user, timezone.now())
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    else:
        messages.success(request, _("Mail goes to %(address)s again.") % {"address": row.address})
    return redirect("office_bounces")
