"""Where things live, and how big one thing may be."""

import ast
import statistics
import subprocess
import sys
from pathlib import Path

from tests.house.tree import ROOT, files, nodes, product_modules, text

TOP = {
    *("manage.py", "pyproject.toml", "README.md", "LICENSE", "compose.yaml"),
    *("config", "billing", "members", "portal", "templates", "static", "tests", "docs", "requirements"),
}
WRITTEN_BY_US = {".py", ".md", ".html", ".css", ".js", ".txt"}


def test_the_top_level_holds_exactly_the_rooms_of_the_map() -> None:
    found = {path.parts[0] for path in files() if not path.parts[0].startswith(".")}
    assert found == TOP


def test_no_file_is_longer_than_400_lines() -> None:
    ours = [path for path in files() if path.suffix in WRITTEN_BY_US and not is_given(path)]
    lengths = {str(path): text(path).count("\n") for path in ours}
    assert {path: length for path, length in lengths.items() if length > 400} == {}


def is_given(path: Path) -> bool:
    """Made by a tool or by others: locks, migrations, vendored files, test data."""
    made = {"requirements", "migrations", "vendor", "files", "cases", "data"}
    return bool(made & set(path.parts)) or ".min." in path.name


def test_functions_are_short() -> None:
    lengths = sorted(function_lengths().values())
    assert statistics.median(lengths) <= 11
    assert lengths[int(len(lengths) * 0.95)] < 30


def test_no_function_is_longer_than_30_lines() -> None:
    assert {name: length for name, length in function_lengths().items() if length > 30} == {}


def function_lengths() -> dict[str, int]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {
        f"{path}:{node.lineno} {node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for path in product_modules()
        for node in nodes(path)
        if isinstance(node, kinds)
    }


def test_every_folder_of_tests_is_a_package_so_that_two_files_may_share_a_name() -> None:
    folders = {path.parent for path in files() if path.parts[0] == "tests" and path.suffix == ".py"}
    assert [str(folder) for folder in sorted(folders) if not (ROOT / folder / "__init__.py").exists()] == []


def test_floors_are_kept() -> None:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout
