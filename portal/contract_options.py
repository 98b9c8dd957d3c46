"""A member changes a contract: how many, an extra, a pause, how often they pay. The effect is shown first, then one button."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from billing.models import Contract, ContractEvent, ContractQuote
from billing.pricing.periods import DAY
from billing.services import contract_options, quote_words, quotes
from billing.services.contract_options import Options, Piece
from billing.services.quote_answers import Action
from portal.access import MemberRequest, signed_in
from portal.prices import months_in_words
from portal.tariff_change import own_contract

Kind = ContractEvent.Kind
KINDS = (Kind.QUANTITY, Kind.PAUSE, Kind.RHYTHM)


def calendar(label: Any) -> forms.DateField:
    """A day, in the browser's own calendar."""
    return forms.DateField(label=label, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))


class WishForm(forms.Form):
    """One wish, from a day on."""

    def __init__(self, found: Options, today: date, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.found, self.today = found, today
        self.prepare()

    def prepare(self) -> None:
        """What depends on the contract."""

    def wish(self) -> tuple[Action, date]:
        """As the quote takes it, and from which day."""
        raise NotImplementedError


class PiecesForm(WishForm):
    """How many of each; what one has or has not is a box to tick."""

    on = calendar(gettext_lazy("From this day on"))

    def prepare(self) -> None:
        self.fields["on"].initial = self.today
        for piece in self.found.pieces:
            self.fields[f"of_{piece.code}"] = piece_field(piece)
        self.fields["on"] = self.fields.pop("on")

    def wish(self) -> tuple[Action, date]:
        amounts = {one.code: int(self.cleaned_data[f"of_{one.code}"]) for one in self.found.pieces}
        changed = {one.code: str(amounts[one.code]) for one in self.found.pieces if one.now != amounts[one.code]}
        return {str(Kind.QUANTITY): changed}, self.cleaned_data["on"]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors and not self.wish()[0][str(Kind.QUANTITY)]:
            raise ValidationError(_("Nothing would change: this is what you have."), code="same")
        return cleaned


def piece_field(piece: Piece) -> forms.Field:
    """A box for an extra, else a number."""
    if piece.most == 1:
        return forms.BooleanField(label=piece.name, required=False, initial=piece.now > 0)
    return forms.IntegerField(label=piece.name, min_value=0, max_value=piece.most, initial=int(piece.now))


class PauseForm(WishForm):
    """From a day to a day, both included."""

    on = calendar(gettext_lazy("First day of the pause"))
    last_day = calendar(gettext_lazy("Last day of the pause"))

    def wish(self) -> tuple[Action, date]:
        until = self.cleaned_data["last_day"] + DAY
        return {str(Kind.PAUSE): {"until": until.isoformat()}}, self.cleaned_data["on"]


class RhythmForm(WishForm):
    """How often."""

    months = forms.TypedChoiceField(label=gettext_lazy("Pay"), coerce=int)

    def prepare(self) -> None:
        self.fields["months"].choices = [(one, months_in_words(one)) for one in self.found.rhythms]  # type: ignore[attr-defined]
        self.fields["months"].initial = self.found.rhythm

    def wish(self) -> tuple[Action, date]:
        return {str(Kind.RHYTHM): {"months": self.cleaned_data["months"]}}, self.today


FORMS: dict[str, type[WishForm]] = {Kind.QUANTITY: PiecesForm, Kind.PAUSE: PauseForm, Kind.RHYTHM: RhythmForm}


@require_http_methods(["GET", "POST"])
@signed_in
def contract_options_page(request: MemberRequest, pk: int) -> HttpResponse:
    """Everything that can be chosen; one form of it, sent, gives its quote."""
    contract, today = own_contract(request, pk), timezone.localdate()
    found = contract_options.options(contract, today)
    kind = request.POST.get("kind", "")
    forms_of = {
        one: FORMS[one](found, today, request.POST if kind == one else None, prefix=str(one), label_suffix="")
        for one, there in zip(KINDS, (found.pieces, found.pause_months, found.rhythms))
        if there
    }
    if kind in forms_of and forms_of[kind].is_valid():  # type: ignore[index]
        quote = quoted(contract, forms_of[kind], today)  # type: ignore[index]
        if quote:
            return quote_page(request, quote)
    context = {"contract": contract, "found": found, "forms": forms_of, "waiting": waits(found)}
    return render(request, "portal/contract_options.html", context)


def waits(found: Options) -> tuple[date, str] | None:
    """A rhythm that was chosen before, in words."""
    return (found.waiting[0], months_in_words(found.waiting[1])) if found.waiting else None


def quoted(contract: Contract, form: WishForm, today: date) -> ContractQuote | None:
    """The quote; a refusal is shown at the form."""
    action, on = form.wish()
    try:
        contract_options.refuse_beyond(contract, action, on, today)
        return quotes.quote_for(contract, action, on, timezone.now())
    except ValidationError as refused:
        form.add_error(None, refused)
        return None


def quote_page(request: MemberRequest, quote: ContractQuote) -> HttpResponse:
    """What the member reads before saying yes."""
    answer = quote.answer
    context = {
        "quote": quote, "contract": quote.contract, "title": quote_words.headline(answer), "facts": quote_words.facts(answer),
        "lines": [(line["text"], quote_words.euro(line["gross"])) for line in answer["lines"]],
        "total": quote_words.euro(answer["total"]), "orders": quote_words.orders(answer),
    }  # fmt: skip
    return render(request, "portal/contract_quote.html", context)


@require_POST
@signed_in
def contract_agree(request: MemberRequest, pk: int) -> HttpResponse:
    """The member says yes. A quote that is no longer true is shown anew and confirmed by another press."""
    quote = own_quote(request, pk)
    try:
        if not quote.event_id:
            contract_options.refuse_beyond(quote.contract, quote.action, quote.on, timezone.localdate())
        quotes.confirm(quote, request.user, timezone.now())
    except ValidationError as refused:
        messages.warning(request, " ".join(refused.messages))
        return shown_anew(request, quote, refused)
    words = quote_words.headline(quote.answer)
    messages.success(request, _("Done: %(what)s. You will get a confirmation in writing.") % {"what": words})
    return redirect("contract_options", quote.contract_id)


def own_quote(request: MemberRequest, pk: int) -> ContractQuote:
    """A quote of these kinds on a contract of my own."""
    quote = ContractQuote.objects.filter(organisation=request.organisation, pk=pk).first()
    if quote is None or not any(kind in quote.action for kind in KINDS):
        raise Http404
    quote.contract = own_contract(request, quote.contract_id)
    return quote


def shown_anew(request: MemberRequest, quote: ContractQuote, refused: ValidationError) -> HttpResponse:
    """The quote as it is now, or back to the choices if there is none any more."""
    if getattr(refused, "code", "") == "stale":
        try:
            return quote_page(request, quotes.again(quote, timezone.now()))
        except ValidationError as why:
            messages.warning(request, " ".join(why.messages))
    return redirect("contract_options", quote.contract_id)
