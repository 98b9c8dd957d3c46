"""Components: what a tariff charges for, and by which model."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from billing.pricing.faults import Node

RIDERS = frozenset({"name", "legal_basis", "sphere", "resolution", "accounts", "exemption", "description"})
MODELS = ("per_unit", "graduated", "volume", "stairstep", "package", "percentage")
AGGREGATES = ("sum", "max", "last", "count", "unique")
_BASE = frozenset({"code", "kind", "name", "description", "accounts"})
_BOUNDS = frozenset({"model", "included", "min", "max"})
_NULLABLE = frozenset({"min", "max"})
_OF_KIND: dict[str, frozenset[str]] = {
    "flat": frozenset({"price"}),
    "once": frozenset({"price"}),
    "per_unit": _BOUNDS,
    "usage": _BOUNDS | {"meter", "aggregate", "included_prorated"},
}
_OF_MODEL: dict[str, tuple[str, ...]] = {
    "per_unit": ("price",),
    "graduated": ("tiers",),
    "volume": ("tiers",),
    "stairstep": ("tiers",),
    "package": ("size", "price"),
    "percentage": ("percent",),
}


@dataclass(frozen=True, slots=True)
class Tier:
    """Units up to and including `up_to` (None: all beyond), at `unit` each, `flat` once the tier is entered."""

    up_to: Fraction | None
    unit: Fraction
    flat: Fraction


@dataclass(frozen=True, slots=True)
class Component:
    """One thing a tariff charges for. `place` is its place in the tariff."""

    code: str
    name: str
    kind: str
    place: int
    model: str
    price: Fraction
    tiers: tuple[Tier, ...]
    size: Fraction
    percent: Fraction
    fixed: Fraction
    meter: str
    aggregate: str
    included: Fraction
    included_prorated: bool
    minimum: Fraction | None
    maximum: Fraction | None


def parse_components(node: Node) -> tuple[Component, ...]:
    """Read a tariff's components; their codes are unique."""
    components: list[Component] = []
    for place, item in enumerate(node.items()):
        component = _component(place, item)
        if component.code in [other.code for other in components]:
            item.child("code", None).fault("stands twice in this tariff")
        components.append(component)
    if isinstance(node.value, list | tuple) and not components:
        node.fault("must not be empty")
    return tuple(components)


def _component(place: int, node: Node) -> Component:
    members = node.members()
    kind = members["kind"].choice(*_OF_KIND) if "kind" in members else "flat"
    allowed = _BASE | _OF_KIND[kind]
    required: tuple[str, ...] = ("code", "kind")
    metered = kind in ("per_unit", "usage")
    model = members["model"].choice(*MODELS) if metered and "model" in members else "per_unit"
    if kind == "per_unit" and model == "percentage":
        members["model"].fault("percentage needs usage")
    if kind == "usage":
        required += ("meter", "aggregate")
    extra = frozenset({"fixed"}) if model == "percentage" else frozenset[str]()
    keys = node.fields(allowed | frozenset(_OF_MODEL[model]) | extra, required + _OF_MODEL[model], _NULLABLE)
    return _built(place, kind, model, keys)


def _built(place: int, kind: str, model: str, keys: dict[str, Node]) -> Component:
    code = keys["code"].text() if "code" in keys else ""
    component = Component(
        code=code,
        name=keys["name"].text() if "name" in keys else code[:1].upper() + code[1:],
        kind=kind,
        place=place,
        model=model,
        price=_number(keys, "price"),
        tiers=_tiers(keys["tiers"], model) if "tiers" in keys else (),
        size=Fraction(keys["size"].decimal()) if "size" in keys else Fraction(1),
        percent=Fraction(keys["percent"].decimal(highest=100)) if "percent" in keys else Fraction(0),
        fixed=_number(keys, "fixed"),
        meter=keys["meter"].text() if "meter" in keys else "",
        aggregate=keys["aggregate"].choice(*AGGREGATES) if "aggregate" in keys else "sum",
        included=_number(keys, "included"),
        included_prorated=keys["included_prorated"].flag() if "included_prorated" in keys else True,
        minimum=_bound(keys, "min"),
        maximum=_bound(keys, "max"),
    )
    _check_sizes(component, keys)
    return component


def _check_sizes(component: Component, keys: dict[str, Node]) -> None:
    if component.size <= 0:
        keys["size"].fault("must be above 0")
    if component.minimum is not None and component.maximum is not None and component.minimum > component.maximum:
        keys["max"].fault("must not be below min")


def _number(keys: dict[str, Node], key: str) -> Fraction:
    return Fraction(keys[key].decimal()) if key in keys else Fraction(0)


def _bound(keys: dict[str, Node], key: str) -> Fraction | None:
    return Fraction(keys[key].decimal()) if key in keys else None


def _tiers(node: Node, model: str) -> tuple[Tier, ...]:
    items = node.items()
    tiers = tuple(_tier(item, model) for item in items)
    if not tiers:
        node.fault("must have at least one tier")
    below = Fraction(0)
    for item, tier in list(zip(items, tiers))[:-1]:
        if tier.up_to is None:
            item.child("up_to", None).fault("only the last tier is open")
        elif tier.up_to <= below:
            item.child("up_to", None).fault("must be above that of the tier before")
        below = tier.up_to or below
    if tiers and tiers[-1].up_to is not None:
        items[-1].child("up_to", None).fault("the last tier must be open: null")
    return tiers


def _tier(node: Node, model: str) -> Tier:
    keys = node.fields(frozenset({"up_to", "unit", "flat"}))
    is_open = "up_to" not in keys or keys["up_to"].value is None
    tier = Tier(
        up_to=None if is_open else Fraction(keys["up_to"].decimal(highest=Decimal(10) ** 12)),
        unit=_number(keys, "unit"),
        flat=_number(keys, "flat"),
    )
    if model == "stairstep" and tier.unit:
        keys["unit"].fault("a stairstep tier has a flat price only")
    return tier
