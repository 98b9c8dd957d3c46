"""A member cancels a contract after signing in: the earliest day and what comes back are shown before the one button."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from billing.models import Contract
from billing.services import declarations, quote_words
from billing.services.declarations import CANCEL, END, Wish
from billing.services.quote_answers import Answer, answer_to
from portal.access import MemberRequest, signed_in
from portal.declaration_form import known
from portal.tariff_change import own_contract

SHOWN = ("effective", "total")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def leave(request: MemberRequest, pk: int) -> HttpResponse:
    """Shows when the contract would end and what comes back; pressed, it is cancelled to exactly that day."""
    contract, today = own_contract(request, pk), timezone.localdate()
    if not may_leave(request, contract):
        raise Http404
    try:
        answer = answer_to(contract, {END: "contractual"}, today, today)
    except ValidationError as refused:
        return leave_page(request, contract, None, " ".join(refused.messages))
    if request.method != "POST":
        return leave_page(request, contract, answer)
    if any(request.POST.get(name) != answer[name] for name in SHOWN):
        messages.warning(
            request, _("Something has changed since the page was shown. Please look at it and press again.")
        )
        return leave_page(request, contract, answer)
    return left(request, contract, answer)


def may_leave(request: MemberRequest, contract: Contract) -> bool:
    """One's own contract, or that of somebody one pays for who has no sign-in of their own."""
    holder = contract.member
    return holder.user_id in (None, request.user.pk)


def leave_page(request: MemberRequest, contract: Contract, answer: Answer | None, refused: str = "") -> HttpResponse:
    """What the member reads before saying yes."""
    context: dict[str, Any] = {"contract": contract, "refused": refused, "answer": answer}
    if answer:
        lines = [(line["text"], quote_words.euro(line["gross"])) for line in answer["lines"]]
        context |= {"facts": quote_words.facts(answer), "lines": lines, "total": quote_words.euro(answer["total"])}
    return render(request, "portal/leave.html", context)


def left(request: MemberRequest, contract: Contract, answer: Answer) -> HttpResponse:
    """Cancelled: kept as a declaration, entered, confirmed in writing."""
    wish = wish_of(request, contract)
    now, language = timezone.now(), (get_language() or "de")[:2]
    try:
        declarations.cancel_here(contract, wish, language, request.user, now)
    except ValidationError as refused:
        messages.warning(request, " ".join(refused.messages))
        return redirect("leave", contract.pk)
    last_day = quote_words.last_day(answer["effective"])
    messages.success(
        request,
        _("Cancelled: your contract ends on %(day)s. You will get a confirmation in writing.") % {"day": last_day},
    )
    return redirect("home")


def wish_of(request: MemberRequest, contract: Contract) -> Wish:
    """What the button says, written out."""
    typed = known(contract.member)
    about = f"{contract.member.number}, {contract.tariff.name}"
    return Wish(CANCEL, get_random_string(32), typed["name"], about[:200], typed["email"] or request.user.email)
