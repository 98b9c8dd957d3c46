"""A member changes the tariff: what can be had, what it would bring, one button."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from billing.models import Contract, ContractEvent, ContractQuote
from billing.services import quote_words, quotes
from members.tenancy import household_members
from portal.access import MemberRequest, signed_in

CHANGE = str(ContractEvent.Kind.CHANGE_TARIFF)


def own_contract(request: HttpRequest, pk: int) -> Contract:
    """My contract, or that of somebody I pay for. A stranger's and one that does not exist are refused alike."""
    ours = household_members(request).order_by().values("pk")
    rows = Contract.objects.filter(organisation=request.organisation, pk=pk)  # type: ignore[attr-defined]
    found = rows.filter(member__in=ours).select_related("organisation", "tariff", "member__payer").first()
    if found is None:
        raise Http404
    return found


@require_GET
@signed_in
def tariff_choices(request: MemberRequest, pk: int) -> HttpResponse:
    """The present tariff, a change that waits, and every tariff that may be chosen, each with what it would bring."""
    contract = own_contract(request, pk)
    counter = quotes.counter(contract, timezone.localdate())
    offers = [(offer, quote_words.brief(offer.answer) if offer.answer else []) for offer in counter.offers]
    context = {
        "contract": contract,
        "counter": counter,
        "offers": offers,
        "present": quote_words.steps(counter.steps),
        "waits_until": counter.waiting and quote_words.day(counter.waiting.effective.isoformat()),
    }
    return render(request, "portal/tariff_change.html", context)


@require_POST
@signed_in
def tariff_quote(request: MemberRequest, pk: int) -> HttpResponse:
    """The quote for one choice: everything that matters, directly above the button."""
    contract, today = own_contract(request, pk), timezone.localdate()
    code = request.POST.get("tariff", "")
    if code not in {choice.tariff.code for choice in quotes.choices(contract, today)}:
        messages.error(request, _("Please choose one of the tariffs that are shown here."))
        return redirect("tariff_choices", pk)
    try:
        quote = quotes.make_quote(contract, code, today, timezone.now())
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
        return redirect("tariff_choices", pk)
    return quote_page(request, quote)


def quote_page(request: HttpRequest, quote: ContractQuote) -> HttpResponse:
    """What the member reads before saying yes."""
    answer = quote.answer
    context = {
        "quote": quote,
        "contract": quote.contract,
        "title": quote_words.headline(answer),
        "facts": quote_words.facts(answer),
        "lines": [(line["text"], quote_words.euro(line["gross"])) for line in answer["lines"]],
        "total": quote_words.euro(answer["total"]),
        "orders": quote_words.orders(answer),
        "takes_back": bool(answer.get("takes_back")),
    }
    return render(request, "portal/tariff_change_quote.html", context)


@require_POST
@signed_in
def tariff_confirm(request: MemberRequest, pk: int) -> HttpResponse:
    """The member says yes to a quote. One that is no longer true is shown anew and confirmed by another press."""
    quote, now = own_quote(request, pk), timezone.now()
    try:
        refuse_unoffered(quote)
        quotes.confirm(quote, request.user, now)
    except ValidationError as refused:
        messages.warning(request, " ".join(refused.messages))
        return shown_anew(request, quote, refused)
    messages.success(
        request, _("Done: %(what)s. You will get a confirmation in writing.") % {"what": quote_words.headline(quote.answer)}
    )  # fmt: skip
    return redirect("tariff_choices", quote.contract_id)


def own_quote(request: MemberRequest, pk: int) -> ContractQuote:
    """A quote for another tariff on a contract of my own."""
    rows = ContractQuote.objects.filter(organisation=request.organisation, pk=pk, action__has_key=CHANGE)
    quote = rows.first()
    if quote is None:
        raise Http404
    quote.contract = own_contract(request, quote.contract_id)
    return quote


def refuse_unoffered(quote: ContractQuote) -> None:
    """What the office withdrew since, and what the office itself quoted, is not for the member to confirm."""
    action, today = quote.action, timezone.localdate()
    allowed = {choice.tariff.code for choice in quotes.choices(quote.contract, today)}
    if not quote.event_id and ("when" in action or action[CHANGE] not in allowed):
        raise ValidationError(_("This tariff can no longer be chosen here. Please ask the office."), code="not_offered")


def shown_anew(request: MemberRequest, quote: ContractQuote, refused: ValidationError) -> HttpResponse:
    """The quote as it is now, or back to the choices if there is none any more."""
    if getattr(refused, "code", "") == "stale":
        try:
            return quote_page(request, quotes.again(quote, timezone.now()))
        except ValidationError as why:
            messages.warning(request, " ".join(why.messages))
    return redirect("tariff_choices", quote.contract_id)
