"""The public demo's own folder: what is in it, how a new state takes the place of the old one, and what may be deleted.

marker        says that this folder is the demo's; without it nothing here is touched
secret-key    of this demo alone
current/      the state that is served: database, files, cache
next/         a state that is being made; `seeded` in it says that it is whole
old/          what was served before, on its way out
"""

import os
import secrets
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

MARKER = "kassenwart-public-demo"
MARK = "This folder belongs to `manage.py demo --public`: it is emptied every night. Keep nothing here.\n"
CURRENT, NEXT, OLD = "current", "next", "old"
SEEDED, DATABASE, KEY, REQUEST, LOCK = "seeded", "kassenwart.sqlite3", "secret-key", "reset-now", "running"


class NotTheDemosError(Exception):
    """This folder is somebody else's."""


def adopt(root: Path) -> None:
    """Makes the folder, or takes an empty one. A folder that holds anything and has no marker is refused."""
    root.mkdir(parents=True, exist_ok=True)
    if not any(root.iterdir()):
        (root / MARKER).write_text(MARK, encoding="utf-8")
    refuse_others(root)


def refuse_others(root: Path) -> None:
    """Before anything is deleted or served: is this folder ours?"""
    marker = root / MARKER
    if root.is_symlink() or not marker.is_file() or marker.read_text(encoding="utf-8") != MARK:
        raise NotTheDemosError(
            f"{root} is not the folder of a public demo (the file {MARKER} is missing): nothing in it was touched."
        )


def refuse_real_data(data: Path, database: str) -> None:
    """The settings of a public demo with any other folder or database: real people's data would lie open to everybody."""
    try:
        refuse_others(data.parent)
    except NotTheDemosError as other:
        raise ImproperlyConfigured(
            f"KASSENWART_PUBLIC_DEMO is set by `manage.py demo --public` alone: {other}"
        ) from other
    if Path(database) != data / DATABASE:
        raise ImproperlyConfigured("A public demo has its own SQLite database: take DATABASE_URL out of the settings.")


@contextmanager
def alone(root: Path) -> Iterator[None]:
    """One demo in a folder: the lock goes with its process, however that ends."""
    connection = sqlite3.connect(root / LOCK, timeout=0, isolation_level=None)
    try:
        connection.execute("BEGIN EXCLUSIVE")
        yield
    except sqlite3.OperationalError as locked:
        raise NotTheDemosError(f"Another `manage.py demo --public` is running in {root}.") from locked
    finally:
        connection.close()


def secret_key(root: Path) -> str:
    """Made once, readable by its owner alone."""
    path = root / KEY
    if not path.exists():
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(64))
    return path.read_text(encoding="ascii")


def database_of(data: Path) -> str:
    """The address of a state's database."""
    return f"sqlite:///{data / DATABASE}"


def mark_seeded(data: Path, at: datetime) -> None:
    """From now on this state is whole."""
    (data / SEEDED).write_text(at.isoformat(), encoding="ascii")


def seeded_at(data: Path) -> datetime | None:
    """When this state was made; none: it is not whole."""
    try:
        return datetime.fromisoformat((data / SEEDED).read_text(encoding="ascii")).astimezone(UTC)
    except (OSError, ValueError):
        return None


def fresh_next(root: Path) -> Path:
    """An empty place for the next state."""
    remove(root, NEXT)
    (root / NEXT).mkdir()
    return root / NEXT


def exchange(root: Path) -> None:
    """The next state takes the place of the current one. Nobody may have a file of them open."""
    refuse_others(root)
    if seeded_at(root / NEXT) is None:
        raise NotTheDemosError(f"{root / NEXT} is not whole.")
    remove(root, OLD)
    if (root / CURRENT).exists():
        (root / CURRENT).rename(root / OLD)
    (root / NEXT).rename(root / CURRENT)


def recover(root: Path) -> None:
    """After a power cut in the middle of an exchange: a whole state is current again, the rest goes."""
    refuse_others(root)
    for name in (NEXT, OLD):
        if seeded_at(root / CURRENT) is None and seeded_at(root / name) is not None:
            remove(root, CURRENT)
            (root / name).rename(root / CURRENT)
    for name in (NEXT, OLD):
        remove(root, name)


def remove(root: Path, name: str) -> None:
    """Deletes one of the three states of this demo with everything in it, and nothing else in the world."""
    refuse_others(root)
    if name not in (CURRENT, NEXT, OLD):
        raise ValueError(name)
    path = root / name
    if path.is_symlink():
        path.unlink()
    elif path.exists():
        shutil.rmtree(path)


def size_of(data: Path) -> int:
    """Bytes in a state, files that vanish meanwhile left out."""
    return sum(size for folder, _folders, names in os.walk(data) for size in sizes(folder, names))


def sizes(folder: str, names: list[str]) -> Iterator[int]:
    """Of the files that are there."""
    for name in names:
        try:
            yield os.lstat(os.path.join(folder, name)).st_size
        except OSError:
            continue
