"""`manage.py release_deferred --on DAY`: what was deferred to fiscal years that have begun becomes their income, once."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.translation import override
from django_scopes import scope

from billing.management.organisation import add_organisation, chosen
from billing.services import deferral


class Command(BaseCommand):
    help = "Dissolves deferred income of fiscal years that have begun. Harmless to repeat."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_organisation(parser)
        parser.add_argument("--on", type=date.fromisoformat, help="the day; today if not given")

    def handle(self, *args: Any, **options: Any) -> None:
        organisation = chosen(options["organisation"])
        with scope(organisation=organisation), override(organisation.language):
            count = deferral.release(organisation, options["on"] or timezone.localdate())
        self.stdout.write(f"{count} postings")
