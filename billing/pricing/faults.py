"""Faults of what was handed in: each names the JSON path it was found at, and all are reported at once."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from billing.pricing.periods import Span

_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,12})?")
_LARGEST = Decimal(10) ** 12
_ENDLESS = 10**15
_FIRST_YEAR, _LAST_YEAR = 1900, 2299
_LIMITS = {"months": 1200, "weeks": 5200, "days": 36600}
PRICE_PLACES = 6
MOST_FAULTS = 1000
_MOST_ITEMS = 1000


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: where it stands and what is wrong with it: a fixed text with places for the values."""

    path: str
    text: str
    values: Mapping[str, object] = field(default_factory=dict, hash=False)

    @property
    def message(self) -> str:
        """The text with its values, in English; other floors say it in the reader's language."""
        return self.text.format(**self.values) if self.values else self.text

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


class PricingFaults(ValueError):  # noqa: N818  (it carries many faults, not one error)
    """What was handed in cannot be priced; `faults` says why, path by path."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        more = f"; and {len(faults) - 5} more" if len(faults) > 5 else ""
        super().__init__("; ".join(str(fault) for fault in faults[:5]) + more)
        self.faults = list(faults)


def step(path: str, key: object) -> str:
    """The JSON path one step further down: `contract.events[0]["odd key"]`."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    text = str(key)
    if not _PLAIN_KEY.fullmatch(text):
        return f"{path}[{text!a}]"
    return f"{path}.{text}" if path else text


def shown(value: object) -> str:
    """A value as it may stand in a message: one line, ASCII, and not too long."""
    text = ascii(value)
    return text if len(text) <= 60 else text[:57] + "..."


