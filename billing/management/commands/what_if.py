"""`manage.py what_if --tariff M --set grundpreis.price=21.90 --set volumen.included=120`: other prices over real usage."""

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from django_scopes import scope

from billing import pricing
from billing.management.organisation import add_organisation, chosen, file_bytes
from billing.models import TariffVersion
from billing.services import advice, what_if
from billing.services.portfolio import Selection, check_selection
from billing.services.what_if import Variant
from members.models import Organisation


class Command(BaseCommand):
    help = "What would have been billed over past months of real usage, had a tariff had other terms."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_organisation(parser)
        parser.add_argument("--tariff", required=True, help="code of the tariff whose terms are tried")
        parser.add_argument("--set", dest="changes", action="append", default=[], metavar="COMPONENT.KEY=VALUE")
        parser.add_argument("--terms", type=Path, help="the tried terms as a JSON file, in the place of --set")
        parser.add_argument(
            "--everybody", action="store_true", help="all selected contracts would have had this tariff"
        )
        parser.add_argument("--only", action="append", default=[], help="only contracts with this tariff (repeatable)")
        parser.add_argument("--from", dest="start", type=date.fromisoformat, help="default: twelve whole months back")
        parser.add_argument("--to", dest="end", type=date.fromisoformat, help="first day that is not looked at")
        parser.add_argument("--csv", type=Path, help="write every contract to this file")

    def handle(self, *args: Any, **options: Any) -> None:
        organisation, (start, end) = chosen(options["organisation"]), advice.last_year(timezone.localdate())
        span = options["start"] or start, options["end"] or end
        if span[0] >= span[1]:
            raise CommandError(f"The days from {span[0]} to {span[1]} hold nothing: --from must be earlier than --to.")
        with scope(organisation=organisation), override(organisation.language):
            try:
                self.compare(organisation, span, options)
            except ValidationError as refused:
                raise CommandError("\n".join(refused.messages)) from refused

    def compare(self, organisation: Organisation, span: tuple[date, date], options: dict[str, Any]) -> None:
        """Computes and prints."""
        selection = Selection(tariffs=frozenset(options["only"]))
        check_selection(organisation, selection)
        variant = Variant(
            options["tariff"], options["tariff"], tried_terms(organisation, options), options["everybody"]
        )
        rows = what_if.compare(organisation, selection, span, [variant])
        self.stdout.write("\n".join(lines_of(what_if.summary(rows, [variant]), span)))
        if options["csv"]:
            options["csv"].write_bytes(what_if.as_csv(rows, [variant]))


def tried_terms(organisation: Organisation, options: dict[str, Any]) -> dict[str, Any]:
    """The terms of the file, or the tariff's latest ones with the changes made."""
    if options["terms"]:
        try:
            found = pricing.read_json(file_bytes(options["terms"]))
        except pricing.PricingFaults as refused:
            raise CommandError("\n".join(str(fault) for fault in refused.faults)) from refused
        if not isinstance(found, dict):
            raise CommandError(f"{options['terms']} holds no tariff.")
        return found
    versions = TariffVersion.objects.filter(organisation=organisation, tariff__code=options["tariff"])
    latest = versions.order_by("number").last()
    if latest is None:
        raise CommandError(f"There is no tariff {options['tariff']!r}.")
    return changed(latest.terms, options["changes"])


def changed(terms: dict[str, Any], changes: list[str]) -> dict[str, Any]:
    """The terms with each COMPONENT.KEY=VALUE (or KEY=VALUE of the tariff itself) put in."""
    result = deepcopy(terms)
    parts = {part.get("code"): part for part in result.get("components", [])}
    for change in changes:
        path, equals, text = change.partition("=")
        component, _dot, key = path.rpartition(".")
        if not equals or not key or (component and component not in parts):
            raise CommandError(
                f"--set {change!r}: write COMPONENT.KEY=VALUE; components: {', '.join(map(str, parts))}."
            )
        (parts[component] if component else result)[key] = value_of(text)
    return result


def value_of(text: str) -> Any:
    """Objects, lists, flags and nothing as JSON; a price stays the text that it is."""
    try:
        found = json.loads(text)
    except ValueError:
        return text
    return text if isinstance(found, int | float) and not isinstance(found, bool) else found


def lines_of(sums: dict[str, Any], span: tuple[date, date]) -> Iterator[str]:
    """The figures."""
    yield f"{span[0]} .. {span[1]}"
    yield _("contracts: %(contracts)s, charged: %(before)s EUR") % sums
    for one in sums["variants"]:
        yield _("%(label)s: %(after)s EUR, difference %(difference)s EUR") % one
        yield _("pay less: %(winners)s, pay more: %(losers)s, unchanged: %(unchanged)s") % one
        yield from (f"{bar['from']} .. {bar['to']}: {bar['count']}" for bar in one["histogram"])
        yield from (
            f"{row['number']} {row['name']}: {row['before']} -> {row['after']} ({row['change']})"
            for row in one["largest"]
        )
