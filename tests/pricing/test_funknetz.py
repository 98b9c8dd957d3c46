"""A network of 300 customers over a year: the figures were computed elsewhere, and ours must be the same."""

import csv
import json
from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from billing.pricing import (
    Contract,
    Usage,
    UsageEvent,
    best_tariff,
    cost,
    daily_runs,
    parse_contract,
    parse_tariffs,
    parse_usage,
)

FILES = Path(__file__).parent.parent.parent / "billing" / "demo" / "funknetz"
EXPECTED = Path(__file__).parent.parent / "files" / "funknetz" / "erwartet.json"
YEAR = date(2026, 1, 1), date(2027, 1, 1)


def rows(name: str) -> list[dict[str, str]]:
    with (FILES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def tariffs_json() -> dict[str, Any]:
    return {tariff["code"]: tariff for tariff in json.loads((FILES / "tarife.json").read_text(encoding="utf-8"))}


def expected() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(EXPECTED.read_text(encoding="utf-8"))
    return found


@cache
def network() -> list[tuple[Contract, Usage]]:
    """Every customer with what was used."""
    events: dict[str, list[UsageEvent]] = defaultdict(list)
    used = rows("verbrauch.csv")
    customers_of = [row.pop("customer") for row in used]
    for customer, event in zip(customers_of, parse_usage(used), strict=True):
        events[customer].append(event)
    customers = rows("kunden.csv")
    contracts = (parse_contract({"tariff": row["tariff"], "start": row["start"]}) for row in customers)
    return [(contract, Usage(events[row["customer"]])) for contract, row in zip(contracts, customers, strict=True)]


def test_each_month_bills_what_was_expected() -> None:
    tariffs = parse_tariffs(tariffs_json())
    per_month: dict[str, Decimal] = defaultdict(Decimal)
    for contract, usage in network():
        for run in daily_runs(tariffs, contract, usage, date(2026, 12, 31)):
            per_month[f"{run.on:%Y-%m}"] += sum((line.amount for line in run.lines), Decimal(0))
    assert {month: str(amount) for month, amount in per_month.items()} == expected()["billed_on_first_of_month"]


def test_the_year_comes_to_what_was_expected() -> None:
    tariffs = parse_tariffs(tariffs_json())
    year = sum((cost(tariffs, contract, usage, *YEAR) for contract, usage in network()), Decimal(0))
    assert str(year) == expected()["charges_of_2026"]


def test_another_price_over_the_same_usage_comes_to_what_was_expected() -> None:
    changed = tariffs_json()
    fee, data = changed["M"]["components"]
    fee["price"], data["included"], data["price"] = "21.90", "120", "0.18"
    tariffs = parse_tariffs(changed)
    year = sum((cost(tariffs, contract, usage, *YEAR) for contract, usage in network()), Decimal(0))
    assert str(year) == expected()["what_if_M_at_21.90_with_120_included_and_0.18"]["charges_of_2026"]


def test_the_best_tariff_of_every_customer_is_the_expected_one() -> None:
    tariffs = parse_tariffs(tariffs_json())
    moves: Counter[str] = Counter()
    saved = Decimal(0)
    for contract, usage in network():
        advice = best_tariff(tariffs, contract, usage, YEAR, tariffs)
        moves[f"{contract.tariff}->{advice.tariff}"] += 1
        saved += advice.saved
    assert dict(sorted(moves.items())) == expected()["best_tariff"]["moves"]
    assert str(saved) == expected()["best_tariff"]["saved_by_all"]
