"""The terms of a tariff as the values of the editor's fields. What no field can show stays as further terms, never lost."""

import json
from collections.abc import Iterable, Mapping
from copy import deepcopy
from datetime import date
from decimal import Decimal
from typing import Any

from billing.office import tariff_forms as choices
from billing.office.tariff_fields import LENGTHS, shown_number
from billing.pricing.faults import exact
from billing.pricing.words import plain

Terms = dict[str, Any]
Data = dict[str, Any]
# A version's days and the tariff's names have fields of their own.
NAMES = ("code", "name", "valid_from", "existing_from")
WORDS: dict[str, tuple[Any, str]] = {
    "legal_basis": (choices.BASES, ""), "sphere": (choices.SPHERES, ""), "prices": (choices.PRICES, "gross"),
    "timing": (choices.TIMINGS, "advance"), "proration": (choices.PRORATIONS, "day"), "ends": (choices.ENDS, "period"),
}  # fmt: skip
PART_WORDS: dict[str, tuple[Any, str]] = {
    "kind": (choices.KINDS, "flat"), "model": (choices.MODELS, "per_unit"), "aggregate": (choices.AGGREGATES, "sum"),
}  # fmt: skip
AMOUNTS = ("price", "size", "percent", "fixed", "included", "min", "max")
SAMPLES = {"per_unit": 1, "usage": 20}


def flat_terms(terms: Mapping[str, Any]) -> Data:
    """Every field's value; `further` holds the rest."""
    rest: Terms = {key: deepcopy(value) for key, value in terms.items() if key not in NAMES and value is not None}
    outside = "vat_rate" in terms and terms["vat_rate"] is None
    data = taken_words(rest, WORDS) | taken_texts(rest, ("description", "exemption"))
    data |= {"vat": "outside", "vat_other": ""} if outside else flat_vat(rest)
    data |= flat_resolution(rest) | flat_anchor(rest) | flat_trial(rest) | flat_change(rest)
    for key in ("interval", "minimum_term", "notice", "renewal"):
        data |= flat_span(key, taken(rest, key, is_span))
    if "interval_0" in data and not data["interval_0"] and "interval" not in rest:
        data |= flat_span("interval", {"months": 1})
    data["intervals"] = [str(one) for one in taken(rest, "intervals", are_months) or []]
    data["phases_then"] = taken(rest, "then", lambda value: value in ("continue", "end")) or "continue"
    data |= flat_rows("component", taken(rest, "components", are_parts) or [], flat_component)
    data |= flat_rows("phase", taken(rest, "phases", are_phases) or [], flat_phase)
    data |= flat_rows("loyalty", taken(rest, "loyalty", are_steps) or [], flat_loyalty)
    return data | {"further": written(rest)}


def flat_days(valid_from: date | None, existing_from: date | None) -> Data:
    """From when a version holds."""
    return {"valid_from": iso(valid_from), "existing_from": iso(existing_from)}


def iso(day: date | None) -> str:
    """A day as the browser's calendar takes it."""
    return day.isoformat() if day else ""


def written(rest: Terms) -> str:
    """Further terms, or nothing."""
    return json.dumps(rest, indent=1, ensure_ascii=False) if rest else ""


def taken(rest: Terms, key: str, fits: Any) -> Any:
    """A value that its field can show is taken out; another one stays."""
    return rest.pop(key) if key in rest and fits(rest[key]) else None


def taken_words(rest: Terms, words: Mapping[str, tuple[Any, str]]) -> Data:
    """Choices, or what holds without them."""
    return {
        key: taken(rest, key, lambda value, known=known: value in [one for one, _label in known]) or default
        for key, (known, default) in words.items()
    }


def taken_texts(rest: Terms, keys: Iterable[str]) -> Data:
    """Texts of one line."""
    return {key: taken(rest, key, is_text) or "" for key in keys}


def is_text(value: object) -> bool:
    """A text that a line can hold as it is."""
    return isinstance(value, str) and bool(value) and value == value.strip() and value.isprintable()


def is_number(value: object) -> bool:
    """A number that a field can show."""
    return exact(value) is not None


def is_span(value: object, more: tuple[str, ...] = ()) -> bool:
    """One length, and keys that are read elsewhere."""
    if not isinstance(value, Mapping):
        return False
    units = [key for key in value if key in (*LENGTHS, "periods")]
    number = value[units[0]] if len(units) == 1 else None
    return isinstance(number, int) and not isinstance(number, bool) and number >= 0 and set(value) <= {*units, *more}


def are_months(value: object) -> bool:
    """Rhythms in months, each once."""
    numbers = isinstance(value, list) and all(isinstance(one, int) and one > 0 for one in value)
    return bool(numbers and len(set(value)) == len(value))  # type: ignore[arg-type,call-overload]


def are_parts(value: object) -> bool:
    """Components, whatever is in them."""
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)


def are_phases(value: object) -> bool:
    """Phases that are complete."""
    return isinstance(value, list) and all(
        is_span(one, ("factor", "price")) and len(one) == 2 and is_number(one.get("factor", one.get("price")))
        for one in value
    )


