"""What-if, best tariff, forecast and quota over a year of real usage at a given size."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django_scopes import scope

from billing.benchmarks import databases, measure, usage_seed
from billing.benchmarks.run import timed
from billing.benchmarks.seed import write
from billing.benchmarks.usage import analyse
from billing.models import Contract, Meter, Scenario, TariffVersion, UsageEvent
from billing.pricing.periods import add_months
from billing.services import quota, scenarios
from billing.services.portfolio import Selection
from billing.services.what_if import MOST_VARIANTS, Variant
from members.models import Organisation

MONTHS, EACH = 12, 4
TODAY = usage_seed.FIRST
NOW = datetime(2027, 1, 1, 11, tzinfo=timezone.get_default_timezone())


@dataclass(frozen=True, slots=True)
class Measured:
    """A year of one size."""

    contracts: int
    events: int
    steps: dict[str, measure.Step]


def year(contracts: int) -> Measured:
    """Asks everything about a year of usage in a database that is thrown away afterwards."""
    with databases.throw_away("benchmark"):
        steps: dict[str, measure.Step] = {}
        organisation = usage_seed.seed(contracts, add_months(TODAY, -MONTHS))
        with scope(organisation=organisation):
            write(UsageEvent, used(organisation))
            analyse()
            asked(organisation, contracts, steps)
            return Measured(contracts, UsageEvent.objects.count(), steps)


def asked(organisation: Organisation, contracts: int, steps: dict[str, measure.Step]) -> None:
    """Every question, computed as the worker does it."""
    ask = {
        "what-if": what_if(organisation, 1), "five": what_if(organisation, MOST_VARIANTS),
        "best": scenarios.ask_best_tariff(organisation, TODAY, None, NOW), "forecast": scenarios.ask_forecast(organisation, TODAY, None, NOW),
    }  # fmt: skip
    for name, scenario in ask.items():
        timed(steps, name, contracts, lambda scenario=scenario: scenarios.compute(scenario, NOW))
    timed(steps, "quota", contracts, lambda: list(quota.near_quota(organisation, date(2026, 12, 28))))


def what_if(organisation: Organisation, variants: int) -> Scenario:
    """Other prices for everybody."""
    terms = TariffVersion.objects.get(tariff__code="L").terms
    tried = [
        Variant(f"{number}", "L", dearer(terms, Decimal(number)), everybody=number % 2 == 0)
        for number in range(variants)
    ]
    return scenarios.ask_what_if(
        organisation, "what-if", Selection(), (add_months(TODAY, -MONTHS), TODAY), tried, None, NOW
    )


def dearer(terms: dict[str, Any], more: Decimal) -> dict[str, Any]:
    """The terms with another fee."""
    fee, *others = terms["components"]
    return terms | {"components": [fee | {"price": str(Decimal(fee["price"]) + more)}, *others]}


def used(organisation: Organisation) -> Iterator[usage_seed.Values]:
    """The events as rows."""
    meter = Meter.objects.get().pk
    contracts = dict(Contract.objects.values_list("member__number", "pk"))
    for month in usage_seed.months_back(MONTHS):
        for event in usage_seed.events(len(contracts), month, EACH):
            at = datetime.fromisoformat(event["at"])
            yield {
                "organisation": organisation.pk, "meter": meter, "contract": contracts[event["member"]], "key": event["key"], "at": at,
                "on": at.date(), "value": Decimal(event["value"]), "text": "", "received_at": at,
            }  # fmt: skip
