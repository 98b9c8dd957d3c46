"""Open claims, and what becomes of one: written off, given up, paid from a credit balance, its costs waived."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from billing.models import Discharge, Invoice
from billing.office.access import office, organisation_of, page
from billing.office.clearing import user_of
from billing.office.money_words import euro
from billing.services import debt_desk, discharges

PAGE = 50
Step = Callable[[Invoice], object]


def find(request: HttpRequest, pk: int) -> Invoice:
    """A claim of this organisation."""
    rows = Invoice.objects.filter(organisation=organisation_of(request), gross__gt=0).select_related(
        "payer", "organisation"
    )
    return get_object_or_404(rows.defer("snapshot"), pk=pk)


@office("billing.view_discharge")
def debts(request: HttpRequest) -> HttpResponse:
    """Every claim of which something is owed, oldest first."""
    organisation, words = organisation_of(request), request.GET.get("q", "").strip()[:80]
    claims = debt_desk.owed_claims(organisation, words)
    shown = Paginator(claims.only("pk"), PAGE).get_page(request.GET.get("page"))
    today = timezone.localdate()
    rows = [
        (row, euro(row.item.open), euro(row.item.ancillary) if row.item.ancillary else "", row.item.due_on < today)
        for row in debt_desk.rows_of([one.pk for one in shown], today)
    ]
    return page(request, "office/debts.html", _("Open claims"), {"rows": rows, "shown": shown, "words": words})


@office("billing.view_discharge")
def debt(request: HttpRequest, pk: int) -> HttpResponse:
    """One claim: what happened to it, and what may be done."""
    invoice = find(request, pk)
    sheet = debt_desk.sheet_of(invoice, timezone.localdate())
    context: dict[str, Any] = {
        "invoice": invoice, "sheet": sheet, "owed": euro(sheet.item.owed), "lost": euro(sheet.lost), "balance": euro(sheet.balance),
        "moves": [(one, euro(one.amount)) for one in sheet.moves], "costs": [(one, euro(left)) for one, left in sheet.costs],
        "waiting": euro(sum((one.amount for one in sheet.waiting), Decimal(0))) if sheet.waiting else "",
        "own_proposal": any(one.asked_by_id == request.user.pk for one in sheet.waiting),
        "four_eyes": discharges.settings_of(invoice.organisation).write_off_four_eyes,
        "from_balance": euro(sheet.from_balance) if sheet.from_balance else "",
    }  # fmt: skip
    return page(request, "office/debt.html", _("Claim %(number)s") % {"number": invoice.number}, context)


def step(request: HttpRequest, pk: int, done: str, work: Step) -> HttpResponse:
    """Does it and says so, or says why not; then the claim again."""
    invoice = find(request, pk)
    try:
        work(invoice)
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    else:
        messages.success(request, done)
    return redirect("office_debt", pk)


@require_POST
@office("billing.add_discharge")
def write_off(request: HttpRequest, pk: int) -> HttpResponse:
    """All that is owed of it, with a reason."""
    reason, today = request.POST.get("reason", ""), timezone.localdate()
    waits = discharges.settings_of(organisation_of(request)).write_off_four_eyes
    done = _("Proposed: a second person has to confirm it.") if waits else _("Written off.")
    return step(
        request,
        pk,
        done,
        lambda one: discharges.write_off(one.organisation, one.pk, reason, user_of(request), today),
    )


@require_POST
@office("billing.change_discharge")
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """The second person agrees."""
    user: Any = request.user
    today = timezone.localdate()
    return step(request, pk, _("Written off."), lambda one: discharges.confirm(one.organisation, one.pk, user, today))


@require_POST
@office("billing.change_discharge")
def refuse(request: HttpRequest, pk: int) -> HttpResponse:
    """The proposal is dropped."""
    today = timezone.localdate()
    return step(
        request,
        pk,
        _("The proposal is dropped; the claim stays open."),
        lambda one: discharges.refuse(one.organisation, one.pk, today),
    )


@require_POST
@office("billing.change_discharge")
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """What was written off or given up is open again; with `balance`, what was paid from the credit balance."""
    kinds = [Discharge.Kind.ADVANCE] if "balance" in request.POST else discharges.LOSSES
    today = timezone.localdate()
    return step(
        request,
        pk,
        _("Taken back. The claim is open again."),
        lambda one: discharges.take_back(one.organisation, one.pk, kinds, today),
    )


@require_POST
@office("billing.add_discharge")
def give_up(request: HttpRequest, pk: int) -> HttpResponse:
    """A small rest is given up."""
    today = timezone.localdate()
    return step(
        request,
        pk,
        _("The rest is given up."),
        lambda one: discharges.give_up(one.organisation, one.pk, user_of(request), today),
    )


@require_POST
@office("billing.add_discharge")
def use_balance(request: HttpRequest, pk: int) -> HttpResponse:
    """Pays it from what the payer paid too much before."""
    today = timezone.localdate()
    return step(
        request,
        pk,
        _("Paid from the credit balance."),
        lambda one: discharges.use_advance(one.organisation, one.pk, user_of(request), today),
    )
