"""The parts of a tariff as forms: what is agreed once, what is charged, phases, loyalty, and the example beside them."""

import json
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models import Tariff
from billing.office.tariff_fields import ENTRY, UNITS, AmountField, SpanField, choice, day, text

BASES = (
    ("", gettext_lazy("please choose")),
    ("membership", gettext_lazy("membership under the statutes")),
    ("consumer", gettext_lazy("contract with consumers")),
    ("b2b", gettext_lazy("contract between companies")),
)
SPHERES = (
    ("", gettext_lazy("none (no association)")),
    ("ideell", gettext_lazy("ideal (genuine dues)")),
    ("vermoegensverwaltung", gettext_lazy("assets (rent, interest)")),
    ("zweckbetrieb", gettext_lazy("purpose (sports courses, care)")),
    ("geschaeftsbetrieb", gettext_lazy("business (advertising, bar)")),
)
VAT = (
    ("outside", gettext_lazy("outside VAT (genuine dues)")),
    ("0", gettext_lazy("0 % (exempt)")),
    ("7", "7 %"),
    ("19", "19 %"),
    ("other", gettext_lazy("another rate")),
)
PRICES = (("gross", gettext_lazy("with VAT (gross)")), ("net", gettext_lazy("without VAT (net)")))
ANCHORS = (
    ("start", gettext_lazy("from the contract's first paid day")),
    ("calendar", gettext_lazy("by the calendar (months, quarters, years)")),
    ("day", gettext_lazy("from a day that I name")),
)
TIMINGS = (("advance", gettext_lazy("ahead")), ("arrears", gettext_lazy("afterwards")))
PRORATIONS = (
    ("day", gettext_lazy("by the day")),
    ("month", gettext_lazy("each begun month counts in full")),
    ("none", gettext_lazy("always the full price")),
)
RHYTHMS = {
    1: gettext_lazy("monthly"), 2: gettext_lazy("every 2 months"), 3: gettext_lazy("quarterly"), 4: gettext_lazy("every 4 months"),
    6: gettext_lazy("half-yearly"), 12: gettext_lazy("yearly"),
}  # fmt: skip
THEN = (
    ("continue", gettext_lazy("the normal price holds")),
    ("end", gettext_lazy("the contract ends by itself (instalments)")),
)
TRIAL_THEN = (("continue", gettext_lazy("goes on and is paid")), ("end", gettext_lazy("ends by itself")))
ENDS = (
    ("period", gettext_lazy("with the end of a billing period")),
    ("any_day", gettext_lazy("on any day")),
)
WHEN = (
    ("immediately", gettext_lazy("at once")),
    ("period_end", gettext_lazy("when the billing period is over")),
    ("term_end", gettext_lazy("at the end of the term")),
)
KINDS = (
    ("flat", gettext_lazy("a fixed price each period")),
    ("per_unit", gettext_lazy("a price for each piece agreed")),
    ("once", gettext_lazy("once, at the beginning")),
    ("usage", gettext_lazy("what was used, by a meter")),
)
MODELS = (
    ("per_unit", gettext_lazy("the same price for each unit")),
    ("graduated", gettext_lazy("steps: each unit at the price of its own step")),
    ("volume", gettext_lazy("steps: all units at the price of the step reached")),
    ("stairstep", gettext_lazy("steps: one price for the step reached")),
    ("package", gettext_lazy("packages: a price for each begun package")),
    ("percentage", gettext_lazy("a percentage of the value")),
)
AGGREGATES = (
    ("sum", gettext_lazy("added up")),
    ("count", gettext_lazy("how often")),
    ("unique", gettext_lazy("how many different ones")),
    ("max", gettext_lazy("the highest value")),
    ("last", gettext_lazy("the last value")),
)
YES = (("1", gettext_lazy("smaller in a part of a period")), ("0", gettext_lazy("always in full")))
REQUIRED = gettext_lazy("Please fill this in.")


def read_further(value: str) -> dict[str, Any]:
    """What only an expert writes: an object of JSON."""
    try:
        found = json.loads(value) if value.strip() else {}
    except ValueError as refused:
        raise ValidationError(_("This is not JSON.")) from refused
    if not isinstance(found, dict):
        raise ValidationError(_("An object is expected here, in braces."))
    return found


class FurtherField(forms.CharField):
    """Terms that no other field shows."""

    def __init__(self, **options: Any) -> None:
        widget = forms.Textarea(attrs=ENTRY | {"rows": 5, "spellcheck": "false"})
        super().__init__(label=gettext_lazy("Further terms (JSON)"), required=False, widget=widget, **options)

    def clean(self, value: Any) -> Any:
        return read_further(str(super().clean(value)))


