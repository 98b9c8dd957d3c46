"""What the database can do at best with the same events: written with nothing around them."""

from django.db import connections, transaction

from billing.benchmarks.floor import insert, raw
from billing.benchmarks.measure import busy_seconds
from billing.models import UsageEvent

CHUNK, TRIES = 10_000, 3


def floor_seconds(alias: str) -> float:
    """The best of some tries to write every stored event into a copy from before; each is taken back."""
    return min(one_try(alias) for _number in range(TRIES))


def one_try(alias: str) -> float:
    """Plain COPY or executemany, in one transaction; only the writing is timed."""
    seconds, last = 0.0, 0
    with transaction.atomic(using=alias):
        while rows := raw(UsageEvent, "WHERE id > %s ORDER BY id LIMIT %s", last, CHUNK):
            started = busy_seconds(alias)
            with connections[alias].cursor() as cursor:
                insert(connections[alias].vendor, cursor, UsageEvent, rows)
            seconds += busy_seconds(alias) - started
            last = rows[-1][0]
        transaction.set_rollback(True, using=alias)
    return seconds
