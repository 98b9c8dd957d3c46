"""`audit` finds what was done behind the programme's back, and names the document."""

from collections.abc import Callable, Iterator
from datetime import date

import pytest
from django.db import connection
from django_scopes import scope, scopes_disabled

from billing import guards
from billing.models import Invoice
from billing.services import archive, month
from billing.services.audit import audit
from members.models import Organisation
from tests.services.bank import bring, whole_file
from tests.services.bank import club as bank_club
from tests.services.club import join, noon, small_club

pytestmark = [pytest.mark.both, pytest.mark.django_db]
ON = date(2026, 12, 15)


@pytest.fixture
def club() -> Iterator[Organisation]:
    organisation = small_club()
    with scope(organisation=organisation):
        for number in ("1", "2", "3"):
            join(organisation, number)
        month.run_month(organisation, ON, date(2027, 1, 31), date(2027, 1, 1), approved=True, now=noon(ON))
        yield organisation


def tamper(sql: str) -> None:
    guards.remove_guards()
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql)
    finally:
        guards.install_guards()


TAMPERINGS = {
    "an amount": ("UPDATE billing_invoice SET gross = gross + 1, net = net + 1 WHERE sequence = 2", "documents"),
    "a name in the document": (
        "UPDATE billing_invoice SET snapshot = REPLACE(CAST(snapshot AS TEXT), 'Käthe', 'Karl'){json} WHERE sequence = 2",
        "chain",
    ),
    "a number": ("UPDATE billing_invoice SET sequence = 9 WHERE sequence = 3", "numbers"),
    "a line's amount": ("UPDATE billing_invoiceline SET amount = amount - 1 WHERE position = 1", "documents"),
    "a posting": ("UPDATE billing_posting SET amount = amount + 5", "postings"),
    "a posting taken away": ("DELETE FROM billing_posting", "postings"),
    "a debit's amount": ("UPDATE billing_collection SET amount = amount + 1", "collections"),
    "the bank file": ("UPDATE billing_collectionbatch SET content = {blob}", "files"),
    "the counter turned back": ("UPDATE billing_numberrange SET next_value = 3 WHERE kind = 'invoice'", "numbers"),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_tampering_is_found(club: Organisation, name: str) -> None:
    assert audit(club) == []
    sql, check = TAMPERINGS[name]
    postgres = connection.vendor == "postgresql"
    tamper(sql.format(json="::jsonb" if postgres else "", blob="'\\x00'::bytea" if postgres else "X'00'"))
    assert check in {fault.check for fault in audit(club)}


def test_the_last_document_taken_away_is_found(club: Organisation) -> None:
    last = Invoice.objects.order_by("sequence").last()
    assert last is not None
    tables = (
        "billing_posting|document_id",
        "billing_collection|invoice_id",
        "billing_mail|invoice_id",
        "billing_invoiceline|invoice_id",
        "billing_invoice|id",
    )
    for table, _sep, column in (one.partition("|") for one in tables):
        tamper(f"DELETE FROM {table} WHERE {column} = {last.pk}")
    assert {fault.check for fault in audit(club)} >= {"numbers", "chain"}


def test_a_changed_pdf_is_found(club: Organisation) -> None:
    invoice = Invoice.objects.order_by("sequence").first()
    assert invoice is not None
    file = archive.pdf_of(invoice)
    assert archive.pdf_of(invoice).pk == file.pk
    tamper(f"UPDATE billing_invoicefile SET sha256 = 'x' WHERE id = {file.pk}")
    [fault] = audit(club)
    assert (fault.check, fault.where) == ("files", invoice.number)


@pytest.mark.parametrize("drop", ["guard_billing_invoice_%", "guard_billing_posting_%"])
def test_a_missing_guard_is_found(club: Organisation, drop: str) -> None:
    present: Callable[[], list[str]] = guards.missing_guards
    guards.remove_guards()
    try:
        assert any(name.startswith(drop.rstrip("%")) for name in present())
        assert "guards" in {fault.check for fault in audit(club)}
    finally:
        guards.install_guards()
    assert present() == []


BANK_TAMPERINGS = {
    "a line's amount": "UPDATE billing_statemententry SET amount = amount + 1",
    "what a line settles": "UPDATE billing_allocation SET amount = amount + 1 WHERE kind = 'payment'",
    "an outcome taken away": "UPDATE billing_statemententry SET settled_at = NULL",
    "a bank posting taken away": "DELETE FROM billing_posting WHERE allocation_id IS NOT NULL",
    "the bank's file": "UPDATE billing_statementfile SET sha256 = 'x'",
    "a second payment": "UPDATE billing_allocation SET collection_id = NULL, amount = amount * 2",
}


@pytest.mark.parametrize("name", BANK_TAMPERINGS)
def test_tampering_with_the_bank_is_found(name: str) -> None:
    with scopes_disabled():
        organisation = bank_club()
        bring(organisation, [whole_file(organisation)])
        assert audit(organisation) == []
        tamper(BANK_TAMPERINGS[name])
        assert "bank" in {fault.check for fault in audit(organisation)}
