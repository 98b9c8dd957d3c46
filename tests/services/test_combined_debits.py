"""One debit for several claims of a payer: the bank knows one sum and one id, the books know each claim."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django_scopes import scopes_disabled

from billing.demo.bank import BankLine
from billing.models import AncillaryClaim, BillingRun, Collection, Creditor, Mandate, RunSettings, StatementEntry
from billing.services import collect_again, collection, invoicing, reconciliation, settling
from billing.services.audit import audit
from billing.services.open_items import open_items
from members.models import Organisation
from tests.services.bank import accept_all, bring, club, open_entries, proposals, returned, whole_file
from tests.services.club import noon

pytestmark = [pytest.mark.both, pytest.mark.django_db]
DAY, BACK, NOW = date(2027, 3, 1), date(2027, 3, 5), noon(date(2027, 3, 10))
SUM = Decimal("28.00")


@pytest.fixture(autouse=True)
def everything_in_sight() -> Iterator[None]:
    with scopes_disabled():
        yield


@pytest.fixture
def bank() -> Organisation:
    """January and February of one member came back from the bank and are collected again in one debit."""
    organisation = club(debits=1, transfers=0)
    bring(organisation, [whole_file(organisation)])
    bring(organisation, [returned(organisation, "D0", "AM04", "0.00")], identifier="R1")
    accept_all(organisation)
    creditor = Creditor.objects.get(organisation=organisation)
    run = invoicing.start_run(organisation, creditor, date(2027, 1, 15), date(2027, 2, 28), date(2027, 2, 1))
    invoicing.preview(run)
    invoicing.approve(run, None, noon(date(2027, 1, 15)))
    invoicing.issue(run, noon(date(2027, 1, 15)))
    [file] = collection.assemble(BillingRun.objects.get(pk=run.pk), noon(date(2027, 1, 15)))
    collection.withdraw(file, noon(date(2027, 1, 16)))
    RunSettings.objects.filter(organisation=organisation).update(combine_debits=True)
    claims = [one.invoice.pk for one in collect_again.open_again(organisation, DAY)]
    [batch] = collect_again.collect_again(creditor, claims, DAY, None, noon(date(2027, 2, 1)))
    collection.submit(batch, None, noon(date(2027, 2, 20)), waiver="told in person")
    return organisation


def shares() -> list[Collection]:
    """The collections of the combined debit, the one that the bank knows first."""
    return list(Collection.objects.filter(batch__run=None).order_by("pk"))


def credited(amount: Decimal = SUM, **given: Any) -> BankLine:
    lead = shares()[0]
    return BankLine(amount, DAY, **({"end_to_end_id": lead.end_to_end_id} | given))


def back(**given: Any) -> BankLine:
    lead = shares()[0]
    values: dict[str, Any] = {
        "end_to_end_id": lead.end_to_end_id,
        "mandate": lead.mandate_reference,
        "original": SUM,
    }
    values |= {"reason": "MD06", "code": "NRTI+109", "name": lead.debtor_name, "iban": lead.debtor_iban}
    return BankLine(-SUM - Decimal("3.00"), BACK, **values | given)


def come_back(bank: Organisation) -> None:
    bring(bank, [credited()], identifier="S1")
    bring(bank, [back()], identifier="S2")
    accept_all(bank)


def owed(bank: Organisation) -> list[Decimal]:
    return [item.open for item in open_items(bank, NOW.date())]


@pytest.mark.parametrize("named", [{}, {"end_to_end_id": "NOTPROVIDED", "mandate": "M-bankD0"}])
def test_the_banks_one_line_pays_every_claim_of_the_debit(bank: Organisation, named: dict[str, Any]) -> None:
    assert (owed(bank), shares()[1].part_of) == ([Decimal("14.00")] * 2, shares()[0])
    bring(bank, [credited(**named)], identifier="S1")
    assert (owed(bank), open_entries(bank)) == ([], [])
    assert [one.booked_on for one in shares()] == [DAY, DAY]
    assert audit(bank) == []


def test_the_part_of_one_claim_is_not_the_debit(bank: Organisation) -> None:
    bring(bank, [credited(Decimal("14.00"), name="Fremd")], identifier="S1")
    assert [one.booked_on for one in shares()] == [None, None]


def test_the_file_as_one_sum_pays_them_too(bank: Organisation) -> None:
    bring(bank, [credited(end_to_end_id="", batch=f"{shares()[0].batch.message_id}P1")], identifier="S1")
    assert (owed(bank), [one.booked_on for one in shares()]) == ([], [DAY, DAY])


def test_a_return_opens_every_claim_of_the_debit_and_costs_one_fee(bank: Organisation) -> None:
    come_back(bank)
    assert [(one.state, one.failed_on, one.return_reason) for one in shares()] == [("returned", BACK, "MD06")] * 2
    assert owed(bank) == [Decimal("14.00")] * 2
    assert [(one.amount, one.collection) for one in AncillaryClaim.objects.all()] == [(Decimal("3.00"), shares()[0])]
    assert audit(bank) == []


def test_one_refund_of_several_claims_counts_once_against_the_mandate(bank: Organisation) -> None:
    come_back(bank)
    assert Mandate.objects.get().ended_on is None


def test_the_same_return_twice_is_one(bank: Organisation) -> None:
    come_back(bank)
    bring(bank, [back(reference="AGAIN")], identifier="S3")
    assert proposals(bank) == {}
    [entry] = open_entries(bank)
    for share in shares():
        with pytest.raises(ValidationError):
            reconciliation.came_back(bank, entry.pk, share.pk, None, NOW, True)
    assert AncillaryClaim.objects.count() == 1


def test_a_person_says_which_debit_came_back_and_means_all_of_it(bank: Organisation) -> None:
    bring(bank, [credited()], identifier="S1")
    bring(bank, [back(end_to_end_id="", mandate="", reason="")], identifier="S2")
    [entry] = open_entries(bank)
    lead, rider = shares()
    with pytest.raises(ValidationError):
        reconciliation.came_back(bank, entry.pk, rider.pk, None, NOW, True)
    reconciliation.came_back(bank, entry.pk, lead.pk, None, NOW, True)
    assert [one.state for one in shares()] == ["returned", "returned"]
    assert audit(bank) == []


def test_taking_the_lines_back_takes_them_back_for_every_claim(bank: Organisation) -> None:
    come_back(bank)
    for entry in StatementEntry.objects.filter(booked_on__gte=DAY).order_by("-pk"):
        settling.undo(bank, entry.pk, NOW.date())
    assert [(one.state, one.booked_on) for one in shares()] == [("submitted", None)] * 2
    assert not AncillaryClaim.objects.filter(waived_on=None).exists()
    assert audit(bank) == []
