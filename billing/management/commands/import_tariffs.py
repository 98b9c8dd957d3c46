"""`manage.py import_tariffs tarife.json [--organisation NAME]`: tariffs from a file, each with its versions."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import override
from django_scopes import scope

from billing import pricing
from billing.management.organisation import add_organisation, chosen, file_bytes
from billing.models.fault_words import told
from billing.services import tariff_files


class Command(BaseCommand):
    help = "Takes over tariffs (JSON: {CODE: tariff or [versions]}, or a list). The same file again changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        add_organisation(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        organisation = chosen(options["organisation"])
        with scope(organisation=organisation), override(organisation.language):
            try:
                report = tariff_files.import_tariffs(organisation, pricing.read_json(file_bytes(options["file"])))
            except pricing.PricingFaults as refused:
                raise CommandError("\n".join(told(refused.faults))) from refused
            except ValidationError as refused:
                raise CommandError("\n".join(refused.messages)) from refused
        for text, codes in (
            (_("new tariffs: %(codes)s"), report.tariffs),
            (_("new versions: %(codes)s"), report.versions),
            (_("unchanged: %(codes)s"), report.unchanged),
            (_("new meters: %(names)s"), report.meters),
        ):
            if codes:
                self.stdout.write(text % {"codes": ", ".join(codes), "names": ", ".join(codes)})
