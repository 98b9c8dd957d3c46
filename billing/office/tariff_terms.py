"""The fields of the editor as the terms of a tariff, in the very words of the terms that they began with."""

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from billing.pricing.faults import exact
from billing.pricing.words import plain

Terms = dict[str, Any]
Cleaned = Mapping[str, Any]
STEPPED = ("graduated", "volume", "stairstep")
# What holds where nothing is written: it is not written down anew.
MONTH = {"months": 1}
DEFAULTS: Terms = {
    "interval": MONTH, "anchor": "start", "timing": "advance", "proration": "day", "prices": "gross", "vat_rate": "0",
    "intervals": [], "phases": [], "loyalty": [], "then": "continue", "ends": "period", "change": {},
    "upgrade": "immediately", "downgrade": "period_end", "model": "per_unit", "included": "0", "included_prorated": True,
    "unit": "0", "flat": "0", "fixed": "0", "up_to": None,
}  # fmt: skip
NUMBERS = frozenset(
    {"price", "included", "size", "percent", "fixed", "min", "max", "up_to", "unit", "flat", "factor", "vat_rate"}
)


def as_it_was(base: Mapping[str, Any], new: Terms) -> Terms:
    """`new`, but written as `base` writes it wherever both mean the same; what holds anyway is not added."""
    kept = {key: None for key, value in base.items() if value is None and key not in new}
    said = {key: same(key, base.get(key), value) for key, value in new.items()}
    return kept | {key: value for key, value in said.items() if key in base or value != DEFAULTS.get(key, ...)}


def same(key: str, base: Any, new: Any) -> Any:
    """One value in the words of the base, if it means the same."""
    if isinstance(new, dict):
        return as_it_was(base if isinstance(base, Mapping) else {}, new)
    if key == "intervals" and isinstance(base, list):
        return base if set(base) == set(new) else new
    if key in NUMBERS and exact(base) is not None and exact(base) == exact(new):
        return base
    return new


def rows_as_they_were(base: Any, rows: list[tuple[str, Terms]]) -> list[Terms]:
    """Each row beside the one that it began as: its key is its place there."""
    first: list[Any] = base if isinstance(base, list) else []
    return [as_it_was(first[int(key)] if int(key) < len(first) else {}, row) for key, row in rows]


def plain_terms(cleaned: Cleaned) -> Terms:
    """What is agreed once. What is left empty is not agreed."""
    said: Terms = {key: cleaned[key] for key in ("timing", "proration", "prices", "ends") if cleaned.get(key)}
    said |= {
        key: cleaned[key]
        for key in (
            "legal_basis",
            "sphere",
            "description",
            "exemption",
            "interval",
            "minimum_term",
            "notice",
            "renewal",
        )
        if cleaned.get(key)
    }
    said |= {"vat_rate": vat_rate(cleaned), "anchor": anchor(cleaned), "intervals": cleaned.get("intervals") or []}
    said["change"] = {key: cleaned[key] for key in ("upgrade", "downgrade") if cleaned.get(key)}
    if cleaned.get("trial"):
        said["trial"] = cleaned["trial"] | {"then": cleaned.get("trial_then") or "continue"}
    if found := resolution(cleaned):
        said["resolution"] = found
    return said


def vat_rate(cleaned: Cleaned) -> str | None:
    """A rate in per cent; None is outside VAT."""
    chosen = cleaned.get("vat") or "0"
    if chosen == "other":
        return cleaned.get("vat_other") or "0"
    return None if chosen == "outside" else chosen


def anchor(cleaned: Cleaned) -> Any:
    """Where periods are counted from."""
    if cleaned.get("anchor") != "day":
        return cleaned.get("anchor") or "start"
    found = {key: cleaned.get(f"anchor_{key}") for key in ("day", "month")}
    return {key: int(value) for key, value in found.items() if value}


def resolution(cleaned: Cleaned) -> Terms:
    """Who decided, when, and where it is written."""
    found = {key: cleaned.get(f"resolution_{key}") for key in ("body", "on", "reference")}
    return {key: value.isoformat() if key == "on" else value for key, value in found.items() if value}


def component_terms(cleaned: Cleaned, tiers: list[Terms]) -> Terms:
    """One thing that is charged for, with what its kind knows."""
    kind = cleaned.get("kind") or "flat"
    said: Terms = {"code": cleaned.get("code") or code_of(cleaned.get("name") or ""), "kind": kind}
    said |= {key: cleaned[key] for key in ("name", "description") if cleaned.get(key)}
    said |= metered_terms(cleaned, kind, tiers) if kind in ("per_unit", "usage") else amounts(cleaned, "price")
    return said


def metered_terms(cleaned: Cleaned, kind: str, tiers: list[Terms]) -> Terms:
    """What counts something: how it is counted and priced."""
    model = cleaned.get("model") or "per_unit"
    said = {"model": model} | amounts(cleaned, "included", "min", "max")
    if kind == "usage":
        said |= {"meter": cleaned.get("meter") or "", "aggregate": cleaned.get("aggregate") or "sum"}
        said["included_prorated"] = cleaned.get("included_prorated") != "0"
    if model in STEPPED:
        return said | {"tiers": tiers}
    keys = {"package": ("size", "price"), "percentage": ("percent", "fixed")}
    return said | amounts(cleaned, *keys.get(model, ("price",)))


def amounts(cleaned: Cleaned, *keys: str) -> Terms:
    """The numbers that were written."""
    return {key: cleaned[key] for key in keys if cleaned.get(key)}


def tier_terms(cleaned: Cleaned) -> Terms:
    """One price step; the last one is open."""
    return {"up_to": cleaned.get("up_to") or None} | amounts(cleaned, "unit", "flat")


def phase_terms(cleaned: Cleaned) -> Terms:
    """A stretch of time; per cent become the factor."""
    said: Terms = dict(cleaned.get("length") or {})
    value, how = cleaned.get("value"), cleaned.get("how") or "factor"
    if value and how == "factor":
        value = plain(Decimal(value) / 100)
    return said | ({how: value} if value else {})


def loyalty_terms(cleaned: Cleaned) -> Terms:
    """A discount from a tenure on."""
    after = cleaned.get("after")
    return ({"after": after} if after else {}) | amounts(cleaned, "percent")


def code_of(name: str) -> str:
    """A short name for programs: `Wasser je m³` becomes `wasser-je-m3`."""
    plain_name = unicodedata.normalize("NFKD", name.lower().replace("ß", "ss")).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain_name).strip("-")[:40]
