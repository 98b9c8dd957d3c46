"""Purposes of consents and their words, who agrees, and what one member agreed to."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from billing.office.access import office, organisation_of, page
from billing.office.declarations import user_of
from members import consenting
from members.models import Consent, ConsentPurpose, Member


class PurposeForm(forms.Form):
    """A purpose and the words that members agree to."""

    name = forms.CharField(
        label=gettext_lazy("Purpose"), max_length=80, widget=forms.TextInput({"class": "entry"}),
        help_text=gettext_lazy("Such as: newsletter, photographs on our website"),
    )  # fmt: skip
    text = forms.CharField(
        label=gettext_lazy("What members agree to"), max_length=3000, widget=forms.Textarea({"class": "entry wide", "rows": 5}),
        help_text=gettext_lazy("Who does what with which data, and that it can be taken back at any time (GDPR art. 7, 13)."),
    )  # fmt: skip
    offered = forms.BooleanField(label=gettext_lazy("Members are asked in the portal"), required=False, initial=True)


@office("members.view_consentpurpose")
def consent_purposes(request: HttpRequest) -> HttpResponse:
    """All purposes, and the form for another one."""
    may = request.user.has_perm("members.change_consentpurpose")
    if request.method == "POST" and not may:
        raise PermissionDenied
    form = PurposeForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and kept(request, form, None):
        return redirect("office_consents")
    live = Count("consents", filter=Q(consents__withdrawn_at=None))
    rows = ConsentPurpose.objects.filter(organisation=organisation_of(request)).annotate(agreed=live)
    newest = consenting.newest_texts(rows)
    context = {"rows": [(one, newest.get(one.pk)) for one in rows], "form": form if may else None}
    return page(request, "office/consents.html", _("Consents"), context)


def kept(request: HttpRequest, form: PurposeForm, purpose: ConsentPurpose | None) -> bool:
    """Stored; a refusal is shown at the form."""
    given = form.cleaned_data
    try:
        row = consenting.write(organisation_of(request), given["name"], given["text"], timezone.now(), purpose)
    except ValidationError as refused:
        form.add_error(None, " ".join(refused.messages))
        return False
    ConsentPurpose.objects.filter(pk=row.pk).update(offered=given["offered"])
    messages.success(request, _("%(name)s is saved.") % {"name": row.name})
    return True


@office("members.change_consentpurpose")
def consent_purpose(request: HttpRequest, pk: int) -> HttpResponse:
    """One purpose: other words are a new version, and nobody has agreed to them yet."""
    purpose = get_object_or_404(ConsentPurpose, pk=pk, organisation=organisation_of(request))
    texts = list(purpose.texts.order_by("-number"))
    first = {"name": purpose.name, "text": texts[0].text if texts else "", "offered": purpose.offered}
    form = PurposeForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid() and kept(request, form, purpose):
        return redirect("office_consents")
    return page(
        request, "office/consent_purpose.html", purpose.name, {"purpose": purpose, "form": form, "texts": texts}
    )


@require_GET
@office("members.view_consent")
def member_consents(request: HttpRequest, pk: int) -> HttpResponse:
    """What one member agrees to, and everything before; what came on paper is entered here."""
    member = find(request, pk)
    past = Consent.objects.filter(member=member).select_related("purpose", "text", "given_by", "withdrawn_by")
    rows = [(one, known(one.given_how), known(one.withdrawn_how)) for one in past.order_by("-given_at")]
    context: dict[str, Any] = {"member": member, "asked": consenting.asked(member), "past": rows}
    return page(request, "office/member_consents.html", _("Consents of %(name)s") % {"name": member.name}, context)


def known(how: dict[str, Any] | None) -> str:
    """How we know, in a few words."""
    return str((how or {}).get("how") or (how or {}).get("signed_in_as") or "")


def find(request: HttpRequest, pk: int) -> Member:
    """A member of this organisation."""
    return get_object_or_404(Member, pk=pk, organisation=organisation_of(request))


@require_POST
@office("members.change_consent")
def member_consent_set(request: HttpRequest, pk: int) -> HttpResponse:
    """Enters a yes or a no that came by another way, with how we know."""
    member = find(request, pk)
    known = " ".join(request.POST.get("how", "").split())[:300]
    wanted = request.POST.get("purpose", "")
    asked = next((one for one in consenting.asked(member) if str(one.purpose.pk) == wanted), None)
    if asked is None or not known:
        messages.warning(request, _("Please say how you know, such as: letter of 3 May."))
        return redirect("office_member_consents", pk)
    how, now = {"by": "office", "how": known}, timezone.now()
    try:
        if "withdraw" in request.POST and asked.given:
            consenting.withdraw(asked.given, user_of(request), how, now)
        else:
            consenting.give(member, asked.text, user_of(request), how, now)
    except ValidationError as refused:
        messages.warning(request, " ".join(refused.messages))
    else:
        messages.success(request, _("Entered."))
    return redirect("office_member_consents", pk)
