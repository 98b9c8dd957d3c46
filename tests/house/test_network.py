"""The product calls nobody: no module speaks to another machine, but for the mail server that Django sends to."""

import ast

from tests.house.tree import nodes, product_modules

CALLERS = {"urllib.request", "urllib3", "http.client", "requests", "httpx", "aiohttp", "smtplib", "ftplib", "socket"}
# The name of this machine; the errors of the mail server; the ear of the public demo.
KNOWN = {
    "billing/services/work.py",
    "billing/services/mailing.py",
    "billing/demo/public/servers.py",
    "billing/demo/public/start.py",
}


def imported(node: ast.AST) -> set[str]:
    if isinstance(node, ast.Import):
        return {alias.name for alias in node.names}
    if isinstance(node, ast.ImportFrom) and node.module:
        return {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return set()


def test_no_module_speaks_to_another_machine() -> None:
    found = {str(path) for path in product_modules() for node in nodes(path) if imported(node) & CALLERS}
    assert {path for path in found - KNOWN if not path.startswith("billing/benchmarks/")} == set()
