"""The forms behind “Cancel contracts here” and “Withdraw from contract”: what the law lists, and nothing else.

Against machines: a field that people do not see, and a signed token that is some seconds old. Both only ask to press again;
nothing that somebody declares is thrown away. The token also names the form, so that two presses make one declaration.
"""

import hashlib
from datetime import date
from typing import Any

from django import forms
from django.core import signing
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.services.declarations import CANCEL, WITHDRAW, Wish
from members.models import Member, Organisation

SALT = "declaration-form"
OLDEST = 24 * 3600
QUICKEST = 2
NO_ADDRESS = RegexValidator(
    r"://|www\.", gettext_lazy("Please do not write an internet address here."), inverse_match=True
)
DAYS = (MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2199, 12, 31)))
HOW = (("", gettext_lazy("ordinary")), ("yes", gettext_lazy("for good cause (please give the reason)")))


def new_token() -> str:
    """A name for one form, with the moment it was shown."""
    return signing.dumps(get_random_string(32), salt=SALT)


def key_of(token: str) -> str:
    """The form's name; empty if the token is too old, or no token."""
    try:
        return str(signing.loads(token, salt=SALT, max_age=OLDEST))
    except signing.BadSignature:
        return ""


def is_quick(token: str) -> bool:
    """Whether fewer seconds have passed than a person needs."""
    try:
        signing.loads(token, salt=SALT, max_age=QUICKEST)
    except signing.BadSignature:
        return False
    return True


class DeclarationForm(forms.Form):
    """Who declares something about which contract, and where the receipt goes."""

    kind = WITHDRAW
    organisation = forms.ModelChoiceField(
        label=gettext_lazy("Contract partner"),
        queryset=Organisation.objects.none(),
        empty_label=gettext_lazy("Please choose"),
    )
    name = forms.CharField(
        label=gettext_lazy("Your name"),
        max_length=120,
        validators=[NO_ADDRESS],
        widget=forms.TextInput({"autocomplete": "name"}),
    )
    about = forms.CharField(
        label=gettext_lazy("Contract"), max_length=200, validators=[NO_ADDRESS],
        help_text=gettext_lazy("Member or customer number and name of the contract, as far as you know them"),
    )  # fmt: skip
    email = forms.EmailField(
        label=gettext_lazy("E-mail address for the confirmation"),
        max_length=254,
        widget=forms.EmailInput({"autocomplete": "email"}),
    )
    website = forms.CharField(label=gettext_lazy("Please leave this field empty"), required=False, max_length=200)
    token = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, data: Any = None, *, partners: list[Organisation], initial: dict[str, Any] | None = None
    ) -> None:
        super().__init__(data, initial=(initial or {}) | {"token": new_token()})
        if len(partners) == 1:
            del self.fields["organisation"]
        else:
            chosen = Organisation.objects.filter(pk__in=[one.pk for one in partners])
            self.fields["organisation"].queryset = chosen  # type: ignore[attr-defined]
        self.partners = partners
        self.fields["website"].widget.attrs = {"autocomplete": "off", "tabindex": "-1"}

    def clean_name(self) -> str:
        return " ".join(self.cleaned_data["name"].split())

    def clean_about(self) -> str:
        return " ".join(self.cleaned_data["about"].split())

    def clean_website(self) -> str:
        if self.cleaned_data["website"]:
            raise forms.ValidationError(
                _("Please leave this field empty, and press the button once more."), code="trap"
            )
        return ""

    def clean(self) -> dict[str, Any]:
        """A form that was open for a day, or sent within two seconds, is shown once more with everything in it."""
        token = self.cleaned_data.get("token") or ""
        self.key = key_of(token)
        if not self.errors and (not self.key or is_quick(token)):
            self.add_error(None, forms.ValidationError(_("Please press the button once more."), code="token"))
        return self.cleaned_data

    def shown_again(self) -> None:
        """A new token for the form that is shown with its faults."""
        if not self.key:
            self.data = {name: self.data[name] for name in self.data} | {"token": new_token()}

    def content_key(self) -> str:
        """The form and what stands in it: a second press is a repeat, a corrected text is another declaration."""
        typed = repr([self.key, *sorted((name, str(value)) for name, value in self.cleaned_data.items())])
        return hashlib.sha256(typed.encode()).hexdigest()

    def partner(self) -> Organisation:
        """To whom it is declared."""
        chosen: Organisation | None = self.cleaned_data.get("organisation")
        return chosen or self.partners[0]

    def wish(self) -> Wish:
        """What was typed."""
        return Wish(
            self.kind, self.content_key(), **{name: self.cleaned_data[name] for name in ("name", "about", "email")}
        )


class CancelForm(DeclarationForm):
    """The statements of BGB 312k Abs. 2 Satz 3 no. 1 a to e."""

    kind = CANCEL
    field_order = ("organisation", "how", "reason", "name", "about", "wished_on", "email", "website")
    how = forms.ChoiceField(
        label=gettext_lazy("Kind of cancellation"), choices=HOW, required=False, widget=forms.RadioSelect, initial=""
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason, if you cancel for good cause"), required=False, max_length=1000,
        widget=forms.Textarea({"rows": 3}),
    )  # fmt: skip
    wished_on = forms.DateField(
        label=gettext_lazy("Last day of the contract"), required=False, validators=DAYS, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"),
        help_text=gettext_lazy("Leave it empty for the earliest possible day."),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        if self.cleaned_data.get("how") and not self.cleaned_data.get("reason") and "reason" not in self.errors:
            self.add_error(
                "reason", forms.ValidationError(_("Please give the reason for which you cancel."), code="required")
            )
        return super().clean()

    def wish(self) -> Wish:
        given = {name: self.cleaned_data[name] for name in ("name", "about", "email", "reason", "wished_on")}
        return Wish(self.kind, self.content_key(), extraordinary=bool(self.cleaned_data["how"]), **given)


FORMS: dict[str, type[DeclarationForm]] = {CANCEL: CancelForm, WITHDRAW: DeclarationForm}


def known(member: Member | None) -> dict[str, Any]:
    """What somebody who is signed in need not type."""
    if member is None:
        return {}
    return {
        "name": " ".join(part for part in (member.first_name, member.last_name) if part) or member.company,
        "about": member.number,
        "email": member.email,
    }
