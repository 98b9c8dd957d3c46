"""Reductions: loyalty first, then the contract's discounts in their order; never below zero."""

from datetime import date
from fractions import Fraction

from billing.pricing.components import Component
from billing.pricing.contracts import Contract, Discount
from billing.pricing.proration import FULL, Period, share
from billing.pricing.stretches import Stretch
from billing.pricing.timeline import Timeline
from billing.pricing.words import Words

ZERO = Fraction(0)
HUNDRED = Fraction(100)


def loyalty_percent(stretch: Stretch, started: date, opens: date) -> Fraction:
    """The highest step whose tenure since the contract's first start is reached on the period's first day."""
    percent = ZERO
    for step in stretch.tariff.loyalty:
        if step.after.after(started) <= opens:
            percent = step.percent
    return percent


class Reductions:
    """Takes reductions off charges. An amount is taken once per period, prorated like the fee, and what one component
    cannot bear is taken off the next."""

    __slots__ = ("_contract", "_left", "_line", "_numbers", "_words")

    def __init__(self, line: Timeline, contract: Contract, words: Words) -> None:
        self._line = line
        self._contract = contract
        self._words = words
        self._numbers = [_first_number(discount, line) for discount in contract.discounts]
        self._left: dict[tuple[int, date, date], Fraction] = {}

    def apply(
        self, stretch: Stretch, period: Period, component: Component, amount: Fraction, part_share: Fraction
    ) -> tuple[Fraction, list[str]]:
        """The reduced amount and a note for each reduction."""
        notes: list[str] = []
        if component.kind in ("flat", "per_unit") and stretch.tariff.loyalty:
            percent = loyalty_percent(stretch, self._contract.start, period.opens)
            if percent:
                amount *= (HUNDRED - percent) / HUNDRED
                notes.append(self._words.loyalty(percent))
        for index, discount in enumerate(self._contract.discounts):
            if amount > 0 and self._holds(index, discount, component, period):
                amount = self._taken(index, discount, stretch, period, amount, part_share, notes)
        return amount, notes

    def _holds(self, index: int, discount: Discount, component: Component, period: Period) -> bool:
        number = period.number - self._numbers[index]
        if number < 0 or (discount.periods is not None and number >= discount.periods):
            return False
        return discount.components is None or component.code in discount.components

    def _taken(
        self,
        index: int,
        discount: Discount,
        stretch: Stretch,
        period: Period,
        amount: Fraction,
        part_share: Fraction,
        notes: list[str],
    ) -> Fraction:
        if discount.amount is None:
            notes.append(self._words.discount_percent(discount.percent))
            return amount * (HUNDRED - discount.percent) / HUNDRED
        key = (index, stretch.start, period.first)
        left = self._left.get(key)
        if left is None:
            left = discount.amount * _coverage(stretch, period)
        taken = min(amount, discount.amount * part_share, left)
        self._left[key] = left - taken
        if taken:
            notes.append(self._words.discount_amount(taken))
        return amount - taken


def _coverage(stretch: Stretch, period: Period) -> Fraction:
    covered = sum((share(stretch.tariff.proration, *part, period) for part in period.parts), ZERO)
    return min(FULL, covered)


def _first_number(discount: Discount, line: Timeline) -> int:
    """The number of the first period that begins on or after the discount's `from`."""
    if discount.start is None or discount.start <= line.first_paid:
        return 0
    stretch = line.at(discount.start)
    k = stretch.grid.index(discount.start)
    return k + stretch.offset + (1 if stretch.grid.start(k) < discount.start else 0)
