"""Triggers that refuse changes to issued documents and postings, on SQLite and PostgreSQL alike (AO 146 Abs. 4, HGB 239 Abs. 3).

One registry for both engines. They are installed after every `migrate`, because SQLite drops a table's triggers when it
rebuilds the table, and they are looked for at the start of a run, by `audit` and by the health check.
"""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Error
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from billing.guard_table import GUARDS, Guard


def install_guards(sender: Any = None, using: str = "default", **kwargs: Any) -> None:
    """Puts every missing trigger in place; harmless to repeat."""
    if sender is not None and sender.name != "billing":
        return
    connection = connections[using]
    tables = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for guard in GUARDS:
            if table_of(guard) in tables:
                for statement in statements(connection, guard):
                    cursor.execute(statement)


def lift_guards(sender: Any = None, using: str = "default", **kwargs: Any) -> None:
    """Before a migration on SQLite, which cannot rebuild a table while triggers of another one name it; `install_guards` follows."""
    if sender is not None and sender.name == "billing" and connections[using].vendor == "sqlite":
        remove_guards(using)


def remove_guards(using: str = "default") -> None:
    """Takes the triggers away: for a restore and for emptying a test database, never in the product's own paths."""
    connection = connections[using]
    with connection.cursor() as cursor:
        for name, table in expected(connection):
            suffix = f" ON {table}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{suffix}")


def missing_guards(using: str = "default") -> list[str]:
    """Names of triggers that should be there and are not (or are switched off)."""
    connection = connections[using]
    query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    if connection.vendor == "postgresql":
        query = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O'"
    with connection.cursor() as cursor:
        cursor.execute(query)
        present = {row[0] for row in cursor.fetchall()}
    return [name for name, _table in expected(connection) if name not in present]


def check_guards(app_configs: Any = None, databases: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """System check for `manage.py check --database default`: migrated tables have their guards."""
    faults: list[CheckMessage] = []
    for using in databases or []:
        if "billing_posting" in connections[using].introspection.table_names():
            faults += [
                Error(f"The guard {name} is missing: run `manage.py migrate`.", id="billing.E001")
                for name in missing_guards(using)
            ]
    return faults


def table_of(guard: Guard) -> str:
    """The database table that a guard protects."""
    return str(apps.get_model(guard.app, guard.model)._meta.db_table)


def expected(connection: BaseDatabaseWrapper) -> Iterator[tuple[str, str]]:
    """Name and table of every trigger that must be there."""
    kinds = ("change", "truncate") if connection.vendor == "postgresql" else ("update", "delete", "replace")
    for guard in GUARDS:
        table = table_of(guard)
        yield from ((f"guard_{table}_{kind}", table) for kind in kinds)
        if guard.refuse_insert:
            yield f"guard_{table}_insert", table


def statements(connection: BaseDatabaseWrapper, guard: Guard) -> list[str]:
    """The SQL that protects one table on this engine."""
    return postgresql(guard) if connection.vendor == "postgresql" else sqlite(guard)


def frozen_columns(guard: Guard) -> list[str]:
    """Every column but those that may change: a column added later is frozen from its first day."""
    fields = apps.get_model(guard.app, guard.model)._meta.concrete_fields
    return [field.column for field in fields if field.column not in guard.may_change]


def sqlite(guard: Guard) -> list[str]:
    """SQLite: one trigger each for UPDATE, DELETE and the INSERT OR REPLACE that would delete."""
    table = table_of(guard)
    changed = " OR ".join(f'NEW."{column}" IS NOT OLD."{column}"' for column in frozen_columns(guard))
    refuse = f"BEGIN SELECT RAISE(ABORT, '{guard.message}'); END"
    replaced = guard.when.replace("OLD.", "o.")
    conditions = {
        "update": f"UPDATE ON {table} WHEN ({guard.when}) AND ({changed}) OR ({guard.refuse_update})",
        "delete": f"DELETE ON {table} WHEN {guard.when}",
        "replace": f"INSERT ON {table} WHEN EXISTS (SELECT 1 FROM {table} o WHERE o.id = NEW.id AND ({replaced}))",  # noqa: S608 (names come from the models)
    }
    sql = []
    for kind, condition in conditions.items():
        name = f"guard_{table}_{kind}"
        sql += [f"DROP TRIGGER IF EXISTS {name}", f"CREATE TRIGGER {name} BEFORE {condition} {refuse}"]
    if guard.refuse_insert:
        name, stop = f"guard_{table}_insert", f"BEGIN SELECT RAISE(ABORT, '{guard.insert_message}'); END"
        sql += [
            f"DROP TRIGGER IF EXISTS {name}",
            f"CREATE TRIGGER {name} BEFORE INSERT ON {table} WHEN {guard.refuse_insert} {stop}",
        ]
    return sql


def postgresql(guard: Guard) -> list[str]:
    """PostgreSQL: one function, one trigger for rows and one for TRUNCATE."""
    table = table_of(guard)
    allowed = "".join(f" - '{column}'" for column in guard.may_change)
    function = f"""
        CREATE OR REPLACE FUNCTION guard_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
          IF TG_OP = 'TRUNCATE' THEN RAISE EXCEPTION '{guard.message}' USING ERRCODE = 'restrict_violation'; END IF;
          IF TG_OP = 'DELETE' THEN
            IF {guard.when} THEN RAISE EXCEPTION '{guard.message}' USING ERRCODE = 'restrict_violation'; END IF;
            RETURN OLD;
          END IF;
          IF ({guard.when}) AND (to_jsonb(NEW){allowed}) IS DISTINCT FROM (to_jsonb(OLD){allowed}) OR ({guard.refuse_update})
          THEN RAISE EXCEPTION '{guard.message}' USING ERRCODE = 'restrict_violation'; END IF;
          RETURN NEW;
        END $$"""
    return [
        function,
        f"CREATE OR REPLACE TRIGGER guard_{table}_change BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION guard_{table}()",
        f"CREATE OR REPLACE TRIGGER guard_{table}_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION guard_{table}()",
        *(postgresql_insert(guard, table) if guard.refuse_insert else ()),
    ]


def postgresql_insert(guard: Guard, table: str) -> list[str]:
    """PostgreSQL: new rows are looked at once per statement, so that a run of thousands costs one question."""
    condition = guard.refuse_insert.replace("NEW.", "fresh.")
    function = f"""
        CREATE OR REPLACE FUNCTION guard_{table}_insert() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
          IF EXISTS (SELECT 1 FROM fresh WHERE {condition})
          THEN RAISE EXCEPTION '{guard.insert_message}' USING ERRCODE = 'restrict_violation'; END IF;
          RETURN NULL;
        END $$"""  # noqa: S608 (names come from the models)
    return [
        function,
        f"CREATE OR REPLACE TRIGGER guard_{table}_insert AFTER INSERT ON {table} REFERENCING NEW TABLE AS fresh"
        f" FOR EACH STATEMENT EXECUTE FUNCTION guard_{table}_insert()",
    ]
