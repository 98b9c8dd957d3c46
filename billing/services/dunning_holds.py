"""Why a claim is not reminded though it is due. Each reason is one function; another one is one more in `REASONS`.

A reason is given claims and a day and answers which of them it holds, with words for the treasurer.
"""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from billing.models import DunningStop, HandedClaim, InstalmentClaim, InstalmentPlan, Invoice
from billing.services.instalments import in_force, kept
from billing.services.open_items import live

Claims = QuerySet[Invoice, Any]
Holds = dict[int, str]


def held(claims: Claims, on: date) -> Holds:
    """By claim: the first reason that holds it. `claims` is a query of primary keys."""
    found: Holds = {}
    for reason in REASONS:
        found = reason(claims, on) | found
    return found


def handed_over(claims: Claims, on: date) -> Holds:
    """A lawyer or the court has it: whoever else writes, gets in their way."""
    rows = HandedClaim.objects.filter(invoice__in=claims, taken_back_on=None)
    return {
        invoice: _("handed over to %(to)s on %(day)s") % {"to": to, "day": shown(day)}
        for invoice, to, day in rows.values_list("invoice_id", "to", "on")
    }


def under_way(claims: Claims, on: date) -> Holds:
    """A direct debit of it is with the bank, or waits in a file."""
    return {
        invoice: _("is collected by direct debit on %(day)s") % {"day": shown(day)}
        for invoice, day in live(claims, on).values_list("invoice_id", "batch__collection_date")
    }


def agreed(claims: Claims, on: date) -> Holds:
    """It is paid in instalments, and none of them is missing."""
    theirs = InstalmentClaim.objects.filter(invoice__in=claims).values("plan")
    plans = kept(InstalmentPlan.objects.filter(in_force(on), pk__in=theirs), on)
    return {
        invoice: _("paid in instalments (%(reference)s)") % {"reference": plan.reference}
        for invoice, plan in plans.items()
    }


def stopped_claims(claims: Claims, on: date) -> Holds:
    """Somebody marked the claim."""
    rows = standing(on).filter(invoice__in=claims).order_by("until")
    return {
        invoice: said(reason, until) for invoice, reason, until in rows.values_list("invoice_id", "reason", "until")
    }


def stopped_members(claims: Claims, on: date) -> Holds:
    """Somebody marked the payer."""
    rows = standing(on).exclude(member=None).order_by("until")
    members = {
        member: said(reason, until) for member, reason, until in rows.values_list("member_id", "reason", "until")
    }
    if not members:
        return {}
    mine = Invoice.objects.filter(pk__in=claims, payer__in=members)
    return {invoice: members[payer] for invoice, payer in mine.values_list("pk", "payer_id")}


def standing(on: date) -> QuerySet[DunningStop]:
    """Stops that hold on the day, the last one included."""
    return DunningStop.objects.filter(set_on__lte=on, until__gte=on, lifted_on=None)


def said(reason: str, until: date) -> str:
    """As the preview names a stop."""
    return _("stopped until %(day)s: %(reason)s") % {"day": shown(until), "reason": reason}


def shown(day: date) -> str:
    """A day as people here write it."""
    return date_format(day, "SHORT_DATE_FORMAT")


REASONS: tuple[Callable[[Claims, date], Holds], ...] = (handed_over, agreed, under_way, stopped_members, stopped_claims)
