"""`manage.py seed_demo`: fills an empty database with the demo; `manage.py demo` calls it."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from billing.demo.seed import seed
from billing.services import work


class Command(BaseCommand):
    help = "Fills the demo's database with an invented club and a year of history."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--migrate", action="store_true", help="bring the tables up to date first")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Only the demo is seeded: set KASSENWART_DEMO=1, or run `manage.py demo`.")
        if options["migrate"]:
            call_command("migrate", verbosity=0)
        seed(timezone.localdate(), lambda step: self.stdout.write(f"  {step}", ending="\n"))
        # What is due at once is done before anybody looks, and the office does not warn of a worker that only begins.
        work.tick(timezone.now())
