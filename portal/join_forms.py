"""The forms of the sign-up: who joins, how it is paid, and what is declared above the button."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator, RegexValidator
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.formats.iban import iban_fault, normalise_iban
from billing.services.sign_up import Offered, age_on, is_minor, may_take
from billing.services.sign_up_words import payment_name, takes_minors
from portal.bank_details import FAULTS
from portal.declaration_form import NO_ADDRESS

ADULT = gettext_lazy("I am 18 years of age or older")
POSTCODE = RegexValidator(r"^[0-9A-Za-z][0-9A-Za-z -]{2,9}$", gettext_lazy("Please enter a postcode."))
BORN = MinValueValidator(date(1900, 1, 1), gettext_lazy("Please check the year."))
PERSON = ("first_name", "last_name", "company", "street", "postal_code", "city", "email", "phone")


def words(label: Any, most: int, fill: str = "", *, required: bool = True) -> forms.CharField:
    """A line of text; `fill` is what a browser knows it by."""
    widget = forms.TextInput({"autocomplete": fill or "off"})
    return forms.CharField(label=label, max_length=most, required=required, validators=[NO_ADDRESS], widget=widget)


def day(label: Any, *, required: bool, fill: str = "off") -> forms.DateField:
    """A date of birth."""
    widget = forms.DateInput({"type": "date", "autocomplete": fill}, "%Y-%m-%d")
    return forms.DateField(label=label, required=required, validators=[BORN], widget=widget)


class Tidy(forms.Form):
    """Without doubled blanks."""

    def clean(self) -> dict[str, Any]:
        for name, value in self.cleaned_data.items():
            if isinstance(value, str):
                self.cleaned_data[name] = " ".join(value.split())
        return self.cleaned_data


class PersonForm(Tidy):
    """Who joins first, and pays. Somebody under 18 does not sign alone: their guardian does."""

    company = words(gettext_lazy("Company"), 120, "organization")
    first_name = words(gettext_lazy("First name"), 50, "given-name")
    last_name = words(gettext_lazy("Last name"), 50, "family-name")
    date_of_birth = day(gettext_lazy("Date of birth"), required=True, fill="bday")
    of_age = forms.BooleanField(
        label=ADULT, required=False, help_text=gettext_lazy("Otherwise please enter the date of birth.")
    )
    street = words(gettext_lazy("Street and number"), 70, "address-line1")
    postal_code = forms.CharField(
        label=gettext_lazy("Postcode"), max_length=10, validators=[POSTCODE], widget=forms.TextInput({"autocomplete": "postal-code"})
    )  # fmt: skip
    city = words(gettext_lazy("Town"), 35, "address-level2")
    email = forms.EmailField(
        label=gettext_lazy("E-mail"), max_length=254, widget=forms.EmailInput({"autocomplete": "email"}),
        help_text=gettext_lazy("We send a link to it, which you confirm the order with."),
    )  # fmt: skip
    phone = words(gettext_lazy("Telephone (if you like)"), 40, "tel", required=False)
    guardian_first = words(gettext_lazy("First name of the legal guardian"), 30, required=False)
    guardian_last = words(gettext_lazy("Last name of the legal guardian"), 34, required=False)
    website = forms.CharField(label=gettext_lazy("Please leave this field empty"), required=False, max_length=200)

    def __init__(self, data: Any, one: Offered, start: date, initial: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, initial=dict(initial or {}))
        self.one, self.start = one, start
        self.fields["website"].widget.attrs = {"autocomplete": "off", "tabindex": "-1"}
        aged = one.row.youngest is not None or one.row.oldest is not None
        companies, persons = may_take(one, "company"), may_take(one, "person")
        self.leave_out(companies, persons, aged)
        if companies and persons:
            self.fields["company"].required = False
            self.fields["company"].label = _("Company (only if a company joins)")
        for name in ("first_name", "last_name"):
            self.fields[name].required = not companies
        if companies or not aged:
            self.fields["date_of_birth"].required = False

    def leave_out(self, companies: bool, persons: bool, aged: bool) -> None:
        """The fields that nobody needs here."""
        unused = set() if companies else {"company"}
        unused |= set() if persons else {"date_of_birth", "of_age"}
        unused |= set() if persons and takes_minors(self.one.row) else {"guardian_first", "guardian_last"}
        unused |= {"of_age"} if aged else set()
        for name in unused:
            self.fields.pop(name, None)

    @property
    def guardian_fields(self) -> list[forms.BoundField]:
        """Those of a group of their own."""
        return [self[name] for name in ("guardian_first", "guardian_last") if name in self.fields]

    @property
    def own_fields(self) -> list[forms.BoundField]:
        """The others, in their order."""
        return [one for one in self.visible_fields() if not one.name.startswith("guardian") and one.name != "website"]

    def clean_website(self) -> str:
        if self.cleaned_data["website"]:
            raise ValidationError(_("Please leave this field empty, and press the button once more."), code="trap")
        return ""

    def clean(self) -> dict[str, Any]:
        super().clean()
        typed = self.cleaned_data
        if typed.get("company"):
            typed["date_of_birth"], typed["guardian"] = None, ""
            return typed
        self.check_person(typed)
        typed["guardian"] = f"{typed.get('guardian_first', '')} {typed.get('guardian_last', '')}".strip()
        self.check_age(typed.get("date_of_birth"), bool(typed.get("of_age")))
        return typed

    def check_person(self, typed: dict[str, Any]) -> None:
        """Where companies may join, too, a person still has a name."""
        for name in ("first_name", "last_name"):
            if not typed.get(name) and name not in self.errors:
                self.add_error(name, ValidationError(_("Please fill in this field."), code="required"))

    def check_age(self, born: date | None, of_age: bool) -> None:
        """The tariff's ages, and who may sign alone (BGB 106, 107)."""
        if "date_of_birth" in self.errors or "date_of_birth" not in self.fields:
            return
        if born is None:
            if not of_age:
                self.add_error("date_of_birth", ValidationError(_("Please enter the date of birth."), code="required"))
            return
        if fault := self.age_fault(born):
            self.add_error("date_of_birth", fault)
        if is_minor(born, self.start):
            self.check_guardian()
        else:
            self.cleaned_data["guardian"] = ""

    def age_fault(self, born: date) -> ValidationError | None:
        """A birthday that the tariff does not allow."""
        row, age = self.one.row, age_on(born, self.start)
        if age < 0:
            return ValidationError(_("This day is still to come."), code="future")
        if (row.youngest is not None and age < row.youngest) or (row.oldest is not None and age > row.oldest):
            message = _(
                "This tariff is for other ages: on the first day it would be %(age)s years. Please choose another one."
            )
            return ValidationError(message, code="age", params={"age": age})
        return None

    def check_guardian(self) -> None:
        """Both names, and not the child's own."""
        for name in ("guardian_first", "guardian_last"):
            if not self.cleaned_data.get(name) and name in self.fields:
                message = _("Whoever is under 18 needs a legal guardian, who signs and pays.")
                self.add_error(name, ValidationError(message, code="guardian"))
        own = f"{self.cleaned_data.get('first_name', '')} {self.cleaned_data.get('last_name', '')}"
        if self.cleaned_data.get("guardian", "").casefold() == own.casefold():
            self.add_error("guardian_last", ValidationError(_("The legal guardian is somebody else."), code="guardian"))

    @property
    def kind(self) -> str:
        """Person or company."""
        return "company" if self.cleaned_data.get("company") else "person"

    def typed(self) -> dict[str, Any]:
        """As it goes along in the form."""
        found = {name: self.cleaned_data.get(name) or "" for name in PERSON}
        return found | {"date_of_birth": iso(self.cleaned_data.get("date_of_birth"))}


