"""`manage.py import_opening_balances LIST --organisation NAME --on DAY`: claims of another program are taken over."""

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import override
from django_scopes import scope

from billing.management.organisation import add_organisation, chosen, file_bytes
from billing.services import openings
from members.models import Organisation


class Command(BaseCommand):
    help = "Takes over open items of another program (CSV). A list with a faulty row is refused as a whole."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        add_organisation(parser)
        parser.add_argument("--on", type=date.fromisoformat, required=True, help="day on which they are posted")
        parser.add_argument("--dry-run", action="store_true", help="only say what would happen")

    def handle(self, *args: Any, **options: Any) -> None:
        organisation, data = chosen(options["organisation"]), file_bytes(options["file"])
        with scope(organisation=organisation), override(organisation.language):
            try:
                self.take(organisation, data, options["on"], dry_run=options["dry_run"])
            except ValidationError as refused:
                raise CommandError("\n".join(refused.messages)) from refused

    def take(self, organisation: Organisation, data: bytes, on: date, *, dry_run: bool) -> None:
        """Tells each fault; writes what is new of a list without one."""
        found = openings.look(organisation, data, on)
        for fault, reason in found.faults:
            line = {"line": fault.line, "column": fault.column, "value": fault.value, "reason": reason}
            self.stdout.write(_("Line %(line)s, %(column)s: “%(value)s” %(reason)s") % line)
        counts = {"new": len(found.new), "total": found.total, "known": found.known}
        self.stdout.write(_("%(new)s new claims, %(total)s EUR; %(known)s are there already.") % counts)
        if dry_run:
            self.stdout.write(_("Nothing was written."))
        else:
            openings.take(organisation, data, on)
