"""VAT of a document: per rate on the sum, never per line (UStG 14 Abs. 4 Nr. 8; EN 16931 BR-CO-17)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from billing.pricing.money import cents

ZERO = Decimal("0.00")
HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class VatTotal:
    """The sum of one rate (None: outside VAT altogether, not the same as 0 %). EUR, `gross = net + vat`."""

    rate: Decimal | None
    net: Decimal
    vat: Decimal
    gross: Decimal
    exemption: str = ""


def vat_totals(amounts: Iterable[tuple[Decimal | None, str, Decimal, str]]) -> list[VatTotal]:
    """Totals of `(rate, "gross" or "net", amount, exemption)`, highest rate first, what is outside VAT last."""
    sums: dict[tuple[Decimal | None, str, str], Decimal] = defaultdict(lambda: ZERO)
    for rate, prices, amount, exemption in amounts:
        sums[rate, prices, exemption] += amount
    merged: dict[tuple[Decimal | None, str], VatTotal] = {}
    for (rate, prices, exemption), amount in sums.items():
        one = split(rate, prices, amount, exemption)
        other = merged.get((rate, exemption))
        merged[rate, exemption] = add(one, other) if other else one
    return sorted(merged.values(), key=lambda total: (total.rate is None, -(total.rate or ZERO), total.exemption))


def split(rate: Decimal | None, prices: str, amount: Decimal, exemption: str = "") -> VatTotal:
    """One sum into net and VAT: out of the gross, whose total never moves, or on top of the net."""
    if not rate:
        return VatTotal(rate, amount, ZERO, amount, exemption)
    if prices == "net":
        vat = cents(amount * rate / HUNDRED)
        return VatTotal(rate, amount, vat, amount + vat, exemption)
    net = cents(amount * HUNDRED / (HUNDRED + rate))
    return VatTotal(rate, net, amount - net, amount, exemption)


def add(one: VatTotal, other: VatTotal) -> VatTotal:
    """Two sums of the same rate."""
    return VatTotal(one.rate, one.net + other.net, one.vat + other.vat, one.gross + other.gross, one.exemption)


def negative(one: VatTotal) -> VatTotal:
    """The same sums taken back."""
    return VatTotal(one.rate, -one.net, -one.vat, -one.gross, one.exemption)
