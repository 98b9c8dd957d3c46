"""`manage.py monthly_run`: the month in one command. Without `--yes` it previews and issues nothing."""

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from django_scopes import scope

from billing.services import month
from members.models import Organisation


class Command(BaseCommand):
    help = "Previews the month's billing run; with --yes approves, issues, collects and exports it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--organisation", required=True, help="short name of the organisation")
        parser.add_argument("--on", type=date.fromisoformat, required=True, help="invoice date")
        parser.add_argument(
            "--until", type=date.fromisoformat, required=True, help="bills what falls due until this day"
        )
        parser.add_argument("--collect-on", type=date.fromisoformat, required=True, help="wished collection date")
        parser.add_argument("--output", type=Path, help="folder for SEPA files, DATEV files and the report")
        parser.add_argument("--yes", action="store_true", help="approve the preview and do the month")

    def handle(self, *args: Any, **options: Any) -> None:
        organisation = Organisation.objects.filter(slug=options["organisation"]).first()
        if organisation is None:
            raise CommandError(f"There is no organisation {options['organisation']!r}.")
        with scope(organisation=organisation), override(organisation.language):
            self.run(organisation, options)

    def run(self, organisation: Organisation, options: dict[str, Any]) -> None:
        """Does the month and prints its report."""
        days = (options["on"], options["until"], options["collect_on"])
        try:
            run, report = month.run_month(organisation, *days, approved=options["yes"], now=timezone.now())
        except ValidationError as refused:
            raise CommandError("\n".join(refused.messages)) from refused
        self.stdout.write(month.report_text(report))
        if options["output"]:
            for path in month.write_files(run, report, options["output"]):
                self.stdout.write(str(path))
        if not run.approved_at:
            self.stdout.write(_("This was a preview: nothing was issued. Add --yes to approve it."))
