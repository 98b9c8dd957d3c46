"""My donation receipts: those that are valid without a signature by hand can be downloaded, the others came by post."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from billing.models import Receipt
from billing.services.receipts import duplicate
from members.tenancy import own_members
from portal.access import MemberRequest, signed_in


@require_GET
@signed_in
def receipts(request: MemberRequest) -> HttpResponse:
    """All of them, newest first; a cancelled one is not hidden."""
    rows = Receipt.objects.filter(member__in=own_members(request)).defer("snapshot")
    return render(request, "portal/receipts.html", {"receipts": rows})


@require_GET
@signed_in
def receipt_pdf(request: HttpRequest, number: str) -> HttpResponse:
    """The very file that was sent. A stranger's receipt, a void one and one that must be signed are refused alike."""
    valid = Receipt.objects.filter(member__in=own_members(request), machine_made=True, cancelled_on=None)
    found = valid.filter(number=number).first()
    if found is None:
        raise Http404
    name = f"{found.number}.pdf".replace("/", "-")
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(duplicate(found), content_type="application/pdf", headers=headers)
