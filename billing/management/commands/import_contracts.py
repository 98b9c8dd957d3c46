"""`manage.py import_contracts kunden.csv [--organisation NAME]`: customers with their contracts from another program."""

from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override
from django_scopes import scope

from billing.management.organisation import add_organisation, chosen, file_bytes
from billing.services import contract_import
from billing.services.contract_import import Report


class Command(BaseCommand):
    help = "Takes over customers and contracts (CSV: customer, first_name, last_name, tariff, start). Faulty rows are told."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        add_organisation(parser)
        parser.add_argument("--dry-run", action="store_true", help="only say what would happen")

    def handle(self, *args: Any, **options: Any) -> None:
        organisation = chosen(options["organisation"])
        with scope(organisation=organisation), override(organisation.language), transaction.atomic():
            try:
                report = contract_import.import_contracts(organisation, file_bytes(options["file"]))
            except ValidationError as refused:
                raise CommandError("\n".join(refused.messages)) from refused
            self.stdout.write("\n".join(lines_of(report)))
            if options["dry_run"]:
                self.stdout.write(_("Nothing was written."))
                transaction.set_rollback(True)


def lines_of(report: Report) -> Iterator[str]:
    """Refused rows, then the counts."""
    for one in report.refused:
        place = {"line": one.line, "column": one.column, "value": one.value, "reason": one.reason}
        yield _("refused: line %(line)s, %(column)s “%(value)s”: %(reason)s") % place
    if report.unknown_columns:
        yield _("not read: columns %(names)s") % {"names": ", ".join(report.unknown_columns)}
    counts = {
        "rows": report.rows, "members": report.members, "contracts": report.contracts.total(), "unchanged": report.unchanged,
        "refused": len({one.line for one in report.refused}),
    }  # fmt: skip
    yield (
        _(
            "%(rows)s rows: %(members)s new members, %(contracts)s new contracts, %(unchanged)s unchanged, %(refused)s refused"
        )
        % counts
    )
    yield from (f"{code}: {count}" for code, count in sorted(report.contracts.items()))
