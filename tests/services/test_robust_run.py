"""A run that meets bad contracts, a power cut, or a second one of itself: each claim is billed and collected once."""

from datetime import date
from pathlib import Path

import pytest
from django_scopes import scope

from billing.benchmarks import seed
from billing.models import Contract, InvoiceLine, ParkedContract
from billing.services import audit, month
from tests.services.club import noon
from tests.services.machine import RUN, Machine, machine

ON, UNTIL, COLLECT_ON = date(2026, 12, 15), date(2027, 1, 31), date(2027, 1, 4)
BROKEN_RHYTHM = 7


@pytest.mark.both
@pytest.mark.django_db
def test_twenty_contracts_that_cannot_be_priced_stop_nobody_else() -> None:
    organisation = seed.seed(2_000)
    with scope(organisation=organisation):
        broken = list(Contract.objects.order_by("pk").values_list("pk", flat=True)[50::97][:20])
        Contract.objects.filter(pk__in=broken).update(interval_months=BROKEN_RHYTHM)
        month.run_month(organisation, ON, UNTIL, COLLECT_ON, approved=True, now=noon(ON))
        assert sorted(ParkedContract.objects.values_list("contract_id", flat=True)) == broken
        assert not ParkedContract.objects.filter(reason="").exists()
        billed = set(InvoiceLine.objects.values_list("contract_id", flat=True))
        assert billed == set(Contract.objects.exclude(pk__in=broken).values_list("pk", flat=True))
        assert audit.audit(organisation) == []


def every_claim_once(own: Machine) -> None:
    """Seen from outside: each contract on one line, each debit of a document in one file, and nothing else."""
    assert own.ask("SELECT COUNT(*) FROM billing_invoiceline") == own.ask("SELECT COUNT(*) FROM billing_contract")
    assert own.ask("SELECT COUNT(DISTINCT contract_id) FROM billing_invoiceline") == own.ask(
        "SELECT COUNT(*) FROM billing_contract"
    )
    debits = own.ask("SELECT COUNT(*) FROM billing_invoice WHERE method = 'debit'")
    assert debits > 0
    assert own.ask("SELECT COUNT(*) FROM billing_collection WHERE failed_on IS NULL") == debits
    assert own.ask("SELECT COUNT(DISTINCT invoice_id) FROM billing_collection WHERE failed_on IS NULL") == debits


@pytest.mark.both
@pytest.mark.django_db(transaction=True)
def test_killed_in_the_middle_and_started_again_it_ends_as_if_nothing_had_been(tmp_path: Path) -> None:
    with machine(tmp_path) as own:
        own.seed(2_500)
        own.kill_when("SELECT COUNT(*) FROM billing_invoice", "monthly_run", *RUN)
        own.kill_when("SELECT COUNT(issued_at) FROM billing_billingrun", "monthly_run", *RUN)
        own.kill_when("SELECT COUNT(*) FROM billing_collectionbatch", "monthly_run", *RUN)
        own.do("monthly_run", *RUN)
        own.do("audit")
        every_claim_once(own)


@pytest.mark.both
@pytest.mark.django_db(transaction=True)
def test_two_at_the_same_time_bill_and_collect_each_claim_once(tmp_path: Path) -> None:
    with machine(tmp_path) as own:
        own.seed(2_000)
        both = [own.start("monthly_run", *RUN) for _ in range(2)]
        said = [process.communicate(timeout=120)[0] for process in both]
        assert 0 in [process.returncode for process in both], said
        own.do("monthly_run", *RUN)
        own.do("audit")
        every_claim_once(own)
