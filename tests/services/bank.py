"""A club whose direct debits went to the bank, and the statements that come back."""

import io
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from billing.demo.bank import BankLine, Paper, statement
from billing.models import BillingRun, Collection, CollectionBatch, Creditor, Invoice, StatementEntry
from billing.services import collection, invoicing, reconciliation, statement_import
from billing.services.matching_known import lines_of
from billing.services.statement_store import Report
from members.models import Member, Organisation
from tests.services.club import join, noon, small_club

ISSUED, COLLECTED = date(2026, 12, 15), date(2027, 1, 4)
LATER, NOW = date(2027, 1, 8), noon(date(2027, 1, 20))
STRANGER = "DE02120300000000202051"


def club(debits: int = 2, transfers: int = 1, slug: str = "bank") -> Organisation:
    """January is billed; the direct debits are with the bank, the others have their invoices."""
    organisation = small_club(slug)
    for number in range(debits):
        join(organisation, f"{slug}D{number}", first_name="Dora", last_name=f"Debit{'abcdefgh'[number]}")
    for number in range(transfers):
        join(
            organisation, f"{slug}T{number}", debit=False, first_name="Theo", last_name=f"Transfer{'abcdefgh'[number]}"
        )
    creditor = Creditor.objects.get(organisation=organisation)
    run = invoicing.start_run(organisation, creditor, ISSUED, date(2027, 1, 31), date(2027, 1, 1))
    invoicing.preview(run)
    invoicing.approve(run, None, noon(ISSUED))
    invoicing.issue(run, noon(ISSUED))
    for batch in collection.assemble(BillingRun.objects.get(pk=run.pk), noon(ISSUED)):
        collection.submit(batch, None, noon(ISSUED), waiver="told in person")
    return organisation


def claim(organisation: Organisation, number: str) -> Invoice:
    """The invoice of a member."""
    return Invoice.objects.get(organisation=organisation, payer__number=f"{organisation.slug}{number}", kind="invoice")


def member(organisation: Organisation, number: str) -> Member:
    return claim(organisation, number).payer


def batch(organisation: Organisation) -> CollectionBatch:
    return CollectionBatch.objects.get(organisation=organisation)


def debit(organisation: Organisation, number: str) -> Collection:
    return Collection.objects.filter(invoice=claim(organisation, number)).latest("pk")


def paper(organisation: Organisation, **given: Any) -> Paper:
    return Paper(Creditor.objects.get(organisation=organisation).iban, **given)


def bring(organisation: Organisation, lines: Sequence[BankLine], *, match: bool = True, **given: Any) -> Report:
    """The bank's file is taken over, and what is certain books itself."""
    report = take(organisation, statement(paper(organisation, **given), lines))
    if match:
        reconciliation.match_open(organisation, NOW)
    return report


def take(organisation: Organisation, data: bytes, name: str = "camt.xml") -> Report:
    _file, report = statement_import.import_file(organisation, name, io.BytesIO(data), None, NOW)
    return report


def whole_file(organisation: Organisation, on: date = COLLECTED) -> BankLine:
    """The bank credits the whole file as one sum."""
    file = batch(organisation)
    return BankLine(
        file.total, on, batch=f"{file.message_id}P1", count=file.count, code="NTRF+192", reference="SAMMLER1"
    )


def returned(
    organisation: Organisation, number: str, reason: str = "MS03", fee: str = "3.00", **given: Any
) -> BankLine:
    """A debit comes back, with the bank's fee."""
    one = debit(organisation, number)
    values: dict[str, Any] = {"end_to_end_id": one.end_to_end_id, "mandate": one.mandate_reference, "on": LATER}
    values |= {"name": one.debtor_name, "iban": one.debtor_iban, "reason": reason, "original": one.amount}
    return BankLine(-one.amount - Decimal(fee), **values | {"code": "NRTI+109"} | given)


def transfer(organisation: Organisation, amount: str, text: str = "", **given: Any) -> BankLine:
    """Somebody transfers."""
    return BankLine(Decimal(amount), given.pop("on", LATER), text=text, **given)


def open_entries(organisation: Organisation) -> list[StatementEntry]:
    return list(StatementEntry.objects.filter(organisation=organisation).open().order_by("pk"))


def proposals(organisation: Organisation) -> dict[int, Any]:
    lines = lines_of(StatementEntry.objects.filter(organisation=organisation).open())
    return reconciliation.proposals_for(organisation, lines, NOW.date())


def accept_all(organisation: Organisation, pass_fees: bool = True) -> int:
    """A person accepts everything that is proposed."""
    found = proposals(organisation)
    seen = {pk: reconciliation.fingerprint(one) for pk, one in found.items()}
    return reconciliation.accept(organisation, seen, list(seen), None, NOW, pass_fees)
