"""How much work a quote would be: what a stranger may ask for has a bound."""

from datetime import date

from billing.pricing.contracts import Contract
from billing.pricing.faults import Fault, PricingFaults
from billing.pricing.periods import DAY
from billing.pricing.stretches import Stretch
from billing.pricing.timeline import Timeline

_MOST = 500_000
_WHOLE_QUOTE = 10  # The charges themselves, their texts and the JSON cost about as much as so many runs.


def check_effort(line: Timeline, contract: Contract, until: date) -> None:
    """Refuse a quote that would take minutes. A daily charge for a century is still allowed."""
    priced = sum(_steps(stretch, line, contract, until) for stretch in line.stretches)
    steps = priced * (len(contract.entered_on()) + _WHOLE_QUOTE)
    if steps > _MOST:
        values = {"steps": steps, "most": _MOST}
        raise PricingFaults(
            [Fault("until", "is too far away: {steps} steps of calculation, and {most} are allowed", values)]
        )


def _steps(stretch: Stretch, line: Timeline, contract: Contract, until: date) -> int:
    """Parts of periods, times what is looked at in each."""
    start, last = stretch.start, min(stretch.end, line.end, until) - DAY
    if last < start:
        return 0
    cuts = [*(event.on for event in contract.quantity_changes), *(pause.on for pause in contract.pauses)]
    parts = stretch.grid.index(last) - stretch.grid.index(start) + 1 + sum(start < day <= last for day in cuts)
    reductions = len(contract.discounts) + len(stretch.tariff.loyalty)
    return parts * sum(1 + len(component.tiers) + reductions for component in stretch.tariff.components)
