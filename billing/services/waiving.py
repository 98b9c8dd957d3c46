"""Doing without a fee, a lump sum or interest: with a reason, posted back, and still to be seen."""

from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from billing.models import Allocation, AncillaryClaim, Discharge
from billing.services.bank_posting import post_ancillary
from billing.services.posting import open_books
from members.models import Organisation, User


def waive(claim: AncillaryClaim, reason: str, user: User | None, on: date) -> None:
    """From the day on it is not owed any more. What was paid of it has to be taken back first."""
    reason = " ".join(reason.split())[:200]
    if not reason:
        raise ValidationError(_("Please say why it is waived."), code="reason")
    with transaction.atomic():
        Organisation.objects.select_for_update(no_key=True).get(pk=claim.organisation_id)
        mine = AncillaryClaim.objects.filter(pk=claim.pk)
        refuse_paid(claim)
        if not mine.filter(waived_on=None).update(waived_on=max(on, claim.on), waived_by=user, waived_reason=reason):
            raise ValidationError(_("This is waived already."), code="waived")
        post_ancillary(open_books(claim.organisation), mine, waived=max(on, claim.on))


def refuse_paid(claim: AncillaryClaim) -> None:
    """What was paid is not waived but given back."""
    paid = Allocation.objects.filter(ancillary=claim.pk, undone_on=None).exists()
    if paid or Discharge.objects.filter(ancillary=claim.pk, undone_on=None).exists():
        message = _("Some of this was paid or written off already: take that back first.")
        raise ValidationError(message, code="paid")
