"""Contracts and their dated events: from JSON to immutable values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

from billing.pricing.faults import Fault, Node, PricingFaults, step
from billing.pricing.periods import Span
from billing.pricing.tariffs import CHANGES, Versions

_ACTIONS = ("change_tariff", "quantity", "pause", "cancel", "keep_price", "rhythm")
_KEYS = frozenset({"start", "tariff", "quantities", "interval", "discounts", "events", "bill_from"})


@dataclass(frozen=True, slots=True)
class TariffChange:
    """A wish, received on `on`, to take another tariff; `when` overrules the tariff's own rule."""

    on: date
    tariff: str
    when: str | None
    known: date
    path: str = ""


@dataclass(frozen=True, slots=True)
class QuantityChange:
    """From `on` on the contract has these quantities; others stay."""

    on: date
    quantities: Mapping[str, Decimal]
    known: date
    path: str = ""


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing is charged from `on` up to (not including) `until`."""

    on: date
    until: date
    known: date


@dataclass(frozen=True, slots=True)
class Cancellation:
    """Received on `on`. `ends_on` is the first day not covered; None: by the rules of the tariff."""

    on: date
    ends_on: date | None
    known: date


@dataclass(frozen=True, slots=True)
class KeptPrice:
    """Said no on `on` to the version that takes running contracts from the day `version_from` on: it passes this one by."""

    on: date
    version_from: date
    known: date


@dataclass(frozen=True, slots=True)
class RhythmChange:
    """A wish, received on `on`, to be billed in another interval from the next day on which both begin a period."""

    on: date
    span: Span
    known: date


_AnyEvent = TariffChange | QuantityChange | Pause | Cancellation | KeptPrice | RhythmChange
_Event = TypeVar("_Event", TariffChange, QuantityChange, Pause, Cancellation, KeptPrice, RhythmChange)


@dataclass(frozen=True, slots=True)
class Discount:
    """Off the charges of the periods that begin on or after `start` (None: from the first): `percent` or `amount`."""

    percent: Fraction
    amount: Fraction | None
    start: date | None
    periods: int | None
    components: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Contract:
    """What was agreed, and everything that happened to it since."""

    start: date
    tariff: str
    quantities: Mapping[str, Decimal] = field(default_factory=dict)
    interval: Span | None = None
    discounts: tuple[Discount, ...] = ()
    changes: tuple[TariffChange, ...] = ()
    quantity_changes: tuple[QuantityChange, ...] = ()
    pauses: tuple[Pause, ...] = ()
    cancellations: tuple[Cancellation, ...] = ()
    kept_prices: tuple[KeptPrice, ...] = ()
    bill_from: date | None = None
    rhythms: tuple[RhythmChange, ...] = ()

    def known_by(self, day: date) -> "Contract":
        """The contract as it stood in the books on that day."""
        return replace(
            self,
            changes=_known(self.changes, day),
            quantity_changes=_known(self.quantity_changes, day),
            pauses=_known(self.pauses, day),
            cancellations=_known(self.cancellations, day),
            kept_prices=_known(self.kept_prices, day),
            rhythms=_known(self.rhythms, day),
        )

    def entered_on(self) -> list[date]:
        """The days on which something about it was entered, in order."""
        events: tuple[_AnyEvent, ...] = (
            *self.changes, *self.quantity_changes, *self.pauses, *self.cancellations, *self.kept_prices, *self.rhythms
        )  # fmt: skip
        return sorted({event.known for event in events})


def _known(events: tuple[_Event, ...], day: date) -> tuple[_Event, ...]:
    return tuple(event for event in events if event.known <= day)


def parse_contract(data: object, path: str = "") -> Contract:
    """Read a contract with its events. Raises PricingFaults with everything that is wrong."""
    node = Node(data, path)
    keys = node.fields(_KEYS, ("start", "tariff"), frozenset({"interval", "bill_from"}))
    events = [_event(item) for item in keys["events"].items()] if "events" in keys else []
    contract = Contract(
        start=keys["start"].day() if "start" in keys else date(2000, 1, 1),
        tariff=keys["tariff"].text() if "tariff" in keys else "",
        quantities=_quantities(keys["quantities"]) if "quantities" in keys else {},
        interval=keys["interval"].span() if "interval" in keys else None,
        discounts=tuple(_discount(item) for item in keys["discounts"].items()) if "discounts" in keys else (),
        changes=_of(events, TariffChange),
        quantity_changes=_of(events, QuantityChange),
        pauses=_of(events, Pause),
        cancellations=_of(events, Cancellation),
        kept_prices=_of(events, KeptPrice),
        rhythms=_of(events, RhythmChange),
        bill_from=keys["bill_from"].day() if "bill_from" in keys else None,
    )
    node.settle()
    return contract


def check_references(tariffs: Mapping[str, Versions], contract: Contract, path: str = "contract") -> None:
    """Refuse a contract that names a tariff, an interval or a component which does not exist."""
    faults: list[Fault] = []
    if contract.tariff not in tariffs:
        faults.append(Fault(step(path, "tariff"), "no tariff has this code"))
    elif contract.interval and not any(v.allows(contract.interval) for v in tariffs[contract.tariff].versions):
        faults.append(Fault(step(path, "interval"), "the tariff does not allow this interval"))
    for change in contract.changes:
        if change.tariff not in tariffs:
            faults.append(Fault(change.path or step(path, "events"), "no tariff has this code"))
    codes = {part.code for versions in tariffs.values() for tariff in versions.versions for part in tariff.components}
    unknown = [place for code, place in _named(contract, path) if code not in codes]
    faults += [Fault(place, "no tariff has this component") for place in unknown]
    if faults:
        raise PricingFaults(faults)


def _named(contract: Contract, path: str) -> Iterable[tuple[str, str]]:
    for code in contract.quantities:
        yield code, step(step(path, "quantities"), code)
    for change in contract.quantity_changes:
        for code in change.quantities:
            yield code, step(change.path, code)
    for index, discount in enumerate(contract.discounts):
        for code in sorted(discount.components or ()):
            yield code, step(step(step(path, "discounts"), index), "components")


def _of(events: list[_AnyEvent | None], kind: type[_Event]) -> tuple[_Event, ...]:
    found = [event for event in events if isinstance(event, kind)]
    return tuple(sorted(found, key=lambda event: event.on))


def _quantities(node: Node) -> dict[str, Decimal]:
    return {code: item.decimal() for code, item in node.members().items()}


def _discount(node: Node) -> Discount:
    optional = frozenset({"from", "periods", "components"})
    keys = node.fields(optional | {"percent", "amount"}, nullable=optional)
    if ("percent" in keys) == ("amount" in keys) and isinstance(node.value, Mapping):
        node.fault("must have exactly one of {keys}", keys="percent, amount")
    return Discount(
        percent=Fraction(keys["percent"].decimal(highest=100)) if "percent" in keys else Fraction(0),
        amount=Fraction(keys["amount"].decimal()) if "amount" in keys else None,
        start=keys["from"].day() if "from" in keys else None,
        periods=keys["periods"].whole(1, 12000) if "periods" in keys else None,
        components=frozenset(item.text() for item in keys["components"].items()) if "components" in keys else None,
    )


def _event(node: Node) -> _AnyEvent | None:
    keys = node.fields(frozenset({"on", "known", "when", *_ACTIONS}), ("on",), frozenset({"known"}))
    actions = [action for action in _ACTIONS if action in keys]
    if len(actions) != 1:
        if isinstance(node.value, Mapping):
            node.fault("must have exactly one of {keys}", keys=", ".join(_ACTIONS))
        return None
    if "when" in keys and actions[0] != "change_tariff":
        keys["when"].fault("stands only beside change_tariff")
    on = keys["on"].day() if "on" in keys else date(2000, 1, 1)
    known = keys["known"].day() if "known" in keys else on
    return _action(actions[0], keys, on, known)


def _action(action: str, keys: dict[str, Node], on: date, known: date) -> _AnyEvent:
    node = keys[action]
    if action == "change_tariff":
        when = keys["when"].choice(*CHANGES) if "when" in keys else None
        return TariffChange(on, node.text(), when, known, node.path)
    if action == "quantity":
        return QuantityChange(on, _quantities(node), known, node.path)
    if action == "pause":
        return _pause(node, on, known)
    if action == "keep_price":
        return KeptPrice(on, node.day(), known)
    if action == "rhythm":
        return RhythmChange(on, node.span(), known)
    return Cancellation(on, None if node.value == "contractual" else node.day(), known)


def _pause(node: Node, on: date, known: date) -> Pause:
    members = node.fields(frozenset({"until"}), ("until",))
    until = members["until"].day() if "until" in members else date.max
    if until <= on:
        members["until"].fault("must be later than the pause's first day")
    return Pause(on, until, known)
