"""What happened to the demo's files in the past: handed in, booked, a few returned."""

from datetime import date, datetime, timedelta

from django.utils import timezone

from billing.formats.target import add_open_days, next_open
from billing.models import BillingRun, Collection, CollectionBatch
from billing.services import collection


def noon(day: date) -> datetime:
    """An instant of that day, before the bank's cut-off."""
    return timezone.make_aware(datetime.combine(day, datetime.min.time())) + timedelta(hours=9)


def hand_in(run: BillingRun, batches: list[CollectionBatch], today: date) -> None:
    """The files went to the bank in time; what lies in the past was booked, and a few debits came back."""
    for batch in batches:
        day = add_open_days(batch.collection_date, -2)
        if day <= today:
            collection.submit(batch, None, noon(day))
        if batch.collection_date <= today:
            booked = Collection.objects.filter(batch=batch)
            booked.update(booked_on=batch.collection_date)
            returned = next_open(batch.collection_date + timedelta(days=3))
            unlucky = list(booked.order_by("end_to_end_id").values_list("pk", flat=True)[3:4])
            Collection.objects.filter(pk__in=unlucky).update(
                failed_on=returned, failed_as="returned", return_reason="AM04"
            )
