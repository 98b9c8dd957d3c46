"""Every fault that the pricing core can tell has words of its own, with the same values."""

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils.translation import override

from billing.models.fault_words import WORDS, fault_words, told
from billing.pricing import Fault, PricingFaults, parse_tariffs

PRICING = Path(__file__).parents[2] / "billing" / "pricing"


def texts() -> Iterator[str]:
    """The text of each `fault("...")` and `Fault(path, "...")`, and what `_wrong` answers."""
    for file in sorted(PRICING.glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                yield from (
                    strings(node.args[:1]) if name == "fault" else strings(node.args[1:2]) if name == "Fault" else ()
                )
            elif isinstance(node, ast.FunctionDef) and node.name == "_wrong":
                yield from strings([one.value for one in ast.walk(node) if isinstance(one, ast.Return) and one.value])


def strings(found: list[ast.expr]) -> Iterator[str]:
    yield from (one.value for one in found if isinstance(one, ast.Constant) and isinstance(one.value, str))


def places(text: str) -> set[str]:
    return {name for _text, name, _spec, _conversion in string.Formatter().parse(text) if name}


def test_the_words_are_complete_and_none_is_left_over() -> None:
    assert set(texts()) == set(WORDS)


@pytest.mark.parametrize("language", ["de", "en"])
def test_words_use_no_value_that_the_fault_does_not_have(language: str) -> None:
    with override(language):
        assert [text for text, words in WORDS.items() if not places(str(words)) <= places(text)] == []


def test_a_treasurer_reads_german() -> None:
    with pytest.raises(PricingFaults) as refused:
        parse_tariffs({"A": {"components": [{"code": "a", "kind": "flat", "price": "-1"}], "timing": "never"}})
    with override("de"):
        assert told(refused.value.faults) == [
            "A.components[0].price: Das darf nicht weniger als 0 sein.",
            "A.timing: Bitte eines davon wählen: advance, arrears; nicht 'never'.",
        ]
    assert fault_words(Fault("x", "something new")) == "something new"
