"""JSON as a stranger may write it: everything that is wrong becomes a fault with its path, never a traceback."""

import json
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from itertools import islice

from billing.pricing.faults import MOST_FAULTS, Fault, PricingFaults, step

_DEEPEST = 40
_NO_MORE: tuple[object, str, int] = (None, "", -1)


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
    faults = list(islice(_walk(value), MOST_FAULTS))
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
    doubled = _Doubled(result)
    times = Counter(name for name, _ in pairs)
    doubled.keys_twice = tuple(name for name in result if times[name] > 1)
    return doubled


def _walk(value: object) -> Iterator[Fault]:
    """Everything that JSON lets pass but no reader should: in no call deeper than this one."""
    waiting: list[Iterator[tuple[object, str, int]]] = [iter([(value, "", 0)])]
    while waiting:
        found, path, depth = next(waiting[-1], _NO_MORE)
        fault = _wrong(found, depth)
        if depth < 0:
            waiting.pop()
        elif fault:
            yield Fault(path or "$", fault)
        elif isinstance(found, dict | list):
            yield from (Fault(step(path, key), "stands twice in the same object") for key in _keys_twice(found))
            waiting.append(_inside(found, path, depth + 1))


def _inside(value: dict[str, object] | list[object], path: str, depth: int) -> Iterator[tuple[object, str, int]]:
    entries = value.items() if isinstance(value, dict) else enumerate(value)
    return ((item, step(path, key), depth) for key, item in entries if not isinstance(item, int | None))


def _keys_twice(value: object) -> tuple[str, ...]:
    return value.keys_twice if isinstance(value, _Doubled) else ()


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
