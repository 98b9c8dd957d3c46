"""A new price was announced: the member reads what it is, and objects, agrees or leaves."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from billing.models import PriceNotice
from billing.services import price_answers
from portal.access import MemberRequest, signed_in
from portal.price_notices import coming, coming_prices, own_notices, said, with_differences

Record = Callable[[PriceNotice, date, Any, datetime], object]


@require_GET
@signed_in
def price_changes(request: MemberRequest) -> HttpResponse:
    """Every price that is announced and has not begun, with what may be done."""
    found = coming_prices(request, timezone.localdate())
    return render(request, "portal/price_changes.html", {"prices": with_differences(found)})


@require_http_methods(["GET", "POST"])
@signed_in
def price_object(request: MemberRequest, pk: int) -> HttpResponse:
    """A no: asked once more with what follows, then recorded."""
    return answer(request, pk, "no", price_answers.record_objection, price_answers.may_object)


@require_http_methods(["GET", "POST"])
@signed_in
def price_agree(request: MemberRequest, pk: int) -> HttpResponse:
    """A yes to a new price."""
    return answer(request, pk, "yes", price_answers.record_consent, price_answers.may_consent)


def answer(
    request: MemberRequest, pk: int, kind: str, record: Record, may: Callable[[PriceNotice, date], bool]
) -> HttpResponse:
    """The page with its one button, or what came of it."""
    notice, now = own_notices(request).filter(pk=pk).first(), timezone.now()
    if notice is None:
        raise Http404
    today = timezone.localdate(now)
    if request.method == "POST":
        return recorded(request, notice, record, now)
    if not may(notice, today):
        messages.info(request, said(notice) or _("There is nothing to answer any more."))
        return redirect("price_changes")
    return render(request, "portal/price_answer.html", {"one": coming(notice, today), "kind": kind})


def recorded(request: MemberRequest, notice: PriceNotice, record: Record, now: datetime) -> HttpResponse:
    """Stores the answer; a refusal says why."""
    try:
        record(notice, timezone.localdate(now), request.user, now)
    except ValidationError as refused:
        messages.warning(request, " ".join(refused.messages))
        return redirect("price_changes")
    answered = said(PriceNotice.objects.select_related("change").get(pk=notice.pk))
    messages.success(request, _("Done. %(what)s You will get a confirmation in writing.") % {"what": answered})
    return redirect("price_changes")
