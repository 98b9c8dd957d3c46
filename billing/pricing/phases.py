"""Phases: stretches of the paid time with their own price, counted from the first paid day."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from billing.pricing.components import Component
from billing.pricing.periods import Grid, Span
from billing.pricing.tariffs import Phase


@dataclass(frozen=True, slots=True)
class Effect:
    """What a phase does to prices: `factor` times, or the flat components at `price`."""

    factor: Fraction = Fraction(1)
    price: Fraction | None = None


NORMAL = Effect()


@dataclass(frozen=True, slots=True)
class Course:
    """The days on which the price changes by itself, with the effect that holds from each; `end` of the last phase."""

    days: tuple[date, ...]
    effects: tuple[Effect, ...]
    end: date

    def effect(self, day: date) -> Effect:
        """What holds on that day."""
        place = bisect_right(self.days, day)
        return self.effects[place - 1] if place else NORMAL


def course(phases: tuple[Phase, ...], first_paid: date, grid: Grid, offset: int) -> Course:
    """Lay the phases one after the other. `offset` turns the grid's numbers into numbers since the first paid day."""
    days, effects = [first_paid], []
    months, base = 0, first_paid
    for phase in phases:
        if phase.span and phase.span.months:
            months += phase.span.months
            end = Span(months=months).after(base)
        else:
            end = _short_end(phase, days[-1], grid, offset)
            months, base = 0, end
        effects.append(Effect(phase.factor, phase.price))
        days.append(end)
    return _merged(days, [*effects, NORMAL])


def _short_end(phase: Phase, start: date, grid: Grid, offset: int) -> date:
    if phase.span:
        return phase.span.after(start)
    number = grid.index(start) + offset + phase.periods
    return grid.start(number - offset)


def _merged(days: list[date], effects: list[Effect]) -> Course:
    kept = [place for place in range(len(days)) if place == 0 or effects[place] != effects[place - 1]]
    return Course(tuple(days[place] for place in kept), tuple(effects[place] for place in kept), days[-1])


def price_in(component: Component, effect: Effect, amount: Fraction) -> Fraction:
    """The full price of a flat or per-unit component within a phase."""
    if effect.price is not None and component.kind == "flat":
        return effect.price
    return amount * effect.factor
