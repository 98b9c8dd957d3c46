"""Writes many rows of one model at once: COPY on PostgreSQL, executemany on SQLite.

Model instances cost several times what the rows cost, so a run hands over plain tuples. The models stay the only
schema: columns and conversions are read from `Model._meta`. Constraints and triggers hold as for any other write.
"""

import gc
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any, TypeVar

import psycopg
from django.db import IntegrityError, connection, connections, models, router, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

Convert = Callable[[Any], Any]
Row = TypeVar("Row")
COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


class Json(str):
    """JSON that is text already, stored as it stands."""

    __slots__ = ()


def insert(model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Inserts rows whose values stand in the order of the field `names`; gives how many there were."""
    connection = connections[router.db_for_write(model)]
    fields = [model._meta.get_field(name) for name in names]
    columns = ", ".join(f'"{field.column}"' for field in fields)  # type: ignore[union-attr]
    prepared = prepare(connection, fields, rows)
    if prepared:
        write = copy if connection.vendor == "postgresql" else execute_many
        write(connection, model._meta.db_table, columns, prepared)
    return len(prepared)


def insert_new(model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Inserts the rows whose unique keys are free; gives how many those were. All of them usually are."""
    connection = connections[router.db_for_write(model)]
    fields = [model._meta.get_field(name) for name in names]
    columns = ", ".join(f'"{field.column}"' for field in fields)  # type: ignore[union-attr]
    prepared = prepare(connection, fields, rows)
    if not prepared:
        return 0
    head = f'INSERT INTO "{model._meta.db_table}" ({columns})'
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            if copied(connection, model._meta.db_table, columns, prepared):
                return len(prepared)
            kinds = ", ".join(f"%s::{field.db_type(connection)}[]" for field in fields)
            arrays = [list(column) for column in zip(*prepared)]
            cursor.execute(f"{head} SELECT * FROM unnest({kinds}) ON CONFLICT DO NOTHING", arrays)  # noqa: S608
        else:
            places = ", ".join(["%s"] * len(fields))
            cursor.executemany(f"{head} VALUES ({places}) ON CONFLICT DO NOTHING", prepared)
        return int(cursor.rowcount)


def insert_whole(model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> bool:
    """Inserts all rows, or none where a unique key is taken; says which. For rows that are usually all new."""
    try:
        with transaction.atomic(using=router.db_for_write(model)):
            insert(model, names, rows)
    except IntegrityError:
        return False
    return True


def copied(connection: BaseDatabaseWrapper, table: str, columns: str, rows: Sequence[Sequence[Any]]) -> bool:
    """Whether all rows could be written by one COPY, which is several times faster; if not, nothing is."""
    try:
        with transaction.atomic(using=connection.alias):
            copy(connection, table, columns, rows)
    except IntegrityError:
        return False
    return True


def prepare(
    connection: BaseDatabaseWrapper, fields: Sequence[Any], rows: Iterable[Sequence[Any]]
) -> Sequence[Sequence[Any]]:
    """The rows as they reach this engine."""
    converts = [converter(field, connection) for field in fields]
    if not any(converts):
        return list(rows)
    return [
        [convert(value) if convert and value is not None else value for convert, value in zip(converts, row)]
        for row in rows
    ]


@contextmanager
def without_walks() -> Iterator[None]:
    """Python does not look for rings of objects meanwhile. Rows are none, and looking through all of them again and again
    costs as much as reading them.
    """
    walks = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if walks:
            gc.enable()


def slices(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    """Rows in lists of at most `size`, so that nobody holds all of them."""
    source = iter(rows)
    while part := list(islice(source, size)):
        yield part


def converter(field: Any, connection: BaseDatabaseWrapper) -> Convert | None:
    """How a value of this field reaches this engine; None: as it is."""
    if isinstance(field, models.JSONField):
        return dump
    if connection.vendor == "postgresql":
        return None
    if isinstance(field, models.DecimalField):
        return str
    if isinstance(field, models.DateTimeField):
        return connection.ops.adapt_datetimefield_value
    return str if isinstance(field, models.DateField) else None


def dump(value: Any) -> str:
    """JSON as it is stored: compact, umlauts as they are."""
    return value if isinstance(value, Json) else COMPACT.encode(value)


def copy(connection: BaseDatabaseWrapper, table: str, columns: str, rows: Sequence[Sequence[Any]]) -> None:
    """PostgreSQL: one COPY."""
    opened = connection.wrap_database_errors
    with opened, connection.cursor() as cursor, cursor.copy(f'COPY "{table}" ({columns}) FROM STDIN') as target:
        for row in rows:
            target.write_row(row)


def execute_many(connection: BaseDatabaseWrapper, table: str, columns: str, rows: Sequence[Sequence[Any]]) -> None:
    """SQLite: one prepared statement for all rows."""
    places = ", ".join(["%s"] * len(rows[0]))
    with connection.cursor() as cursor:
        cursor.executemany(f'INSERT INTO "{table}" ({columns}) VALUES ({places})', rows)  # noqa: S608 (names come from the models)


def update_many(model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Sets the fields `names` of many rows; each row is the values in that order, then the primary key."""
    connection = connections[router.db_for_write(model)]
    fields = [model._meta.get_field(name) for name in names]
    converts = [*(converter(field, connection) for field in fields), None]
    prepared = [
        [convert(value) if convert and value is not None else value for convert, value in zip(converts, row)]
        for row in rows
    ]
    if not prepared:
        return
    table = model._meta.db_table
    assignments = ", ".join(f'"{field.column}" = %s' for field in fields)  # type: ignore[union-attr]
    with connection.cursor() as cursor:
        cursor.executemany(f'UPDATE "{table}" SET {assignments} WHERE "id" = %s', prepared)  # noqa: S608 (names come from the models)


def store_bytes(model: type[models.Model], pk: int, **values: Any) -> None:
    """Updates a row that holds a file. Django would send it to PostgreSQL as text, in several copies of twice the size."""
    connection = connections[router.db_for_write(model)]
    if connection.vendor != "postgresql":
        model._base_manager.filter(pk=pk).update(**values)
        return
    fields = [model._meta.get_field(name) for name in values]
    places = ["%b" if isinstance(field, models.BinaryField) else "%s" for field in fields]
    assignments = ", ".join(f'"{field.column}" = {place}' for field, place in zip(fields, places))  # type: ignore[union-attr]
    statement = f'UPDATE "{model._meta.db_table}" SET {assignments} WHERE "id" = %s'  # noqa: S608 (names come from the models)
    connection.ensure_connection()
    with psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(statement.encode(), (*values.values(), pk))


def refresh_statistics() -> None:
    """SQLite learns how the rows of its tables spread, from a thousand of each index: a fraction of a second at any size.

    Without that it looks for a member's invoices among all those of the organisation. PostgreSQL's housekeeping does so itself.
    """
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA analysis_limit=1000")
            cursor.execute("ANALYZE")


def analyse(model: type[models.Model]) -> None:
    """PostgreSQL learns how large a table has become: one that it takes for small it reads whole for every question.

    Its own housekeeping does so a minute later. SQLite asks the index anyway.
    """
    connection = connections[router.db_for_write(model)]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f'ANALYZE "{model._meta.db_table}"')
