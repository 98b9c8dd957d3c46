"""The course of a contract: which tariff version holds from when to when, in which periods, and when it ends."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from operator import attrgetter

from billing.pricing.components import Component
from billing.pricing.contracts import Contract, RhythmChange, TariffChange
from billing.pricing.faults import Fault, PricingFaults
from billing.pricing.periods import DAY, FOREVER, Grid, Span, grid_at, grid_for
from billing.pricing.phases import course
from billing.pricing.rates import bounded, rate
from billing.pricing.stretches import Stretch, holding
from billing.pricing.tariffs import Tariff, Versions
from billing.pricing.terms import contract_end, term_end_from

ONE = Fraction(1)
MOST_PERIODS = 24


@dataclass(frozen=True, slots=True)
class Change:
    """A change of tariff as it was decided: which way it goes, when it acts, and by which comparison."""

    on: date
    effective: date
    old: Tariff
    new: Tariff
    upgrade: bool
    when: str
    old_per_day: Fraction
    new_per_day: Fraction
    shorter: bool


@dataclass(frozen=True, slots=True)
class Timeline:
    """All of it. `end` is the first day not covered (FOREVER: none)."""

    first_paid: date
    end: date
    stretches: tuple[Stretch, ...]
    pauses: tuple[tuple[date, date], ...]
    changes: tuple[Change, ...]

    def at(self, day: date) -> Stretch:
        """The stretch that holds the day; the first one for days before it."""
        return holding(day, self.stretches)


def timeline(tariffs: Mapping[str, Versions], contract: Contract) -> Timeline:
    """Lay out the contract's course from its tariffs and events."""
    way = _Way(tariffs, contract)
    for wish in _wishes(contract):
        if isinstance(wish, TariffChange):
            way.request(wish)
        else:
            way.ask_rhythm(wish)
    stretches = way.finish()
    pauses = _merged_pauses(contract) if contract.pauses else ()
    end = contract_end(contract, way.first_paid, way.trial_ends, stretches)
    return Timeline(way.first_paid, end, stretches, pauses, tuple(way.changes))


def quantity_on(contract: Contract, component: str, day: date) -> Decimal:
    """The contract's quantity of a per-unit component on that day; none if it was never agreed."""
    changes = contract.quantity_changes
    if changes:
        for change in reversed(changes[: bisect_right(changes, day, key=attrgetter("on"))]):
            if component in change.quantities:
                return change.quantities[component]
    return contract.quantities.get(component, Decimal(0))


def full_price(component: Component, quantity: Decimal) -> Fraction:
    """What a flat or per-unit component costs for one full interval of its tariff, before phases and discounts."""
    if component.kind == "flat":
        return component.price
    rated = rate(component, Fraction(quantity), component.included)
    return bounded(rated.amount, component.minimum, component.maximum)


def version_for(tariffs: Mapping[str, Versions], code: str, day: date, path: str) -> Tariff:
    """The version of a tariff for a contract that takes it on that day."""
    if code not in tariffs:
        raise PricingFaults([Fault(path, "no tariff has this code")])
    tariff = tariffs[code].for_new(day)
    if tariff is None:
        raise PricingFaults([Fault(path, "the tariff has no version that is valid on {day}", {"day": day.isoformat()})])
    return tariff


def _wishes(contract: Contract) -> Sequence[TariffChange | RhythmChange]:
    """What decides the stretches, in the order of time."""
    if not contract.rhythms:
        return contract.changes
    return sorted([*contract.changes, *contract.rhythms], key=attrgetter("on"))


def _merged_pauses(contract: Contract) -> tuple[tuple[date, date], ...]:
    merged: list[tuple[date, date]] = []
    for pause in contract.pauses:
        if merged and pause.on <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], pause.until))
        else:
            merged.append((pause.on, pause.until))
    return tuple(merged)


