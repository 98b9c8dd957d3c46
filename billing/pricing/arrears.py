"""When a debtor is in default (BGB 286), which interest is owed then (BGB 288), and when a claim is barred (BGB 195, 199)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from billing.pricing.interest import BUSINESS, CONSUMER

# A letter takes up to three days; it is in doubt counted in favour of who gets it.
ARRIVES = timedelta(days=3)
THIRTY = timedelta(days=30)
DAY = timedelta(days=1)
LIMITATION_YEARS = 3
WARNED_FROM_MONTH = 10
Reason = Literal["calendar", "thirty_days", "reminder"]


@dataclass(frozen=True, slots=True)
class Claim:
    """What decides. `dues`: a membership's, no payment for a service. `fixed_day`: the statutes name the day on which they are due.

    `told`: the document said that default begins after thirty days. `reminded`: days on which a reminder went out.
    `failed_on`: the last direct debit of it that failed, `our_fault` if that was not the payer's.
    """

    due_on: date
    issued_on: date
    consumer: bool
    dues: bool
    fixed_day: bool = False
    told: bool = False
    reminded: Sequence[date] = ()
    by_debit: bool = False
    failed_on: date | None = None
    our_fault: bool = False


@dataclass(frozen=True, slots=True)
class Default:
    """The first day that bears interest, and why."""

    on: date
    reason: Reason


def default_of(claim: Claim) -> Default | None:
    """The earliest ground; none while nothing has put the debtor in default.

    Who has agreed to be debited is in default by the calendar only when a debit failed by their own fault (BGB 286 Abs. 4).
    """
    grounds = by_reminder(claim)
    if not claim.by_debit or (claim.failed_on and not claim.our_fault):
        earliest = claim.failed_on + DAY if claim.failed_on else date.min
        grounds += [Default(max(one.on, earliest), one.reason) for one in by_the_calendar(claim)]
    return min(grounds, key=lambda one: one.on, default=None)


def by_the_calendar(claim: Claim) -> list[Default]:
    """A day fixed by the statutes (BGB 286 Abs. 2 Nr. 1), or thirty days after due date and receipt of the bill (Abs. 3)."""
    found = []
    if claim.dues and claim.fixed_day:
        found.append(Default(claim.due_on + DAY, "calendar"))
    if not claim.dues and (claim.told or not claim.consumer):
        received = max(claim.due_on, claim.issued_on + ARRIVES)
        found.append(Default(received + THIRTY + DAY, "thirty_days"))
    return found


def by_reminder(claim: Claim) -> list[Default]:
    """From the day after a reminder of what was due arrived (BGB 286 Abs. 1, 187 Abs. 1); after a debit that failed by our fault, a later one."""
    since = claim.failed_on if claim.failed_on and claim.our_fault else claim.due_on
    days = [day for day in claim.reminded if day > since]
    return [Default(min(days) + ARRIVES + DAY, "reminder")] if days else []


def points_of(consumer: bool, dues: bool) -> Decimal:
    """Percentage points above the base rate. Dues are no payment for a service, so they bear five even if a company owes them."""
    return CONSUMER if consumer or dues else BUSINESS


def barred_after(due_on: date) -> date:
    """The last day on which a claim can still be enforced: three years after the end of the year in which it fell due."""
    return date(due_on.year + LIMITATION_YEARS, 12, 31)


def is_barred(due_on: date, on: date) -> bool:
    """Whether that day has passed."""
    return on > barred_after(due_on)


def barred_soon(due_on: date, on: date) -> bool:
    """From October of its last year on: time to go to court, since a reminder stops nothing (BGB 204)."""
    last = barred_after(due_on)
    return on.year == last.year and on.month >= WARNED_FROM_MONTH
