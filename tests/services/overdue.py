"""A house in which some have not paid: January was billed and nobody's money came."""

import io
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from billing.demo.bank import BankLine, Paper, statement
from billing.models import Creditor, DunningLevel, DunningSettings, Invoice, Mail, Statement, StatementEntry
from billing.pricing.periods import add_months
from billing.services import dunning, invoicing, reconciliation, statement_import
from billing.services.dunning_plan import Plan, plan
from billing.services.matching_known import lines_of
from members.models import Member, Organisation
from tests.services.club import join, noon, small_club

ISSUED, DUE = date(2026, 12, 15), date(2027, 1, 4)
FIRST = date(2027, 2, 1)
SECOND, THIRD = FIRST + timedelta(days=30), FIRST + timedelta(days=60)
KINDS = {"company": Organisation.Kind.COMPANY, "association": Organisation.Kind.ASSOCIATION}


def late(slug: str = "spaet", members: int = 2, kind: str = "association", **fields: Any) -> Organisation:
    """Members who pay by transfer and have not: 14 EUR each, due on 4 January 2027."""
    organisation = small_club(slug)
    organisation.kind = KINDS[kind]
    organisation.save()
    for number in range(members):
        join(
            organisation, f"{slug}{number}", debit=False, last_name=f"Säumig{'abcdefgh'[number % 8]}{number}", **fields
        )
    bill(organisation)
    return organisation


def bill(organisation: Organisation, issued: date = ISSUED, due: date = DUE) -> None:
    """The month of the due day: January, unless told otherwise."""
    creditor = Creditor.objects.get(organisation=organisation)
    last = add_months(due.replace(day=1), 1) - timedelta(days=1)
    run = invoicing.start_run(organisation, creditor, issued, last, due)
    invoicing.preview(run)
    invoicing.approve(run, None, noon(issued))
    invoicing.issue(run, noon(issued))
    Mail.objects.filter(organisation=organisation, state="waiting").update(state="sent", sent_at=noon(issued))


def strict(organisation: Organisation, **settings: Any) -> list[DunningLevel]:
    """Three levels: free, 2.50 EUR, and one with interest; everything is claimed that may be."""
    DunningSettings.objects.create(
        organisation=organisation, **{"minimum": Decimal("1.00"), "interest": True, "lump_sum": True} | settings
    )
    steps = [("reminder", "0.00", False), ("dunning", "2.50", True), ("last_dunning", "2.50", True)]
    return [
        DunningLevel.objects.create(
            organisation=organisation, level=number, tone=tone, after_days=14, pay_within_days=14, fee=Decimal(fee),
            mail_fee=Decimal("0.00"), fee_basis="Papier und Porto" if number > 1 else "", interest=interest,
        )
        for number, (tone, fee, interest) in enumerate(steps, start=1)
    ]  # fmt: skip


def remind(organisation: Organisation, on: date = FIRST, **given: Any) -> dunning.Outcome:
    return dunning.run(organisation, on, None, noon(on), **given)


def pay(organisation: Organisation, amount: str, text: str, on: date) -> None:
    """A transfer comes in, and somebody accepts what is proposed for it."""
    number = Statement.objects.filter(organisation=organisation).count() + 1
    source = statement(
        Paper(organisation.creditors.get().iban, f"S{number}"), [BankLine(Decimal(amount), on, text=text)]
    )
    statement_import.import_file(organisation, "camt.xml", io.BytesIO(source), None, noon(on))
    reconciliation.match_open(organisation, noon(on))
    lines = lines_of(StatementEntry.objects.filter(organisation=organisation).open())
    found = reconciliation.proposals_for(organisation, lines, on)
    if found:
        seen = {pk: reconciliation.fingerprint(one) for pk, one in found.items()}
        reconciliation.accept(organisation, seen, list(seen), None, noon(on), True)


def looked(organisation: Organisation, on: date = FIRST) -> Plan:
    return plan(organisation, on)


def claim_of(organisation: Organisation, number: int = 0) -> Invoice:
    return Invoice.objects.get(organisation=organisation, payer__number=f"{organisation.slug}{number}")


def payer_of(organisation: Organisation, number: int = 0) -> Member:
    return claim_of(organisation, number).payer
