"""Starts the public demo: its folder, its settings, its servers."""

import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from socket import socket

from django.conf import settings

from billing.demo.public import clock, folder, keeper, servers
from billing.demo.public.place import Place, environment_of

Tell = Callable[[str], None]


class RefusedError(Exception):
    """Why the public demo does not start here."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the command was asked for."""

    root: Path
    place: Place
    reset_at: str


def refuse_real_installation() -> None:
    """Who keeps real data with these settings lets no strangers in beside it."""
    own = settings.DATA_DIR / folder.DATABASE
    if os.environ.get("DATABASE_URL") or own.exists():
        which = "DATABASE_URL is set (in the environment or in .env)" if not own.exists() else f"{own} is there"
        raise RefusedError(
            f"{which}: a public demo does not run beside a database of your own. Start it as another user from a copy of the "
            "program without .env and data, or in a container of its own."
        )


def ask_for_reset(root: Path) -> None:
    """The demo that runs in this folder resets itself within moments."""
    folder.refuse_others(root)
    (root / folder.REQUEST).touch()


def start(wish: Wish, tell: Tell) -> None:
    """Runs until it is stopped."""
    refuse_real_installation()
    at = clock.time_of(wish.reset_at)
    folder.adopt(wish.root)
    stop_on_signals()
    # Held as long as we live: the web servers come and go.
    ear = servers.listening(wish.place.bind, wish.place.port)
    with folder.alone(wish.root):
        keeper_of(wish, at, ear, tell).keep()


def keeper_of(wish: Wish, at: time, ear: socket | None, tell: Tell) -> keeper.Keeper:
    """With the servers of the product."""
    root, place = wish.root, wish.place
    environment = environment_of(root, place, wish.reset_at)
    current = environment(root / folder.CURRENT)
    command, handed = servers.web_server(ear, place.bind, place.port)
    return keeper.Keeper(
        root, at, seed=servers.manage("seed_demo", "--migrate"), ready=servers.manage("seed_demo", "--migrate"),
        static=servers.manage("collectstatic", "--noinput", "--verbosity=0"), environment=environment,
        servers=[servers.Server("The web server", command, current, handed), servers.Server("The worker", servers.manage("qcluster"), current)],
        tell=tell,
    )  # fmt: skip


def stop_on_signals() -> None:
    """A service manager's stop, and a terminal that is closed, end the servers too."""
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_args: sys.exit(0))
