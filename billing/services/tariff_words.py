"""The terms of a tariff as a treasurer says them; what is not said here stands in the data beside it."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.pricing.words import plain

Terms = dict[str, Any]


def in_words(terms: Terms) -> list[str]:
    """One sentence per agreement."""
    return [*prices(terms), *rhythm(terms), *stages(terms), *conditions(terms)]


def short(terms: Terms) -> str:
    """What a list shows: the prices in one line."""
    return "; ".join(prices(terms)) or "–"


def prices(terms: Terms) -> Iterator[str]:
    """Each component with its price."""
    components = terms.get("components") or []
    for one in components:
        name = one.get("name") or str(one.get("code", "")).capitalize()
        yield price_of(one) if len(components) == 1 else f"{name}: {price_of(one)}"


def price_of(component: Terms) -> str:
    """A flat price, a price per unit, or how many steps there are."""
    tiers = component.get("tiers")
    if tiers:
        return "; ".join(tier_words(tier) for tier in tiers)
    price = euro(component.get("price", "0"))
    kinds = {
        "once": _("%(price)s once"), "usage": _("%(price)s for each unit used"), "per_unit": _("%(price)s for each unit"),
    }  # fmt: skip
    text = kinds.get(component.get("kind", ""), "%(price)s") % {"price": price}
    included = component.get("included")
    return _("%(text)s, %(included)s of them free") % {"text": text, "included": included} if included else text


def tier_words(tier: Terms) -> str:
    """`bis 500: 0,20 € je Einheit`"""
    prices = [
        *([_("%(price)s for each unit") % {"price": euro(tier["unit"])}] if Decimal(tier.get("unit") or 0) else []),
        *([euro(tier["flat"])] if Decimal(tier.get("flat") or 0) else []),
    ]
    said = " + ".join(prices) or _("free of charge")
    return (
        _("up to %(bound)s: %(price)s") % {"bound": tier["up_to"], "price": said}
        if tier.get("up_to")
        else _("above: %(price)s") % {"price": said}
    )


def euro(amount: str) -> str:
    """`14,00 €`, or more decimals where the price has them."""
    number = Decimal(amount)
    return f"{number_format(number, max(2, -int(number.as_tuple().exponent)))} €"


def rhythm(terms: Terms) -> Iterator[str]:
    """How often, and when in the period."""
    months = (terms.get("interval") or {}).get("months")
    if months:
        yield ngettext("price for one month", "price for %(count)s months", months) % {"count": months}
    intervals = terms.get("intervals") or []
    if len(intervals) > 1:
        yield _("paid every %(months)s months as the member likes") % {
            "months": ", ".join(str(one) for one in intervals)
        }
    yield {"advance": _("billed ahead"), "arrears": _("billed afterwards")}.get(
        terms.get("timing", ""), _("billed ahead")
    )
    parts = {
        "day": _("parts of a period by the day"),
        "month": _("parts of a period by full months"),
        "none": _("always whole periods"),
    }
    if terms.get("proration") in parts:
        yield parts[terms["proration"]]


def conditions(terms: Terms) -> Iterator[str]:
    """VAT, minimum term and notice."""
    rate = terms.get("vat_rate")
    if rate is None:
        yield _("outside VAT (genuine membership dues)")
    else:
        text = _("%(rate)s %% VAT included") if terms.get("prices") == "gross" else _("%(rate)s %% VAT on top")
        yield text % {"rate": rate}
    for key, text in (
        ("minimum_term", _("minimum term %(span)s")),
        ("notice", _("notice %(span)s")),
        ("renewal", _("renews for %(span)s")),
    ):
        if terms.get(key):
            yield text % {"span": span(terms[key])}


def stages(terms: Terms) -> Iterator[str]:
    """Trial, price phases and loyalty."""
    if terms.get("trial"):
        yield _("trial of %(span)s, free of charge") % {"span": span(terms["trial"])}
    for phase in terms.get("phases") or []:
        price = euro(phase["price"]) if "price" in phase else f"{plain(Decimal(phase['factor']) * 100)} %"
        yield _("first %(span)s: %(price)s") % {"span": span(phase), "price": price}
    if terms.get("then") == "end":
        yield _("then it ends by itself")
    for step in terms.get("loyalty") or []:
        yield _("%(percent)s %% off after %(span)s") % {"percent": step["percent"], "span": span(step["after"])}


def span(length: Terms) -> str:
    """`3 months`, `14 days`."""
    months, days = length.get("months", 0), length.get("days", 0) + 7 * length.get("weeks", 0)
    if periods := length.get("periods"):
        return ngettext("%(count)s period", "%(count)s periods", periods) % {"count": periods}
    parts = [ngettext("%(count)s month", "%(count)s months", months) % {"count": months}] if months else []
    return ", ".join([*parts, *([ngettext("%(count)s day", "%(count)s days", days) % {"count": days}] if days else [])])
