"""How the databases are opened. What a crash or two writers may do depends on it, so it is asked of the open connection."""

import sqlite3
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction

from config.sqlite import sqlite_options, wal_is_safe

embedded = pytest.mark.skipif(connection.vendor != "sqlite", reason="about the embedded database")


@pytest.mark.parametrize(
    "version, safe",
    [
        ((3, 40, 1), False), ((3, 44, 5), False), ((3, 44, 6), True), ((3, 45, 0), False), ((3, 50, 6), False), ((3, 50, 7), True),
        ((3, 51, 0), False), ((3, 51, 2), False), ((3, 51, 3), True), ((3, 52, 0), False), ((3, 53, 0), True),
    ],
)  # fmt: skip
def test_the_write_ahead_log_is_used_only_where_it_cannot_corrupt(version: tuple[int, ...], safe: bool) -> None:
    assert wal_is_safe(version) is safe


@pytest.mark.parametrize("safe, journal", [(True, "WAL"), (False, "DELETE")])
def test_the_journal_follows_the_version(safe: bool, journal: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.sqlite.wal_is_safe", lambda: safe)
    assert f"journal_mode={journal};" in sqlite_options()["init_command"]


def test_no_request_takes_the_write_lock_by_itself() -> None:
    assert settings.ATOMIC_REQUESTS is False
    assert not settings.DATABASES["default"].get("ATOMIC_REQUESTS")


@embedded
@pytest.mark.django_db
@pytest.mark.parametrize(
    "pragma, value", [("foreign_keys", 1), ("recursive_triggers", 1), ("synchronous", 2), ("cache_size", -16384)]
)
def test_the_open_connection_has_what_the_books_rest_on(pragma: str, value: int) -> None:
    assert ask(f"PRAGMA {pragma}") == value


@embedded
def test_a_transaction_owns_the_write_lock_from_its_start() -> None:
    assert settings.DATABASES["default"]["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert settings.DATABASES["default"]["OPTIONS"]["timeout"] >= 20


@embedded
@pytest.mark.django_db(transaction=True)
def test_nobody_else_writes_while_a_transaction_only_reads_yet() -> None:
    name = str(connection.settings_dict["NAME"])
    with transaction.atomic():
        other = sqlite3.connect(name, timeout=0, uri=name.startswith("file:"))
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.close()


def ask(sql: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]
