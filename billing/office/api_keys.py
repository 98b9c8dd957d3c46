"""Keys for other programs: made here, shown once, revoked here."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from unfold.widgets import UnfoldAdminTextInputWidget

from billing.models import ApiKey, Meter
from billing.office.access import office, organisation_of, page
from billing.services import api_keys
from members.models import User


class KeyForm(forms.Form):
    """What the key is for."""

    name = forms.CharField(
        label=gettext_lazy("Which program will use it?"), max_length=80, widget=UnfoldAdminTextInputWidget,
        help_text=gettext_lazy("Such as: water meters, turnstile, router"),
    )  # fmt: skip


@office("billing.view_apikey")
def keys(request: HttpRequest) -> HttpResponse:
    """All keys, and the form for a new one; its secret is shown on this page only, once."""
    organisation = organisation_of(request)
    form, secret = KeyForm(request.POST or None), ""
    if request.method == "POST" and not request.user.has_perm("billing.add_apikey"):
        raise PermissionDenied
    if request.method == "POST" and form.is_valid():
        user = request.user if isinstance(request.user, User) else None
        secret = api_keys.make(organisation, form.cleaned_data["name"], user, timezone.now())[1]
        form = KeyForm()
    context: dict[str, Any] = {
        "keys": ApiKey.objects.filter(organisation=organisation), "form": form, "secret": secret,
        "meter": Meter.objects.filter(organisation=organisation).first(),
        "address": request.build_absolute_uri("/api/usage/events"),
    }  # fmt: skip
    response = page(request, "office/api_keys.html", _("Access for programs"), context)
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@office("billing.change_apikey")
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Closes the door for one program."""
    key = get_object_or_404(ApiKey, pk=pk, organisation=organisation_of(request))
    try:
        api_keys.revoke(key, timezone.now())
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    else:
        messages.success(request, _("The key of %(name)s opens nothing any more.") % {"name": key.name})
    return redirect("office_api_keys")
