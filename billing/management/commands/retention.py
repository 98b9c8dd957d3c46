"""`manage.py retention`: erases and anonymises what has been kept long enough; `--dry-run` only counts it."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.translation import override
from django_scopes import scope

from billing.management.organisation import add_organisation, chosen
from billing.services import retention


class Command(BaseCommand):
    help = "Erases papers and anonymises people whose time of keeping is over. Facts about money are never touched."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_organisation(parser)
        parser.add_argument("--dry-run", action="store_true", help="only count")

    def handle(self, *args: Any, **options: Any) -> None:
        organisation, now = chosen(options["organisation"]), timezone.now()
        with scope(organisation=organisation), override(organisation.language):
            done = retention.run(organisation, timezone.localdate(now), None if options["dry_run"] else now)
        for one in done:
            self.stdout.write(f"{one.count:6}  {one.what}")
