"""`manage.py tick`: does what is due now, for a system timer in place of the queue; both may run at once."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from billing.services import work


class Command(BaseCommand):
    help = "Does the work that is due now: prepares runs, draws PDFs, sends mail."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{work.tick(timezone.now())} pieces of work done")
