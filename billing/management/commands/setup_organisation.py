"""`manage.py setup_organisation organisation.json`: makes an organisation, or brings it up to date."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.services.organisations import Setup, apply_file


class Command(BaseCommand):
    help = "Makes an organisation with creditor, books, series and tariffs from a JSON file; the same file again changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            data = json.loads(options["file"].read_text(encoding="utf-8-sig"))
        except (OSError, ValueError, RecursionError) as broken:
            raise CommandError(f"{options['file']}: {broken}") from broken
        with override(language_of(data)):
            try:
                self.tell(apply_file(data))
            except ValidationError as refused:
                raise CommandError("\n".join(refused.messages)) from refused

    def tell(self, setup: Setup) -> None:
        """New, changed (what, before, after) or as it was."""
        for path, before, after in setup.changes:
            self.stdout.write(f"{path}: {before or '-'} -> {after or '-'}")
        done = _("made") if setup.created else _("changed") if setup.changes else _("nothing to change")
        self.stdout.write(f"{setup.organisation.slug}: {done}")


def language_of(data: object) -> str:
    """The organisation's language, if the file says one that there is."""
    language = data.get("language") if isinstance(data, dict) else None
    return language if language in ("de", "en") else "de"
