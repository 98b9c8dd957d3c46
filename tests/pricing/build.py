"""Short ways to write down a case."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from billing.pricing import quote

Json = dict[str, Any]


def flat(price: str, code: str = "fee", **more: Any) -> Json:
    return {"code": code, "kind": "flat", "price": price, **more}


def seats(price: str, code: str = "seats", **more: Any) -> Json:
    return {"code": code, "kind": "per_unit", "price": price, **more}


def metered(**more: Any) -> Json:
    return {"code": "u", "kind": "usage", "meter": "m", "aggregate": "sum", **more}


def tariff(*components: Json, **more: Any) -> Json:
    return {"components": list(components), **more}


def used(value: str, at: str = "2026-01-10T12:00:00+01:00", key: str | None = None) -> Json:
    return {"meter": "m", "at": at, "value": value, "key": key or f"{at} {value}"}


def case(tariffs: Json, until: str, start: str = "2026-01-01", **contract: Any) -> Json:
    """A contract over these tariffs; over the first one unless it names another."""
    usage = contract.pop("usage", [])
    contract = {"tariff": next(iter(tariffs)), "start": start, **contract}
    return {"tariffs": tariffs, "contract": contract, "usage": usage, "until": until}


def answer(tariffs: Json, until: str, start: str = "2026-01-01", **contract: Any) -> Any:
    return quote(case(tariffs, until, start, **contract))


def rows(answered: Mapping[str, Any], *fields: str) -> list[tuple[str, ...]]:
    """Those fields of every charge."""
    names = fields or ("from", "to", "amount")
    return [tuple(charge[name] for name in names) for charge in answered["charges"]]


def invoices(answered: Mapping[str, Any]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Day, and kind and amount of each line."""
    return [
        (issued["on"], [(line["kind"], line["amount"]) for line in issued["lines"]]) for issued in answered["invoices"]
    ]


def invoiced(answered: Mapping[str, Any]) -> Decimal:
    """The sum of all invoices."""
    return sum((Decimal(issued["total"]) for issued in answered["invoices"]), Decimal(0))
