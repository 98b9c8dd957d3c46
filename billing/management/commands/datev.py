"""`manage.py datev`: the DATEV files of a month; a repeat gives the stored bytes."""

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import override
from django_scopes import scope

from billing.services import exports
from members.models import Organisation


class Command(BaseCommand):
    help = "Writes the month's postings (EXTF 21) and debtors (EXTF 16) for the accountant."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--organisation", required=True, help="short name of the organisation")
        parser.add_argument("--month", required=True, help="such as 2026-12")
        parser.add_argument("--output", type=Path, default=Path(), help="folder for the files")

    def handle(self, *args: Any, **options: Any) -> None:
        organisation = Organisation.objects.filter(slug=options["organisation"]).first()
        if organisation is None:
            raise CommandError(f"There is no organisation {options['organisation']!r}.")
        month = date.fromisoformat(f"{options['month']}-01")
        with scope(organisation=organisation), override(organisation.language):
            batches = exports.export(organisation, month, None, timezone.now())
        options["output"].mkdir(parents=True, exist_ok=True)
        for batch in batches:
            for name, content in exports.files(batch):
                (options["output"] / name).write_bytes(content)
                self.stdout.write(f"{options['output'] / name}  {batch.count} postings, {batch.total} EUR")
