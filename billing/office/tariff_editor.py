"""The tariff editor: all its forms together, rows that come and go, and faults beside the field that they are about."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from billing.office import tariff_forms as parts
from billing.office import tariff_terms as write
from billing.office.tariff_places import Place
from billing.services.tariff_examples import MOST_COUNTED, Asked

Data = dict[str, Any]
MOST_ROWS = 40


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the editor under its key; a component has price steps below it."""

    key: str
    form: forms.Form
    tiers: list["Row"] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Editor:
    """The forms of one version of a tariff; `head` only where the tariff itself is new."""

    main: parts.TermsForm
    components: list[Row]
    phases: list[Row]
    loyalty: list[Row]
    days: parts.DaysForm
    example: parts.ExampleForm
    head: parts.HeadForm | None
    base: Mapping[str, Any]

    def each_form(self) -> Iterator[forms.Form | forms.ModelForm]:  # type: ignore[type-arg]
        """All of them, in the order of the page."""
        yield from [self.head] if self.head else []
        yield self.main
        for row in self.components:
            yield row.form
            yield from (tier.form for tier in row.tiers)
        yield from (row.form for row in (*self.phases, *self.loyalty))
        yield self.days
        yield self.example

    def is_valid(self) -> bool:
        """Whether everything that was written can be read."""
        return all(form.is_valid() for form in self.each_form())

    def terms(self) -> write.Terms:
        """The terms as they are stored: what could be read of them."""
        cleaned = read(self.main)
        said = write.plain_terms(cleaned)
        said["components"] = [one | extra for one, extra in zip(self.component_rows(), map(further, self.components))]
        phases = [(row.key, write.phase_terms(read(row.form))) for row in self.phases]
        steps = [(row.key, write.loyalty_terms(read(row.form))) for row in self.loyalty]
        said["phases"] = write.rows_as_they_were(self.base.get("phases"), phases)
        said["loyalty"] = write.rows_as_they_were(self.base.get("loyalty"), steps)
        if phases:
            said["then"] = cleaned.get("phases_then") or "continue"
        return write.as_it_was(self.base, said) | (cleaned.get("further") or {})

    def component_rows(self) -> list[write.Terms]:
        """What is charged, each in the words that it began with."""
        base = self.base.get("components")
        rows = [(row.key, self.component(row)) for row in self.components]
        return write.rows_as_they_were(base, rows)

    def component(self, row: Row) -> write.Terms:
        """One row; its price steps in the words that they began with."""
        known = self.base.get("components")
        first = known[int(row.key)] if isinstance(known, list) and int(row.key) < len(known) else {}
        tiers = [(one.key, write.tier_terms(read(one.form))) for one in row.tiers]
        base = first.get("tiers") if isinstance(first, Mapping) else None
        return write.component_terms(read(row.form), write.rows_as_they_were(base, tiers))

    def asked(self, today: date) -> Asked:
        """The contract of the example."""
        cleaned = [(read(row.form), one["code"]) for row, one in zip(self.components, self.component_rows())]
        amounts = {kind: samples(cleaned, kind) for kind in ("per_unit", "usage")}
        months = self.example.months() if self.example.is_valid() else None
        begins = self.example.begins(today) if self.example.is_valid() else parts.first_of_next_month(today)
        begins = max(begins, read(self.days).get("valid_from") or begins)
        return Asked(begins, months, amounts["per_unit"], amounts["usage"])

    def refuse(self, place: Place, message: str, code: str = "terms") -> None:
        """Says what is wrong beside its field; without a field, above the form."""
        form = self.form_at(place)
        name = place.field if form and place.field in form.fields else None
        target: Any = form or self.main
        if name and name in target.errors:
            return
        target.add_error(name, ValidationError(message if name else f"{place.path}: {message}", code=code))

    def form_at(self, place: Place) -> forms.Form | None:
        """The form that a place of the terms belongs to."""
        if place.part == "days":
            return self.days
        if place.part == "example":
            return self.example
        rows = {"components": self.components, "phases": self.phases, "loyalty": self.loyalty}.get(place.part)
        if rows is None:
            return self.main
        row = rows[place.row] if place.row < len(rows) else None
        if row and place.tier is not None:
            return row.tiers[place.tier].form if place.tier < len(row.tiers) else row.form
        return row.form if row else self.main


def read(form: forms.Form) -> dict[str, Any]:
    """What of a form could be read."""
    form.is_valid()
    return form.cleaned_data


def further(row: Row) -> dict[str, Any]:
    """What only an expert wrote of a component."""
    found: dict[str, Any] = read(row.form).get("further") or {}
    return found


def samples(rows: Iterable[tuple[dict[str, Any], str]], kind: str) -> dict[str, Decimal]:
    """How many of each the example has."""
    found = [(one, code) for one, code in rows if (one.get("kind") or "flat") == kind and one.get("sample")]
    return {code: Decimal(one["sample"]) for one, code in found}


def open_editor(
    data: Any, base: Mapping[str, Any], followers: list[tuple[str, str]], head: parts.HeadForm | None
) -> Editor:
    """The editor over what was sent, or over the values of the terms that it begins with."""
    return Editor(
        main=parts.TermsForm(data, followers=followers),
        components=[component_row(data, key) for key in keys(data, "component")],
        phases=rows_of(data, "phase", parts.PhaseForm),
        loyalty=rows_of(data, "loyalty", parts.LoyaltyForm),
        days=parts.DaysForm(data),
        example=parts.ExampleForm(data, prefix="example"),
        head=head,
        base=base,
    )


def component_row(data: Any, key: str) -> Row:
    """A component with its price steps."""
    prefix = f"component-{key}"
    row = Row(key, parts.ComponentForm(data, prefix=prefix), rows_of(data, f"{prefix}-tier", parts.TierForm))
    cleaned = read(row.form)
    sample = cleaned.get("sample")
    if sample and cleaned.get("aggregate") in ("count", "unique") and Decimal(sample) > MOST_COUNTED:
        row.form.add_error("sample", _("The example counts up to %(most)s.") % {"most": MOST_COUNTED})
    return row


def rows_of(data: Any, name: str, form: type[forms.Form]) -> list[Row]:
    """The rows of one kind."""
    return [Row(key, form(data, prefix=f"{name}-{key}")) for key in keys(data, name)]


def keys(data: Any, name: str) -> list[str]:
    """The keys of the rows, in their order."""
    found = [key for key in str(data.get(f"{name}-rows", "")).split(",") if key.isdigit() and len(key) < 4]
    return list(dict.fromkeys(found))[:MOST_ROWS]


def with_row_action(data: Any, action: str) -> Any:
    """`add:phase` and `remove:component-2-tier-1` done to what was sent; the new row's key stands in `added`."""
    verb, _sep, name = action.partition(":")
    result = data.copy()
    if verb == "add":
        known = keys(data, name)
        new = str(max((int(key) for key in known), default=-1) + 1)
        result[f"{name}-rows"] = ",".join([*known, new])
        result["added"] = f"{name}-{new}"
    elif verb == "remove":
        rows, _sep, gone = name.rpartition("-")
        result[f"{rows}-rows"] = ",".join(key for key in keys(data, rows) if key != gone)
    return result
