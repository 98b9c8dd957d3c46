"""Contracts of those who do not pay are paused where a level says so, and go on when the payer has paid and somebody agrees.

A pause is an event of the contract like any other: the next run settles it. It ends by itself; taking a contract up again
earlier ends the same pause sooner. Nobody is ever excluded by a machine.
"""

from collections.abc import Sequence
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from billing.models import Contract, ContractEvent, DunningPause, DunningRun, Invoice
from billing.services import contracts
from billing.services.dunning_plan import Planned
from billing.services.open_items import unpaid
from billing.services.quotes import standings
from members.models import Organisation, User


def pause_contracts(run: DunningRun, notices: Sequence[Planned], user: User | None) -> list[Contract]:
    """Pauses what the reminded payers pay for, from the run's day on; gives the contracts that could not be paused."""
    days = {one.payer.pk: one.level.pause_days for one in notices if one.level.pause_days}
    failed = []
    for contract in running(run.organisation, list(days), run.on) if days else []:
        until = run.on + timedelta(days=days[contract.member.payer_id or contract.member_id])
        if not pause(run, contract, until, user):
            failed.append(contract)
    return failed


def running(organisation: Organisation, payers: Sequence[int], on: date) -> list[Contract]:
    """Contracts that these payers pay for and that cover the day; the paused ones are not paused again."""
    rows = Contract.objects.filter(organisation=organisation, start__lte=on)
    mine = rows.filter(Q(member__payer__in=payers) | Q(member__payer=None, member__in=payers))
    paused = standing(organisation, on).values("event__contract")
    found = list(mine.exclude(pk__in=paused).select_related("member", "organisation", "tariff"))
    ends = standings(organisation, found, on) if found else {}
    return [one for one in found if (end := ends[one.pk].ends) is None or end > on]


def pause(run: DunningRun, contract: Contract, until: date, user: User | None) -> bool:
    """Enters the pause, unless something else was entered for this day."""
    try:
        with transaction.atomic():
            event = contracts.add_event(
                contract, ContractEvent.Kind.PAUSE, run.on, {"until": until.isoformat()}, run.on, user
            )
            DunningPause.objects.create(organisation_id=run.organisation_id, run=run, event=event)
    except ValidationError:
        return False
    return True


def standing(organisation: Organisation, on: date) -> QuerySet[DunningPause]:
    """Pauses for arrears that are not over on the day."""
    rows = DunningPause.objects.filter(organisation=organisation, resumed_on=None, event__on__lte=on)
    return rows.filter(event__data__value__until__gt=on.isoformat())


def to_resume(organisation: Organisation, on: date) -> list[DunningPause]:
    """Paused contracts whose payer has paid everything that was due."""
    rows = standing(organisation, on).select_related("event__contract__member__payer", "event__contract__tariff", "run")
    due = Invoice.objects.filter(organisation=organisation, gross__gt=0, due_on__lt=on)
    owing = set(unpaid(due).values_list("payer_id", flat=True))
    return [one for one in rows if one.event.contract.member.paying.pk not in owing]


def resume(pause_row: DunningPause, on: date, user: User | None) -> None:
    """The contract goes on from the day: its pause ends sooner, and the next run bills what it had left out."""
    with transaction.atomic():
        event = ContractEvent.objects.select_for_update(of=("self",)).get(pk=pause_row.event_id)
        if not DunningPause.objects.filter(pk=pause_row.pk, resumed_on=None).update(resumed_on=on, resumed_by=user):
            raise ValidationError(_("This contract was taken up again already."), code="resumed")
        if on <= event.on:
            event.data = {"value": {"until": (event.on + timedelta(days=1)).isoformat()}}
        else:
            event.data = {"value": {"until": on.isoformat()}}
        event.save(update_fields=["data"])
        contracts.touch(event.contract, event.on)
