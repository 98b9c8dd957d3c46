"""An index of words over mails and contacts: FTS5 on SQLite, GIN on PostgreSQL. `migrate` puts it in place and keeps it true.

Both engines see the same words: small letters, no accents, and nothing but letters and digits.
"""

from typing import Any, NamedTuple

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

ACCENTS = "äöüáàâãåéèêëíìîïóòôõúùûçñłšžčćřěýø"
PLAIN = "aouaaaaaeeeeiiiioooouuucnlszccreyo"


class Indexed(NamedTuple):
    """A table and the columns whose words are found; `words` is the index, on SQLite a table of its own."""

    table: str
    columns: tuple[str, ...]

    @property
    def words(self) -> str:
        """What the index is called."""
        return f"{self.table}_words"


MAILS = Indexed("billing_mail", ("subject", "text"))
CONTACTS = Indexed("members_contactentry", ("subject", "text", "about"))


def words_of(indexed: Indexed) -> str:
    """The words of a row, as PostgreSQL indexes them; a query must say exactly the same."""
    said = " || ' ' || ".join(f'"{indexed.table}"."{column}"' for column in indexed.columns)
    plain = f"translate(lower({said}), '{ACCENTS}', '{PLAIN}')"
    return f"to_tsvector('simple', regexp_replace({plain}, '[^[:alnum:]]+', ' ', 'g'))"


def install_index(sender: Any = None, using: str = "default", **kwargs: Any) -> None:
    """Puts what is missing in place; harmless to repeat. A rebuild of a table on SQLite drops its triggers without a word."""
    if sender is not None and sender.name != "billing":
        return
    connection = connections[using]
    tables = set(connection.introspection.table_names())
    for indexed in (MAILS, CONTACTS):
        if indexed.table in tables:
            install_one(connection, indexed)


def install_one(connection: BaseDatabaseWrapper, indexed: Indexed) -> None:
    """The index of one table. A trigger that was away means rows that the index has not heard of: it is built anew."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            said = words_of(indexed).replace(f'"{indexed.table}".', "")
            cursor.execute(f"CREATE INDEX IF NOT EXISTS {indexed.words} ON {indexed.table} USING gin ({said})")
            return
        cursor.execute(
            "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND name LIKE %s", [f"{indexed.words}%"]
        )
        if cursor.fetchone()[0] == len(triggers(indexed)):
            return
        columns = ", ".join(indexed.columns)
        cursor.execute(
            f"CREATE VIRTUAL TABLE IF NOT EXISTS {indexed.words} USING fts5({columns}, content='{indexed.table}', "
            "content_rowid='id', tokenize='unicode61 remove_diacritics 2', prefix='2 3')"
        )
        for statement in triggers(indexed):
            cursor.execute(statement)
        cursor.execute(f"INSERT INTO {indexed.words}({indexed.words}) VALUES ('rebuild')")


def triggers(indexed: Indexed) -> list[str]:
    """What keeps the index of SQLite true."""
    columns = ", ".join(indexed.columns)
    new, old = (", ".join(f"{row}.{column}" for column in indexed.columns) for row in ("new", "old"))
    add = f"INSERT INTO {indexed.words}(rowid, {columns}) VALUES (new.id, {new});"
    take = f"INSERT INTO {indexed.words}({indexed.words}, rowid, {columns}) VALUES ('delete', old.id, {old});"
    changes = {"insert": ("INSERT", add), "delete": ("DELETE", take), "update": (f"UPDATE OF {columns}", take + add)}
    return [
        f"CREATE TRIGGER IF NOT EXISTS {indexed.words}_{name} AFTER {when} ON {indexed.table} BEGIN {what} END"
        for name, (when, what) in changes.items()
    ]
