"""Stops of reminders: set with a reason and a last day, lifted before it, never changed."""

from datetime import date

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from billing.models import DunningStop, HandedClaim, Invoice
from members.models import Member, User


def stop_member(member: Member, reason: str, until: date, user: User | None, on: date) -> DunningStop:
    """Nothing that this member owes is reminded."""
    return stored(DunningStop(organisation_id=member.organisation_id, member=member), reason, until, user, on)


def stop_claim(invoice: Invoice, reason: str, until: date, user: User | None, on: date) -> DunningStop:
    """This one claim is not reminded."""
    return stored(DunningStop(organisation_id=invoice.organisation_id, invoice=invoice), reason, until, user, on)


def stored(stop: DunningStop, reason: str, until: date, user: User | None, on: date) -> DunningStop:
    """Checked by the rules of its table."""
    stop.reason, stop.until, stop.set_on, stop.set_by = " ".join(reason.split()), until, on, user
    stop.full_clean()
    stop.save()
    return stop


def lift(stop: DunningStop, user: User | None, on: date) -> None:
    """Reminded again from now on."""
    if not DunningStop.objects.filter(pk=stop.pk, lifted_on=None).update(lifted_on=on, lifted_by=user):
        raise ValidationError(_("This stop is lifted already."), code="lifted")


def stops_of(member: Member) -> QuerySet[DunningStop]:
    """All that were ever set for the member or a claim on them, newest first."""
    rows = DunningStop.objects.filter(Q(member=member) | Q(invoice__payer=member), organisation=member.organisation_id)
    return rows.select_related("invoice", "set_by", "lifted_by").defer("invoice__snapshot")


def take_back(handed: HandedClaim, on: date) -> None:
    """A claim comes back from the lawyer: it is reminded here again."""
    if not HandedClaim.objects.filter(pk=handed.pk, taken_back_on=None).update(taken_back_on=on):
        raise ValidationError(_("This claim was taken back already."), code="taken_back")
