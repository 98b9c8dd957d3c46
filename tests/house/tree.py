"""The files of the project as git sees them, for tests about the house itself."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("billing", "config", "members", "portal")


@cache
def files() -> tuple[Path, ...]:
    """Every file that is or would be committed, relative to the project."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    return tuple(sorted(Path(name) for name in set(names.split("\0")) if name and (ROOT / name).exists()))


def text(path: Path) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def product_modules() -> tuple[Path, ...]:
    """The Python of the product: no tests, no migrations."""
    return tuple(
        path for path in files() if path.suffix == ".py" and path.parts[0] in PRODUCT and "migrations" not in path.parts
    )


def nodes(path: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(text(path)))
