"""How many queries a run may take: a bounded number per 1,000 contracts, whatever the size."""

from datetime import date

import pytest
from django_scopes import scope

from billing.benchmarks import seed
from billing.benchmarks.measure import counted
from billing.models import BillingRun, Creditor
from billing.services import collection, exports, invoicing
from tests.services.club import noon

pytestmark = [pytest.mark.both, pytest.mark.django_db]
ON, UNTIL, COLLECT_ON = date(2026, 12, 15), date(2027, 1, 31), date(2027, 1, 4)
CONTRACTS = 10_000
# Of each step, for every 1,000 contracts; the run's own few dozen queries are in it.
BUDGET = {"preview": 6, "issue": 20, "collect": 4, "export": 2}


def test_a_run_of_ten_thousand_contracts_keeps_to_its_queries() -> None:
    organisation = seed.seed(CONTRACTS)
    with scope(organisation=organisation):
        run = invoicing.start_run(organisation, Creditor.objects.get(), ON, UNTIL, COLLECT_ON)
        found = queries_of(run)
    assert {step: count for step, count in found.items() if count > BUDGET[step] * CONTRACTS / 1_000} == {}


def queries_of(run: BillingRun) -> dict[str, int]:
    """The queries of each step of the month."""
    found = {}
    with counted() as counter:
        invoicing.preview(run)
        found["preview"] = counter.queries
    invoicing.approve(run, None, noon(ON))
    with counted() as counter:
        invoicing.issue(run, noon(ON))
        found["issue"] = counter.queries
    with counted() as counter:
        collection.assemble(run, noon(ON))
        found["collect"] = counter.queries
    with counted() as counter:
        exports.export(run.organisation, ON, None, noon(ON))
        found["export"] = counter.queries
    return found
