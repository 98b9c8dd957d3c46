"""Which organisation a command works for, and files it is given."""

from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import CommandError
from django_scopes import scopes_disabled

from members.models import Organisation


def add_organisation(parser: ArgumentParser) -> None:
    """The option; needed only where there are several."""
    parser.add_argument("--organisation", help="short name of the organisation; not needed if there is only one")


def chosen(slug: str | None) -> Organisation:
    """The organisation of that short name, or the only one."""
    with scopes_disabled():
        found = list(Organisation.objects.filter(slug=slug) if slug else Organisation.objects.order_by("slug"))
    if slug and not found:
        raise CommandError(f"There is no organisation {slug!r}.")
    if not found:
        raise CommandError("There is no organisation yet. Make one with `manage.py setup_organisation FILE`.")
    if len(found) > 1:
        raise CommandError(f"Say which with --organisation: {', '.join(one.slug for one in found)}.")
    return found[0]


def file_bytes(path: Path) -> bytes:
    """What stands in the file."""
    try:
        return path.read_bytes()
    except OSError as broken:
        raise CommandError(f"{path} cannot be read: {broken.strerror}.") from broken
