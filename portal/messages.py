"""What the office wrote to me: mails and letters as they went out, and answers to my questions."""

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from billing.services import inbox
from members.tenancy import own_members
from portal.access import MemberRequest, signed_in

PAGE = 20


@require_GET
@signed_in
def messages_page(request: MemberRequest) -> HttpResponse:
    """Everything, what is new first."""
    mine = list(own_members(request).values_list("pk", flat=True))
    house = request.organisation.name if request.organisation else ""
    page = Paginator(inbox.messages_to(mine), PAGE).get_page(request.GET.get("page"))
    return render(request, "portal/messages.html", {"rows": inbox.listed(list(page.object_list), house), "page": page})


@require_GET
@signed_in
def message(request: MemberRequest, pk: int) -> HttpResponse:
    """One mail or letter. Somebody else's and one that does not exist are refused alike."""
    mine = list(own_members(request).values_list("pk", flat=True))
    found = inbox.mails_to(mine).filter(pk=pk).select_related("invoice").defer("invoice__snapshot").first()
    if found is None:
        raise Http404
    return render(request, "portal/message.html", {"mail": found, "on": found.sent_at or found.created_at})