class Node:
    """A value of the input together with its path. Reading it the wrong way notes a fault and returns a stand-in."""

    __slots__ = ("faults", "path", "value")

    def __init__(self, value: object, path: str = "", faults: list[Fault] | None = None) -> None:
        self.value = value
        self.path = path
        self.faults: list[Fault] = [] if faults is None else faults

    def fault(self, text: str, **values: object) -> None:
        """Note that this value is wrong. Whoever sends a thousand faults is told of those, and that there are more."""
        self.faults.append(Fault(self.path or "$", text, values))
        if len(self.faults) >= MOST_FAULTS:
            self.faults.append(Fault("$", "has more faults; the first {most} are listed", {"most": MOST_FAULTS}))
            self.settle()

    def settle(self) -> None:
        """Raise everything that was noted, if anything was."""
        if self.faults:
            raise PricingFaults(self.faults)

    def child(self, key: str | int, value: object) -> "Node":
        """The node one step further down."""
        return Node(value, step(self.path, key), self.faults)

    def fields(
        self, allowed: frozenset[str], required: tuple[str, ...] = (), nullable: frozenset[str] = frozenset()
    ) -> dict[str, "Node"]:
        """The members of an object; an unknown or missing one is a fault, a null in place of an optional one is not."""
        members = {key: node for key, node in self.members().items() if node.value is not None or key not in nullable}
        for key in members.keys() - allowed:
            members.pop(key).fault("unknown key")
        if isinstance(self.value, Mapping):
            for key in required:
                if key not in members:
                    self.child(key, None).fault("is missing")
        return members

    def members(self) -> dict[str, "Node"]:
        """The members of an object, whatever they are called."""
        if not isinstance(self.value, Mapping):
            self.fault("must be an object, not {value}", value=shown(self.value))
            return {}
        return {key: self.child(key, value) for key, value in self.value.items() if self._is_key(key)}

    def _is_key(self, key: object) -> bool:
        if not isinstance(key, str):
            self.fault("has a key that is not a text: {value}", value=shown(key))
        return isinstance(key, str)

    def items(self, most: int = _MOST_ITEMS) -> list["Node"]:
        """The items of a list, which has at most so many."""
        if not isinstance(self.value, list | tuple):
            self.fault("must be a list, not {value}", value=shown(self.value))
            return []
        if len(self.value) > most:
            self.fault("has {count} entries, and may have {most}", count=len(self.value), most=most)
        return [self.child(index, value) for index, value in enumerate(self.value[:most])]

    def text(self) -> str:
        """A text that is not empty."""
        if not isinstance(self.value, str) or not self.value:
            self.fault("must be a text that is not empty, not {value}", value=shown(self.value))
            return ""
        return self.value

    def choice(self, *choices: str) -> str:
        """One of a few words."""
        if not isinstance(self.value, str) or self.value not in choices:
            self.fault("must be one of {choices}, not {value}", choices=", ".join(choices), value=shown(self.value))
            return choices[0]
        return self.value

    def flag(self) -> bool:
        """true or false."""
        if not isinstance(self.value, bool):
            self.fault("must be true or false, not {value}", value=shown(self.value))
        return bool(self.value)

    def whole(self, lowest: int, highest: int) -> int:
        """A whole number within bounds."""
        value = self.value
        if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
            self.fault(
                "must be a whole number from {lowest} to {highest}, not {value}",
                lowest=lowest, highest=highest, value=shown(value),
            )  # fmt: skip
            return lowest
        return value

    def decimal(self, lowest: int | None = 0, highest: Decimal | int = _LARGEST, places: int = PRICE_PLACES) -> Decimal:
        """A decimal number, written as a text ("29.90") or as a JSON number that was read exactly."""
        number = exact(self.value)
        if number is None:
            self.fault('must be a decimal number written like "29.90", not {value}', value=shown(self.value))
        elif lowest is not None and number < lowest:
            self.fault("must not be below {lowest}: {value}", lowest=lowest, value=shown(self.value))
        elif abs(number) > highest:
            self.fault("must not be above {highest}: {value}", highest=highest, value=shown(self.value))
        elif -_exponent(number) > places:
            self.fault(
                "must not have more than {places} decimal places: {value}", places=places, value=shown(self.value)
            )
        else:
            return number
        return Decimal(1)

    def day(self) -> date:
        """A civil date, YYYY-MM-DD."""
        day = _date(self.value)
        if day is None or not _FIRST_YEAR <= day.year <= _LAST_YEAR:
            self.fault(
                "must be a date YYYY-MM-DD from {first} to {last}, not {value}",
                first=_FIRST_YEAR, last=_LAST_YEAR, value=shown(self.value),
            )  # fmt: skip
            return date(2000, 1, 1)
        return day

    def span(self, extra: frozenset[str] = frozenset()) -> Span:
        """A length of time: {"months": n}, {"weeks": n} or {"days": n}, and keys that somebody else reads."""
        members = self.fields(frozenset(_LIMITS) | extra)
        units = [unit for unit in _LIMITS if unit in members]
        if len(units) != 1:
            if isinstance(self.value, Mapping):
                self.fault("must have exactly one of {keys}", keys="months, weeks, days")
            return Span(months=1)
        number = members[units[0]].whole(1, _LIMITS[units[0]])
        return Span(months=number) if units[0] == "months" else Span(days=number * (7 if units[0] == "weeks" else 1))


def exact(value: object) -> Decimal | None:
    """The number that stands there, exactly; None if there is none (floats are not exact)."""
    if isinstance(value, str):
        return Decimal(value) if _NUMBER.fullmatch(value) else None
    if isinstance(value, Decimal):
        return value if value.is_finite() and len(value.as_tuple().digits) <= 30 else None
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value) if -_ENDLESS < value < _ENDLESS else Decimal(_ENDLESS)
    return None


def _exponent(number: Decimal) -> int:
    exponent: Any = number.as_tuple().exponent
    return int(exponent)


def _date(value: object) -> date | None:
    if isinstance(value, datetime):
        return None
    if isinstance(value, date):
        return value
    if not isinstance(value, str) or len(value) != 10 or not value.isascii() or value[4] + value[7] != "--":
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None
