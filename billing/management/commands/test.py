"""`manage.py test`: every test on SQLite, then those that concern both databases once more on PostgreSQL."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence

import psycopg
from django.core.management.base import BaseCommand

LOCAL_SERVER = "postgres://postgres@localhost/postgres"
PASSED, FAILED, NOTHING_SELECTED = 0, 1, 5
# An installation's own `.env` must not change what the tests see.
NEUTRAL = {"DEBUG": "off", "SECURE": "off", "KASSENWART_DEMO": "off"}


class Command(BaseCommand):
    """Hands every argument to pytest: `manage.py test tests/pricing -k vat --long -n0`."""

    help = "Runs the tests with pytest; all arguments are pytest's. --long adds the long forms, -n0 uses one process."
    requires_system_checks = ()

    def run_from_argv(self, argv: list[str]) -> None:
        server = os.environ.get("TEST_POSTGRES_URL", LOCAL_SERVER)
        sys.exit(run(side_by_side(argv[2:]), server, answers(server), os.environ))


def side_by_side(arguments: Sequence[str]) -> list[str]:
    """As many processes as the machine has cores, four at most, unless the caller says how many, or wants to look inside."""
    if any(one.startswith(("-n", "--numprocesses", "--pdb", "-s", "-p")) for one in arguments):
        return list(arguments)
    return [f"-n{min(os.cpu_count() or 1, 4)}", "--dist=worksteal", *arguments]


def run(arguments: Sequence[str], server: str, server_answers: bool, environ: Mapping[str, str]) -> int:
    """Two passes in processes of their own, because the database of a Django process is chosen when it starts."""
    if not server_answers:
        print(missing_server(server), flush=True)
        if environ.get("CI") == "true":
            return FAILED
    with tempfile.TemporaryDirectory(prefix="kassenwart-test-") as data:
        neutral = {**environ, **NEUTRAL, "DATA_DIR": data}
        # Migrations run whole on PostgreSQL, and on SQLite in the tests that start the programme as a person would.
        follows = ["--postgres-follows", "--nomigrations"] if server_answers else []
        first = pytest([*follows, *arguments], {**neutral, "DATABASE_URL": f"sqlite:///{data}/tests.sqlite3"})
        if not server_answers or first not in (PASSED, FAILED, NOTHING_SELECTED):
            return first
        return combined(first, pytest(arguments, {**neutral, "DATABASE_URL": server}))


def pytest(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    return subprocess.call([sys.executable, "-m", "pytest", *arguments], env=dict(environ))


def combined(first: int, second: int) -> int:
    """A pass in which the arguments selected no test is fine as long as the other pass had some."""
    ran = [code for code in (first, second) if code != NOTHING_SELECTED]
    return max(ran, default=NOTHING_SELECTED)


def answers(server: str) -> bool:
    try:
        psycopg.connect(server, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def missing_server(server: str) -> str:
    """The address without its user and password."""
    return (
        f"No PostgreSQL answers at {server.rpartition('@')[2]} (TEST_POSTGRES_URL): tests marked `postgres` cannot run, "
        "tests marked `both` run on SQLite only."
    )
