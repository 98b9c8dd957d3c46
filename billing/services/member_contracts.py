"""What a row of a member list means for the member's contracts: which begin, which end, which are paid in another rhythm.

The list governs only the tariffs that its words stand for; whatever else a member has was agreed elsewhere and stays.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.services.member_books import Held


@dataclass(frozen=True, slots=True)
class Target:
    """What the row says. `months` None: the rhythm is not said. `end`: first day not covered; None: stays."""

    codes: Sequence[str]
    governed: frozenset[str]
    months: int | None
    joined_on: date | None
    end: date | None
    says_end: bool = True


@dataclass(frozen=True, slots=True)
class Opening:
    """A contract that begins, and its end if it is known already."""

    code: str
    months: int | None
    start: date
    end: date | None = None


@dataclass(frozen=True, slots=True)
class Closing:
    """A contract that ends: the first day that it no longer covers."""

    held: Held
    ends_on: date


@dataclass(slots=True)
class Steps:
    """Everything that happens to the contracts of one member."""

    openings: list[Opening] = field(default_factory=list)
    closings: list[Closing] = field(default_factory=list)
    retuned: list[tuple[Held, int]] = field(default_factory=list)
    clash: str = ""


def contract_steps(target: Target, held: Sequence[Held], bill_from: date) -> Steps:
    """The steps from the contracts that a member has to those of the row; none if they say the same."""
    steps, kept = Steps(), dict[str, date | None]()
    mine = [one for one in held if one.code in target.governed]
    for one in mine:
        if one.end is None or one.end > max(bill_from, one.start):
            keep_or_close(steps, kept, target, one, bill_from)
    for code in dict.fromkeys(target.codes):
        start = first_day(steps, kept, target, mine, code, bill_from)
        if start is not None and (target.end is None or start < target.end):
            steps.openings.append(Opening(code, target.months, start, target.end))
    taken = {(one.agreed, one.start) for one in held}
    steps.clash = next((one.code for one in steps.openings if (one.code, one.start) in taken), "")
    return steps


def keep_or_close(steps: Steps, kept: dict[str, date | None], target: Target, one: Held, bill_from: date) -> None:
    """A contract that the row still names is kept, at most until the member leaves; another one ends when billing begins.

    Another rhythm is another contract, unless nothing was billed yet: then it was only entered wrongly.
    """
    end = target.end
    if one.code in target.codes and (fits(target, one) or not (one.billed or one.ending)):
        if not fits(target, one) and target.months:
            steps.retuned.append((one, target.months))
        kept[one.code] = end if shorter(end, one.end) else one.end
        closes = end
    else:
        closes = None if one.ending or one.end else max(bill_from, one.start)
        closes = end if end and (closes is None or end < closes) else closes
    if closes and shorter(closes, one.end):
        steps.closings.append(Closing(one, max(closes, one.start)))


def fits(target: Target, one: Held) -> bool:
    """Whether a contract is paid in the rhythm that the row names."""
    return target.months is None or one.months == target.months


def shorter(end: date | None, present: date | None) -> bool:
    """Whether an end comes before the present one."""
    return end is not None and (present is None or end < present)


def first_day(
    steps: Steps, kept: dict[str, date | None], target: Target, mine: list[Held], code: str, bill_from: date
) -> date | None:
    """The first day of a contract that is missing; None if the member has it.

    Who never had one has it since they joined; on top of others it begins when billing does, and never before an
    earlier one of the same tariff has ended.
    """
    if code in kept:
        until = kept[code]
        return until if until and target.says_end and shorter(until, target.end or date.max) else None
    if not mine:
        return target.joined_on or bill_from
    ends = [one.end for one in mine if one.code == code and one.end]
    ends += [one.ends_on for one in steps.closings if one.held.code == code]
    return max(bill_from, target.joined_on or bill_from, *ends)


def contract_differences(steps: Steps) -> Iterator[tuple[str, str, str]]:
    """What the preview says of it: contract, before, after."""
    for one, months in steps.retuned:
        yield name(one.code), rhythm(one.months), rhythm(months)
    for closing in steps.closings:
        before = _("until %(day)s") % {"day": day(closing.held.end)} if closing.held.end else _("from %(day)s") % {"day": day(closing.held.start)}  # fmt: skip
        yield name(closing.held.code), before, _("no longer from %(day)s") % {"day": day(closing.ends_on)}
    for opening in steps.openings:
        after = [_("from %(day)s") % {"day": day(opening.start)}, rhythm(opening.months)]
        yield name(opening.code), "", ", ".join(part for part in after if part)


def name(code: str) -> str:
    """`contract TENNIS`."""
    return _("contract %(code)s") % {"code": code}


def rhythm(months: int | None) -> str:
    """`every 3 months`."""
    return ngettext("every month", "every %(count)s months", months) % {"count": months} if months else ""


def day(value: date) -> str:
    """A day as people here write it."""
    return date_format(value, "SHORT_DATE_FORMAT")
