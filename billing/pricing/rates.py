"""Pricing models: what a quantity costs. One function per model; all exact, nothing is rounded here.

No usage, no charge: every model answers 0 to a quantity of 0.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from billing.pricing.components import Component, Tier

ZERO = Fraction(0)


@dataclass(frozen=True, slots=True)
class Step:
    """A part of the calculation: `quantity` at `unit` each, plus `flat`."""

    quantity: Fraction
    unit: Fraction
    flat: Fraction


@dataclass(frozen=True, slots=True)
class Rated:
    """The amount and how it came about."""

    amount: Fraction
    steps: tuple[Step, ...]


NOTHING = Rated(ZERO, ())


def _sum(*steps: Step) -> Rated:
    return Rated(sum((step.quantity * step.unit + step.flat for step in steps), ZERO), steps)


def per_unit(component: Component, quantity: Fraction, events: int) -> Rated:
    """Every unit at the same price."""
    return _sum(Step(quantity, component.price, ZERO))


def graduated(component: Component, quantity: Fraction, events: int) -> Rated:
    """Each unit at the price of its own tier; every tier that is entered adds its flat price."""
    steps = []
    below = ZERO
    for tier in component.tiers:
        if quantity <= below:
            break
        top = quantity if tier.up_to is None else min(quantity, tier.up_to)
        steps.append(Step(top - below, tier.unit, tier.flat))
        below = top
    return _sum(*steps)


def volume(component: Component, quantity: Fraction, events: int) -> Rated:
    """All units at the price of the tier that the total lands in, plus that tier's flat price."""
    tier = _tier_of(component, quantity)
    return _sum(Step(quantity, tier.unit, tier.flat))


def stairstep(component: Component, quantity: Fraction, events: int) -> Rated:
    """The flat price of the tier that the total lands in, however many units."""
    return _sum(Step(quantity, ZERO, _tier_of(component, quantity).flat))


def package(component: Component, quantity: Fraction, events: int) -> Rated:
    """A price per package of `size` units that was begun."""
    return _sum(Step(Fraction(-(-quantity // component.size)), component.price, ZERO))


def percentage(component: Component, quantity: Fraction, events: int) -> Rated:
    """`percent` of the value, plus `fixed` for each event."""
    share = Step(quantity, component.percent / 100, ZERO)
    return _sum(share, Step(Fraction(events), component.fixed, ZERO)) if component.fixed else _sum(share)


def _tier_of(component: Component, quantity: Fraction) -> Tier:
    for tier in component.tiers:
        if tier.up_to is None or quantity <= tier.up_to:
            return tier
    return component.tiers[-1]


MODELS: dict[str, Callable[[Component, Fraction, int], Rated]] = {
    "per_unit": per_unit,
    "graduated": graduated,
    "volume": volume,
    "stairstep": stairstep,
    "package": package,
    "percentage": percentage,
}


def rate(component: Component, quantity: Fraction, included: Fraction, events: int = 0) -> Rated:
    """What the quantity costs beyond the units that are included."""
    chargeable = max(quantity - included, ZERO)
    if not chargeable and not (events and component.fixed):
        return NOTHING
    return MODELS[component.model](component, chargeable, events)


def bounded(amount: Fraction, minimum: Fraction | None, maximum: Fraction | None) -> Fraction:
    """The amount, but not below `minimum` nor above `maximum`, where they are set."""
    if minimum is not None and amount < minimum:
        amount = minimum
    return maximum if maximum is not None and amount > maximum else amount
