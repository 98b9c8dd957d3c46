"""How the embedded database is opened, and why."""

import sqlite3
from typing import Any


def wal_is_safe(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> bool:
    """Whether this SQLite library is free of the WAL-reset bug, which can corrupt a file that web and worker share.

    Fixed in 3.51.3, 3.50.7 and 3.44.6; 3.52.0 was withdrawn. Elsewhere the rollback journal is slower and safe.
    """
    fixed = version >= (3, 51, 3) and version != (3, 52, 0)
    return fixed or (3, 50, 7) <= version < (3, 51) or (3, 44, 6) <= version < (3, 45)


def sqlite_options() -> dict[str, Any]:
    """IMMEDIATE: a transaction that reads and then writes must own the write lock from its start, else it is refused.

    `trusted_schema` stays on: Django checks JSON columns by JSON_VALID(), which SQLite then refuses to run.
    """
    journal = "WAL" if wal_is_safe() else "DELETE"
    return {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": f"PRAGMA journal_mode={journal};PRAGMA synchronous=FULL;"
        "PRAGMA recursive_triggers=ON;PRAGMA cache_size=-16384",
    }
