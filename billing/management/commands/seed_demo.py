"""`manage.py seed_demo`: fills an empty database with the demo; `manage.py demo` calls it."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from billing.demo.seed import seed


class Command(BaseCommand):
    help = "Fills the demo's database with an invented club and a year of history."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Only the demo is seeded: set KASSENWART_DEMO=1, or run `manage.py demo`.")
        seed(timezone.localdate(), lambda step: self.stdout.write(f"  {step}", ending="\n"))
