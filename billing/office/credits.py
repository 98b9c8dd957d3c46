"""Open credits: what members have coming, set off by the next runs or paid out by a file for the bank."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from unfold.widgets import UnfoldAdminDateWidget

from billing.formats.target import next_open
from billing.models import PayoutBatch
from billing.models.payments import mask_iban
from billing.office.access import download, office, organisation_of, page
from billing.office.money_words import euro
from billing.services import desk, payouts
from members.models import Member, User


class PayoutForm(forms.Form):
    """On which day the bank pays."""

    execute_on = forms.DateField(label=gettext_lazy("The bank pays on"), widget=UnfoldAdminDateWidget)


@office("billing.view_payoutbatch")
def credits_page(request: HttpRequest) -> HttpResponse:
    """What is open, and the files that were made."""
    organisation = organisation_of(request)
    form = PayoutForm(request.POST or None, initial={"execute_on": next_open(timezone.localdate() + timedelta(days=1))})
    if request.method == "POST":
        if not request.user.has_perm("billing.add_payoutbatch"):
            raise Http404
        if form.is_valid() and paid_out(request, form):
            return redirect("office_credits")
    rows, kept = payouts.owed(organisation), payouts.owed_balances(organisation, timezone.localdate())
    credit, balance = request.POST.getlist("credit"), request.POST.getlist("balance")
    shown = [
        to_pay(request, member, one.amount, account) | {"credit": one, "chosen": str(one.invoice) in credit}
        for one, member, account in rows
    ]
    balances = [
        to_pay(request, member, amount, account) | {"chosen": str(member.pk) in balance}
        for member, amount, account in kept
    ]
    files = PayoutBatch.objects.filter(organisation=organisation).defer("content")[:24]
    together = payouts.total_owed(rows) + sum((amount for _member, amount, _account in kept), start=0)
    context: dict[str, Any] = {
        "rows": shown, "balances": balances, "total": euro(together), "form": form, "files": files,
    }  # fmt: skip
    return page(request, "office/credits.html", _("Credits"), context)


def to_pay(request: HttpRequest, member: Member, amount: Decimal, account: payouts.Account | None) -> dict[str, Any]:
    """Who gets how much, to which account: the known one, or the one that was typed in."""
    return {
        "member": member, "account": mask_iban(account[1]) if account else "", "amount": euro(amount),
        "typed": request.POST.get(f"iban_{member.pk}", ""),
    }  # fmt: skip


def paid_out(request: HttpRequest, form: PayoutForm) -> bool:
    """Makes the file over the chosen credits; a refusal is shown above the list."""
    chosen = [int(pk) for pk in request.POST.getlist("credit") if pk.isdigit()]
    ibans = {int(key[5:]): request.POST[key] for key in request.POST if key.startswith("iban_") and key[5:].isdigit()}
    balances = [int(pk) for pk in request.POST.getlist("balance") if pk.isdigit()]
    if not chosen and not balances:
        form.add_error(None, _("Choose at least one credit."))
        return False
    user = request.user if isinstance(request.user, User) else None
    try:
        batch = payouts.pay_out(
            organisation_of(request), chosen, form.cleaned_data["execute_on"], user, timezone.now(), ibans, balances
        )
    except ValidationError as refused:
        form.add_error(None, refused)
        return False
    messages.success(
        request,
        _("The file is made: %(count)s payments, %(total)s.") % {"count": batch.count, "total": euro(batch.total)},
    )
    return True


def find(request: HttpRequest, pk: int) -> PayoutBatch:
    """A file of this organisation."""
    return get_object_or_404(PayoutBatch, pk=pk, organisation=organisation_of(request))


@office("billing.export_payoutbatch")
def payout_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The bytes as they were made."""
    batch = find(request, pk)
    if batch.withdrawn_at:
        raise Http404
    user: Any = request.user
    desk.note_download(batch.organisation, user, timezone.now(), payout_batch=batch)
    return download(f"{batch.message_id}.xml", bytes(batch.content or b""), "application/xml")


@require_POST
@office("billing.change_payoutbatch")
def payout_submit(request: HttpRequest, pk: int) -> HttpResponse:
    """The bank has it."""
    return step(request, pk, payouts.submit, _("Noted: the bank has the file."))


@require_POST
@office("billing.change_payoutbatch")
def payout_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """It never went to the bank."""
    return step(request, pk, payouts.withdraw, _("The file is withdrawn; its credits are open again."))


def step(request: HttpRequest, pk: int, take: Any, done: str) -> HttpResponse:
    """Takes a step and says so."""
    try:
        take(find(request, pk), timezone.now())
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    else:
        messages.success(request, done)
    return redirect("office_credits")
