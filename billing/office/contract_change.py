"""The office changes a contract: tariff, quantity, pause, rhythm or cancellation, each shown with its money before it is confirmed."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from unfold.widgets import UnfoldAdminDateWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from billing.models import Contract, ContractEvent, ContractQuote
from billing.office.access import office, organisation_of, page
from billing.office.contract_words import every_words
from billing.pricing.periods import DAY
from billing.services import quote_words, quotes

Kind = ContractEvent.Kind
Asked = tuple[dict[str, Any], date]
WHEN = (
    ("", gettext_lazy("by the tariff's rule")),
    ("immediately", gettext_lazy("at once")),
    ("period_end", gettext_lazy("when the billing period is over")),
    ("term_end", gettext_lazy("at the end of the term")),
)
HOW = (("contractual", gettext_lazy("by the tariff's rules")), ("day", gettext_lazy("to the last day below")))


def date_field(label: Any, **options: Any) -> forms.DateField:
    """A day, chosen or typed."""
    return forms.DateField(label=label, widget=UnfoldAdminDateWidget, **options)


class ContractForm(forms.Form):
    """A wish about one contract."""

    def __init__(self, *args: Any, contract: Contract, today: date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.contract, self.today = contract, today
        self.prepare()

    def prepare(self) -> None:
        """Fills in what depends on the contract."""

    def asked(self) -> Asked:
        """What is wished, and the day that it is dated."""
        raise NotImplementedError


class TariffForm(ContractForm):
    """Another tariff."""

    tariff = forms.ChoiceField(label=gettext_lazy("New tariff"), widget=UnfoldAdminSelectWidget)
    on = date_field(gettext_lazy("Received on"))
    when = forms.ChoiceField(
        label=gettext_lazy("Holds from"), choices=WHEN, required=False, widget=UnfoldAdminSelectWidget
    )

    def prepare(self) -> None:
        found = quotes.office_choices(self.contract, self.today)
        groups = [
            (_("The member could choose these, too"), [choice for choice in found if choice.allowed]),
            (_("Only the office"), [choice for choice in found if not choice.allowed]),
        ]
        named = [(name, [(one.tariff.code, words(one)) for one in group]) for name, group in groups if group]
        self.fields["tariff"].choices = named  # type: ignore[attr-defined]
        self.fields["on"].initial = self.today

    def asked(self) -> Asked:
        code, when = self.cleaned_data["tariff"], self.cleaned_data["when"]
        return {str(Kind.CHANGE_TARIFF): code} | ({"when": when} if when else {}), self.cleaned_data["on"]


def words(choice: quotes.Choice) -> str:
    """A tariff as the list of choices names it."""
    return (
        _("%(tariff)s (take back the change)") % {"tariff": choice.tariff.name}
        if choice.takes_back
        else choice.tariff.name
    )


class QuantityForm(ContractForm):
    """Other quantities of what is paid by the piece."""

    on = date_field(gettext_lazy("From this day on"))

    def prepare(self) -> None:
        self.fields["on"].initial = self.today
        for code, name, now in quotes.quantities(self.contract, self.today):
            self.fields[f"of_{code}"] = forms.DecimalField(
                label=name, min_value=0, max_digits=12, decimal_places=4, initial=now.normalize(), localize=True,
                widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal"}),
            )  # fmt: skip

    def asked(self) -> Asked:
        amounts = {name.removeprefix("of_"): value for name, value in self.cleaned_data.items() if name != "on"}
        return {
            str(Kind.QUANTITY): {code: f"{value.normalize():f}" for code, value in amounts.items()}
        }, self.cleaned_data["on"]


class PauseForm(ContractForm):
    """Days for which nothing is charged."""

    on = date_field(gettext_lazy("First day of the pause"))
    last_day = date_field(gettext_lazy("Last day of the pause"))

    def asked(self) -> Asked:
        until = self.cleaned_data["last_day"] + DAY
        return {str(Kind.PAUSE): {"until": until.isoformat()}}, self.cleaned_data["on"]


class RhythmForm(ContractForm):
    """How often it is billed."""

    on = date_field(gettext_lazy("Received on"))
    months = forms.TypedChoiceField(label=gettext_lazy("Rhythm of payment"), coerce=int, widget=UnfoldAdminSelectWidget)

    def prepare(self) -> None:
        self.fields["on"].initial = self.today
        months = quotes.rhythms(self.contract, self.today)
        self.fields["months"].choices = [(one, every_words({"months": one})) for one in months]  # type: ignore[attr-defined]

    def asked(self) -> Asked:
        return {str(Kind.RHYTHM): {"months": self.cleaned_data["months"]}}, self.cleaned_data["on"]


class CancelForm(ContractForm):
    """The end: by the rules, or on a day that was agreed."""

    on = date_field(gettext_lazy("Received on"))
    how = forms.ChoiceField(label=gettext_lazy("Ends"), choices=HOW, widget=UnfoldAdminSelectWidget)
    last_day = date_field(gettext_lazy("Last day of the contract"), required=False)

    def prepare(self) -> None:
        self.fields["on"].initial = self.today

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("how") == "day" and not cleaned.get("last_day") and "last_day" not in self.errors:
            self.add_error("last_day", _("Please enter the last day of the contract."))
        return cleaned

    def asked(self) -> Asked:
        last_day = self.cleaned_data["last_day"]
        value = (last_day + DAY).isoformat() if self.cleaned_data["how"] == "day" else "contractual"
        return {str(Kind.CANCEL): value}, self.cleaned_data["on"]


FORMS: dict[str, tuple[type[ContractForm], Any]] = {
    Kind.CHANGE_TARIFF: (TariffForm, gettext_lazy("Change the tariff")),
    Kind.QUANTITY: (QuantityForm, gettext_lazy("Change a quantity")),
    Kind.PAUSE: (PauseForm, gettext_lazy("Pause")),
    Kind.RHYTHM: (RhythmForm, gettext_lazy("Change the rhythm of payment")),
    Kind.CANCEL: (CancelForm, gettext_lazy("Cancel the contract")),
}


@office("billing.add_contractevent")
def contract_change(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks what shall happen, and shows what it would bring; nothing is entered before it is confirmed."""
    contract = find(request, pk)
    kind = request.GET.get("kind", "")
    kind = kind if kind in FORMS else str(Kind.CHANGE_TARIFF)
    form = FORMS[kind][0](request.POST or None, contract=contract, today=timezone.localdate())
    quote = quoted(form) if request.method == "POST" and form.is_valid() else None
    return change_page(request, kind, form, quote)


