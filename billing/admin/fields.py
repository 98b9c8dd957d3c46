"""Form fields for data that people write by hand."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

RHYTHMS = (
    ("", _("as the tariff says")),
    (1, _("monthly")),
    (3, _("quarterly")),
    (6, _("half-yearly")),
    (12, _("yearly")),
)


class PairsField(forms.Field):
    """A table of two columns as lines of text: `Familie = FAM`."""

    def __init__(self, *, numbers: bool = False, **options: Any) -> None:
        super().__init__(
            widget=UnfoldAdminTextareaWidget(attrs={"rows": 6, "spellcheck": "false"}), required=False, **options
        )
        self.numbers = numbers

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return "\n".join(f"{word} = {meaning}" for word, meaning in value.items())

    def clean(self, value: Any) -> dict[str, Any]:
        lines = [(number, line) for number, line in enumerate((value or "").splitlines(), 1) if line.strip()]
        return dict(self.pair(number, line) for number, line in lines)

    def pair(self, number: int, line: str) -> tuple[str, Any]:
        """One line; a wrong one is named."""
        word, sign, meaning = (part.strip() for part in line.partition("="))
        if not (word and sign and meaning) or (self.numbers and not meaning.isdigit()):
            message = _("Line %(line)s: write a word, an equals sign and what it means.")
            raise ValidationError(message, code="pair", params={"line": number})
        return word, int(meaning) if self.numbers else meaning

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.prepare_value(initial) != data)


def rhythm_field(label: Any) -> forms.TypedChoiceField:
    """How often a contract is paid."""
    return forms.TypedChoiceField(
        label=label, choices=RHYTHMS, coerce=int, empty_value=None, required=False, widget=UnfoldAdminSelectWidget
    )
