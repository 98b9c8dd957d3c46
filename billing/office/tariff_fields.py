"""Fields of the tariff editor: amounts as people write them, and lengths of time."""

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import get_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

ENTRY = {"class": "entry"}
UNITS = {
    "months": gettext_lazy("months"), "weeks": gettext_lazy("weeks"), "days": gettext_lazy("days"),
    "periods": gettext_lazy("billing periods"),
}  # fmt: skip
LENGTHS = ("months", "weeks", "days")
_GROUPED = re.compile(r"-?[0-9]{1,3}([.,][0-9]{3})+")
_PLAIN = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_AMBIGUOUS = re.compile(r"-?[1-9][0-9]{0,2}[.,][0-9]{3}")


def shown_number(text: str) -> str:
    """`29.90` as the reader writes it."""
    return text.replace(".", str(get_format("DECIMAL_SEPARATOR")))


def read_number(text: str) -> str:
    """`1.234,50` as `1234.50`: the very digits that were written. What could mean two amounts is refused."""
    text = re.sub(r"[\s\u00a0€%]|EUR", "", text)
    whole, mark, rest = cut_at_decimal_mark(text)
    if any(sign in whole for sign in ".,") and not _GROUPED.fullmatch(whole):
        raise ValidationError(
            _("Please enter a number such as %(example)s."), params={"example": shown_number("29.90")}
        )
    number = re.sub(r"[.,]", "", whole) + ("." + rest if mark else "")
    if not _PLAIN.fullmatch(number):
        raise ValidationError(
            _("Please enter a number such as %(example)s."), params={"example": shown_number("29.90")}
        )
    return number


def cut_at_decimal_mark(text: str) -> tuple[str, str, str]:
    """The last comma or point is the decimal one, unless it can only part thousands."""
    marks = [sign for sign in text if sign in ".,"]
    if not marks or (len(marks) > 1 and len(set(marks)) == 1):
        return text, "", ""
    if len(marks) == 1 and marks[0] != get_format("DECIMAL_SEPARATOR") and _AMBIGUOUS.fullmatch(text):
        digits = re.sub(r"[.,]", "", text)
        raise ValidationError(
            _("This could be read in two ways. Please write %(whole)s or %(part)s."),
            params={"whole": digits, "part": shown_number(text.replace(marks[0], "."))},
        )
    return text.rpartition(marks[-1])


class AmountField(forms.CharField):
    """A number, kept with the digits that were written; its bounds are the pricing core's business."""

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(attrs=ENTRY | {"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(required=False, max_length=30, widget=widget, **options)

    def clean(self, value: Any) -> str:
        text = str(super().clean(value))
        return read_number(text) if text else ""


class SpanWidget(forms.MultiWidget):
    """How many, and of what."""

    def __init__(self, units: tuple[str, ...]) -> None:
        number = forms.TextInput(attrs=ENTRY | {"inputmode": "numeric", "autocomplete": "off"})
        choices = [(unit, UNITS[unit]) for unit in units]
        super().__init__([number, forms.Select(attrs=ENTRY | {"aria-label": gettext_lazy("unit")}, choices=choices)])

    def render(self, *args: Any, **options: Any) -> SafeString:
        return format_html('<span class="span">{}</span>', super().render(*args, **options))

    def id_for_label(self, id_: str) -> str:
        return f"{id_}_0"

    def decompress(self, value: Any) -> list[Any]:
        unit, number = next(iter(value.items()), ("months", "")) if isinstance(value, Mapping) else ("months", "")
        return [number, unit]


class SpanField(forms.MultiValueField):
    """A length of time as the tariff's data writes it: `{"months": 3}`; None if it is left empty."""

    widget: Any

    def __init__(self, *, units: tuple[str, ...] = LENGTHS, **options: Any) -> None:
        fields = (forms.CharField(required=False), forms.ChoiceField(choices=[(unit, unit) for unit in units]))
        super().__init__(fields, required=False, require_all_fields=False, widget=SpanWidget(units), **options)

    def compress(self, data_list: list[Any]) -> dict[str, int] | None:
        number, unit = data_list if len(data_list) == 2 else ("", "")
        if not number:
            return None
        if not re.fullmatch(r"[0-9]{1,6}", number):
            raise ValidationError(_("Please enter a whole number."))
        return {unit: int(number)}


def choice(label: Any, choices: Any, **options: Any) -> forms.ChoiceField:
    """One of a few words."""
    options.setdefault("required", False)
    extra = ENTRY | options.pop("attrs", {})
    return forms.ChoiceField(label=label, choices=choices, widget=forms.Select(attrs=extra), **options)


def text(label: Any, most: int = 120, **options: Any) -> forms.CharField:
    """A line of text."""
    options.setdefault("required", False)
    return forms.CharField(label=label, max_length=most, widget=forms.TextInput(attrs=ENTRY), **options)


def day(label: Any, **options: Any) -> forms.DateField:
    """A day, chosen in the browser's own calendar."""
    options.setdefault("required", False)
    widget = forms.DateInput(format="%Y-%m-%d", attrs=ENTRY | {"type": "date"})
    return forms.DateField(label=label, widget=widget, **options)
