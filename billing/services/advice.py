"""Which tariff would have cost a contract least over the last months of its real usage."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from billing import pricing
from billing.models import Tariff
from billing.pricing.advice import under
from billing.pricing.money import total
from billing.pricing.periods import add_months
from billing.services.contracts import Versions, load_tariffs
from billing.services.portfolio import Held, Selection, held
from billing.services.tables import comma, table
from billing.services.what_if import Progress, allowed
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
class Market:
    """The tariffs, and which of them can replace each other."""

    tariffs: Versions
    families: Mapping[str, str]
    offered: frozenset[str]

    def choices(self, current: str, on: date) -> list[str]:
        """The tariffs that a member with this one may take on that day, in their order."""
        family = self.families.get(current)
        return [
            code
            for code, own in self.families.items()
            if own == family and code in self.offered and code != current and self.tariffs[code].for_new(on)
        ]


def market(organisation: Organisation) -> Market:
    """Read once for all contracts."""
    rows = list(
        Tariff.objects.filter(organisation=organisation, versions__isnull=False)
        .order_by("position", "code")
        .distinct()
        .values_list("code", "family", "offered")
    )
    offered = frozenset(code for code, _family, offered in rows if offered)
    return Market(load_tariffs(organisation), {code: family for code, family, _offered in rows}, offered)


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
    """Every selected contract with the tariff that would have cost least. On a tie the contract's own."""
    known = market(organisation)
    done = 0
    for part in held(organisation, known.tariffs, selection, *span):
        for one in part:
            yield choice_of(one, known, span)
        done += len(part)
        progress(done)


def choice_of(one: Held, known: Market, span: tuple[date, date]) -> Choice:
    """One contract under its own course and under each tariff that it may have."""
    cost = pricing.cost(known.tariffs, one.contract, one.usage, *span)
    costs = {one.tariff: cost}
    for code in known.choices(one.tariff, max(span[0], one.contract.start)):
        other = allowed(under(one.contract, code), known.tariffs)
        costs[code] = pricing.cost(known.tariffs, other, one.usage, *span)
    best = min(costs, key=lambda code: (costs[code], code != one.tariff))
    return Choice(one.id, one.member, one.number, one.name, one.tariff, cost, best, costs[best], costs)


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
