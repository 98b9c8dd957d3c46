"""The form of the letterhead: look, legal details, own words in both languages."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from billing.models import Branding
from billing.services.branding import KINDS, LANGUAGES, PLACES
from billing.services.pictures import redrawn
from members.models import Organisation

LEGAL = ("legal_form", "seat", "register_entry", "board", "supervisory_chair")
LOOK = ("sender_line", "footer_contact", "footer_register", "footer_bank", "welcome")
COLOUR = r"#[0-9a-fA-F]{6}"
WORDS = {
    ("invoice", "greeting"): _("Invoice: above the lines"),
    ("invoice", "closing"): _("Invoice: below the payment"),
    ("letter", "greeting"): _("Letter: above the text"),
    ("letter", "closing"): _("Letter: below the text"),
    ("mail", "greeting"): _("Mail: greeting in place of “Hello {name},”"),
    ("mail", "closing"): _("Mail: close in place of “Kind regards”"),
}


class ColourInput(forms.TextInput):
    """The browser's own palette."""

    input_type = "color"


class BrandingForm(forms.Form):
    """Everything on one page; what a field may hold is the model's rule and the service's."""

    logo = forms.FileField(
        label=_("Logo"), required=False, help_text=_("PNG or JPEG, at most 5 MB. It is drawn anew, 600 pixels wide."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg"}),
    )  # fmt: skip
    without_logo = forms.BooleanField(label=_("Print no logo any more"), required=False)
    colour = forms.RegexField(rf"^{COLOUR}$", label=_("Colour"), widget=ColourInput)
    second_colour = forms.RegexField(
        rf"^{COLOUR}$", label=_("Second colour, for lines and bars"), required=False, widget=ColourInput,
        help_text=_("The same as the first one: there is no second."),
    )  # fmt: skip

    def __init__(self, organisation: Organisation, branding: Branding, data: Any = None, files: Any = None) -> None:
        super().__init__(data, files, initial=initial(organisation, branding))
        for owner, names in ((organisation, LEGAL), (branding, LOOK)):
            for name in names:
                self.fields[name] = field_of(owner, name)
        for language in LANGUAGES:
            for key, label in WORDS.items():
                self.fields[f"{key[0]}.{language}.{key[1]}"] = forms.CharField(
                    label=label, required=False, widget=forms.Textarea(attrs={"class": "entry wide", "rows": 2, "lang": language})
                )  # fmt: skip

    def clean_logo(self) -> bytes | None:
        """Only the dots of the picture."""
        upload = self.cleaned_data.get("logo")
        return redrawn(upload) if upload else None

    def part(self, *names: str) -> list[forms.BoundField]:
        """Some fields, in this order."""
        return [self[name] for name in names]

    @property
    def look(self) -> list[forms.BoundField]:
        """Logo and colours."""
        return self.part("logo", "without_logo", "colour", "second_colour")

    @property
    def paper(self) -> list[forms.BoundField]:
        """Sender line and footer."""
        return self.part(*LOOK[:4])

    @property
    def legal(self) -> list[forms.BoundField]:
        """What the law wants to be named."""
        return self.part(*LEGAL)

    @property
    def screen(self) -> list[forms.BoundField]:
        """The portal's welcome."""
        return self.part("welcome")

    @property
    def words(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The own words, language by language."""
        names = dict(Organisation._meta.get_field("language").choices or ())
        return [
            (str(names[code]), self.part(*(f"{k}.{code}.{p}" for k in KINDS for p in PLACES))) for code in LANGUAGES
        ]

    def put_into(self, organisation: Organisation, branding: Branding) -> None:
        """What was typed, on the rows; nothing is stored."""
        data = self.cleaned_data
        if data.get("logo") or data.get("without_logo"):
            organisation.logo = data.get("logo")
        organisation.colour = data["colour"].lower()
        second = (data["second_colour"] or "").lower()
        branding.second_colour = "" if second == organisation.colour else second
        for owner, names in ((organisation, LEGAL), (branding, LOOK)):
            for name in names:
                setattr(owner, name, data[name].replace("\r\n", "\n").strip())
        texts = {name: data[name].replace("\r\n", "\n").strip() for name in data if name.count(".") == 2}
        branding.texts = {name: text for name, text in texts.items() if text}

    def take_faults(self, refused: ValidationError) -> None:
        """Each refusal at its field; what belongs to none stands above the form."""
        if not hasattr(refused, "error_dict"):
            self.add_error(None, refused)
            return
        for name, faults in refused.error_dict.items():
            self.add_error(name if name in self.fields else None, faults)


def initial(organisation: Organisation, branding: Branding) -> dict[str, Any]:
    """What applies now."""
    own = {name: getattr(organisation, name) for name in ("colour", *LEGAL)}
    look = {name: getattr(branding, name) for name in LOOK}
    return own | look | dict(branding.texts) | {"second_colour": branding.second_colour or organisation.colour}


def field_of(owner: Any, name: str) -> forms.Field:
    """A field as the model describes it, in the office's clothes."""
    model_field = owner._meta.get_field(name)
    wide = {"class": "entry wide", "rows": 3} if model_field.get_internal_type() == "TextField" else {"class": "entry"}
    found: forms.Field = model_field.formfield()
    found.widget.attrs.update(wide)
    found.label = str(found.label)[:1].upper() + str(found.label)[1:]
    return found
