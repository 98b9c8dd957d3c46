"""VAT by law: the rates of each time, and what an exemption means for the document.

A tariff names the rate of today, 19 or 7. The rate that holds is that of the day on which the supply is performed
(UStG 27 Abs. 1): a continuing service on the last day of the period that its price is agreed for (13 Abs. 1 Nr. 1 a S. 3).
"""

import re
from bisect import bisect_right
from datetime import date
from decimal import Decimal
from typing import NamedTuple


class Rates(NamedTuple):
    """Standard and reduced rate of supplies performed from `since` on, in per cent (UStG 12 Abs. 1 and 2)."""

    since: date
    standard: Decimal
    reduced: Decimal
    source: str


HISTORY = (
    Rates(date(2007, 1, 1), Decimal(19), Decimal(7), "Haushaltsbegleitgesetz 2006, Art. 4"),
    Rates(date(2020, 7, 1), Decimal(16), Decimal(5), "UStG 28 Abs. 1 and 2, Zweites Corona-Steuerhilfegesetz"),
    Rates(date(2021, 1, 1), Decimal(19), Decimal(7), "UStG 12 Abs. 1 and 2, after 28 Abs. 1 and 2 ended"),
)
STANDARD, REDUCED = HISTORY[-1].standard, HISTORY[-1].reduced
# What a tariff names as the reason why no VAT is shown.
_SMALL = re.compile(r"(?:§|section)\s*19\b", re.IGNORECASE)
_REVERSE = re.compile(r"\b13\s?b\b|steuerschuldnerschaft|reverse charge", re.IGNORECASE)


def rate_on(rate: Decimal | None, day: date) -> Decimal | None:
    """The rate of a supply performed on the day, for a rate as it is called today; any other rate stays."""
    if rate not in (STANDARD, REDUCED):
        return rate
    found = HISTORY[max(bisect_right([one.since for one in HISTORY], day) - 1, 0)]
    return found.standard if rate == STANDARD else found.reduced


def treatment(rate: Decimal | None, exemption: str) -> str:
    """`outside` (genuine dues), `taxed`, `zero`, `reverse` (UStG 13b), `small` (UStG 19) or `exempt` (by its norm)."""
    if rate:
        return "taxed"
    if exemption and _REVERSE.search(exemption):
        return "reverse"
    if exemption and _SMALL.search(exemption):
        return "small"
    if exemption:
        return "exempt"
    return "outside" if rate is None else "zero"
