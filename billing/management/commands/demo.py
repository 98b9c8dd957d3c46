"""`manage.py demo`: the whole product on this machine: database, a seeded club, web server, worker and the club's own website together.

With `--public`: for strangers on the internet, reset every night.
"""

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

from billing.demo.logins import LOGINS, PASSWORD
from billing.demo.public import clock, start
from billing.demo.public.folder import NotTheDemosError
from billing.demo.public.keeper import CannotBeginError
from billing.demo.public.place import place_of
from billing.demo.public.servers import ended, launched, manage

STEPS = (("migrate", "--verbosity=0"), ("seed_demo",))


class Command(BaseCommand):
    help = "Starts the demo: embedded database, a club with a year of history, web server and worker."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument(
            "--fresh", action="store_true", help="throw the data of the demo at home away and begin anew"
        )
        public = parser.add_argument_group("for strangers on the internet")
        public.add_argument("--public", action="store_true", help="production server, no typing, reset every night")
        public.add_argument(
            "--address", default=os.environ.get("PUBLIC_URL", ""), help="such as https://demo.example.org"
        )
        public.add_argument("--bind", default="127.0.0.1", help="where it listens; 0.0.0.0: everywhere")
        public.add_argument("--reset-at", default="03:00", help="local time of the reset (%(default)s)")
        public.add_argument(
            "--folder", type=Path, default=settings.DATA_DIR / "public-demo", help="the demo's own folder"
        )
        public.add_argument(
            "--reset-now", action="store_true", help="the public demo that is running resets itself now"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["public"]:
            self.public(options)
        else:
            self.at_home(options)

    def public(self, options: dict[str, Any]) -> None:
        """Refusals are sentences, not tracebacks."""
        root = options["folder"].absolute()
        try:
            if options["reset_now"]:
                start.ask_for_reset(root)
                self.say(
                    "The demo begins to reset itself within moments; the old data is served until the new data is there."
                )
            else:
                self.start_public(root, options)
        except (NotTheDemosError, CannotBeginError, start.RefusedError, OSError) as refused:
            raise CommandError(str(refused)) from refused
        except KeyboardInterrupt:
            self.say("\nStopped.")

    def start_public(self, root: Path, options: dict[str, Any]) -> None:
        """Until it is stopped."""
        try:
            clock.time_of(options["reset_at"])
            place = place_of(options["address"], options["bind"], options["port"])
        except ValueError as wrong:
            raise CommandError(
                "--reset-at is a time such as 03:00, --address is such as https://demo.example.org (no folder behind it)."
            ) from wrong
        if not place.secure:
            self.say(
                f"{place.address} is not encrypted: fine on your own machine, on the internet give --address https://..."
            )
        self.say(
            f"\n  {place.address}/   (listens at {place.bind}:{place.port}; reset every day at {options['reset_at']})\n"
        )
        start.start(start.Wish(root, place, options["reset_at"]), self.say)

    def at_home(self, options: dict[str, Any]) -> None:
        """For whoever sits at this machine."""
        folder = Path(settings.BASE_DIR) / "data" / "demo"
        if options["fresh"]:
            (folder / "kassenwart.sqlite3").unlink(missing_ok=True)
        environment = demo_environment(folder, options["port"])
        self.say("Preparing the demo (the first time takes up to a minute) ...")
        for step in STEPS:
            if subprocess.call(manage(*step), env=environment):  # noqa: S603 (our own commands)
                raise CommandError(
                    f"`manage.py {step[0]}` failed; the lines above say why. `manage.py demo --fresh` begins anew."
                )
        servers = [
            launched(manage("runserver", "--noreload", "--insecure", str(options["port"])), environment),
            launched(manage("qcluster"), environment),
            launched(manage("demo_website", "--port", str(options["port"] + 1)), environment),
        ]
        self.welcome(options["port"])
        watch(servers)

    def welcome(self, port: int) -> None:
        """Where to go and who to be."""
        rows = [f"  {name:<12}{email:<26}{PASSWORD}" for name, email in LOGINS.items()]
        address = f"http://localhost:{port}"
        self.say(
            f"\n  Office      {address}/office/\n  Portal      {address}/\n"
            f"  Website     http://localhost:{port + 1}/  (the club's own, with the sign-up inside)\n\n"
            + "\n".join(rows)
            + "\n\n  Ctrl+C stops it.\n"
        )

    def say(self, words: str) -> None:
        """At once, also where the output goes into a file."""
        self.stdout.write(words)
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
            ended(server)
