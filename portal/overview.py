"""What the first page answers: what do I pay, what comes next, when, from which account, for whom, and who wrote to me."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.http import HttpRequest

from billing.models import Mandate, PriceNotice
from billing.services import inbox, planned_debits
from billing.services.credits import open_credits
from billing.services.inbox import Message
from billing.services.own_contracts import Expected, expected, quotas
from billing.services.run_days import STANDARD_NOTICE, Calendar, coming_runs
from members.tenancy import own_members
from portal.facts import Facts, facts_of
from portal.household_contracts import Household, household_of
from portal.invoices import InvoiceRow, row_of, with_attempts
from portal.quotas import drawn

# A run bills once a month: two dozen reach far enough back to find everything that is still to be paid.
LOOKED_AT = 24
RECENT = 3


@dataclass(frozen=True, slots=True)
class Overview:
    """The first page: what went wrong, what comes next (soonest first), the latest invoices and messages, the household."""

    problems: list[InvoiceRow]
    coming: list[InvoiceRow]
    undated: list[InvoiceRow]
    expected: list[Expected]
    recent: list[InvoiceRow]
    household: Household
    usage: list[dict[str, Any]]
    messages: list[Message]


def overview_of(request: HttpRequest, on: date, notices: Sequence[PriceNotice]) -> Overview:
    """The first page of the person who asks, with every price that was announced to their household."""
    household = household_of(request, on, notices)
    rows = [row_of(invoice, on) for invoice in with_attempts(own_members(request))[:LOOKED_AT]] if household.own else []
    coming = sorted((row for row in rows if row.state.due), key=lambda row: row.state.due or on)
    undated = [row for row in rows if row.state.code == "debit_later"]
    return Overview(
        problems=[row for row in rows if row.state.tone == "problem"],
        coming=coming,
        undated=undated,
        expected=[] if coming or undated else list(next_of(request, household, on)),
        recent=rows[:RECENT],
        household=household,
        usage=[drawn(row, household) for row in quotas(list(household.books.desks.values()), household.meters)],
        messages=messages_of(request, household),
    )


def messages_of(request: HttpRequest, household: Household) -> list[Message]:
    """The latest of what the office wrote to the reader; the invoices stand beside it anyway."""
    house = request.organisation  # type: ignore[attr-defined]
    return inbox.listed(inbox.messages_to(household.own, invoices=False)[:RECENT], house.name) if household.own else []


def next_of(request: HttpRequest, household: Household, on: date) -> Iterator[Expected]:
    """What each of the reader's own records will be asked for next; nothing where the organisation has no rhythm of runs."""
    facts, organisation = facts_of(request), request.organisation  # type: ignore[attr-defined]
    calendar, desks = calendar_of(facts), list(household.books.desks.values())
    if calendar is None or not desks:
        return
    owed = open_credits(organisation, household.own) if facts["credits"] else {}
    mandates = {one.member_id: one for one in Mandate.objects.usable().filter(member__in=household.own)}
    plans = planned_debits.told(household.own, on) if facts["planned"] else {}
    for payer in household.own:
        paid = [desk for desk in desks if (desk.contract.member.payer_id or desk.contract.member_id) == payer]
        found = expected(payer, paid, coming_runs(calendar, on), mandates.get(payer), owed.get(payer, ()))
        if found:
            yield as_told(found, plans.get(payer))


def as_told(one: Expected, plan: tuple[date, Decimal, str] | None) -> Expected:
    """On the day that a plan announced, if it still says what the next run will collect; else the plan is about to be rewritten."""
    if plan is None or one.mandate is None:
        return one
    day, amount, reference = plan
    agrees = (amount, reference) == (one.amount, one.mandate.reference) and day <= one.pay_on and not one.grows
    return replace(one, pay_on=day, announced=True) if agrees else one


def calendar_of(facts: Facts) -> Calendar | None:
    """When the organisation's runs are."""
    if facts["day_of_month"] is None:
        return None
    latest = (facts["run_on"], facts["run_until"], facts["run_collect_on"]) if facts["run_on"] else None
    notice = facts["prenotification_days"]
    return Calendar(
        facts["day_of_month"], facts["collect_after_days"], STANDARD_NOTICE if notice is None else notice,
        facts["months_ahead"], latest, facts["run_issued_at"] is not None,
    )  # fmt: skip
