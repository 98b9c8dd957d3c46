"""Every case file comes out exactly as it says."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from billing.pricing import quote, read_json

PLACE = Path(__file__).parent.parent / "cases"
CASES = sorted(PLACE.glob("*.json"))
# One sentence of the rules each, worked out by hand.
SMALL = (PLACE / "page.jsonl").read_text().splitlines()


def differences(expected: Any, found: Any, path: str = "") -> Iterator[str]:
    """Where what was found differs from what is expected; keys that are not expected may be anything."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for key, value in expected.items():
            yield from differences(value, found.get(key, "missing"), f"{path}.{key}")
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        for index, (one, other) in enumerate(zip(expected, found, strict=True)):
            yield from differences(one, other, f"{path}[{index}]")
    elif expected != found:
        yield f"{path}: expected {expected!r}, found {found!r}"


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_case_comes_out_as_expected(path: Path) -> None:
    case: Any = read_json(path.read_bytes())
    assert list(differences(case["expect"], quote(case))) == []


@pytest.mark.parametrize("text", SMALL, ids=lambda text: json.loads(text)["about"])
def test_a_small_case_comes_out_as_worked_out_by_hand(text: str) -> None:
    case: Any = read_json(text)
    assert list(differences(case["expect"], quote(case))) == []


def test_there_are_cases() -> None:
    assert len(CASES) >= 18
    assert len(SMALL) >= 150


def test_the_comparison_sees_a_difference() -> None:
    assert list(differences({"a": [{"b": "1"}]}, {"a": [{"b": "2", "c": "3"}]})) == [".a[0].b: expected '1', found '2'"]
