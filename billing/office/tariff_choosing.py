"""What members may change about a contract of a tariff by themselves, and what a reduced tariff falls back to."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models import Tariff
from billing.office.tariff_fields import ENTRY

MOST = 999


class ChoosingForm(forms.ModelForm):  # type: ignore[type-arg]
    """Settings of the tariff, not of its terms: they hold at once and for running contracts too."""

    falls_back_to = forms.ModelChoiceField(
        label=gettext_lazy("Needs a proof; without it becomes"), queryset=Tariff.objects.none(), required=False,
        widget=forms.Select(attrs=ENTRY), empty_label=gettext_lazy("none: needs no proof"),
        help_text=gettext_lazy("For reduced fees: when a member's proof lapses, the next period is billed by this tariff"),
    )  # fmt: skip

    class Meta:
        model = Tariff
        fields = ("choose_rhythm", "pause_months")
        widgets = {"pause_months": forms.NumberInput(attrs=ENTRY)}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        tariff = self.instance
        others = Tariff.objects.filter(organisation=tariff.organisation, versions__isnull=False, falls_back_to=None)
        self.fields["falls_back_to"].queryset = others.exclude(pk=tariff.pk).distinct()  # type: ignore[attr-defined]
        self.fields["falls_back_to"].initial = tariff.falls_back_to
        self.fields["pause_months"].required = False
        for code, name in pieces(tariff).items():
            self.fields[f"most_{code}"] = forms.IntegerField(
                label=_("%(name)s: members may choose up to") % {"name": name}, min_value=0, max_value=MOST, required=False,
                initial=tariff.pieces_most.get(code, 0), widget=forms.NumberInput(attrs=ENTRY),
                help_text=gettext_lazy("0: only the office; 1: an extra that one has or has not"),
            )  # fmt: skip

    def clean_pause_months(self) -> int:
        """Empty is none."""
        return self.cleaned_data["pause_months"] or 0

    def clean_falls_back_to(self) -> Tariff | None:
        """One step only: what others fall back to needs no proof itself."""
        chosen: Tariff | None = self.cleaned_data["falls_back_to"]
        if chosen and self.instance.reduced_as.exists():
            raise ValidationError(_("Other tariffs fall back to this one, so it cannot need a proof itself."))
        return chosen

    def save(self, commit: bool = True) -> Tariff:
        found = {code: self.cleaned_data.get(f"most_{code}") or 0 for code in pieces(self.instance)}
        self.instance.falls_back_to = self.cleaned_data["falls_back_to"]
        self.instance.pieces_most = {code: most for code, most in found.items() if most}
        saved: Tariff = super().save(commit)
        return saved


def pieces(tariff: Tariff) -> dict[str, str]:
    """Code and name of everything that any of its terms charges by the piece; the newest name."""
    found: dict[str, str] = {}
    for terms in tariff.versions.order_by("number").values_list("terms", flat=True):
        for part in terms.get("components", []):
            if part.get("kind") == "per_unit":
                found[part["code"]] = part.get("name") or part["code"]
    return found
