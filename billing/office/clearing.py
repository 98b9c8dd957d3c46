"""The page on which open lines of the bank statement are cleared: accept what is proposed, one, the ticked ones, or all."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from billing.models import Allocation, StatementEntry
from billing.models.payments import mask_iban
from billing.office.access import office, organisation_of, page
from billing.office.clearing_words import RULES, names_of, rows_of
from billing.office.money_words import euro
from billing.services import reconciliation, settling
from billing.services.matching_known import lines_of
from members.models import User

LINES, DONE = 100, 50
VIEWS = ("all", "returns")


@office("billing.view_statemententry")
def clearing(request: HttpRequest) -> HttpResponse:
    """The open lines with their proposals, oldest first; `view=returns` shows returned debits only."""
    organisation = organisation_of(request)
    view = request.GET.get("view", "all")
    entries = StatementEntry.objects.filter(organisation=organisation).open()
    counts = {"all": entries.count(), "returns": entries.filter(returned=True).count()}
    if view == "returns":
        entries = entries.filter(returned=True)
    shown = Paginator(entries.order_by("booked_on", "pk").only("pk"), LINES).get_page(request.GET.get("page"))
    lines = lines_of(StatementEntry.objects.filter(pk__in=[one.pk for one in shown]))
    found = reconciliation.proposals_for(organisation, lines, timezone.localdate())
    rests = reconciliation.small_rests(organisation, found, timezone.localdate())
    rows = rows_of(lines, found, names_of(organisation, list(found.values())), rests)
    context = {
        "rows": rows, "shown": shown, "view": view, "counts": counts, "together": sum(bool(row.token) and not row.alone for row in rows),
        "ids": ",".join(str(line.pk) for line in lines), "returns": any("return" in one.hints for one in found.values()),
    }  # fmt: skip
    return page(request, "office/clearing.html", _("Open lines"), context)


@require_POST
@office("billing.change_statemententry")
def accept(request: HttpRequest) -> HttpResponse:
    """Books proposals as they were seen: the one whose button was pressed, all that may go together, or the ticked ones."""
    tokens = request.POST.getlist("one") or request.POST.getlist("all" if "book_all" in request.POST else "ticked")
    seen = dict(token.split(":", 1) for token in tokens if token.count(":") == 1)
    if not seen or not all(pk.isdigit() for pk in seen):
        messages.error(request, _("Tick at least one line."))
        return back(request)
    chosen = {int(pk): mark for pk, mark in seen.items()}
    shown = [int(pk) for pk in request.POST.get("shown", "").split(",") if pk.isdigit()]
    rests = [int(pk) for pk in request.POST.getlist("give_up") if pk.isdigit()]
    try:
        count = reconciliation.accept(
            organisation_of(request),
            chosen,
            shown,
            user_of(request),
            timezone.now(),
            "pass_fees" in request.POST,
            rests,
        )
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    else:
        text = ngettext("%(count)s line is booked.", "%(count)s lines are booked.", count)
        messages.success(request, text % {"count": count})
    return back(request)


def user_of(request: HttpRequest) -> User | None:
    """Who does it."""
    return request.user if isinstance(request.user, User) else None


def back(request: HttpRequest) -> HttpResponse:
    """To the list as it was looked at."""
    view = request.POST.get("view")
    response = redirect("clearing")
    if view in VIEWS:
        response["Location"] += f"?view={view}"
    return response


@office("billing.view_statemententry")
def done(request: HttpRequest) -> HttpResponse:
    """What was settled lately, newest first, to look at or to take back."""
    entries = StatementEntry.objects.filter(organisation=organisation_of(request)).exclude(settled_at=None)
    ordered = entries.select_related("settled_by").order_by("-settled_at", "-pk")
    shown = Paginator(ordered, DONE).get_page(request.GET.get("page"))
    rows = [(one, euro(one.amount), mask_iban(one.iban)) for one in shown]
    parts = settled_parts([one.pk for one in shown])
    context = {"rows": [(*row, parts.get(row[0].pk, ())) for row in rows], "shown": shown}
    return page(request, "office/clearing_done.html", _("Settled lines"), context)


def settled_parts(entries: list[int]) -> dict[int, list[str]]:
    """By line: what it settles, the first few parts."""
    allocations = Allocation.objects.filter(entry__in=entries, undone_on=None).select_related("member", "invoice").defer(
        "invoice__snapshot"
    )  # fmt: skip
    found: dict[int, list[str]] = {}
    counts: dict[int, int] = {}
    for one in allocations.order_by("pk").iterator(chunk_size=500):
        counts[one.entry_id] = counts.get(one.entry_id, 0) + 1
        if counts[one.entry_id] <= 5:
            found.setdefault(one.entry_id, []).append(allocation_words(one))
    for entry, count in counts.items():
        if count > 5:
            found[entry].append(_("and %(count)s more") % {"count": count - 5})
    return found


def allocation_words(one: Allocation) -> str:
    """One allocation, with the rule it was found by."""
    names: list[Any] = [
        one.get_kind_display(),
        one.member and one.member.name,
        one.invoice and one.invoice.number,
        one.account,
    ]
    rule = RULES.get(one.found_by)
    return f"{', '.join(str(name) for name in names if name)} ({euro(one.amount)})" + (f" · {rule}" if rule else "")


@require_POST
@office("billing.change_statemententry")
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes back what a line settled; the line is open again."""
    entry = get_object_or_404(StatementEntry, organisation=organisation_of(request), pk=pk)
    try:
        settling.undo(entry.organisation, entry.pk, timezone.localdate())
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    else:
        messages.success(request, _("Taken back. The line is open again."))
    return redirect("clearing_done")
