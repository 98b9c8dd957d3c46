"""The report of gaps is empty, and would not be if a document or the last one were taken away."""

from collections.abc import Iterator
from datetime import date

import pytest
from django.test import Client
from django_scopes import scope

from billing.guards import install_guards, remove_guards
from billing.models import Invoice, InvoiceLine, Mail, Posting, Receipt, ReceiptFile, ReceiptLine
from billing.services import audit
from billing.services.correcting import correct
from billing.services.corrections import Wish
from billing.services.number_report import RECEIPT, number_report
from members.models import Member, Organisation
from tests.house.receipt_routes import receipts_of
from tests.office.world import office_client
from tests.services.club import join, noon, small_club
from tests.services.test_corrections import bill

pytestmark = [pytest.mark.both, pytest.mark.django_db]
ON = date(2027, 1, 10)


@pytest.fixture
def club() -> Iterator[Organisation]:
    """Five invoices, one of them cancelled."""
    organisation = small_club()
    with scope(organisation=organisation):
        for number in range(1, 6):
            join(organisation, str(number))
        bill(organisation, date(2026, 12, 15), date(2027, 1, 31))
        correct(Invoice.objects.get(number="R2026-00002"), Wish("doppelt", ON), noon(ON))
        yield organisation


def without(*numbers: str) -> None:
    """As if somebody with the database's own tools had deleted documents."""
    remove_guards()
    gone = Invoice.objects.filter(number__in=numbers)
    for model, name in ((InvoiceLine, "invoice"), (Posting, "document"), (Mail, "invoice")):
        model._base_manager.filter(**{f"{name}__in": gone}).delete()
    gone.delete()
    install_guards()


def test_it_is_empty(club: Organisation) -> None:
    found = [(one.kind, one.year, one.first, one.last, one.count, one.missing) for one in number_report(club)]
    assert found == [
        ("cancellation", 2027, "S2027-00001", "S2027-00001", 1, []),
        ("invoice", 2026, "R2026-00001", "R2026-00005", 5, []),
    ]
    assert audit.audit(club) == []


def test_donation_receipts_have_numbers_too(club: Organisation) -> None:
    donor = Member.objects.get(number="1")
    receipts_of(donor)
    assert [(one.last, one.count, one.missing) for one in number_report(club) if one.kind == RECEIPT] == [
        ("Z2026-00002", 2, [])
    ]
    remove_guards()
    ReceiptLine.objects.filter(receipt__sequence=1).delete()
    Mail.objects.filter(receipt__sequence=1).delete()
    ReceiptFile.objects.filter(receipt__sequence=1).delete()
    Receipt.objects.filter(sequence=1).delete()
    install_guards()
    assert [one.missing for one in number_report(club) if one.kind == RECEIPT] == [["Z2026-00001"]]


@pytest.mark.parametrize(
    "gone", [["R2026-00001"], ["R2026-00003", "R2026-00004"], ["R2026-00005"], ["R2026-00001", "R2026-00005"]]
)
def test_what_was_taken_away_is_named_also_at_both_ends(club: Organisation, gone: list[str]) -> None:
    without(*gone)
    assert number_report(club)[1].missing == gone
    assert "numbers" in {fault.check for fault in audit.audit(club)}


def test_the_page_says_so(club: Organisation) -> None:
    client: Client = office_client(club, "accountant")
    assert "Es fehlt keine Nummer" in client.get("/office/numbers/").content.decode()
    without("R2026-00003")
    assert "R2026-00003" in client.get("/office/numbers/").content.decode()
