"""`manage.py import_members LIST --organisation NAME --bill-from DAY`: takes a member list over and tells of each refused row."""

from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from django_scopes import scope

from billing.services import member_import
from billing.services.member_plan import ImportPlan, check_bill_from
from billing.services.member_words import Refusal
from members.models import Organisation


class Command(BaseCommand):
    help = (
        "Takes over a member list (CSV). Faulty rows are told by line, column, value and reason; the others are taken."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--organisation", required=True, help="short name of the organisation")
        parser.add_argument(
            "--bill-from", type=date.fromisoformat, required=True, help="earlier days were billed by an older program"
        )
        parser.add_argument("--dry-run", action="store_true", help="only say what would happen")

    def handle(self, *args: Any, **options: Any) -> None:
        organisation = Organisation.objects.filter(slug=options["organisation"]).first()
        if organisation is None:
            raise CommandError(f"There is no organisation {options['organisation']!r}.")
        try:
            data = options["file"].read_bytes()
        except OSError as broken:
            raise CommandError(str(broken)) from broken
        with scope(organisation=organisation), override(organisation.language):
            try:
                check_bill_from(options["bill_from"], timezone.localdate())
                self.take(member_import.plan(organisation, data, options["bill_from"]), dry_run=options["dry_run"])
            except ValidationError as refused:
                raise CommandError("\n".join(refused.messages)) from refused

    def take(self, plan: ImportPlan, *, dry_run: bool) -> None:
        """Prints the plan and, unless it is a dry run, does it."""
        self.stdout.write("\n".join(lines_of(plan)))
        if dry_run:
            self.stdout.write(_("Nothing was written."))
        elif not plan.new and not plan.changed:
            self.stdout.write(_("Nothing to do: everything is as it is in the file."))
        else:
            done = member_import.take(plan, now=timezone.now(), user=None)
            counts = {"contracts": done.contracts, "mandates": done.mandates}
            self.stdout.write(_("Written: %(contracts)s contracts and %(mandates)s mandates.") % counts)


def lines_of(plan: ImportPlan) -> Iterator[str]:
    """The plan, row by row, then the counts."""
    for wanted in plan.changed:
        for name, old, new in wanted.differences:
            change = {"number": wanted.row.number, "name": name, "old": old or "-", "new": new or "-"}
            yield _("changed: %(number)s %(name)s: %(old)s -> %(new)s") % change
    yield from (told(_("note"), one) for one in plan.warnings)
    yield from (told(_("refused"), one) for one in plan.refused)
    counts = {"count": plan.count, "new": len(plan.new), "changed": len(plan.changed), "unchanged": plan.unchanged}
    text = _("%(count)s rows: %(new)s new, %(changed)s changed, %(unchanged)s unchanged, %(refused)s refused")
    yield text % (counts | {"refused": plan.refused_rows})


def told(word: str, one: Refusal) -> str:
    """One row: line, column, value, reason."""
    place = _("%(word)s: line %(line)s, %(column)s") % {"word": word, "line": one.line, "column": one.column or "-"}
    return f"{place}, “{one.value}”: {one.reason}"
