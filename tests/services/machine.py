"""An installation of its own beside the test's: commands run as processes, which can be killed or run side by side."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
from django.db import connection

ROOT = Path(__file__).resolve().parent.parent.parent
RUN = (
    "--organisation", "benchmark", "--on", "2026-12-15", "--until", "2027-01-31", "--collect-on", "2027-01-04", "--yes",
)  # fmt: skip


class Machine:
    """Commands on one database. `ask` reads it from outside, as somebody watching would."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.environment = os.environ | {
            "DATABASE_URL": url, "DATA_DIR": str(folder), "KASSENWART_NO_BOOTSTRAP": "1", "DEBUG": "on",
        }  # fmt: skip

    def start(self, *command: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "manage.py", *command], cwd=ROOT, env=self.environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def do(self, *command: str) -> str:
        """A command that must end well; gives what it printed."""
        process = self.start(*command)
        said, _nothing = process.communicate(timeout=120)
        assert process.returncode == 0, said
        return said

    def ask(self, sql: str) -> int:
        """The one number of a query."""
        if self.url.startswith("sqlite"):
            with closing(sqlite3.connect(self.url.removeprefix("sqlite:///"), timeout=20)) as lite:
                return int(lite.execute(sql).fetchone()[0])
        with psycopg.connect(self.url) as server:
            row = server.execute(sql.encode()).fetchone()
            assert row is not None
            return int(row[0])

    def seed(self, contracts: int) -> None:
        self.do("shell", "--no-imports", "-c", f"from billing.benchmarks.seed import seed; seed({contracts})")

    def kill_when(self, sql: str, *command: str) -> None:
        """Starts a command and kills it, as a power cut would, as soon as the query gives more than nothing."""
        process = self.start(*command)
        while process.poll() is None and not self.ask(sql):
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        said, _nothing = process.communicate()
        assert process.returncode == -signal.SIGKILL, f"ended before it could be killed: {said}"


@contextmanager
def machine(folder: Path) -> Iterator[Machine]:
    """A machine on the engine of this test run, with the tables that the test's own database has: nothing is migrated anew.

    The test must commit (`django_db(transaction=True)`): on PostgreSQL the commands use its database, which is emptied afterwards.
    """
    if connection.vendor == "sqlite":
        file = folder / "kassenwart.sqlite3"
        with closing(sqlite3.connect(file)) as copy:
            connection.connection.backup(copy)
        yield Machine(f"sqlite:///{file}", folder)
        return
    settings: dict[str, Any] = connection.settings_dict
    server = f"postgres://{settings['USER']}:{settings['PASSWORD']}@{settings['HOST']}:{settings['PORT'] or 5432}"
    yield Machine(f"{server}/{settings['NAME']}", folder)
