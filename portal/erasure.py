"""Having my data erased: what can go, what the law keeps and until when, and the request to the office."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import prefetch_related_objects
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from billing.services import erasure as service
from members.models import ErasureRequest, Member
from members.tenancy import own_members
from portal.access import MemberRequest, signed_in
from portal.consents import number
from portal.my_data import me


@require_http_methods(["GET", "POST"])
@signed_in
def erasure(request: MemberRequest) -> HttpResponse:
    """For each of my own records; whoever pays for somebody asks for themselves only."""
    mine = me(request)
    if request.method == "POST":
        return asked(request, mine)
    prefetch_related_objects(mine, "mandates")
    today = timezone.localdate()
    rows = [(one, service.bound(one, today), service.kept(one)) for one in mine]
    past = ErasureRequest.objects.filter(member__in=own_members(request)).order_by("-asked_at")
    waiting = {one.member_id for one in past if one.decided_at is None}
    return render(request, "portal/erasure.html", {"rows": rows, "past": past, "waiting": waiting})


def asked(request: MemberRequest, mine: list[Member]) -> HttpResponse:
    """The request is with the office."""
    member = next((one for one in mine if one.pk == number(request.POST.get("member"))), mine[0])
    try:
        service.ask(member, request.POST.get("text", ""), request.user, timezone.now())
    except ValidationError as refused:
        messages.warning(request, " ".join(refused.messages))
    else:
        messages.success(request, _("Your request is with the office. You get the answer in writing, within a month."))
    return redirect("erasure")
