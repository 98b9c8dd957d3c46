"""Fees, costs and interest beside a claim: waived by a person, once, as long as nobody has paid any of it."""

from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from billing.models import Allocation, AncillaryClaim, Discharge
from billing.services.bank_posting import post_ancillary
from billing.services.posting import open_books
from members.models import Organisation, User


def waive(organisation: Organisation, cost: int, user: User | None, on: date) -> AncillaryClaim:
    """Nobody owes it any more; posted the other way round."""
    with transaction.atomic():
        Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
        rows = AncillaryClaim.objects.filter(organisation=organisation, pk=cost, waived_on=None)
        one = rows.select_related("invoice").first()
        if one is None:
            raise ValidationError(_("This fee was waived already."), code="waived")
        refuse_paid(one)
        post_ancillary(open_books(organisation), AncillaryClaim.objects.filter(pk=cost), waived=on)
        rows.update(waived_on=on, waived_by=user)
    return one


def refuse_paid(one: AncillaryClaim) -> None:
    """What was paid is not waived but given back."""
    paid = Allocation.objects.filter(ancillary=one, undone_on=None).exists()
    if paid or Discharge.objects.filter(ancillary=one, undone_on=None).exists():
        message = _("Some of this was paid or written off already: take that back first.")
        raise ValidationError(message, code="paid")
