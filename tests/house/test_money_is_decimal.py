"""Money never passes through binary fractions."""

import ast

import pytest

from tests.house.tree import nodes, product_modules

EXACT_ROOMS = {"pricing", "formats", "models", "services"}


def is_float_call(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float"


def is_float_literal(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, float)


def test_billing_never_converts_to_float() -> None:
    modules = [path for path in product_modules() if path.parts[0] == "billing"]
    assert [str(path) for path in modules if any(map(is_float_call, nodes(path)))] == []


def test_no_fraction_is_written_where_money_is_computed() -> None:
    modules = [path for path in product_modules() if path.parts[0] == "billing" and path.parts[1] in EXACT_ROOMS]
    assert [str(path) for path in modules if any(map(is_float_literal, nodes(path)))] == []


@pytest.mark.parametrize("source, caught", [("float('0.1')", True), ("x: float", False), ("Decimal('0.1')", False)])
def test_the_search_sees_a_conversion_and_nothing_else(source: str, caught: bool) -> None:
    assert any(map(is_float_call, ast.walk(ast.parse(source)))) is caught
