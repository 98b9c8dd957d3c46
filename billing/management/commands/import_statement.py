"""`manage.py import_statement FILE... [--organisation NAME]`: bank statements (camt, MT940, ZIP). The same again adds nothing."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from django_scopes import scope

from billing.management.organisation import add_organisation, chosen
from billing.services import reconciliation, statement_import
from billing.services.statement_store import Report
from members.models import Organisation


class Command(BaseCommand):
    help = "Takes bank statements over and books what is certain. Each file is taken whole or not at all."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", type=Path, nargs="+", metavar="FILE")
        add_organisation(parser)
        parser.add_argument("--no-matching", action="store_true", help="only take over, book nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        organisation = chosen(options["organisation"])
        refused = []
        with scope(organisation=organisation), override(organisation.language):
            for path in options["files"]:
                try:
                    self.stdout.write(f"{path.name}: {words(take(organisation, path))}")
                except (ValidationError, OSError) as broken:
                    refused.append(f"{path.name}: {' '.join(getattr(broken, 'messages', [str(broken)]))}")
            if not options["no_matching"]:
                booked = reconciliation.match_open(organisation, timezone.now())
                self.stdout.write(_("%(count)s lines were certain and are booked.") % {"count": booked})
        if refused:
            raise CommandError("\n".join(refused))


def take(organisation: Organisation, path: Path) -> Report:
    """One file."""
    with path.open("rb") as source:
        _file, report = statement_import.import_file(organisation, path.name, source, None, timezone.now())
    return report


def words(report: Report) -> str:
    """What a file brought."""
    counts = {"new": report.new, "known": report.known, "statements": report.statements}
    text = _("%(statements)s statements, %(new)s new lines, %(known)s known already") % counts
    return "; ".join([text, *report.warnings])
