"""The figures of a tariff as fields, so that another price can be tried without knowing how a tariff is written."""

from copy import deepcopy
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextInputWidget

from billing.models import Tariff

NAMES = {
    "price": gettext_lazy("price"), "included": gettext_lazy("free units"), "percent": gettext_lazy("percent"),
    "fixed": gettext_lazy("fixed amount per event"), "size": gettext_lazy("size of a package"), "min": gettext_lazy("at least"),
    "max": gettext_lazy("at most"), "unit": gettext_lazy("price per unit"), "flat": gettext_lazy("flat price"),
}  # fmt: skip
HOLDERS, EVERYBODY = "holders", "everybody"
Place = tuple[Any, ...]


class PriceForm(forms.Form):
    """One tariff's figures, its label, and for whom it is tried."""

    label = forms.CharField(
        label=gettext_lazy("Name of this scenario"), max_length=60, widget=UnfoldAdminTextInputWidget
    )
    who = forms.ChoiceField(label=gettext_lazy("Tried for"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, tariff: Tariff, terms: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.code, self._terms, self.places = tariff.code, terms, list(figures(terms))
        self.fields["who"].choices = [  # type: ignore[attr-defined]
            (HOLDERS, _("those who have %(name)s") % {"name": tariff.name}),
            (EVERYBODY, _("everybody chosen above, as if they had %(name)s") % {"name": tariff.name}),
        ]
        for number, (place, label) in enumerate(self.places):
            self.fields[f"figure{number}"] = forms.DecimalField(
                label=label, max_digits=12, decimal_places=6, min_value=0, required=False, localize=True,
                initial=value_at(terms, place), widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal"}),
            )  # fmt: skip

    def terms(self) -> dict[str, Any]:
        """The terms with these figures; an empty one is left out."""
        result = deepcopy(self._terms)
        for number, (place, _label) in enumerate(self.places):
            value = self.cleaned_data[f"figure{number}"]
            put(result, place, None if value is None else f"{value.normalize():f}")
        return result

    def everybody(self) -> bool:
        """Whether all chosen contracts are tried under it."""
        return bool(self.cleaned_data["who"] == EVERYBODY)


def price_form(tariff: Tariff, place: int, data: Any) -> PriceForm:
    """The form of the tariff's newest terms."""
    terms = max(tariff.versions.all(), key=lambda version: version.number).terms
    first = {"label": _("%(name)s, changed") % {"name": tariff.name}, "who": HOLDERS}
    return PriceForm(data, prefix=f"v{place}", tariff=tariff, terms=terms, initial=first)


def figures(terms: dict[str, Any]) -> Any:
    """Where each figure stands, and what it is called."""
    for index, part in enumerate(terms.get("components", [])):
        name = part.get("name") or str(part.get("code", "")).capitalize()
        for key in ("price", "included", "percent", "fixed", "size", "min", "max"):
            if key in part or (key == "included" and part.get("kind") == "usage"):
                yield ("components", index, key), f"{name}: {NAMES[key]}"
        for step, tier in enumerate(part.get("tiers", [])):
            bound = tier.get("up_to") or "∞"
            for key in ("unit", "flat"):
                if key in tier:
                    yield ("components", index, "tiers", step, key), _("%(name)s up to %(bound)s: %(figure)s") % {
                        "name": name, "bound": bound, "figure": NAMES[key],
                    }  # fmt: skip


def value_at(terms: Any, place: Place) -> Any:
    """The figure that stands there, or nothing."""
    for key in place[:-1]:
        terms = terms[key]
    value = terms.get(place[-1])
    return None if value is None else Decimal(value)


def put(terms: Any, place: Place, value: str | None) -> None:
    """Sets a figure, or takes it away."""
    for key in place[:-1]:
        terms = terms[key]
    if value is None:
        terms.pop(place[-1], None)
    else:
        terms[place[-1]] = value
