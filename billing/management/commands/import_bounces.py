"""`manage.py import_bounces FILE...`: reads delivery reports and marks the addresses that take no mail any more."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from django_scopes import scope

from billing.management.organisation import add_organisation, chosen, file_bytes
from billing.services import bounces
from members.models import Organisation


class Command(BaseCommand):
    help = "Reads delivery reports (RFC 3464, .eml). Who has an address that takes no mail gets letters until it is corrected."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", type=Path, nargs="+")
        add_organisation(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        organisation = chosen(options["organisation"])
        contents = [(path, file_bytes(path)) for path in options["files"]]
        with scope(organisation=organisation), override(organisation.language):
            refused = [path for path, data in contents if not self.take(organisation, path, data)]
        if refused:
            raise CommandError(_("%(count)s files were not read.") % {"count": len(refused)})

    def take(self, organisation: Organisation, path: Path, data: bytes) -> bool:
        """Reads one file and tells of each address in it."""
        try:
            outcome = bounces.take_report(organisation, data, timezone.now())
        except ValidationError as refused:
            self.stderr.write(f"{path}: {' '.join(refused.messages)}")
            return False
        groups = {
            _("takes no mail"): outcome.marked, _("known already"): outcome.known, _("only for the moment"): outcome.passing,
            _("of nobody here"): outcome.strange,
        }  # fmt: skip
        for word, addresses in groups.items():
            for address in addresses:
                self.stdout.write(f"{path}: {address}: {word}")
        return True
