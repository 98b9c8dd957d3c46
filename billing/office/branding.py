"""The letterhead: one page with everything about the look, and the real invoice beside it that follows while somebody types."""

import base64
from copy import copy
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from billing.documents.colours import READABLE, VISIBLE, WHITE, contrast, parsed
from billing.documents.portal_style import colours_of
from billing.models import Branding
from billing.office.access import office, organisation_of, page
from billing.office.branding_form import BrandingForm
from billing.services import branding as service
from billing.services.branding_preview import picture
from members.models import Organisation, User

TAKE = "take:"


@office("members.view_organisation")
def branding_page(request: HttpRequest) -> HttpResponse:
    """Shows and stores it; `preview` shows without storing, and an offered colour is taken over by its button."""
    organisation, branding = rows_of(request)
    form = form_of(request, organisation, branding)
    if request.method == "POST" and not request.user.has_perm("members.change_organisation"):
        raise PermissionDenied
    readable = request.method != "POST" or form.is_valid()
    if request.method == "POST" and readable:
        form.put_into(organisation, branding)
        if request.POST.get("do") == "save" and stored(request, organisation, branding, form):
            messages.success(
                request, _("Stored. Documents from now on look like this; those that are issued stay as they are.")
            )
            return redirect("office_branding")
    context = {"form": form, **(seen(organisation, branding) if readable else faults_of(form))}
    return page(request, "office/branding.html", _("Letterhead and colours"), context)


def rows_of(request: HttpRequest) -> tuple[Organisation, Branding]:
    """Copies to try things on: what the rest of the page shows stays as it is stored."""
    organisation = organisation_of(request)
    return copy(organisation), service.branding_of(organisation)


def form_of(request: HttpRequest, organisation: Organisation, branding: Branding) -> BrandingForm:
    """With an offered colour in its place, where somebody took one."""
    if request.method != "POST":
        return BrandingForm(organisation, branding)
    data = request.POST.copy()
    asked = data.get("do", "")
    if asked.startswith(TAKE):
        name, _colon, colour = asked.removeprefix(TAKE).partition(":")
        data[name] = colour
    return BrandingForm(organisation, branding, data, request.FILES)


def stored(request: HttpRequest, organisation: Organisation, branding: Branding, form: BrandingForm) -> bool:
    """Stores it; a refusal is shown at its field."""
    try:
        service.store(organisation, branding, request.user if isinstance(request.user, User) else None)
    except ValidationError as refused:
        form.take_faults(refused)
        return False
    return True


def faults_of(form: BrandingForm) -> dict[str, Any]:
    """In place of a picture: why there is none."""
    return {"faults": [fault for faults in form.errors.values() for fault in faults]}


def seen(organisation: Organisation, branding: Branding) -> dict[str, Any]:
    """The picture, what the contrasts are, and the portal's colours by day and by night."""
    image = base64.b64encode(picture(organisation, branding, organisation.language)).decode()
    ratios, offers = measured(organisation.colour, branding.second_colour)
    return {
        "image": image,
        "ratios": ratios,
        "offers": offers,
        "portal": colours_of(organisation.colour, branding.second_colour),
    }


def measured(colour: str, second: str) -> tuple[list[tuple[str, str, bool]], list[tuple[str, str]]]:
    """Each contrast with whether it is enough, and for each that is not the nearest colour that would do."""
    rules = [(_("white words on the colour, and words in the colour on white"), "colour", colour, READABLE)]
    rules += [(_("lines in the second colour"), "second_colour", second, VISIBLE)] if second else []
    ratios, offers = [], []
    for label, name, value, least in rules:
        ratio = contrast(parsed(value), WHITE)
        ratios.append((label, service.shown(ratio), ratio >= least))
        if ratio < least:
            offers.append((name, service.offered(value, least)))
    return ratios, offers


@require_POST
@office("members.view_organisation")
def branding_preview(request: HttpRequest) -> HttpResponse:
    """The picture alone, of what is not stored."""
    organisation, branding = rows_of(request)
    form = form_of(request, organisation, branding)
    if not form.is_valid():
        return render(request, "office/_branding_preview.html", faults_of(form))
    form.put_into(organisation, branding)
    return render(request, "office/_branding_preview.html", seen(organisation, branding))
