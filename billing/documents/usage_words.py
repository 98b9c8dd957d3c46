"""Usage against quota, in words and as a picture, for the member and for the office alike."""

from collections.abc import Sequence
from datetime import date
from decimal import Context, Decimal
from typing import NamedTuple

from django.utils.formats import date_format, number_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.documents.charts import Bar, bar_chart, level


class Period(NamedTuple):
    """One period: its first day, what was used, what of it was free."""

    start: date
    used: Decimal
    free: Decimal


def quantity(amount: Decimal, unit: str) -> str:
    """`63,5 GB`: up to three decimals, none that are nothing."""
    rounded = round(amount, 3).normalize()
    places = max(0, -int(rounded.as_tuple().exponent))
    return f"{number_format(rounded, places, force_grouping=True)} {unit}".strip()


def used_words(used: Decimal, free: Decimal, unit: str) -> str:
    """`63 GB of 100 GB used`"""
    if not free:
        return _("%(used)s used") % {"used": quantity(used, unit)}
    if used > free:
        return _("%(used)s used, %(free)s of it free") % {"used": quantity(used, unit), "free": quantity(free, unit)}
    return _("%(used)s of %(free)s used") % {"used": quantity(used, unit), "free": quantity(free, unit)}


def over_words(used: Decimal, free: Decimal, unit: str) -> str:
    """How much of it is beyond what is free; empty where nothing is."""
    return _("%(over)s more than is free") % {"over": quantity(used - free, unit)} if free and used > free else ""


def quota_bar(used: Decimal, free: Decimal, expected: Decimal, unit: str) -> SafeString:
    """One bar for the period that runs; the line is what is free."""
    said = ", ".join(part for part in (used_words(used, free, unit), over_words(used, free, unit)) if part)
    return level(used, free, max(expected, used), said)


def left_words(days: int, expected: Decimal, unit: str) -> str:
    """How long the period still runs, and where it is heading."""
    left = ngettext("%(days)s day left", "%(days)s days left", days) % {"days": days}
    if not days:
        return _("This is the last day of the period.")
    rough = Context(prec=3).create_decimal(expected)
    return _("%(left)s; at this pace it will be about %(expected)s.") % {
        "left": left,
        "expected": quantity(rough, unit),
    }


def usage_chart(periods: Sequence[Period], unit: str, name: str) -> SafeString:
    """A column per period: what was free below, what was more than that above."""
    bars = [
        Bar(
            date_format(one.start, "M y"), (("free", min(one.used, one.free)), ("over", max(one.used - one.free, Decimal(0)))),
            number_format(round(one.used), 0), f"{date_format(one.start, 'F Y')}: {used_words(one.used, one.free, unit)}",
        )
        for one in periods
    ]  # fmt: skip
    return bar_chart(bars, name, periods[-1].free if periods else Decimal(0))
