"""What if: some contracts over a past span with their real usage, priced under changed or new tariffs.

Nothing is estimated: the same pure function that bills is asked with other terms.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from billing import pricing
from billing.models.fault_words import told
from billing.pricing.advice import under
from billing.pricing.money import total
from billing.services.contracts import Versions, load_tariffs
from billing.services.portfolio import Held, Selection, held
from billing.services.tables import comma, table
from members.models import Organisation

MOST_VARIANTS = 5
LARGEST = 10
ZERO = Decimal("0.00")
STEPS = tuple(Decimal(step) for step in ("1", "2", "5", "10", "20", "50", "100", "200", "500", "1000", "2000", "5000"))
BARS = 6
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Variant:
    """Terms that are tried for the tariff `code`: for those who have it, or for `everybody` who is selected."""

    label: str
    code: str
    terms: Mapping[str, Any]
    everybody: bool = False

    def as_data(self) -> dict[str, Any]:
        """As it is stored."""
        return {"label": self.label, "code": self.code, "terms": dict(self.terms), "everybody": self.everybody}


@dataclass(frozen=True, slots=True)
class Row:
    """One contract: what it cost, and what it would have cost under each variant (EUR, VAT included)."""

    contract: int
    number: str
    name: str
    tariff: str
    before: Decimal
    after: tuple[Decimal, ...]


@dataclass(slots=True)
class Trial:
    """A variant made ready: all tariffs with its terms in place."""

    variant: Variant
    tariffs: Versions
    rows: list[Decimal] = field(default_factory=list)


def variant_of(data: Mapping[str, Any]) -> Variant:
    """A stored variant."""
    return Variant(data["label"], data["code"], data["terms"], bool(data.get("everybody")))


def ready(tariffs: Versions, variants: Sequence[Variant]) -> list[Trial]:
    """Every variant with its tariffs; refuses terms that cannot be priced, with each fault and its place."""
    if not 1 <= len(variants) <= MOST_VARIANTS:
        raise ValidationError(_("Compare one to five scenarios."), code="variants")
    return [Trial(variant, tariffs_with(tariffs, variant)) for variant in variants]


def tariffs_with(tariffs: Versions, variant: Variant) -> Versions:
    """All tariffs, this one under the tried terms from the beginning of time on."""
    terms = {key: value for key, value in variant.terms.items() if key not in ("valid_from", "existing_from", "code")}
    try:
        tried = pricing.parse_tariffs({variant.code: terms})
    except pricing.PricingFaults as refused:
        faults = [f"{variant.label}: {fault}" for fault in told(refused.faults)]
        raise ValidationError(faults, code="terms") from refused
    return {**tariffs, **tried}


def compare(
    organisation: Organisation,
    selection: Selection,
    span: tuple[date, date],
    variants: Sequence[Variant],
    progress: Progress = lambda done: None,
) -> list[Row]:
    """Every selected contract with what was charged in the span and what would have been; `progress` hears how many are done."""
    tariffs = load_tariffs(organisation)
    trials = ready(tariffs, variants)
    rows: list[Row] = []
    for part in held(organisation, tariffs, selection, *span):
        rows += [row_of(one, tariffs, trials, span) for one in part]
        progress(len(rows))
    return rows


def row_of(one: Held, tariffs: Versions, trials: Sequence[Trial], span: tuple[date, date]) -> Row:
    """One contract under the terms it had and under each variant."""
    before = pricing.cost(tariffs, one.contract, one.usage, *span)
    after = tuple(tried(one, trial, before, span) for trial in trials)
    return Row(one.id, one.number, one.name, one.tariff, before, after)


def tried(one: Held, trial: Trial, before: Decimal, span: tuple[date, date]) -> Decimal:
    """What the contract would have cost; as before if the variant does not concern it."""
    contract = one.contract
    if trial.variant.everybody:
        contract = allowed(under(contract, trial.variant.code), trial.tariffs)
    elif trial.variant.code not in {contract.tariff, *(change.tariff for change in contract.changes)}:
        return before
    return pricing.cost(trial.tariffs, contract, one.usage, *span)


def allowed(contract: pricing.Contract, tariffs: Versions) -> pricing.Contract:
    """A rhythm of payment that the other tariff does not have gives way to its own."""
    versions = tariffs[contract.tariff].versions
    fits = contract.interval is None or any(one.allows(contract.interval) for one in versions)
    return contract if fits else replace(contract, interval=None)


def summary(rows: Sequence[Row], variants: Sequence[Variant]) -> dict[str, Any]:
    """What a treasurer reads: totals, differences, who gains and who loses, the largest changes. Amounts as text."""
    before = total(row.before for row in rows)
    return {
        "contracts": len(rows),
        "before": str(before),
        "variants": [variant_summary(rows, place, one, before) for place, one in enumerate(variants)],
    }


def variant_summary(rows: Sequence[Row], place: int, variant: Variant, before: Decimal) -> dict[str, Any]:
    """The figures of one variant. Winners pay less than before, losers more."""
    after = total(row.after[place] for row in rows)
    changes = [total([row.after[place], -row.before]) for row in rows]
    order = sorted(range(len(rows)), key=lambda index: (-abs(changes[index]), rows[index].number))[:LARGEST]
    return {
        "label": variant.label, "code": variant.code, "after": str(after), "difference": str(total([after, -before])),
        "winners": sum(change < 0 for change in changes), "losers": sum(change > 0 for change in changes),
        "unchanged": sum(change == 0 for change in changes), "histogram": histogram(changes),
        "largest": [
            {"contract": rows[index].contract, "number": rows[index].number, "name": rows[index].name,
             "before": str(rows[index].before), "after": str(rows[index].after[place]), "change": str(changes[index])}
            for index in order if changes[index]
        ],
    }  # fmt: skip


def histogram(changes: Sequence[Decimal]) -> list[dict[str, Any]]:
    """How many contracts change by how much: up to six bars each side of nothing, in round steps (EUR)."""
    reach = max((abs(change) for change in changes), default=ZERO)
    step = next((step for step in STEPS if step * BARS >= reach), STEPS[-1])
    counts: dict[int, int] = {}
    for change in changes:
        counts[bar_of(change, step)] = counts.get(bar_of(change, step), 0) + 1
    lowest, highest = min(counts, default=0), max(counts, default=0)
    return [
        {"from": str(edge(bar, step)[0]), "to": str(edge(bar, step)[1]), "count": counts.get(bar, 0), "side": side(bar)}
        for bar in range(lowest, highest + 1)
    ]  # fmt: skip


def bar_of(change: Decimal, step: Decimal) -> int:
    """0: no change; 1: up to one step more; -1: up to one step less; what lies beyond the last bar is counted in it."""
    if not change:
        return 0
    bars = min(int((abs(change) - Decimal("0.01")) // step) + 1, BARS)
    return bars if change > 0 else -bars


def edge(bar: int, step: Decimal) -> tuple[Decimal, Decimal]:
    """From where to where a bar counts."""
    if bar == 0:
        return ZERO, ZERO
    inner, outer = step * (abs(bar) - 1), step * abs(bar)
    return (inner, outer) if bar > 0 else (-outer, -inner)


def side(bar: int) -> str:
    """Who pays less, the same, or more."""
    return "less" if bar < 0 else "more" if bar > 0 else "same"


def as_csv(rows: Sequence[Row], variants: Sequence[Variant]) -> bytes:
    """Every contract as a table for a spreadsheet: semicolons, decimal comma, UTF-8 with a mark."""
    head = [_("contract"), _("member number"), _("name"), _("tariff"), _("charged")]
    for variant in variants:
        head += [variant.label, _("%(label)s: difference") % {"label": variant.label}]
    return table(head, [csv_row(row) for row in rows])


def csv_row(row: Row) -> list[str]:
    """One contract's cells."""
    cells = [str(row.contract), row.number, row.name, row.tariff, comma(row.before)]
    for after in row.after:
        cells += [comma(after), comma(total([after, -row.before]))]
    return cells
