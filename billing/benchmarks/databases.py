"""Throw-away databases beside the configured one, on its engine. The configured one is never touched."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.management import call_command
from django.db import connection, connections

COPY_ALIAS = "benchmark_copy"


@contextmanager
def throw_away(name: str) -> Iterator[None]:
    """An empty database with every table and guard behind the default connection; dropped at the end."""
    configured = connection.settings_dict["NAME"]
    with tempfile.TemporaryDirectory(prefix="kassenwart-benchmark-") as folder:
        place = (
            str(Path(folder) / f"{name}.sqlite3")
            if connection.vendor == "sqlite"
            else f"kassenwart_{name}_{os.getpid()}"
        )
        create(place)
        switch(place)
        try:
            call_command("migrate", verbosity=0)
            yield
        finally:
            switch(configured)
            drop(place)


@contextmanager
def scratch_copy() -> Iterator[str]:
    """A copy of the throw-away database as it stands now, under a connection of its own; gives its alias."""
    name = str(connection.settings_dict["NAME"])
    place = name + ".copy" if connection.vendor == "sqlite" else f"{name}_copy"
    connection.close()
    create(place, template=name)
    connections.settings[COPY_ALIAS] = {**connection.settings_dict, "NAME": place}
    try:
        yield COPY_ALIAS
    finally:
        connections[COPY_ALIAS].close()
        del connections[COPY_ALIAS]
        drop(place)


def switch(name: object) -> None:
    """Points the default connection at another database."""
    connection.close()
    connection.settings_dict["NAME"] = name


def create(name: str, template: str = "") -> None:
    """A database, empty or equal to the template. An SQLite file comes into being by being opened."""
    if connection.vendor == "postgresql":
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{template}"' if template else ""))
    elif template:
        Path(name).write_bytes(Path(template).read_bytes())


def drop(name: str) -> None:
    """Takes it away again; a file goes with its folder."""
    if connection.vendor == "postgresql":
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
