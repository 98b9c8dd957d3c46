"""Pricing an old contract takes as many steps as pricing a new one."""

import gc
import sys
from datetime import date
from types import FrameType

from billing.pricing import charges, next_bill_on, parse_contract, parse_tariffs
from tests.pricing.build import flat, tariff

DUE = date(2026, 2, 1)
TARIFFS = parse_tariffs({"a": tariff(flat("10"), anchor="calendar"), "b": tariff(flat("10"))})


def steps(code: str, start: str) -> tuple[int, int]:
    """How many functions are called to price the one due period, and to find the next due day."""
    contract = parse_contract({"start": start, "tariff": code})
    calls = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal calls
        calls += event == "call"

    gc.disable()  # A collection in between would call what other libraries hang on it.
    sys.setprofile(count)
    try:
        found = charges(TARIFFS, contract, (), DUE, since=DUE)
        priced = calls
        next_bill_on(TARIFFS, contract, DUE)
    finally:
        sys.setprofile(None)
        gc.enable()
    assert len(found) == 1
    return priced, calls - priced


def test_ten_years_cost_no_step_more_than_one_month() -> None:
    for code in ("a", "b"):
        assert steps(code, "2016-01-01") == steps(code, "2026-01-01")


def test_one_period_is_priced_in_few_steps() -> None:
    priced, found = steps("a", "2026-01-01")
    assert priced < 120
    assert found < 90
