"""JSON as a stranger may write it: everything that is wrong becomes a fault with its path, never a traceback."""

import json
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from billing.pricing.faults import Fault, PricingFaults, step

_DEEPEST = 40


class _Doubled(dict[str, object]):
    """An object in which keys stand twice."""

    keys_twice: tuple[str, ...] = ()


def read_json(data: bytes | str) -> object:
    """The value of a JSON text; numbers with a point are read exactly. Raises PricingFaults."""
    try:
        text = data.decode("utf-8-sig") if isinstance(data, bytes) else data
        value = json.loads(
            text, parse_float=_number, parse_int=_whole, parse_constant=_number, object_pairs_hook=_object
        )
    except UnicodeDecodeError as error:
        raise PricingFaults([Fault("$", "is not UTF-8: byte {byte}", {"byte": error.start})]) from error
    except RecursionError as error:
        raise PricingFaults([Fault("$", "is nested too deeply")]) from error
    except json.JSONDecodeError as error:
        place = {"line": error.lineno, "column": error.colno, "why": error.msg}
        raise PricingFaults([Fault("$", "is not JSON: {why} (line {line}, column {column})", place)]) from error
    faults = list(_walk(value))
    if faults:
        raise PricingFaults(faults)
    return value


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal("NaN")


def _whole(text: str) -> int | Decimal:
    return int(text) if len(text) <= 30 else Decimal("NaN")


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result = dict(pairs)
    if len(result) == len(pairs):
        return result
    names = [name for name, _ in pairs]
    doubled = _Doubled(result)
    doubled.keys_twice = tuple(name for name in result if names.count(name) > 1)
    return doubled


def _walk(value: object) -> Iterator[Fault]:
    """Everything that JSON lets pass but no reader should: in no call deeper than this one."""
    waiting: list[tuple[object, str, int]] = [(value, "", 0)]
    while waiting:
        value, path, depth = waiting.pop()
        fault = _wrong(value, depth)
        if fault:
            yield Fault(path or "$", fault)
        elif isinstance(value, dict):
            for key in getattr(value, "keys_twice", ()):
                yield Fault(step(path, key), "stands twice in the same object")
            waiting += [(item, step(path, key), depth + 1) for key, item in reversed(value.items())]
        elif isinstance(value, list):
            waiting += [(item, step(path, index), depth + 1) for index, item in reversed(list(enumerate(value)))]


def _wrong(value: object, depth: int) -> str | None:
    if depth > _DEEPEST:
        return "is nested too deeply"
    if isinstance(value, Decimal) and not value.is_finite():
        return "is not a finite number of a size that can be priced"
    if isinstance(value, dict) and any(_lone_surrogate(key) for key in value):
        return "has a key that is not valid Unicode"
    if isinstance(value, str) and _lone_surrogate(value):
        return "is not valid Unicode"
    return None


def _lone_surrogate(text: str) -> bool:
    return any("\ud800" <= letter <= "\udfff" for letter in text) if not text.isascii() else False
