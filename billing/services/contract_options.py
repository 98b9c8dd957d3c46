"""What members may change about a contract themselves: how many of something, an extra, a pause, how often they pay.

The tariff says what; the quote says what it brings; the next run bills exactly that.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from billing import pricing
from billing.models import Contract, ContractEvent, Tariff
from billing.pricing.periods import add_months
from billing.pricing.timeline import Timeline, quantity_on, timeline
from billing.services.contracts import stored_data
from billing.services.quote_answers import Action, kind_of
from billing.services.quotes import house_of, standing_of

Kind = ContractEvent.Kind
AHEAD = 12


@dataclass(frozen=True, slots=True)
class Piece:
    """Something that is paid by the piece. `most` 1: an extra that one has or has not."""

    code: str
    name: str
    now: Decimal
    most: int


@dataclass(frozen=True, slots=True)
class Options:
    """What can be chosen on a day. `rhythms` in months, `rhythm` the present one; `pause_months` that are left this year."""

    tariff: Tariff
    pieces: list[Piece]
    rhythms: list[int]
    rhythm: int
    pause_months: int
    waiting: tuple[date, int] | None = None

    @property
    def empty(self) -> bool:
        """Nothing at all."""
        return not (self.pieces or self.rhythms or self.pause_months)


def has_choices(tariff: Tariff) -> bool:
    """Whether the tariff lets its members choose anything."""
    return bool(tariff.pause_months or tariff.choose_rhythm or any(tariff.pieces_most.values()))


def options(contract: Contract, on: date) -> Options:
    """By the tariff that the contract has on the day; a contract that is over or cancelled has no choices."""
    agreed = pricing.parse_contract(stored_data(contract))
    house = house_of(contract.organisation)
    line = timeline(house.versions, agreed)
    held = standing_of(contract, house, line, on)
    tariff, terms, span = held.tariff, line.at(on).tariff, line.at(on).grid.span
    if held.ends is not None:
        return Options(tariff, [], [], span.months, 0)
    pieces = [
        Piece(one.code, one.name, quantity_on(agreed, one.code, on), tariff.pieces_most[one.code])
        for one in terms.fixed
        if one.kind == "per_unit" and tariff.pieces_most.get(one.code)
    ]
    others = sorted({*terms.intervals, terms.interval.months} - {0}) if tariff.choose_rhythm and span.months else []
    others = others if len(others) > 1 else []
    left = max(tariff.pause_months - paused_months(agreed, on.year), 0)
    return Options(tariff, pieces, others, span.months, left, waiting_rhythm(line, on))


def paused_months(agreed: pricing.Contract, year: int) -> int:
    """Months begun of all pauses that began in a year."""
    return sum(months_of(one.on, one.until) for one in agreed.pauses if one.on.year == year)


def months_of(start: date, end: date) -> int:
    """How many months, begun ones in full."""
    return next(count for count in range(1, 1200) if add_months(start, count) >= end)


def refuse_beyond(contract: Contract, action: Action, on: date, today: date) -> None:
    """What the tariff leaves to the office is refused, whatever the form let through."""
    if not today <= on <= add_months(today, AHEAD):
        raise ValidationError(_("Please choose a day within the next twelve months."), code="day")
    kind, found = kind_of(action), options(contract, today)
    check = {Kind.QUANTITY: refuse_pieces, Kind.PAUSE: refuse_pause, Kind.RHYTHM: refuse_rhythm}.get(kind)  # type: ignore[call-overload]
    if check is None or found.empty:
        raise ValidationError(_("This can only be changed by the office."), code="not_offered")
    check(contract, found, action[kind], on)


def refuse_pieces(contract: Contract, found: Options, wanted: Mapping[str, str], on: date) -> None:
    """Whole numbers up to what the tariff allows."""
    most = {one.code: one.most for one in found.pieces}
    for code, number in wanted.items():
        if code not in most or not number.isdigit() or int(number) > most[code]:
            raise ValidationError(_("This number can only be entered by the office."), code="not_offered")


def refuse_pause(contract: Contract, found: Options, wanted: Mapping[str, str], on: date) -> None:
    """All pauses that begin in a year together have so many months at most."""
    until = date.fromisoformat(wanted["until"])
    if until <= on:
        raise ValidationError(_("The pause must end after its first day."), code="pause_ends_first")
    used = paused_months(pricing.parse_contract(stored_data(contract)), on.year)
    if used + months_of(on, until) > found.tariff.pause_months:
        raise ValidationError(
            _("Pauses of a year may have %(most)s months together; %(used)s are used."), code="pause_too_long",
            params={"most": found.tariff.pause_months, "used": used},
        )  # fmt: skip


def refuse_rhythm(contract: Contract, found: Options, wanted: Mapping[str, int], on: date) -> None:
    """One of those that the tariff has."""
    if wanted["months"] not in found.rhythms:
        raise ValidationError(_("The tariff cannot be paid in this rhythm."), code="no_rhythm")


def waiting_rhythm(line: Timeline, on: date) -> tuple[date, int] | None:
    """A rhythm that was chosen and has not begun: its first day, and its months."""
    present = line.at(on).grid.span
    later = ((one.start, one.grid.span.months) for one in line.stretches if one.start > on and one.grid.span != present)
    return next(later, None)
