"""Tariffs: from JSON to immutable values. This JSON is also the import and export format of tariffs."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from billing.pricing.components import RIDERS, Component, parse_components
from billing.pricing.faults import Node
from billing.pricing.periods import Anchor, Span

MONTHLY = Span(months=1)
CHANGES = ("immediately", "period_end", "term_end")
_PERIODS = frozenset({"periods"})
_KEYS = RIDERS | {
    "code", "interval", "intervals", "anchor", "timing", "proration", "prices", "vat_rate", "components", "phases",
    "then", "trial", "minimum_term", "notice", "renewal", "ends", "loyalty", "change", "valid_from", "existing_from",
}  # fmt: skip
_NULLABLE = frozenset({"trial", "minimum_term", "notice", "renewal", "valid_from", "existing_from"})


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of the paid time with its own price: times `factor`, or the flat components at `price`."""

    span: Span | None
    periods: int
    factor: Fraction
    price: Fraction | None


@dataclass(frozen=True, slots=True)
class Trial:
    """Days at the beginning for which nothing is charged. `then`: continue, end, or the tariff that follows."""

    span: Span
    then: str


@dataclass(frozen=True, slots=True)
class LoyaltyStep:
    """`percent` off from the tenure `after` on."""

    after: Span
    percent: Fraction


@dataclass(frozen=True, slots=True)
class ChangeRules:
    """When a change to another tariff acts: immediately, period_end or term_end."""

    upgrade: str = "immediately"
    downgrade: str = "period_end"


@dataclass(frozen=True, slots=True)
class Tariff:
    """One version of a tariff. Prices are exact fractions in the tariff's own price mode (gross or net)."""

    code: str
    version: int
    interval: Span
    intervals: frozenset[int]
    anchor: Anchor
    arrears: bool
    proration: str
    prices: str
    vat_rate: Decimal | None
    components: tuple[Component, ...]
    fixed: tuple[Component, ...]
    one_off: tuple[Component, ...]
    metered: tuple[Component, ...]
    phases: tuple[Phase, ...]
    ends_after_phases: bool
    trial: Trial | None
    minimum_term: Span | None
    notice: Span
    renewal: Span | None
    ends_any_day: bool
    loyalty: tuple[LoyaltyStep, ...]
    change: ChangeRules
    valid_from: date
    existing_from: date | None

    def allows(self, interval: Span) -> bool:
        """Whether a contract may be billed in this interval."""
        return interval == self.interval or (interval.months in self.intervals and not interval.days)


@dataclass(frozen=True, slots=True)
class Versions:
    """All versions of a tariff, in the order of `valid_from`."""

    code: str
    versions: tuple[Tariff, ...]

    def for_new(self, day: date) -> Tariff | None:
        """The version that a contract gets which takes this tariff on that day; None before the first."""
        if len(self.versions) == 1 and self.versions[0].valid_from <= day:
            return self.versions[0]
        place = bisect_right([version.valid_from for version in self.versions], day)
        return self.versions[place - 1] if place else None


def parse_tariffs(data: object, path: str = "") -> dict[str, Versions]:
    """Read {CODE: tariff or [versions]}. Raises PricingFaults with everything that is wrong."""
    node = Node(data, path)
    tariffs = {code: _versions(code, value) for code, value in node.members().items()}
    for code, versions in tariffs.items():
        for tariff, place in zip(versions.versions, _places(node, code)):
            if tariff.trial and tariff.trial.then not in ("continue", "end", *tariffs):
                place.fault("must be continue, end or the code of a tariff")
    node.settle()
    return tariffs


def _places(node: Node, code: str) -> list[Node]:
    top = node.members()[code]
    many = top.items() if isinstance(top.value, list | tuple) else [top]
    return [item.child("trial", None).child("then", None) for item in many]


def _versions(code: str, node: Node) -> Versions:
    if not isinstance(node.value, list | tuple):
        return Versions(code, (_tariff(code, 0, node),))
    nodes = node.items()
    versions = tuple(_tariff(code, index, item) for index, item in enumerate(nodes))
    if not versions:
        node.fault("must have at least one version")
    for index in range(1, len(versions)):
        if versions[index].valid_from <= versions[index - 1].valid_from:
            nodes[index].child("valid_from", None).fault("must be later than that of the version before")
    return Versions(code, versions)