class HouseholdForm(Tidy):
    """One more who joins; a row that is left empty is nobody."""

    first_name = words(gettext_lazy("First name"), 50, required=False)
    last_name = words(gettext_lazy("Last name"), 50, required=False)
    date_of_birth = day(gettext_lazy("Date of birth"), required=False)

    @property
    def is_somebody(self) -> bool:
        """Whether anything was typed."""
        return any(self.cleaned_data.get(name) for name in self.fields) or bool(self.errors)

    def clean(self) -> dict[str, Any]:
        super().clean()
        if self.is_somebody:
            for name in self.fields:
                if not self.cleaned_data.get(name) and name not in self.errors:
                    self.add_error(name, ValidationError(_("Please fill in this field."), code="required"))
        born = self.cleaned_data.get("date_of_birth")
        if born and born > timezone.localdate():
            self.add_error("date_of_birth", ValidationError(_("This day is still to come."), code="future"))
        return self.cleaned_data

    def typed(self) -> dict[str, Any]:
        """As it goes along in the form."""
        return {name: self.cleaned_data[name] for name in ("first_name", "last_name")} | {
            "date_of_birth": iso(self.cleaned_data["date_of_birth"])
        }


def iso(day: date | None) -> str:
    """A day as text; empty for none."""
    return day.isoformat() if day else ""


