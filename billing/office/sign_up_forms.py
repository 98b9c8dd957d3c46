"""The settings of the sign-up as forms."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models import SignUpOffer, SignUpSettings, SignUpText, Tariff
from billing.services import sign_up
from billing.services.sign_up import BUSINESS, CONSUMER, House, Takers
from members.models import Organisation

ENTRY = {"class": "entry"}
WIDE = {"class": "entry wide"}


def dressed(form: forms.BaseForm) -> None:
    """Every field as the office's pages draw it."""
    for one in form.fields.values():
        if isinstance(one.widget, forms.Textarea):
            one.widget.attrs |= WIDE
        elif not isinstance(one.widget, forms.CheckboxInput):
            one.widget.attrs |= ENTRY


class SettingsForm(forms.ModelForm):  # type: ignore[type-arg]
    """Open or closed, who admits, from when, and which websites may show the form."""

    websites = forms.CharField(
        label=gettext_lazy("Websites that may show the form"), required=False, widget=forms.Textarea({"rows": 3, "spellcheck": "false"}),
        help_text=gettext_lazy("One a line, exactly as the browser shows it, such as https://www.verein.example. With and without www are two."),
    )  # fmt: skip

    class Meta:
        model = SignUpSettings
        fields = ("is_open", "approval", "begins", "transfer", "welcome", "confirm_days", "keep_days")
        widgets = {"welcome": forms.Textarea({"rows": 3})}

    def __init__(self, house: House, bases: set[str], data: Any = None) -> None:
        super().__init__(data, instance=house.settings, initial={"websites": "\n".join(house.settings.origins)})
        self.house, self.bases = house, bases
        dressed(self)

    def clean_websites(self) -> list[str]:
        return sign_up.clean_origins(self.cleaned_data["websites"])

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or self.cleaned_data
        if typed.get("is_open"):
            rows = sign_up.offer_rows(self.house.organisation)
            for fault in sign_up.opening_faults(self.house, rows, self.bases):
                self.add_error("is_open", ValidationError(fault, code="not_ready"))
        return typed

    def save(self, commit: bool = True) -> Any:
        self.instance.origins = self.cleaned_data["websites"]
        return super().save(commit)


class TextForm(forms.ModelForm):  # type: ignore[type-arg]
    """A text or its address, with the version."""

    url = forms.URLField(label=gettext_lazy("Address on your website"), required=False, assume_scheme="https")

    class Meta:
        model = SignUpText
        fields = ("version", "url", "text")
        widgets = {"text": forms.Textarea({"rows": 16})}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        dressed(self)

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and not typed["url"] and not typed["text"]:
            raise ValidationError(_("Please give the version, and the address or the text."), code="empty")
        return typed


class OfferForm(forms.ModelForm):  # type: ignore[type-arg]
    """How a tariff is offered to newcomers. The tariff's legal basis says who may take it."""

    household_tariff = forms.ModelChoiceField(Tariff.objects.none(), label=gettext_lazy("Their tariff"), required=False)

    class Meta:
        model = SignUpOffer
        fields = ("text", "position", "takers", "youngest", "oldest", "household", "household_tariff")
        widgets = {"text": forms.Textarea({"rows": 2})}

    def __init__(self, basis: str, tariffs: QuerySet[Tariff], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.basis = basis
        self.fields["household_tariff"].queryset = tariffs  # type: ignore[attr-defined]
        dressed(self)

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or self.cleaned_data
        takers = typed.get("takers")
        if self.basis == BUSINESS and takers != Takers.COMPANIES:
            self.add_error("takers", ValidationError(_("This tariff's terms are for companies only."), code="takers"))
        if self.basis == CONSUMER and takers != Takers.PERSONS:
            self.add_error(
                "takers", ValidationError(_("This tariff's terms are for consumers: persons only."), code="takers")
            )
        return typed


def text_row(organisation: Organisation, kind: str) -> SignUpText:
    """The text of a kind, or a new one."""
    found = SignUpText.objects.filter(organisation=organisation, kind=kind).first()
    return found or SignUpText(organisation=organisation, kind=kind)
