"""What members ask for in the portal and the office decides: other data, and erasure."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from billing.office.access import office, organisation_of, page
from billing.office.declarations import user_of
from billing.services import erasure, member_data
from members.models import DataChange, ErasureRequest

SETTLED = 30


@require_GET
@office("members.view_datachange")
def wishes(request: HttpRequest) -> HttpResponse:
    """What waits, oldest first; then what was decided lately."""
    organisation = organisation_of(request)
    rows = DataChange.objects.filter(organisation=organisation).select_related("member", "decided_by")
    asked = ErasureRequest.objects.filter(organisation=organisation).select_related("member", "decided_by")
    context = {
        "waiting": [(one, fields(one)) for one in rows.filter(decided_at=None)],
        "erasures": [(one, erasure.month_to_answer(one)) for one in asked.filter(decided_at=None)],
        "settled": rows.exclude(decided_at=None).order_by("-decided_at")[:SETTLED],
        "erased": asked.exclude(decided_at=None).order_by("-decided_at")[:SETTLED],
    }
    return page(request, "office/wishes.html", _("Wishes from the portal"), context)


def fields(row: DataChange) -> list[tuple[str, str, str]]:
    """Label, what was and what shall be."""
    return [(member_data.label(name), row.before[name], row.after[name]) for name in row.after]


@require_POST
@office("members.change_datachange")
def data_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Enters the new data, or refuses it with an answer."""
    row = get_object_or_404(DataChange, pk=pk, organisation=organisation_of(request))
    accepted = "accept" in request.POST
    try:
        member_data.decide(row, accepted, request.POST.get("answer", "")[:500], user_of(request), timezone.now())
    except ValidationError as refused:
        messages.warning(request, " ".join(refused.messages))
    else:
        messages.success(request, _("Entered; the member is told.") if accepted else _("Refused; the member is told."))
    return redirect("office_wishes")


@require_GET
@office("members.view_erasurerequest")
def erasure_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One request: what would go at once, what is kept and until when, and the two answers."""
    row = find(request, pk)
    today = timezone.localdate()
    context = {
        "request_row": row, "bound": erasure.bound(row.member, today), "kept": erasure.kept(row.member),
        "answer_by": erasure.month_to_answer(row),
    }  # fmt: skip
    return page(request, "office/erasure.html", _("Erasure: %(member)s") % {"member": row.member}, context)


def find(request: HttpRequest, pk: int) -> ErasureRequest:
    """A request to this organisation."""
    rows = ErasureRequest.objects.select_related("organisation", "member__organisation", "decided_by")
    return get_object_or_404(rows, pk=pk, organisation=organisation_of(request))


@require_POST
@office("members.change_erasurerequest")
def erasure_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """What can go goes at once; the member gets the answer in writing."""
    row, accepted = find(request, pk), "accept" in request.POST
    words = request.POST.get("answer", "")[:2000]
    try:
        erasure.decide(row, accepted, words, user_of(request), timezone.localdate(), timezone.now())
    except ValidationError as refused:
        messages.warning(request, " ".join(refused.messages))
        return redirect("office_erasure", pk)
    messages.success(request, _("Decided. The answer is on its way to the member."))
    return redirect("office_erasure", pk)