class HeadForm(forms.ModelForm):  # type: ignore[type-arg]
    """What a tariff is called, and who may choose it."""

    class Meta:
        model = Tariff
        fields = ("name", "code", "position", "offered", "family")
        labels = {"code": gettext_lazy("Short name"), "name": gettext_lazy("Name")}
        help_texts = {
            "code": gettext_lazy("such as ADULT; it stays as it is"),
            "name": gettext_lazy("as it stands on invoices"),
            "position": gettext_lazy("place in lists"),
        }
        widgets = {
            "name": forms.TextInput(attrs=ENTRY), "code": forms.TextInput(attrs=ENTRY), "family": forms.TextInput(attrs=ENTRY),
            "position": forms.NumberInput(attrs=ENTRY),
        }  # fmt: skip

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["position"].required = False
        if self.instance.pk:
            del self.fields["code"]

    def clean_position(self) -> int:
        """An empty place is the first one."""
        return self.cleaned_data["position"] or 0

    def clean_code(self) -> str:
        """Each code once in an organisation."""
        code: str = self.cleaned_data["code"]
        if Tariff.objects.filter(organisation=self.instance.organisation, code=code).exists():
            raise ValidationError(_("This code is already taken by another tariff."))
        return code


class TermsForm(forms.Form):
    """Everything that a tariff agrees once."""

    legal_basis = choice(gettext_lazy("What kind of contract it is"), BASES)
    sphere = choice(gettext_lazy("Sphere of the association"), SPHERES, help_text=gettext_lazy("for the books (KOST1)"))
    resolution_body = text(
        gettext_lazy("Resolution: who decided"), help_text=gettext_lazy("such as “general assembly” (§ 58 Nr. 2 BGB)")
    )
    resolution_on = day(gettext_lazy("Resolution: on which day"))
    resolution_reference = text(gettext_lazy("Resolution: where it is written"))
    vat = choice(gettext_lazy("VAT"), VAT)
    vat_other = AmountField(label=gettext_lazy("VAT rate in %"))
    exemption = text(gettext_lazy("Why it is exempt"), help_text=gettext_lazy("such as § 4 Nr. 22 b UStG"))
    prices = choice(gettext_lazy("Prices below are"), PRICES)
    description = text(gettext_lazy("Note on what it includes"), 500)
    interval = SpanField(label=gettext_lazy("Prices hold for"), help_text=gettext_lazy("one billing period"))
    intervals = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Members may also pay"),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("The price of a month is multiplied."),
    )
    anchor = choice(gettext_lazy("Periods are counted"), ANCHORS)
    anchor_day = text(gettext_lazy("Day of the month"), 2, help_text=gettext_lazy("31 is always the last one"))
    anchor_month = text(gettext_lazy("Month (1 to 12)"), 2, help_text=gettext_lazy("only for longer periods"))
    timing = choice(
        gettext_lazy("Fixed prices are billed"), TIMINGS, help_text=gettext_lazy("Usage always afterwards.")
    )
    proration = choice(gettext_lazy("Part of a period"), PRORATIONS)
    phases_then = choice(gettext_lazy("After the last phase"), THEN)
    trial = SpanField(label=gettext_lazy("Trial, free of charge"))
    trial_then = choice(gettext_lazy("After the trial the contract"), TRIAL_THEN)
    minimum_term = SpanField(
        label=gettext_lazy("Minimum term"),
        help_text=gettext_lazy("Consumers: 24 months at most (§ 309 Nr. 9 a BGB). Members: two years (§ 39 BGB)."),
    )
    notice = SpanField(
        label=gettext_lazy("Notice"),
        help_text=gettext_lazy(
            "Consumers: one month at most (§ 309 Nr. 9 c BGB). Members: out after two years (§ 39 BGB)."
        ),
    )
    renewal = SpanField(
        label=gettext_lazy("Goes on each time for"),
        help_text=gettext_lazy("Consumers: one month at most (§ 309 Nr. 9 b BGB). Empty: no further term."),
    )
    ends = choice(gettext_lazy("Without a minimum term it ends"), ENDS)
    upgrade = choice(gettext_lazy("Change to a dearer tariff"), WHEN)
    downgrade = choice(gettext_lazy("Change to a cheaper tariff"), WHEN)
    further = FurtherField()

    def __init__(self, *args: Any, followers: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        given = [int(one) for one in self.listed("intervals") if str(one).isdigit()]
        months = sorted({*RHYTHMS, *given})
        self.set_choices("intervals", [(one, RHYTHMS.get(one) or f"{one} {UNITS['months']}") for one in months])
        names = [(code, _("changes to %(name)s") % {"name": name}) for code, name in followers]
        self.set_choices("trial_then", [*TRIAL_THEN, *names])

    def set_choices(self, name: str, choices: list[Any]) -> None:
        """Choices that depend on what is there."""
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def listed(self, name: str) -> list[Any]:
        """All values of a field that has several."""
        value: list[Any] = self.fields[name].widget.value_from_datadict(self.data, {}, self.add_prefix(name)) or []
        return value

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        for name in ("anchor_day", "anchor_month"):
            if cleaned.get(name) and not cleaned[name].isdigit():
                self.add_error(name, _("Please enter a whole number."))
        if cleaned.get("anchor") == "day" and not cleaned.get("anchor_day"):
            self.add_error("anchor_day", ValidationError(str(REQUIRED), code="required"))
        if cleaned.get("vat") == "other" and not cleaned.get("vat_other"):
            self.add_error("vat_other", ValidationError(str(REQUIRED), code="required"))
        return cleaned


class ComponentForm(forms.Form):
    """One thing that is charged for."""

    name = text(gettext_lazy("Name on the invoice"))
    code = text(gettext_lazy("Short name"), 40, help_text=gettext_lazy("for programs; empty: made from the name"))
    kind = choice(gettext_lazy("Charged is"), KINDS, attrs={"class": "entry kind"})
    meter = text(gettext_lazy("Meter"), 40, help_text=gettext_lazy("what is counted, such as “water”"))
    aggregate = choice(gettext_lazy("The values of a period are"), AGGREGATES)
    model = choice(gettext_lazy("Priced by"), MODELS, attrs={"class": "entry model"})
    price = AmountField(label=gettext_lazy("Price in EUR"))
    size = AmountField(label=gettext_lazy("Units in a package"))
    percent = AmountField(label=gettext_lazy("Per cent of the value"))
    fixed = AmountField(label=gettext_lazy("plus EUR for each event"))
    included = AmountField(label=gettext_lazy("Free units in each period"))
    included_prorated = choice(gettext_lazy("The free units are"), YES)
    min = AmountField(label=gettext_lazy("At least, EUR"))
    max = AmountField(label=gettext_lazy("At most, EUR"))
    description = text(gettext_lazy("Note on what it includes"), 500)
    further = FurtherField()
    sample = AmountField(
        label=gettext_lazy("In the example: how many"), help_text=gettext_lazy("pieces, or used in a month")
    )


class TierForm(forms.Form):
    """One price step."""

    up_to = AmountField(label=gettext_lazy("Up to and including"), help_text=gettext_lazy("empty: everything above"))
    unit = AmountField(label=gettext_lazy("EUR for each unit"))
    flat = AmountField(label=gettext_lazy("EUR for the step"))


class PhaseForm(forms.Form):
    """A stretch of time with a price of its own."""

    length = SpanField(label=gettext_lazy("For"), units=("months", "weeks", "days", "periods"))
    how = choice(
        gettext_lazy("costs"),
        (
            ("factor", gettext_lazy("per cent of the normal price")),
            ("price", gettext_lazy("EUR instead of the fixed price")),
        ),
    )
    value = AmountField(label=gettext_lazy("How much"), help_text=gettext_lazy("0 is free of charge"))


class LoyaltyForm(forms.Form):
    """A discount for those who stay."""

    after = SpanField(label=gettext_lazy("After this time"))
    percent = AmountField(label=gettext_lazy("Per cent off"))


class DaysForm(forms.Form):
    """From when a version holds."""

    valid_from = day(gettext_lazy("For new contracts from"))
    existing_from = day(
        gettext_lazy("For running contracts from"),
        help_text=gettext_lazy("Empty: running contracts keep their price. Tell them in time before you set a day."),
    )


class ExampleForm(forms.Form):
    """What the example invoice is computed for."""

    start = day(gettext_lazy("Contract begins on"))
    rhythm = choice(gettext_lazy("Paid"), (("", gettext_lazy("as the tariff says")), *RHYTHMS.items()))

    def begins(self, today: date) -> date:
        """The day that was chosen, or the first of the next month."""
        return self.cleaned_data.get("start") or first_of_next_month(today)

    def months(self) -> int | None:
        """The rhythm that was chosen."""
        chosen = self.cleaned_data.get("rhythm")
        return int(chosen) if chosen else None


def first_of_next_month(today: date) -> date:
    """When most contracts begin."""
    return date(today.year + today.month // 12, today.month % 12 + 1, 1)