class _Way:
    """Builds the stretches in the order of time."""

    def __init__(self, tariffs: Mapping[str, Versions], contract: Contract) -> None:
        self.tariffs = tariffs
        self.contract = contract
        self.changes: list[Change] = []
        self._pending: Change | None = None
        self._wish = contract.interval
        self._rhythm: RhythmChange | None = None
        first = version_for(tariffs, contract.tariff, contract.start, "contract.tariff")
        trial = first.trial
        self.first_paid = trial.span.after(contract.start) if trial else contract.start
        self.trial_ends = trial is not None and trial.then == "end"
        if trial and trial.then not in ("continue", "end"):
            first = version_for(tariffs, trial.then, self.first_paid, "contract.tariff")
        elif trial:
            first = self._running(first, self.first_paid)
        self.stretches: list[Stretch] = [self._opening(first)]

    def _running(self, tariff: Tariff, first_paid: date) -> Tariff:
        """The version that a contract has after its trial: a newer price may have reached it meanwhile."""
        kept = {one.version_from for one in self.contract.kept_prices}
        for version in reversed(self.tariffs[tariff.code].versions[tariff.version + 1 :]):
            day = version.existing_from
            if day and day not in kept and self.contract.start < day <= first_paid:
                return version
        return tariff

    def _opening(self, tariff: Tariff) -> Stretch:
        span = self._interval(tariff)
        grid = grid_for(tariff.anchor, span, self.first_paid)
        return self._stretch(tariff, self.first_paid, grid, -grid.index(self.first_paid))

    def _stretch(self, tariff: Tariff, start: date, grid: Grid, offset: int) -> Stretch:
        span = grid.span
        scale = ONE if span == tariff.interval else Fraction(span.months, tariff.interval.months)
        phases = course(tariff.phases, self.first_paid, grid, offset) if tariff.phases else None
        return Stretch(start, FOREVER, tariff, grid, scale, offset, phases)

    def _interval(self, tariff: Tariff) -> Span:
        wish = self._wish
        if wish is None or not tariff.allows(wish):
            return tariff.interval
        return wish

    def _append(self, tariff: Tariff, day: date, grid: Grid | None = None) -> None:
        """From that day on the tariff holds. The anchor stays while the interval is the same; else periods begin on the day."""
        if day <= self.first_paid:
            self.stretches = [self._opening(tariff)]
            return
        if self.stretches[-1].start == day:
            self.stretches.pop()
        old = self.stretches[-1] = replace(self.stretches[-1], end=day)
        span = self._interval(tariff)
        if span == old.grid.span:
            self.stretches.append(self._stretch(tariff, day, old.grid, old.offset))
        else:
            number = old.grid.index(day - DAY) + old.offset + 1
            grid = grid or grid_at(span, day)
            self.stretches.append(self._stretch(tariff, day, grid, number - grid.index(day)))

    def _renew(self, until: date) -> None:
        """Take the newer versions that reach the running contract by that day, and another rhythm if it begins by then."""
        while True:
            switch = self._next_version(self.stretches[-1])
            rhythm = self._rhythm_day() if self._rhythm else None
            if rhythm and rhythm[0] <= until and (switch is None or rhythm[0] < switch[0]):
                self._take_rhythm(*rhythm)
            elif switch and switch[0] <= until:
                self._append(switch[1], switch[0])
            else:
                return

    def ask_rhythm(self, change: RhythmChange) -> None:
        """A wish for another rhythm; a later one replaces one that still waits."""
        if self._pending and self._pending.effective <= change.on:
            self._act()
        self._renew(change.on)
        self._rhythm = change

    def _rhythm_day(self) -> tuple[date, Grid] | None:
        """The first day from the wish on, on which a period of either rhythm begins: so none is cut and nothing comes back.

        Where the two never meet, the new one begins when the present period is over. A tariff that does not allow it keeps
        its own, and the wish holds for the tariffs that follow.
        """
        wish, stretch = self._rhythm, self.stretches[-1]
        if wish is None:
            return None
        if wish.span == stretch.grid.span or not stretch.tariff.allows(wish.span):
            self._wish, self._rhythm = wish.span, None
            return None
        grid = grid_for(stretch.tariff.anchor, wish.span, self.first_paid)
        first = day = stretch.grid.boundary_from(max(wish.on, stretch.start))
        for _period in range(MOST_PERIODS):
            if grid.boundary_from(day) == day:
                return day, grid
            day = stretch.grid.boundary_from(grid.boundary_from(day))
        return first, grid_at(wish.span, first)

    def _take_rhythm(self, day: date, grid: Grid) -> None:
        wish = self._rhythm
        if wish:
            self._wish, self._rhythm = wish.span, None
            self._append(self.stretches[-1].tariff, day, grid)

    def _next_version(self, stretch: Stretch) -> tuple[date, Tariff] | None:
        found: tuple[date, Tariff] | None = None
        versions = self.tariffs[stretch.tariff.code].versions
        kept = {one.version_from for one in self.contract.kept_prices} if self.contract.kept_prices else ()
        for version in versions[stretch.tariff.version + 1 :]:
            if version.existing_from and version.existing_from not in kept:
                day = stretch.grid.boundary_from(max(version.existing_from, stretch.start + DAY))
                if found is None or day <= found[0]:
                    found = day, version
        return found

    def request(self, change: TariffChange) -> None:
        """A wish to change: acts at once or waits. A later wish replaces one that still waits.

        Who wishes the tariff that holds already only takes back what still waits, and keeps version and price.
        """
        if self._pending and self._pending.effective > change.on:
            self.changes.remove(self._pending)
            self._pending = None
        self._act()
        self._renew(change.on)
        if change.tariff == self.stretches[-1].tariff.code:
            return
        decided = self._decide(change)
        self.changes.append(decided)
        self._pending = decided
        if change.on < self.first_paid:
            self.trial_ends = False
        if decided.effective <= change.on:
            self._act()

    def _act(self) -> None:
        if self._pending:
            effective = self._pending.effective
            self._renew(effective - DAY)
            code = self._pending.new.code
            tariff = version_for(self.tariffs, code, max(effective, self.contract.start), "contract.events")
            self._append(tariff, effective)
            self._pending = None

    def finish(self) -> tuple[Stretch, ...]:
        """Let the last wish act and take all versions to come."""
        self._act()
        self._renew(FOREVER - DAY)
        return tuple(self.stretches)

    def _decide(self, change: TariffChange) -> Change:
        stretch = self.stretches[-1]
        old = stretch.tariff
        new = version_for(self.tariffs, change.tariff, max(change.on, self.contract.start), change.path)
        shorter = self._interval(new).mean_days < stretch.grid.span.mean_days
        before, after = self._per_day(old, change.on), self._per_day(new, change.on)
        upgrade = after > before and not shorter
        when = change.when or (old.change.upgrade if upgrade else old.change.downgrade)
        effective = self._effective(change.on, when, stretch)
        return Change(change.on, effective, old, new, upgrade, when, before, after, shorter)

    def _effective(self, on: date, when: str, stretch: Stretch) -> date:
        if on < self.first_paid:
            return self.first_paid
        if when == "immediately":
            return on
        if when == "term_end" and stretch.tariff.minimum_term:
            return term_end_from(on, self.first_paid, stretch)
        return stretch.grid.boundary_from(max(on, self.first_paid + DAY))

    def _per_day(self, tariff: Tariff, on: date) -> Fraction:
        prices = (full_price(part, quantity_on(self.contract, part.code, on)) for part in tariff.fixed)
        return sum(prices, Fraction(0)) / tariff.interval.mean_days
