"""The month at a given size, step by step, and how it stands against the goals."""

import os
import platform
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.utils import timezone
from django_scopes import scope

from billing.benchmarks import databases, floor, measure, seed
from billing.models import BillingRun, Collection, Creditor, Invoice
from billing.services import audit, collection, exports, invoicing
from members.models import Organisation

ON, UNTIL, COLLECT_ON = date(2026, 12, 15), date(2027, 1, 31), date(2027, 1, 4)
NOON = datetime(2026, 12, 15, 11, tzinfo=timezone.get_default_timezone())


@dataclass(frozen=True, slots=True)
class Measured:
    """A month of one size. `floor` seconds for the run's bare writes, `loop` seconds per document of the plain loop.

    `debits` were put into files, which took `files` seconds: read from their rows, written, checked, stored.
    """

    contracts: int
    documents: int
    steps: dict[str, measure.Step]
    floor: float
    loop: float
    debits: int
    files: float


def month(contracts: int) -> Measured:
    """Seeds, bills and proves a month in a database that is thrown away afterwards."""
    with databases.throw_away("benchmark"):
        steps: dict[str, measure.Step] = {}
        organisation = seeded(contracts, steps)
        with scope(organisation=organisation):
            return issued(approved(organisation, contracts, steps), contracts, steps)


def issued(run: BillingRun, contracts: int, steps: dict[str, measure.Step]) -> Measured:
    """Everything after the approval; and, into a copy from before the issue, the bare writes and the plain loop."""
    with databases.scratch_copy() as alias:
        timed(steps, "issue", contracts, lambda: invoicing.issue(run, NOON))
        bare, loop = floor.floor_seconds(alias), floor.loop_seconds(alias, run.organisation, UNTIL)
    run = BillingRun.objects.defer("preview", "amounts").get(pk=run.pk)
    with measure.inside(collection, "store_file") as files:
        timed(steps, "collect", contracts, lambda: collection.assemble(run, NOON))
    timed(steps, "export", contracts, lambda: exports.export(run.organisation, ON, None, NOON))
    timed(steps, "audit", contracts, lambda: prove(run.organisation))
    return Measured(contracts, Invoice.objects.count(), steps, bare, loop, Collection.objects.count(), sum(files))


def seeded(contracts: int, steps: dict[str, measure.Step]) -> Organisation:
    """The organisation, and the database's statistics brought up to date as they would be by night."""
    timed(steps, "seed", contracts, lambda: seed.seed(contracts))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return Organisation.objects.get(slug="benchmark")


def approved(organisation: Organisation, contracts: int, steps: dict[str, measure.Step]) -> BillingRun:
    """Preview and approval."""
    creditor = Creditor.objects.get(organisation=organisation)
    run = invoicing.start_run(organisation, creditor, ON, UNTIL, COLLECT_ON)
    timed(steps, "preview", contracts, lambda: invoicing.preview(run))
    timed(steps, "approve", contracts, lambda: invoicing.approve(run, None, NOON))
    return run


def timed(steps: dict[str, measure.Step], name: str, contracts: int, work: Any) -> None:
    """Measures a step under its name."""
    steps[name] = measure.step(name, contracts, work)


def prove(organisation: Organisation) -> None:
    """A fast run that is wrong is worth nothing."""
    faults = audit.audit(organisation)
    if faults:
        raise AssertionError(f"the audit found {len(faults)} faults, the first: {faults[0]}")


def machine() -> str:
    """Where this was measured."""
    version = (
        connection.cursor().execute("SELECT sqlite_version()").fetchone()[0]
        if connection.vendor == "sqlite"
        else postgres_version()
    )
    cores = len(os.sched_getaffinity(0))
    return f"{connection.display_name} {version}, Python {platform.python_version()}, {cores} cores"


def postgres_version() -> str:
    connection.ensure_connection()
    return str(connection.connection.info.parameter_status("server_version"))
