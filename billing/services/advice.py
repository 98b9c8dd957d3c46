"""Which tariff would have cost a contract least over the last months of its real usage."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from billing import pricing
from billing.models import Tariff
from billing.pricing.advice import charged, gross, under
from billing.pricing.money import total
from billing.pricing.periods import Span, add_months
from billing.services.contracts import Versions, load_tariffs
from billing.services.portfolio import Held, Selection, held
from billing.services.tables import comma, table
from billing.services.what_if import Progress
from members.models import Organisation

ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Choice:
    """A contract, what it cost, and what each tariff that its member may have would have cost (EUR, VAT included)."""

    contract: int
    member: int
    number: str
    name: str
    tariff: str
    cost: Decimal
    best: str
    best_cost: Decimal
    costs: Mapping[str, Decimal]

    @property
    def saved(self) -> Decimal:
        """What the cheapest tariff would have saved."""
        return total([self.cost, -self.best_cost])


@dataclass(frozen=True, slots=True)
class Sums:
    """What a tariff would have cost: fixed prices, usage, and both (EUR, VAT included)."""

    tariff: str
    fixed: Decimal
    usage: Decimal
    whole: Decimal


@dataclass(frozen=True, slots=True)
class Market:
    """The tariffs; which can replace each other; and under which terms each is to be had by who changes into it today."""

    tariffs: Versions
    families: Mapping[str, str]
    offered: Versions

    def choices(self, current: str, interval: Span | None) -> list[str]:
        """The tariffs that a member with this one may take, in their order: offered, of the family, in the own rhythm."""
        family = self.families.get(current)
        return [
            code
            for code, own in self.families.items()
            if own == family and code in self.offered and code != current and fits(self.offered[code], interval)
        ]

    def with_choices(self, current: str) -> Versions:
        """All tariffs as they were; those to change into as they are offered today, as if from the beginning of time."""
        return {**self.tariffs, **self.offered, current: self.tariffs[current]}


def fits(tariff: pricing.Versions, interval: Span | None) -> bool:
    """Whether it can be paid in this rhythm."""
    return interval is None or tariff.versions[0].allows(interval)


def market(organisation: Organisation, on: date) -> Market:
    """Read once for all contracts, as things are on a day."""
    rows = list(
        Tariff.objects.filter(organisation=organisation, versions__isnull=False)
        .order_by("position", "code")
        .distinct()
        .values_list("code", "family", "offered")
    )
    tariffs = load_tariffs(organisation)
    today = {code: tariffs[code].for_new(on) for code, _family, offered in rows if offered}
    versions = {
        code: pricing.Versions(code, (replace(version, valid_from=date.min, existing_from=None),))
        for code, version in today.items()
        if version
    }
    return Market(tariffs, {code: family for code, family, _offered in rows}, versions)


def last_year(on: date) -> tuple[date, date]:
    """The twelve months that ended before this one began."""
    end = on.replace(day=1)
    return add_months(end, -12), end


def best_tariffs(
    organisation: Organisation,
    span: tuple[date, date],
    selection: Selection = Selection(),  # noqa: B008 (immutable)
    progress: Progress = lambda done: None,
) -> Iterator[Choice]:
    """Every selected contract that goes on, with the tariff that would have cost least. On a tie the contract's own."""
    known = market(organisation, span[1])
    done = 0
    for part in held(organisation, known.tariffs, selection, *span):
        for one in part:
            if not one.ends or one.ends > span[1]:
                yield choice_of(one, known, span)
        done += len(part)
        progress(done)


def choice_of(one: Held, known: Market, span: tuple[date, date]) -> Choice:
    """One contract under its own course and under each tariff that it may have."""
    tariffs = known.with_choices(one.tariff)
    costs = {one.tariff: pricing.cost(known.tariffs, one.contract, one.usage, *span)}
    for code in known.choices(one.tariff, one.contract.interval):
        costs[code] = pricing.cost(tariffs, under(one.contract, code), one.usage, *span)
    best = min(costs, key=lambda code: (costs[code], code != one.tariff))
    return Choice(one.id, one.member, one.number, one.name, one.tariff, costs[one.tariff], best, costs[best], costs)


def sums_of(one: Held, known: Market, span: tuple[date, date]) -> list[Sums]:
    """The sums behind the advice: the contract's own course first."""
    found = [sums(one.tariff, charged(known.tariffs, one.contract, one.usage, *span))]
    tariffs = known.with_choices(one.tariff)
    for code in known.choices(one.tariff, one.contract.interval):
        found.append(sums(code, charged(tariffs, under(one.contract, code), one.usage, *span)))
    return found


def sums(code: str, charges: list[pricing.Charge]) -> Sums:
    """What these charges come to."""
    usage = total(gross(charge) for charge in charges if charge.kind == "usage")
    whole = total(gross(charge) for charge in charges)
    return Sums(code, total([whole, -usage]), usage, whole)


def summary(choices: list[Choice]) -> dict[str, Any]:
    """How many would move from which tariff to which, and what all of them together would save."""
    moves: dict[str, int] = {}
    for one in choices:
        moves[f"{one.tariff}->{one.best}"] = moves.get(f"{one.tariff}->{one.best}", 0) + 1
    saved = total(one.saved for one in choices)
    paid = total(one.cost for one in choices)
    return {
        "contracts": len(choices),
        "paid": str(paid),
        "moves": dict(sorted(moves.items())),
        "saved_by_all": str(saved),
    }


def as_data(one: Choice) -> dict[str, Any]:
    """A row of the office's list; amounts as text."""
    return {
        "contract": one.contract, "number": one.number, "name": one.name, "tariff": one.tariff, "best": one.best,
        "cost": str(one.cost), "best_cost": str(one.best_cost), "saved": str(one.saved),
        "costs": {code: str(cost) for code, cost in one.costs.items()},
    }  # fmt: skip


def as_csv(found: list[Choice]) -> bytes:
    """Every contract as a table for a spreadsheet."""
    codes = sorted({code for one in found for code in one.costs})
    head = [_("contract"), _("member number"), _("name"), _("tariff"), _("best tariff"), _("would have saved")]
    rows = [
        [str(one.contract), one.number, one.name, one.tariff, one.best, comma(one.saved)]
        + [comma(one.costs[code]) if code in one.costs else "" for code in codes]
        for one in found
    ]
    return table([*head, *codes], rows)
