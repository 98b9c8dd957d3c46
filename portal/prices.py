"""What a contract costs, in the member's words: `78,00 € monatlich`, with usage, VAT and what changes later beside it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.documents.figures import percent
from billing.pricing.periods import Span
from billing.services.own_contracts import Price, sums
from billing.services.quote_words import usage as usage_words
from billing.services.vat import vat_totals
from portal.words import day, euro, language

B2B, MEMBERSHIP = "b2b", "membership"


@dataclass(frozen=True, slots=True)
class PriceWords:
    """`now` stands beside the contract, the notes in small below it."""

    now: str
    notes: list[str]


def price_words(price: Price) -> PriceWords:
    """The price of today, then what explains it."""
    return PriceWords(now_words(price), list(notes(price)))


def now_words(price: Price) -> str:
    """An amount and its rhythm; nothing and usage alone are said in words."""
    if price.free_until:
        return _("free until %(day)s") % {"day": day(price.last_free_day)}
    if price.now:
        return f"{euro(price.now)} {rhythm(price.every)}"
    if price.usage:
        return _("by usage")
    return _("free of dues") if price.basis == MEMBERSHIP else _("free of charge")


def notes(price: Price) -> Iterator[str]:
    """What usage costs, what changes next, and the VAT in it."""
    for one in price.usage:
        label = _("plus %(name)s") if price.now else "%(name)s"
        yield f"{label % {'name': one['name']}}: {', '.join(usage_words(one))}"
    if later := price.steps if price.free_until else price.steps[1:]:
        words = {"day": day(date.fromisoformat(later[0]["from"])), "amount": euro(Decimal(later[0]["amount"]))}
        yield _("from %(day)s: %(amount)s %(rhythm)s") % (words | {"rhythm": rhythm(price.every)})
    if price.part[0] and (price.steps or price.usage):
        yield vat_words(price)


def vat_words(price: Price) -> str:
    """Consumers read prices with VAT (PAngV 3); companies also want to know what is left without it."""
    rate = percent(str(price.part[0].normalize() if price.part[0] else 0), language())
    if price.basis == B2B and price.now:
        net = sum((one.net for one in vat_totals([price.part])), Decimal(0))
        return _("with %(rate)s VAT; %(net)s without it") % {"rate": rate, "net": euro(net)}
    return _("with %(rate)s VAT") % {"rate": rate}


def sum_words(prices: Sequence[Price]) -> str:
    """`78,00 € monatlich und 120,00 € jährlich`; empty where nothing is paid regularly."""
    parts = [f"{euro(amount)} {rhythm(span)}" for span, amount in sums([one for one in prices if not one.free_until])]
    if not parts:
        return ""
    *firsts, last = parts
    return _("%(first)s and %(last)s") % {"first": ", ".join(firsts), "last": last} if firsts else last


def rhythm(every: Span) -> str:
    """How often the contract is billed, after all that was chosen."""
    if every.months:
        return months_in_words(every.months)
    weeks, days = divmod(every.days, 7)
    if not days:
        return ngettext("every week", "every %(count)s weeks", weeks) % {"count": weeks}
    return ngettext("every day", "every %(count)s days", every.days) % {"count": every.days}


def months_in_words(months: int) -> str:
    """1, 3, 6 and 12 have names of their own."""
    names = {1: _("monthly"), 3: _("quarterly"), 6: _("half-yearly"), 12: _("yearly")}
    return names.get(months) or ngettext("every month", "every %(count)s months", months) % {"count": months}