def _tariff(code: str, version: int, node: Node) -> Tariff:
    keys = _checked_keys(code, node)
    interval = keys["interval"].span() if "interval" in keys else MONTHLY
    components = parse_components(keys["components"]) if "components" in keys else ()
    return Tariff(
        code=code,
        version=version,
        interval=interval,
        intervals=_intervals(keys, interval),
        anchor=_anchor(keys["anchor"]) if "anchor" in keys else Anchor(),
        arrears=_choice(keys, "timing", "advance", "arrears") == "arrears",
        proration=_choice(keys, "proration", "day", "month", "none"),
        prices=_choice(keys, "prices", "gross", "net"),
        vat_rate=_vat_rate(keys),
        components=components,
        fixed=tuple(part for part in components if part.kind in ("flat", "per_unit")),
        one_off=tuple(part for part in components if part.kind == "once"),
        metered=tuple(part for part in components if part.kind == "usage"),
        phases=tuple(_phase(item) for item in keys["phases"].items()) if "phases" in keys else (),
        ends_after_phases=_then(keys),
        trial=_trial(keys["trial"]) if "trial" in keys else None,
        minimum_term=_optional_span(keys, "minimum_term"),
        notice=_optional_span(keys, "notice") or Span(),
        renewal=_optional_span(keys, "renewal"),
        ends_any_day=_choice(keys, "ends", "period", "any_day") == "any_day",
        loyalty=_loyalty(keys["loyalty"]) if "loyalty" in keys else (),
        change=_change(keys["change"]) if "change" in keys else ChangeRules(),
        valid_from=keys["valid_from"].day() if "valid_from" in keys else date.min,
        existing_from=keys["existing_from"].day() if "existing_from" in keys else None,
    )


def _checked_keys(code: str, node: Node) -> dict[str, Node]:
    keys = node.fields(_KEYS, ("components",), _NULLABLE)
    if not code:
        node.fault("a tariff needs a code")
    if "code" in keys and keys["code"].text() not in ("", code):
        keys["code"].fault("differs from the key that the tariff stands under")
    return keys


def _change(node: Node) -> ChangeRules:
    keys = node.fields(frozenset({"upgrade", "downgrade"}))
    rules = {key: keys[key].choice(*CHANGES) for key in ("upgrade", "downgrade") if key in keys}
    return ChangeRules(**rules)


def _choice(keys: Mapping[str, Node], key: str, *choices: str) -> str:
    return keys[key].choice(*choices) if key in keys else choices[0]


def _optional_span(keys: Mapping[str, Node], key: str) -> Span | None:
    return keys[key].span() if key in keys else None


def _intervals(keys: Mapping[str, Node], interval: Span) -> frozenset[int]:
    if "intervals" not in keys:
        return frozenset()
    if not interval.months:
        keys["intervals"].fault("needs a tariff whose own interval is in months")
    return frozenset(item.whole(1, 1200) for item in keys["intervals"].items())


def _vat_rate(keys: Mapping[str, Node]) -> Decimal | None:
    if "vat_rate" not in keys:
        return Decimal(0)
    return None if keys["vat_rate"].value is None else keys["vat_rate"].decimal(highest=100)


def _then(keys: Mapping[str, Node]) -> bool:
    if "then" not in keys:
        return False
    if "phases" not in keys:
        keys["then"].fault("stands only beside phases")
    return keys["then"].choice("continue", "end") == "end"


def _anchor(node: Node) -> Anchor:
    if isinstance(node.value, str):
        return Anchor(node.choice("start", "calendar"))
    keys = node.fields(frozenset({"day", "month"}), ("day",))
    day = keys["day"].whole(1, 31) if "day" in keys else 1
    return Anchor("day", day, keys["month"].whole(1, 12) if "month" in keys else 0)


def _phase(node: Node) -> Phase:
    keys = node.fields(frozenset({"months", "weeks", "days", "periods", "factor", "price"}))
    if ("factor" in keys) == ("price" in keys) and isinstance(node.value, Mapping):
        node.fault("must have exactly one of {keys}", keys="factor, price")
    periods = keys["periods"].whole(1, 1200) if "periods" in keys else 0
    lengths = {key: node.value[key] for key in ("months", "weeks", "days") if key in keys} if keys else {}  # type: ignore[index]
    if periods and lengths:
        node.fault("must have exactly one of {keys}", keys="months, weeks, days, periods")
    span = None if periods or not keys else Node(lengths, node.path, node.faults).span()
    return Phase(
        span=span,
        periods=periods,
        factor=Fraction(keys["factor"].decimal(highest=1000)) if "factor" in keys else Fraction(1),
        price=Fraction(keys["price"].decimal()) if "price" in keys else None,
    )


def _trial(node: Node) -> Trial:
    span = node.span(frozenset({"then"}))
    members = node.members()
    return Trial(span, members["then"].text() if "then" in members else "continue")


def _loyalty(node: Node) -> tuple[LoyaltyStep, ...]:
    steps = []
    for item in node.items():
        keys = item.fields(frozenset({"after", "percent"}), ("after", "percent"))
        after = keys["after"].span() if "after" in keys else MONTHLY
        percent = Fraction(keys["percent"].decimal(highest=100)) if "percent" in keys else Fraction(0)
        steps.append(LoyaltyStep(after, percent))
    return tuple(sorted(steps, key=lambda step: step.after.mean_days))
