"""`manage.py export_ledger --format csv|ledger`: everything that was posted, for another program."""

from argparse import ArgumentParser
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import override
from django_scopes import scope

from billing.management.organisation import add_organisation, chosen
from billing.services import ledger_export


class Command(BaseCommand):
    help = "Writes accounts, postings, open items and members' accounts as CSV (a ZIP), or a text journal."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_organisation(parser)
        parser.add_argument("--format", choices=("csv", "ledger"), default="csv")
        parser.add_argument("--from", type=date.fromisoformat, dest="start", default=date(2000, 1, 1))
        parser.add_argument("--to", type=date.fromisoformat, dest="last", help="last day; today if not given")
        parser.add_argument("--output", type=Path, default=Path(), help="folder for the file")

    def handle(self, *args: Any, **options: Any) -> None:
        organisation, now = chosen(options["organisation"]), timezone.now()
        after = (options["last"] or timezone.localdate(now)) + timedelta(days=1)
        with scope(organisation=organisation), override(organisation.language):
            try:
                file = ledger_export.make(organisation, options["format"], options["start"], after, None, now)
            except ValidationError as refused:
                raise CommandError("\n".join(refused.messages)) from refused
            options["output"].mkdir(parents=True, exist_ok=True)
            path = options["output"] / ledger_export.file_name(file)
            with path.open("wb") as target:
                target.writelines(ledger_export.content(file))
        self.stdout.write(f"{path}  {file.count} postings, {file.total} EUR")
