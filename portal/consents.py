"""What I agree to: each with its words and one button, to say yes and to take it back."""

from typing import Any

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from members import consenting
from members.models import Consent, ConsentText, Member
from portal.access import MemberRequest, signed_in
from portal.household import cared_for, in_my_care

LONGEST_AGENT = 400


@require_GET
@signed_in
def consents(request: MemberRequest) -> HttpResponse:
    """Of me and of the children in my household, and everything that was given and withdrawn before."""
    people = in_my_care(request, timezone.localdate())
    asked = consenting.asked_of(people)
    rows = [(one, asked[one.pk]) for one in people]
    past = Consent.objects.filter(member__in=people).select_related("purpose", "text", "member").order_by("-given_at")
    return render(request, "portal/consents.html", {"rows": rows, "past": past})


def how(request: MemberRequest) -> dict[str, Any]:
    """How we know: through which door it came."""
    agent = request.headers.get("User-Agent", "")[:LONGEST_AGENT]
    return {
        "by": "portal",
        "signed_in_as": request.user.email,
        "ip": get_adapter().get_client_ip(request),
        "user_agent": agent,
    }


@require_POST
@signed_in
def consent_give(request: MemberRequest, pk: int) -> HttpResponse:
    """Yes to the words that were on the page."""
    member = named(request)
    text = get_object_or_404(ConsentText.objects.select_related("purpose"), pk=pk, organisation=request.organisation)
    try:
        consenting.give(member, text, request.user, how(request), timezone.now())
    except ValidationError as refused:
        messages.warning(request, " ".join(refused.messages))
    else:
        messages.success(
            request, _("Agreed: %(purpose)s. You can take it back here at any time.") % {"purpose": text.purpose}
        )
    return redirect("consents")


def named(request: MemberRequest) -> Member:
    """Whose yes it is: the one that the form names, else my own first record."""
    today = timezone.localdate()
    if "member" in request.POST:
        return cared_for(request, number(request.POST["member"]), today)
    people = in_my_care(request, today)
    if not people:
        raise Http404
    return people[0]


@require_POST
@signed_in
def consent_withdraw(request: MemberRequest, pk: int) -> HttpResponse:
    """No from now on. A stranger's and one that does not exist are refused alike."""
    people = in_my_care(request, timezone.localdate())
    consent = Consent.objects.filter(member__in=people, pk=pk).select_related("purpose").first()
    if consent is None:
        raise Http404
    consenting.withdraw(consent, request.user, how(request), timezone.now())
    messages.success(request, _("Taken back: %(purpose)s.") % {"purpose": consent.purpose})
    return redirect("consents")


def number(text: str | None) -> int:
    """A key that came with a form; nothing else finds a row."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 15 else 0
