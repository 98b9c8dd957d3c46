"""Two records of one person: choose the other one, look at what would happen, do it."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from billing.office.access import office, organisation_of, page
from billing.office.declarations import user_of
from billing.services import merging
from members.models import Member


@require_http_methods(["GET", "POST"])
@office("members.change_member")
def member_merge(request: HttpRequest, pk: int) -> HttpResponse:
    """`number`: the record that stays. Without it: whom to choose; with it: what would happen; posted: it happens."""
    rows = Member.objects.filter(organisation=organisation_of(request)).select_related("organisation", "payer", "user")
    double = get_object_or_404(rows, pk=pk)
    number = (request.POST or request.GET).get("number", "").strip()
    stays = rows.filter(number=number).first() if number else None
    if request.method == "POST" and stays and merged(request, double, stays):
        return redirect("admin:members_member_change", stays.pk)
    context = {
        "double": double,
        "number": number,
        "unknown": bool(number) and stays is None,
        "merger": merging.look(double, stays, timezone.localdate()) if stays else None,
        "alike": [] if stays else merging.alike(double),
    }
    return page(request, "office/member_merge.html", _("Is %(name)s on the books twice?") % {"name": double}, context)


def merged(request: HttpRequest, double: Member, stays: Member) -> bool:
    """Does it and says so; a refusal is told on the page that comes again."""
    try:
        merging.merge(double, stays, user_of(request), timezone.now())
    except ValidationError as refused:
        messages.warning(request, " ".join(refused.messages))
        return False
    messages.success(request, _("Merged: %(stays)s goes on. The documents of %(double)s stay where they are.") % {
        "stays": stays, "double": double})  # fmt: skip
    return True
