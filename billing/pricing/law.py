"""What the law forbids in the terms of a tariff. Pure and without words: each breach names its place, its rule and its figures.

`legal_basis` decides: consumer (BGB 309 no. 9), membership (BGB 39), b2b (neither); without one nothing is checked.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from billing.pricing.faults import Fault, Node, PricingFaults
from billing.pricing.periods import Span
from billing.pricing.tariffs import Tariff, parse_tariffs

BASES = ("membership", "consumer", "b2b")
# Contracts made before this day keep the rules of their time (EGBGB Art. 229 section 60).
FAIR_CONTRACTS = date(2022, 3, 1)
TWO_YEARS, ONE_YEAR, THREE_MONTHS, ONE_MONTH = (24, 730), (12, 366), (3, 92), (1, 31)
NO_LENGTH = Span()
Limit = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Breach:
    """One breach: where in the terms, which rule, and the length that stands there."""

    path: str
    rule: str
    span: Span = NO_LENGTH


def breaches(terms: Mapping[str, Any], made_on: date | None = None) -> list[Breach]:
    """Everything in these terms that the law forbids for a contract made on that day (None: today's rules).

    Terms that cannot be priced are told by the pricing core; the law has nothing to say about them.
    """
    basis = terms.get("legal_basis")
    if basis is None:
        return []
    if basis not in BASES:
        return [Breach("legal_basis", "basis")]
    binding = {key: value for key, value in terms.items() if key not in ("code", "trial")}
    try:
        tariff = parse_tariffs({"T": binding})["T"].versions[0]
    except PricingFaults:
        return []
    if basis == "consumer":
        return list(_consumer(tariff, made_on is not None and made_on < FAIR_CONTRACTS))
    return list(_membership(tariff)) if basis == "membership" else []


def resolution_faults(terms: Mapping[str, Any]) -> list[Fault]:
    """What is wrong with how a resolution is written down; one that is missing is no fault here."""
    if terms.get("resolution") is None:
        return []
    node = Node(terms["resolution"], "resolution")
    keys = node.fields(frozenset({"body", "on", "reference"}), ("body", "on"), frozenset({"reference"}))
    for key in keys.keys() & {"body", "reference"}:
        keys[key].text()
    if "on" in keys:
        keys["on"].day()
    return node.faults


def _consumer(tariff: Tariff, old: bool) -> Iterator[Breach]:
    """BGB 309 no. 9: a) two years at first, b) afterwards free within a month, c) a month's notice. Before 2022: a year, three months."""
    bound = _bound(tariff)
    if bound and _longer(bound[1], TWO_YEARS):
        yield Breach(bound[0], "consumer_term", bound[1])
    if tariff.renewal and _longer(tariff.renewal, ONE_YEAR if old else ONE_MONTH):
        yield Breach("renewal", "consumer_renewal_old" if old else "consumer_renewal", tariff.renewal)
    rhythm = longest_rhythm(tariff)
    if not old and tariff.minimum_term and not tariff.renewal and _longer(rhythm, ONE_MONTH):
        yield Breach("renewal", "consumer_rhythm", rhythm)
    if _longer(tariff.notice, THREE_MONTHS if old else ONE_MONTH):
        yield Breach("notice", "consumer_notice_old" if old else "consumer_notice", tariff.notice)


def _membership(tariff: Tariff) -> Iterator[Breach]:
    """BGB 39 (2): whoever leaves is out after two years at most, however notice, term and renewal play together."""
    bound = _bound(tariff)
    found = False
    lengths = [("notice", tariff.notice), ("renewal", tariff.renewal), bound or ("minimum_term", None)]
    for path, span in lengths:
        if span and _longer(span, TWO_YEARS):
            found = True
            yield Breach(path, f"membership_{path}", span)
    if found:
        return
    for span in (tariff.minimum_term, tariff.renewal):
        if span and tariff.notice.mean_days and _longer_together(span, tariff.notice):
            yield Breach("notice", "membership_together", tariff.notice)
            return


def _bound(tariff: Tariff) -> tuple[str, Span] | None:
    """What binds at first: the minimum term, else the longest period paid ahead that nobody may leave within.

    What ends by itself with its last instalment is a sale, and no continuing obligation.
    """
    if tariff.minimum_term:
        return "minimum_term", tariff.minimum_term
    if tariff.ends_any_day or tariff.ends_after_phases:
        return None
    return "interval", longest_rhythm(tariff)


def longest_rhythm(tariff: Tariff) -> Span:
    """The longest period that a contract of this tariff can be billed in."""
    return max([tariff.interval, *(Span(months=months) for months in tariff.intervals)], key=lambda one: one.mean_days)


def _longer(span: Span, limit: Limit) -> bool:
    return span.months > limit[0] or span.days > limit[1]


def _longer_together(one: Span, other: Span) -> bool:
    if not one.days and not other.days:
        return one.months + other.months > TWO_YEARS[0]
    return one.mean_days + other.mean_days > TWO_YEARS[1] + 1
