"""A month of metered usage at a given size: taken in, taken in again, read, priced; and the door that programs send it through."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection
from django.utils import timezone
from django_scopes import scope

from billing.benchmarks import databases, measure, usage_door, usage_floor, usage_seed
from billing.benchmarks.run import timed
from billing.models import Contract, Creditor, UsageEvent
from billing.services import invoicing, usage_import
from billing.services.bulk import slices
from billing.services.usage import usage_of
from members.models import Organisation

EACH = 10
ON = date(2027, 2, 1)
NOW = datetime(2027, 2, 1, 11, tzinfo=timezone.get_default_timezone())
AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Measured:
    """A month of usage of one size. `floor`: seconds for the bare writes of the same events; `doors`: events per second."""

    contracts: int
    events: int
    steps: dict[str, measure.Step]
    floor: float
    doors: dict[str, float]


def month(contracts: int) -> Measured:
    """Takes in, reads and prices a month of usage in a database that is thrown away afterwards."""
    with databases.throw_away("benchmark"):
        steps: dict[str, measure.Step] = {}
        organisation = usage_seed.seed(contracts)
        content = usage_seed.listed(contracts, usage_seed.FIRST, EACH)
        with scope(organisation=organisation), databases.scratch_copy() as alias:
            analyse()
            timed(steps, "import", contracts, lambda: usage_import.import_usage(organisation, content, NOW))
            timed(steps, "again", contracts, lambda: usage_import.import_usage(organisation, content, NOW))
            analyse()
            floor, events = usage_floor.floor_seconds(alias), UsageEvent.objects.count()
            timed(steps, "read", contracts, read_all)
            priced(organisation, contracts, steps)
        return Measured(contracts, events, steps, floor, usage_door.doors(organisation))


def analyse() -> None:
    """The database's statistics, as they would be by night."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def read_all() -> None:
    """The usage of every contract, as a run reads it."""
    for part in slices(Contract.objects.order_by("pk").values_list("pk", flat=True), AT_ONCE):
        usage_of(part)


def priced(organisation: Organisation, contracts: int, steps: dict[str, measure.Step]) -> None:
    """January's usage and February's fees: preview, approval, issue."""
    creditor = Creditor.objects.get(organisation=organisation)
    run = invoicing.start_run(organisation, creditor, ON, ON, date(2027, 2, 16))
    timed(steps, "preview", contracts, lambda: invoicing.preview(run))
    timed(steps, "approve", contracts, lambda: invoicing.approve(run, None, NOW))
    timed(steps, "issue", contracts, lambda: invoicing.issue(run, NOW))
