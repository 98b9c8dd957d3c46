"""What another tariff or another price would have cost: the same charges over other arguments."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from billing.pricing.charges import Charge, charges
from billing.pricing.contracts import Contract
from billing.pricing.due import open_period
from billing.pricing.money import cents, total
from billing.pricing.tariffs import Versions
from billing.pricing.usage import Usage, UsageEvent, as_usage


@dataclass(frozen=True, slots=True)
class Advice:
    """The cheapest tariff over some days, and what it would have saved."""

    tariff: str
    cost: Decimal
    saved: Decimal


def cost(
    tariffs: Mapping[str, Versions],
    contract: Contract,
    usage: "Usage | Sequence[UsageEvent]",
    start: date,
    end: date,
) -> Decimal:
    """What is charged, VAT included, for what begins within `[start, end)` and is due by `end`."""
    return total(gross(charge) for charge in charged(tariffs, contract, usage, start, end))


def charged(
    tariffs: Mapping[str, Versions],
    contract: Contract,
    usage: "Usage | Sequence[UsageEvent]",
    start: date,
    end: date,
) -> list[Charge]:
    """The charges behind a cost."""
    found = charges(tariffs, contract, usage, end, since=open_period(tariffs, contract, start))
    return [charge for charge in found if start <= charge.start < end]


def gross(charge: Charge) -> Decimal:
    """What the payer pays for it: tariffs are compared with VAT, whatever mode their prices are in."""
    if charge.prices == "gross" or not charge.vat_rate:
        return charge.amount
    return cents(charge.amount * (1 + charge.vat_rate / 100))


def best_tariff(
    tariffs: Mapping[str, Versions],
    contract: Contract,
    usage: "Usage | Sequence[UsageEvent]",
    days: tuple[date, date],
    codes: Iterable[str],
) -> Advice:
    """The tariff that would have cost least over those days, had it held from the start; on a tie the contract's own."""
    events = as_usage(usage)
    now = cost(tariffs, contract, events, *days)
    best = Advice(contract.tariff, now, Decimal("0.00"))
    for code in codes:
        other = cost(tariffs, under(contract, code), events, *days)
        if other < best.cost:
            best = Advice(code, other, total([now, -other]))
    return best


def under(contract: Contract, code: str) -> Contract:
    """The contract as if it had had this tariff from its start; its own rhythm of payment stays."""
    return replace(contract, tariff=code, changes=(), kept_prices=())
