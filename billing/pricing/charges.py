"""What a contract costs: the one function that the run, the preview, the quote and the forecast all ask."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from billing.pricing.components import Component
from billing.pricing.contracts import Contract
from billing.pricing.discounts import Reductions
from billing.pricing.money import cents, exactly
from billing.pricing.parts import effect_on, once_day, periods, pieces, window
from billing.pricing.periods import DAY, FOREVER
from billing.pricing.phases import NORMAL, price_in
from billing.pricing.proration import FULL, Charged, Period, months_touched, share
from billing.pricing.rates import bounded, rate
from billing.pricing.stretches import Stretch
from billing.pricing.tariffs import Tariff, Versions
from billing.pricing.timeline import Timeline, quantity_on, timeline
from billing.pricing.usage import Usage, UsageEvent, as_usage
from billing.pricing.vat import rate_on
from billing.pricing.words import Words

ONE = Decimal(1)
_NO_NOTES: list[str] = []
_WORDS = {language: Words(language) for language in ("de", "en")}


@dataclass(frozen=True, slots=True)
class Charge:
    """One desired charge for the days `[start, end)`, due for invoicing on `bill_on`.

    `amount` is in the tariff's own price mode (`prices`: gross or net), rounded once. `explanation` says in words how
    it came about; `version` and `place` say which version of the tariff and which of its components it is.
    """

    component: str
    tariff: str
    kind: str
    start: date
    end: date
    bill_on: date
    quantity: Decimal
    amount: Decimal
    vat_rate: Decimal | None
    text: str
    name: str = ""
    explanation: tuple[str, ...] = ()
    version: int = 0
    place: int = 0
    prices: str = "gross"


def charges(
    tariffs: Mapping[str, Versions],
    contract: Contract,
    usage: "Usage | Sequence[UsageEvent]",
    until: date,
    since: date | None = None,
    language: str = "de",
) -> list[Charge]:
    """Every charge with `bill_on <= until`, zero amounts left out, in the order of `bill_on`, days, the tariff.

    `since` is a period boundary before which everything is settled: what begins earlier is not produced again, and a
    contract of many years costs what a new one costs.
    """
    line = timeline(tariffs, contract)
    found = _Pricer(line, contract, as_usage(usage), _WORDS[language]).all(until, since)
    return sorted(found, key=lambda charge: (charge.bill_on, charge.start, charge.place))


class _Pricer:
    """Walks the periods of one contract and prices what is covered of them."""

    __slots__ = ("_charged", "_contract", "_free", "_line", "_once", "_reductions", "_units", "_usage", "_words")

    def __init__(self, line: Timeline, contract: Contract, usage: Usage, words: Words) -> None:
        self._line = line
        self._contract = contract
        self._usage = usage
        self._words = words
        self._once = once_day(line)
        self._reductions = Reductions(line, contract, words)
        self._charged = Charged()
        self._units: dict[tuple[str, int, int, Decimal], tuple[Fraction, list[str]]] = {}
        self._free: dict[tuple[str, int, str, date], Fraction] = {}

    def all(self, until: date, since: date | None) -> list[Charge]:
        """The charges that are due by `until` and do not begin before `since`."""
        view = window(self._line, self._contract, since, until)
        return [
            charge
            for stretch, period in periods(self._line, view)
            for charge in self._period(stretch, period)
            if charge.bill_on <= until and charge.amount and charge.start >= view.since
        ]

    def _period(self, stretch: Stretch, period: Period) -> Iterator[Charge]:
        """A period's charges: fixed ones first, since a discount's amount is taken off them before usage."""
        tariff = stretch.tariff
        for component in tariff.fixed:
            for part in period.parts:
                yield from self._fixed(stretch, period, component, part)
        if tariff.one_off and any(start <= self._once < end for start, end in period.parts):
            for component in tariff.one_off:
                yield self._one_off(stretch, period, component)
        for component in tariff.metered:
            for part in period.parts:
                yield self._metered(stretch, period, component, part)

    def _fixed(
        self, stretch: Stretch, period: Period, component: Component, part: tuple[date, date]
    ) -> Iterator[Charge]:
        """A flat or per-unit component, cut where a phase or a change of quantity changes its price."""
        for days in pieces(stretch, self._contract, component.code, component.kind, part):
            quantity, full, counted = ONE, component.price, _NO_NOTES
            if component.kind == "per_unit":
                quantity = quantity_on(self._contract, component.code, days[0])
                full, counted = self._of_units(stretch.tariff, component, quantity)
            effect = effect_on(stretch, days[0])
            price = price_in(component, effect, full) * stretch.scale
            amount, notes = self._of_part(stretch, period, component, price, days)
            notes[:0] = counted
            if effect is not NORMAL and effect != NORMAL:
                notes.append(self._words.note("phase"))
            amount, reduced = self._reductions.apply(
                stretch, period, component, amount, share(stretch.tariff.proration, *days, period)
            )
            notes += reduced
            if notes and component.kind == "flat":
                notes.insert(0, self._words.full_price(price))
            bill_on = days[1] if stretch.tariff.arrears else days[0]
            yield self._charge(stretch, component, days, bill_on, quantity, amount, notes)

    def _of_units(self, tariff: Tariff, component: Component, quantity: Decimal) -> tuple[Fraction, list[str]]:
        """What so many units cost in a full interval, and how; the same from period to period, so found once."""
        key = (tariff.code, tariff.version, component.place, quantity)
        if key not in self._units:
            rated = rate(component, Fraction(quantity), component.included)
            steps = [self._words.step(step) for step in rated.steps]
            self._units[key] = bounded(rated.amount, component.minimum, component.maximum), steps
        return self._units[key]

    def _of_part(
        self, stretch: Stretch, period: Period, component: Component, price: Fraction, days: tuple[date, date]
    ) -> tuple[Fraction, list[str]]:
        """The part's amount at the full price, with a note on the days or months counted."""
        if days[0] == period.first and days[1] == period.end:
            return price, []
        proration = stretch.tariff.proration
        amount = self._charged.part(proration, component.code, price, *days, period)
        notes = self._share_notes(proration, period, days)
        if amount < price * share(proration, *days, period):
            notes.append(self._words.note("before"))
        return amount, notes

    def _share_notes(self, proration: str, period: Period, days: tuple[date, date]) -> list[str]:
        if proration == "none" or (days[0] == period.first and days[1] == period.end):
            return []
        if proration == "month":
            return [self._words.part("months", min(len(months_touched(*days)), period.months), period.months)]
        return [self._words.part("days", (days[1] - days[0]).days, (period.end - period.first).days)]

    def _one_off(self, stretch: Stretch, period: Period, component: Component) -> Charge:
        amount, notes = self._reductions.apply(stretch, period, component, component.price, FULL)
        return self._charge(stretch, component, (self._once, self._once + DAY), self._once, ONE, amount, notes)

    def _metered(self, stretch: Stretch, period: Period, component: Component, days: tuple[date, date]) -> Charge:
        """Usage of a part: its free units and bounds are prorated like the fee, its prices and tiers are not."""
        proration = stretch.tariff.proration
        counted = self._usage.measure(component.meter, component.aggregate, *days)
        free = self._included(stretch, period, component, days, counted.quantity)
        rated = rate(component, counted.quantity, free, counted.events)
        minimum, maximum = self._bounds(stretch, period, component, days)
        amount = bounded(rated.amount, minimum, maximum)
        notes = [self._words.measured(counted.quantity, free), *(self._words.step(step) for step in rated.steps)]
        if amount != rated.amount:
            notes.append(self._words.note("minimum" if amount > rated.amount else "maximum"))
        part_share = share(proration, *days, period)
        amount, reduced = self._reductions.apply(stretch, period, component, amount, part_share)
        notes += self._share_notes(proration, period, days) + reduced
        return self._charge(stretch, component, days, days[1], exactly(counted.quantity), amount, notes)

    def _included(
        self, stretch: Stretch, period: Period, component: Component, days: tuple[date, date], quantity: Fraction
    ) -> Fraction:
        """The free units of a part: its share, and never more than the period still has."""
        if not component.included:
            return component.included
        full = component.included * stretch.scale
        key = (stretch.tariff.code, stretch.tariff.version, component.code, period.first)
        left = self._free.get(key, full)
        part = share(stretch.tariff.proration, *days, period) if component.included_prorated else FULL
        free = min(full * part, left)
        self._free[key] = left - min(free, quantity)
        return free

    def _bounds(
        self, stretch: Stretch, period: Period, component: Component, days: tuple[date, date]
    ) -> tuple[Fraction | None, Fraction | None]:
        minimum, maximum = component.minimum, component.maximum
        proration = stretch.tariff.proration
        if minimum is not None:
            minimum = self._charged.part(proration, f"min {component.code}", minimum * stretch.scale, *days, period)
        if maximum is not None:
            maximum *= stretch.scale * share(proration, *days, period)
        return minimum, maximum

    def _charge(
        self,
        stretch: Stretch,
        component: Component,
        days: tuple[date, date],
        bill_on: date,
        quantity: Decimal,
        amount: Fraction,
        notes: list[str],
    ) -> Charge:
        tariff = stretch.tariff
        explanation = tuple(notes)
        return Charge(
            component=component.code,
            tariff=tariff.code,
            kind=component.kind,
            start=days[0],
            end=days[1],
            bill_on=bill_on,
            quantity=quantity,
            amount=cents(amount),
            vat_rate=rate_on(tariff.vat_rate, days[1] - DAY),
            text=self._words.charge(component.name, days[0], days[1], explanation),
            name=component.name,
            explanation=explanation,
            version=tariff.version,
            place=component.place,
            prices=tariff.prices,
        )


def ends_on(tariffs: Mapping[str, Versions], contract: Contract) -> date | None:
    """The first day that the contract does not cover; None if it has no end."""
    end = timeline(tariffs, contract).end
    return None if end == FOREVER else end
