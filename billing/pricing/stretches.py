"""Stretches: the days of a contract under one tariff version and one row of periods."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from billing.pricing.periods import Grid
from billing.pricing.phases import Course
from billing.pricing.tariffs import Tariff


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days under one tariff version and one row of periods. `scale`: how many tariff intervals a period holds.

    `offset` turns the number of a period in the grid into its number since the first paid day.
    """

    start: date
    end: date
    tariff: Tariff
    grid: Grid
    scale: Fraction
    offset: int
    phases: Course | None


def holding(day: date, stretches: tuple[Stretch, ...]) -> Stretch:
    """The stretch that holds the day; the first one for days before it."""
    for stretch in reversed(stretches):
        if stretch.start <= day:
            return stretch
    return stretches[0]
