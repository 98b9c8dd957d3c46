"""Debits that a plan announced long before: the yearly plan of a member, or an instalment agreement (EPC016-06, 4.3).

A debit is covered if the plan names its very day, amount and mandate; each planned debit covers one. It counts as announced
from the day on which the plan went out. What differs is announced by a message of its own, as without a plan.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal

from django.utils import timezone

from billing.models import Collection, CollectionBatch, Mail, PlannedDebit
from billing.pricing.money import total
from billing.services import bulk

Key = tuple[int, str, Decimal]  # payer, mandate reference, EUR
Told = date | None  # the day on which the plan went out; none while it waits
SLICE = 500
YEARLY = "debit_plan"
OUT, ON_ITS_WAY = ("sent", "printed"), ("waiting", "print")


def told(members: Iterable[int], on: date) -> dict[int, tuple[date, Decimal, str]]:
    """By payer: the next debit that their yearly plan told them of, with day, amount and mandate reference."""
    rows = PlannedDebit.objects.filter(member__in=members, withdrawn_on=None, day__gte=on, mail__state__in=OUT)
    fields = ("member_id", "day", "amount", "mandate_reference")
    return {
        member: (day, amount, reference)
        for member, day, amount, reference in rows.filter(mail__kind=YEARLY)
        .order_by("-day", "-pk")
        .values_list(*fields)
    }


def note(batch: CollectionBatch) -> None:
    """Notes each debit of the file that a plan has announced; only where nothing was noted."""
    days: dict[date, list[int]] = defaultdict(list)
    for pk, told in found(batch):
        if told is not None:
            days[told].append(pk)
    for day, leads in days.items():
        for part in bulk.slices(leads, SLICE):
            waiting = batch.collections.filter(notified_on=None)
            waiting.filter(pk__in=part).update(notified_on=day)
            waiting.filter(part_of__in=part).update(notified_on=day)


def covered(batch: CollectionBatch) -> list[int]:
    """The debits that a plan announces, also one whose mail is still on its way."""
    return [pk for pk, _told in found(batch)]


def found(batch: CollectionBatch) -> Iterator[tuple[int, Told]]:
    """The debits of the file that nobody was told of otherwise and that a plan covers, with the day of telling."""
    plans = planned(batch)
    if not plans:
        return
    for pk, key, mine, told in debits(batch, batch.collection_date):
        if plans.get(key):
            day = plans[key].pop(0)
            if mine and not told:
                yield pk, day


def planned(batch: CollectionBatch) -> dict[Key, list[Told]]:
    """What is planned for the day of the file, each with the day on which it was told; bounced plans tell nothing."""
    rows = PlannedDebit.objects.filter(organisation=batch.organisation_id, day=batch.collection_date, withdrawn_on=None)
    names = ("member_id", "mandate_reference", "amount", "mail__key", "mail__state", "mail__sent_at")
    listed = list(rows.order_by("pk").values_list(*names))
    letters = letters_of(batch, [row[3] for row in listed if row[4] == Mail.State.BOUNCED])
    plans: dict[Key, list[Told]] = defaultdict(list)
    for member, reference, amount, key, state, sent_at in listed:
        state, sent_at = letters.get(key, (state, sent_at))
        if state in (*OUT, *ON_ITS_WAY):
            plans[member, reference, amount].append(timezone.localdate(sent_at) if sent_at and state in OUT else None)
    return plans


def letters_of(batch: CollectionBatch, keys: list[str]) -> dict[str, tuple[str, object]]:
    """What became of the letters that were written for plans whose mail came back."""
    rows = Mail.objects.filter(organisation=batch.organisation_id, key__in=[f"{key[:73]}:letter" for key in keys])
    found = {
        key.removesuffix(":letter"): (state, sent_at)
        for key, state, sent_at in rows.values_list("key", "state", "sent_at")
    }
    return {key: found[key[:73]] for key in keys if key[:73] in found}


def debits(batch: CollectionBatch, day: date) -> Iterator[tuple[int, Key, bool, bool]]:
    """All live debits of the day, oldest first: key, whether it is in this file, whether its payer was told."""
    rows = Collection.objects.filter(
        organisation=batch.organisation_id, failed_on=None, batch__collection_date=day, batch__withdrawn_at=None
    ).order_by("pk")
    riders: dict[int, list[Decimal]] = defaultdict(list)
    for lead, amount in rows.exclude(part_of=None).values_list("part_of_id", "amount"):
        riders[lead].append(amount)
    names = ("pk", "invoice__payer_id", "mandate_reference", "amount", "batch_id", "notified_on")
    for pk, payer, reference, amount, file, told in rows.filter(part_of=None).values_list(*names):
        yield pk, (payer, reference, total([amount, *riders[pk]])), file == batch.pk, told is not None
