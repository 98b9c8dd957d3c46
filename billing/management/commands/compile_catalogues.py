"""`manage.py compile_catalogues`: makes the .mo files that the programme reads from the .po files that people write.

Without the gettext tools, so that it works on every machine. The .mo files are committed: a fresh machine needs neither.
"""

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Compiles config/locale/*/LC_MESSAGES/*.po to the .mo files beside them. No gettext tools needed."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        for source in sorted(path for folder in settings.LOCALE_PATHS for path in Path(folder).rglob("*.po")):
            compile_catalogue(source)
            self.stdout.write(f"{source.with_suffix('.mo')}")


def compile_catalogue(source: Path) -> None:
    """Fuzzy entries are guesses of a tool and stay out."""
    with source.open("rb") as readable:
        catalogue = read_po(readable, locale=source.parent.parent.name, abort_invalid=True)
    with source.with_suffix(".mo").open("wb") as writable:
        write_mo(writable, catalogue, use_fuzzy=False)
