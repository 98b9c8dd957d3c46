"""`manage.py demo_website`: the club's own website beside the demo; `manage.py demo` starts it."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from billing.demo.website import allow, serve


class Command(BaseCommand):
    help = "Serves the demo club's own website, which shows the sign-up inside its page."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8001)

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Only the demo has such a website: set KASSENWART_DEMO=1, or run `manage.py demo`.")
        allow(f"http://localhost:{options['port']}")
        serve(options["port"], settings.PUBLIC_URL)
