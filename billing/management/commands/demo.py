"""`manage.py demo`: the whole product on this machine: database, a seeded club, web server, worker and the club's own website together."""

import os
import signal
import subprocess
import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from billing.demo.seed import LOGINS, PASSWORD

MANAGE = str(Path(settings.BASE_DIR) / "manage.py")
STEPS = (("migrate", "--verbosity=0"), ("seed_demo",))


class Command(BaseCommand):
    help = "Starts the demo: embedded database, a club with a year of history, web server and worker."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--fresh", action="store_true", help="throw the demo's data away and begin anew")

    def handle(self, *args: Any, **options: Any) -> None:
        folder = Path(settings.BASE_DIR) / "data" / "demo"
        if options["fresh"]:
            (folder / "kassenwart.sqlite3").unlink(missing_ok=True)
        environment = demo_environment(folder, options["port"])
        self.stdout.write("Preparing the demo (the first time takes up to a minute) ...")
        self.stdout.flush()
        for step in STEPS:
            if subprocess.call([sys.executable, MANAGE, *step], env=environment):  # noqa: S603 (our own commands)
                raise CommandError(
                    f"`manage.py {step[0]}` failed; the lines above say why. `manage.py demo --fresh` begins anew."
                )
        servers = [
            start(environment, "runserver", "--noreload", "--insecure", str(options["port"])),
            start(environment, "qcluster"),
            start(environment, "demo_website", "--port", str(options["port"] + 1)),
        ]
        self.welcome(options["port"])
        watch(servers)

    def welcome(self, port: int) -> None:
        """Where to go and who to be."""
        rows = [f"  {name:<12}{email:<26}{PASSWORD}" for name, email in LOGINS.items()]
        address = f"http://localhost:{port}"
        self.stdout.write(
            f"\n  Office      {address}/office/\n  Portal      {address}/\n"
            f"  Website     http://localhost:{port + 1}/  (the club's own, with the sign-up inside)\n\n"
            + "\n".join(rows)
            + "\n\n  Ctrl+C stops it.\n"
        )
        self.stdout.flush()


def demo_environment(folder: Path, port: int) -> dict[str, str]:
    """The demo's own settings: its own folder and database, mails as files."""
    folder.mkdir(parents=True, exist_ok=True)
    own = {
        "KASSENWART_DEMO": "1",
        "DATA_DIR": str(folder),
        "PUBLIC_URL": f"http://localhost:{port}",
        "PYTHONUNBUFFERED": "1",
    }
    quiet = {"DJANGO_RUNSERVER_HIDE_WARNING": "true", "PYTHONWARNINGS": "ignore"}
    database = {"DATABASE_URL": f"sqlite:///{folder / 'kassenwart.sqlite3'}", "SECRET_KEY": settings.DEVELOPMENT_KEY}
    return os.environ | own | quiet | database


def start(environment: dict[str, str], *command: str) -> "subprocess.Popen[bytes]":
    """A server in a session of its own: Ctrl+C must reach us, and us alone, or the worker hangs."""
    return subprocess.Popen([sys.executable, MANAGE, *command], env=environment, start_new_session=True)  # noqa: S603 (our own commands)


def watch(servers: "list[subprocess.Popen[bytes]]") -> None:
    """Waits until Ctrl+C, or until one of them ends, and stops them all."""
    signal.signal(signal.SIGTERM, lambda *_args: sys.exit(0))
    try:
        while all(server.poll() is None for server in servers):
            time.sleep(0.5)
    except KeyboardInterrupt:
        print("\nStopping ...")
    finally:
        for server in servers:
            server.terminate()
        for server in servers:
            end(server)


def end(server: "subprocess.Popen[bytes]") -> None:
    """Waits for a server; one that hangs is ended, which is harmless since every piece of work may be repeated."""
    try:
        server.wait(timeout=15)
    except subprocess.TimeoutExpired:
        server.kill()