class PaymentForm(Tidy):
    """How often, and by what."""

    months = forms.TypedChoiceField(label=gettext_lazy("How often"), coerce=int, widget=forms.RadioSelect)
    method = forms.ChoiceField(label=gettext_lazy("How you pay"), widget=forms.RadioSelect)
    iban = forms.CharField(label="IBAN", max_length=42, required=False)

    def __init__(
        self, data: Any, rhythms: Sequence[tuple[int, str]], methods: Sequence[str], own_iban: str, initial: Mapping[str, Any] | None = None
    ) -> None:  # fmt: skip
        first = {"months": rhythms[0][0] if rhythms else None, "method": methods[0]}
        super().__init__(data, initial=first | dict(initial or {}))
        self.methods, self.own_iban = methods, own_iban
        self.fields["months"].choices = list(rhythms)  # type: ignore[attr-defined]
        self.fields["method"].choices = [(one, payment_name(one)) for one in methods]  # type: ignore[attr-defined]
        if len(rhythms) < 2:
            del self.fields["months"]
        if len(methods) < 2:
            del self.fields["method"]
        if "debit" not in methods:
            del self.fields["iban"]

    def clean(self) -> dict[str, Any]:
        super().clean()
        method = self.cleaned_data.get("method") or self.methods[0]
        self.cleaned_data["method"] = method
        if method == "debit" and "iban" not in self.errors:
            iban = normalise_iban(self.cleaned_data.get("iban", ""))
            if fault := self.iban_fault(iban):
                self.add_error("iban", fault)
            self.cleaned_data["iban"] = iban
        return self.cleaned_data

    def iban_fault(self, iban: str) -> ValidationError | None:
        """What is wrong with an account."""
        if not iban:
            return ValidationError(_("Please enter the IBAN of your account."), code="required")
        if fault := iban_fault(iban):
            return ValidationError(str(FAULTS[fault]), code=fault)
        if iban == self.own_iban:
            return ValidationError(_("This is the account that the money goes to. Enter your own."), code="own_account")
        return None


class DeclareForm(forms.Form):
    """What is ticked above the button: the sentences stand in the order itself."""

    def __init__(self, data: Any, sentences: Mapping[str, str], asks_early: bool) -> None:
        super().__init__(data)
        for name in ("people", "mandate"):
            if name in sentences:
                self.fields[name] = forms.BooleanField(label=sentences[name], error_messages={"required": _("Without this it does not work.")})  # fmt: skip
        if asks_early:
            self.fields["early"] = forms.BooleanField(label=sentences["early"], required=False)

    @property
    def agreed(self) -> list[str]:
        """The names of the sentences that were ticked."""
        return [name for name in self.fields if self.cleaned_data.get(name)]
