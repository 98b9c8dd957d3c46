"""`manage.py healthcheck`: exit status 0 if database, guards and worker are well; for watchdogs."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from billing.guards import missing_guards
from billing.services import work


class Command(BaseCommand):
    help = "Says whether database, guards and worker are well."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--without-worker", action="store_true", help="do not ask for the worker's sign of life")

    def handle(self, *args: Any, **options: Any) -> None:
        faults = [f"guard {name} is missing: run `manage.py migrate`" for name in missing_guards()]
        if not options["without_worker"] and not work.worker_is_alive(timezone.now()):
            faults.append("the worker gave no sign of life for three minutes: restart it")
        for fault in faults:
            self.stderr.write(fault)
        if faults:
            sys.exit(1)
        self.stdout.write("well")
