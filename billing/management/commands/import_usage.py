"""`manage.py import_usage verbrauch.csv [--organisation NAME]`: metered usage or counter readings from a list."""

from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from django_scopes import scope

from billing.management.organisation import add_organisation, chosen, file_bytes
from billing.services import metering, usage_import
from billing.services.usage_import import Report


class Command(BaseCommand):
    help = "Takes over usage (CSV: key, customer, meter, at, value) or readings. What is known already is not counted again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        add_organisation(parser)
        parser.add_argument("--dry-run", action="store_true", help="only say what would happen")

    def handle(self, *args: Any, **options: Any) -> None:
        organisation = chosen(options["organisation"])
        with scope(organisation=organisation), override(organisation.language):
            work = usage_import.preview if options["dry_run"] else usage_import.import_usage
            try:
                report = work(organisation, file_bytes(options["file"]), timezone.now())
            except ValidationError as refused:
                raise CommandError("\n".join(refused.messages)) from refused
            self.stdout.write("\n".join(lines_of(report)))
            if options["dry_run"]:
                self.stdout.write(_("Nothing was written."))


def lines_of(report: Report) -> Iterator[str]:
    """Refused rows, then the counts."""
    for one in report.refused:
        place = {"line": one.line, "column": one.column or "-", "value": one.value, "reason": one.reason}
        yield _("refused: line %(line)s, %(column)s “%(value)s”: %(reason)s") % place
    if report.meters:
        yield _("new meters: %(names)s") % {"names": ", ".join(report.meters)}
    names = (metering.STORED, metering.DUPLICATE, metering.CONFLICT, metering.REFUSED)
    counts = {"rows": report.rows, "late": report.late} | {name: report.outcomes[name] for name in names}
    yield (
        _(
            "%(rows)s rows: %(stored)s stored, %(duplicate)s known already, %(conflict)s whose key holds something else, %(refused)s refused; %(late)s for days that are billed already"
        )
        % counts
    )
