"""`manage.py best_tariff [--from DAY --to DAY]`: for each contract the tariff that would have cost least, and the sums."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from django_scopes import scope

from billing.management.organisation import add_organisation, chosen
from billing.services import advice
from billing.services.advice import Choice
from billing.services.portfolio import Selection, check_selection


class Command(BaseCommand):
    help = "For each contract the cheapest tariff that its member may have, over past months of real usage."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_organisation(parser)
        parser.add_argument("--from", dest="start", type=date.fromisoformat, help="default: twelve whole months back")
        parser.add_argument("--to", dest="end", type=date.fromisoformat, help="first day that is not looked at")
        parser.add_argument(
            "--tariff", action="append", default=[], help="only contracts with this tariff (repeatable)"
        )
        parser.add_argument("--summary", action="store_true", help="only the sums, no line for each contract")

    def handle(self, *args: Any, **options: Any) -> None:
        organisation, (start, end) = chosen(options["organisation"]), advice.last_year(timezone.localdate())
        span = options["start"] or start, options["end"] or end
        if span[0] >= span[1]:
            raise CommandError(f"The days from {span[0]} to {span[1]} hold nothing: --from must be earlier than --to.")
        with scope(organisation=organisation), override(organisation.language):
            selection = Selection(tariffs=frozenset(options["tariff"]))
            try:
                check_selection(organisation, selection)
            except ValidationError as refused:
                raise CommandError("\n".join(refused.messages)) from refused
            found = list(advice.best_tariffs(organisation, span, selection))
            self.stdout.write(f"{span[0]} .. {span[1]}")
            if not options["summary"]:
                self.stdout.write("\n".join(line_of(one) for one in found))
            self.totals(found)

    def totals(self, found: list[Choice]) -> None:
        """Moves and sums."""
        sums = advice.summary(found)
        for move, count in sums["moves"].items():
            self.stdout.write(f"{move}: {count}")
        self.stdout.write(
            _("contracts: %(contracts)s, charged: %(paid)s EUR, saved by all: %(saved_by_all)s EUR") % sums
        )


def line_of(one: Choice) -> str:
    """One contract with what each tariff would have cost."""
    costs = ", ".join(f"{code} {cost}" for code, cost in one.costs.items())
    return f"{one.number} {one.tariff}->{one.best}: {one.saved} EUR ({costs})"
