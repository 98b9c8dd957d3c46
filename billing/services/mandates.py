"""Mandates: how long one may be used, new references, and who may give one for business."""

from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.utils.translation import gettext as _

from billing.formats.references import reference
from billing.models import Creditor, Mandate, MandateAmendment
from billing.pricing.periods import add_months
from members.models import Member

LIFETIME_MONTHS = 36
EVIDENCE_MONTHS = 14
SOON = timedelta(days=60)


def lapses_on(last_presented_on: date) -> date:
    """The last day on which a collection may be due: 36 months after the latest one presented, even if it was returned.

    A mandate that was never used counts from its signature (EPC016-06, 4.1).
    """
    return add_months(last_presented_on, LIFETIME_MONTHS)


def is_usable(mandate: Mandate, on: date) -> bool:
    """Neither ended, suspended nor lapsed on a collection date."""
    alive = mandate.ended_on is None and mandate.suspended_on is None
    return alive and lapses_on(mandate.last_presented_on or mandate.signed_on) >= on


def in_use(member: Member) -> Mandate | None:
    """The mandate that the member's debits rest on, if there is one; a suspended one too, though nothing is collected with it."""
    rows = Mandate.objects.filter(member=member, ended_on=None)
    return rows.select_related("creditor", "organisation", "member").first()


def next_reference(creditor: Creditor, member: Member) -> str:
    """A reference that this creditor never used: the pattern filled with a number that only goes up."""
    while True:
        Creditor.objects.filter(pk=creditor.pk).update(next_mandate=F("next_mandate") + 1)
        creditor.refresh_from_db(fields=["next_mandate"])
        found = reference(creditor.mandate_pattern, creditor.next_mandate - 1, member.number)
        if not was_used(creditor, found):
            return found


def was_used(creditor: Creditor, wanted: str) -> bool:
    """Whether a mandate of this creditor has or had this reference, in whatever case (EPC130-08)."""
    now = Mandate.objects.filter(creditor=creditor).annotate(upper=Upper("reference"))
    before = MandateAmendment.objects.filter(mandate__creditor=creditor).annotate(upper=Upper("before_reference"))
    return now.filter(upper=wanted.upper()).exists() or before.filter(upper=wanted.upper()).exists()


def refuse_used(creditor: Creditor, wanted: str) -> None:
    """A reference is never given twice, not even after its mandate ended or got another one."""
    if was_used(creditor, wanted):
        message = _("The mandate reference %(reference)s was used before; a reference is never used again.")
        raise ValidationError(message, code="reference_used", params={"reference": wanted})


def erasable_from(mandate: Mandate) -> date | None:
    """From when the papers of a mandate may be erased: 14 months after its last collection and its end (EPC173-14)."""
    if mandate.ended_on is None:
        return None
    return add_months(max(mandate.ended_on, mandate.last_presented_on or mandate.ended_on), EVIDENCE_MONTHS)


def lapsing(on: date) -> Q:
    """Mandates in use that lapse within 60 days because nothing was collected with them for 36 months, or have lapsed."""
    edge = add_months(on + SOON, -LIFETIME_MONTHS)
    return Q(ended_on=None) & (Q(last_presented_on__lt=edge) | Q(last_presented_on=None, signed_on__lt=edge))