def find(request: HttpRequest, pk: int) -> Contract:
    """A contract of this organisation."""
    rows = Contract.objects.select_related("organisation", "tariff", "member__payer")
    return get_object_or_404(rows, pk=pk, organisation=organisation_of(request))


def quoted(form: ContractForm) -> ContractQuote | None:
    """The quote for what was asked; a refusal is told beside the form."""
    action, on = form.asked()
    try:
        return quotes.quote_for(form.contract, action, on, timezone.now())
    except ValidationError as refused:
        form.add_error(None, refused)
        return None


def change_page(request: HttpRequest, kind: str, form: ContractForm, quote: ContractQuote | None) -> HttpResponse:
    """The form, and below it the quote with its button."""
    title, answer = FORMS[kind][1], quote.answer if quote else {}
    contract = form.contract
    held = quotes.standings(contract.organisation, [contract], form.today)[contract.pk]
    context = {
        "tariff": held.tariff.name,
        "contract": contract, "form": form, "kind": kind, "heading": title, "quote": quote,
        "kinds": [(name, label) for name, (_form, label) in FORMS.items()],
        "facts": quote_words.facts(answer, office=True) if quote else [],
        "headline": quote_words.headline(answer) if quote else "", "why": answer.get("why", ""),
        "lines": [(line["text"], quote_words.euro(line["gross"])) for line in answer.get("lines", [])],
        "total": quote_words.euro(answer["total"]) if quote else "",
    }  # fmt: skip
    return page(request, "office/contract_change.html", title, context)


@require_POST
@office("billing.add_contractevent")
def contract_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Enters what was quoted. A quote that is no longer true is shown anew and confirmed by another press."""
    quote = get_object_or_404(ContractQuote, pk=pk, organisation=organisation_of(request))
    quote.contract = find(request, quote.contract_id)
    try:
        quotes.confirm(quote, request.user, timezone.now())  # type: ignore[arg-type]
    except ValidationError as refused:
        messages.warning(request, " ".join(refused.messages))
        return shown_anew(request, quote, refused)
    what = quote_words.headline(quote.answer)
    messages.success(request, _("Entered: %(what)s. The confirmation is on its way to the member.") % {"what": what})
    return redirect("office_contract", quote.contract_id)


def shown_anew(request: HttpRequest, quote: ContractQuote, refused: ValidationError) -> HttpResponse:
    """The quote as it is now, or the contract's page if there is none any more."""
    kind = quote.answer["kind"]
    form = FORMS[kind][0](contract=quote.contract, today=timezone.localdate())
    if getattr(refused, "code", "") == "stale":
        try:
            return change_page(request, kind, form, quotes.again(quote, timezone.now()))
        except ValidationError as why:
            messages.warning(request, " ".join(why.messages))
    return redirect("office_contract", quote.contract_id)
