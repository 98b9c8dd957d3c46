"""Mails that could not be sent, whatever was tried: they go by letter, or are tried once more."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from billing.models import Mail
from billing.services.bounces import by_letter
from members.models import Organisation


def failed(organisation: Organisation) -> QuerySet[Mail]:
    """Those that nobody has decided on, oldest first."""
    rows = Mail.objects.filter(organisation=organisation, state=Mail.State.FAILED)
    return rows.select_related("member").order_by("created_at", "pk")


def may_be_letter(mail: Mail) -> bool:
    """Whether there is an address to write to."""
    member = mail.member
    return member is not None and bool(member.street and member.postal_code and member.city)


@transaction.atomic
def as_letters(organisation: Organisation, ids: Iterable[int], now: datetime) -> int:
    """Has letters written in their place; gives how many. What went by letter already, or has no address, is left alone."""
    chosen = [mail for mail in failed(organisation).filter(pk__in=ids) if may_be_letter(mail)]
    for mail in chosen:
        if Mail.objects.filter(pk=mail.pk, state=Mail.State.FAILED).update(state=Mail.State.BOUNCED):
            by_letter(mail, now)
    return len(chosen)


def again(organisation: Organisation, ids: Iterable[int], now: datetime) -> int:
    """Tries them from the beginning; gives how many."""
    rows = Mail.objects.filter(organisation=organisation, state=Mail.State.FAILED, pk__in=ids)
    return rows.update(state=Mail.State.WAITING, attempts=0, next_at=now, error="")