def are_steps(value: object) -> bool:
    """Loyalty steps that are complete."""
    return isinstance(value, list) and all(
        isinstance(one, dict)
        and set(one) == {"after", "percent"}
        and is_span(one["after"])
        and is_number(one["percent"])
        for one in value
    )


def are_tiers(value: object) -> bool:
    """Price steps of numbers."""
    return isinstance(value, list) and all(
        isinstance(one, dict)
        and set(one) <= {"up_to", "unit", "flat"}
        and all(is_number(number) or (key == "up_to" and number is None) for key, number in one.items())
        for one in value
    )


def flat_span(name: str, span: Mapping[str, Any] | None) -> Data:
    """A length in its two fields."""
    unit = next((key for key in span or {} if key in (*LENGTHS, "periods")), "months")
    return {f"{name}_0": str(span[unit]) if span else "", f"{name}_1": unit}


def number_text(value: object) -> str:
    """A number as it is written, in the reader's language."""
    return "" if value is None else shown_number(str(value))


def flat_vat(rest: Terms) -> Data:
    """One of the usual rates, or another."""
    rate = exact(taken(rest, "vat_rate", is_number) or "0") or Decimal(0)
    usual = plain(rate) in ("0", "7", "19")
    return {"vat": plain(rate) if usual else "other", "vat_other": "" if usual else number_text(rate)}


def flat_resolution(rest: Terms) -> Data:
    """Who decided, when, and where it is written."""
    found = taken(rest, "resolution", is_resolution) or {}
    return {f"resolution_{key}": found.get(key) or "" for key in ("body", "on", "reference")}


def is_resolution(value: object) -> bool:
    """Texts, and a day that a calendar knows."""
    if not isinstance(value, dict) or not set(value) <= {"body", "on", "reference"}:
        return False
    try:
        date.fromisoformat(value.get("on", ""))
    except (TypeError, ValueError):
        return False
    return all(is_text(one) for one in value.values())


def flat_anchor(rest: Terms) -> Data:
    """A word, or a day with or without its month."""
    found = taken(rest, "anchor", is_anchor)
    if isinstance(found, dict):
        return {"anchor": "day", "anchor_day": str(found["day"]), "anchor_month": str(found.get("month", ""))}
    return {"anchor": found or "start", "anchor_day": "", "anchor_month": ""}


def is_anchor(value: object) -> bool:
    """`start`, `calendar`, or a day."""
    if isinstance(value, dict):
        return "day" in value and set(value) <= {"day", "month"} and all(type(one) is int for one in value.values())
    return value in ("start", "calendar")


def flat_trial(rest: Terms) -> Data:
    """How long, and what then."""
    found = taken(rest, "trial", lambda value: is_span(value, ("then",)) and is_text(value.get("then", "continue")))
    return flat_span("trial", found) | {"trial_then": (found or {}).get("then", "continue")}


def flat_change(rest: Terms) -> Data:
    """When a change acts."""
    found = taken(rest, "change", is_change) or {}
    return {"upgrade": found.get("upgrade", "immediately"), "downgrade": found.get("downgrade", "period_end")}


def is_change(value: object) -> bool:
    """A known word for each way."""
    known = [one for one, _label in choices.WHEN]
    return isinstance(value, dict) and all(
        key in ("upgrade", "downgrade") and one in known for key, one in value.items()
    )


def flat_rows(name: str, rows: list[Any], flat: Any) -> Data:
    """Rows under keys of their own, in their order."""
    data: Data = {f"{name}-rows": ",".join(str(key) for key in range(len(rows)))}
    for key, row in enumerate(rows):
        data |= {f"{name}-{key}-{field}": value for field, value in flat(row).items()}
    return data


def flat_component(part: Terms) -> Data:
    """One thing that is charged for."""
    rest = {key: value for key, value in part.items() if value is not None}
    data = taken_words(rest, PART_WORDS) | taken_texts(rest, ("name", "code", "meter", "description"))
    data |= {key: number_text(taken(rest, key, is_number)) for key in AMOUNTS}
    prorated = taken(rest, "included_prorated", lambda value: isinstance(value, bool))
    data |= flat_rows("tier", taken(rest, "tiers", are_tiers) or [], flat_tier)
    sample = sample_of(data["kind"], exact(part.get("included")) or Decimal(0))
    return data | {"included_prorated": "0" if prorated is False else "1", "further": written(rest), "sample": sample}


def sample_of(kind: str, included: Decimal) -> str:
    """So much in the example that it costs something."""
    return shown_number(plain(included + SAMPLES[kind])) if kind in SAMPLES else ""


def flat_tier(tier: Terms) -> Data:
    """One price step."""
    return {key: number_text(tier.get(key)) for key in ("up_to", "unit", "flat")}


def flat_phase(phase: Terms) -> Data:
    """One phase: a factor is said in per cent."""
    how = "factor" if "factor" in phase else "price"
    number = exact(phase[how]) or Decimal(0)
    value = plain(number * 100) if how == "factor" else str(phase[how])
    return flat_span("length", phase) | {"how": how, "value": number_text(value)}


def flat_loyalty(step: Terms) -> Data:
    """One step for the loyal."""
    return flat_span("after", step["after"]) | {"percent": number_text(step["percent"])}
