"""Two houses for the table of routes: an organisation with a month behind it, one user of each role, one of everything."""

import io
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import Group
from django_scopes import scope

from billing.demo.bank import BankLine, Paper, statement
from billing.models import (
    Bounce,
    CaughtMail,
    CollectionBatch,
    Contract,
    Creditor,
    Invoice,
    InvoiceLine,
    Mandate,
    MemberImport,
    Meter,
    PayoutBatch,
    PostingBatch,
    PriceChange,
    PriceNotice,
    Scenario,
    StatementEntry,
    Tariff,
    UsageEvent,
    UsageImport,
)
from billing.services import api_keys, declarations, month, quotes, statement_import
from members.models import ContactEntry, OfficeRole, Organisation, User
from tests.house.debit_things import debit_things
from tests.house.debt_routes import debts_of
from tests.house.dunning_routes import dunning_things
from tests.house.join_routes import application_of
from tests.house.ledger_routes import ledger_things
from tests.house.receipt_routes import receipts_of
from tests.house.self_routes import self_things
from tests.services.club import join, noon, small_club
from tests.services.price_world import announce, dearer

ON = date(2026, 12, 15)
OFFICE, TREASURER, ACCOUNTANT, MEMBER = "office", "treasurer", "accountant", "member"
ATTACHED = b"--b\nContent-Disposition: attachment; filename=x.html\n\n%s\n--b--\n"
LETTER = b"Content-Type: multipart/mixed; boundary=b\n\n" + ATTACHED


@dataclass
class House:
    """One organisation with a month behind it, and one user of each role."""

    organisation: Organisation
    users: dict[str, User]
    objects: dict[str, Any]
    canary: str


def house(slug: str) -> House:
    organisation = small_club(slug)
    canary = f"Kanarie{slug}"
    with scope(organisation=organisation):
        member = join(organisation, f"{slug}1", last_name=canary, company=f"{canary} GmbH")
        join(organisation, f"{slug}2", last_name=f"{canary}zwei", email="")
        run, _report = month.run_month(
            organisation, ON, date(2027, 1, 31), date(2027, 1, 1), approved=True, now=noon(ON)
        )
        taken = MemberImport.objects.create(
            organisation=organisation, name=canary, content=b"Nr;Name;Beitragsgruppe\n9;X;ERW\n", sha256="x", bill_from=ON,
            uploaded_at=noon(ON),
        )  # fmt: skip
        users = {role: role_user(organisation, role, slug) for role in (OFFICE, TREASURER, ACCOUNTANT)}
        users[MEMBER] = member.user = User.objects.create_user(f"member@{slug}.example", "secret-enough")
        member.save()
        meter = Meter.objects.create(organisation=organisation, code="gb", name=canary)
        event = UsageEvent.objects.create(
            organisation=organisation, meter=meter, contract=Contract.objects.get(member=member), key=canary, at=noon(ON), on=ON,
            value=1, received_at=noon(ON),
        )  # fmt: skip
        listed = UsageImport.objects.create(
            organisation=organisation, name=canary, content=b"member;meter;at;value\n1;gb;2026-12-01;1\n", sha256="x", uploaded_at=noon(ON),
        )  # fmt: skip
        payout = PayoutBatch.objects.create(
            organisation=organisation, creditor=Creditor.objects.get(), execute_on=ON, message_id=canary, content=canary.encode(),
        )  # fmt: skip
        scenario = Scenario.objects.create(
            organisation=organisation, name=canary, selection={"kind": "what_if"}, start=ON, end=date(2027, 1, 1),
            variants=[], created_at=noon(ON), computed_at=noon(ON), rows=canary.encode(),
            result={"contracts": 0, "before": "0.00", "variants": []},
        )  # fmt: skip
        given = receipts_of(member)
        change = announced(organisation)
        question = ContactEntry.objects.create(
            organisation=organisation, member=member, kind="question", at=noon(ON), subject=canary, text=canary, open_since=noon(ON),
        )  # fmt: skip
        bounce = Bounce.objects.create(organisation=organisation, address=canary.lower(), reason=canary, at=noon(ON))
        caught = CaughtMail.objects.create(
            organisation=organisation, recipient=f"{canary}@example.org", subject=canary, content=LETTER % canary.encode(), caught_at=noon(ON),
        )  # fmt: skip
        quote = quotes.make_quote(Contract.objects.get(member=member), "PAS", ON, noon(ON))
        source = io.BytesIO(statement(Paper(Creditor.objects.get().iban), [BankLine(Decimal("1.00"), ON, canary)]))
        file, _brought = statement_import.import_file(organisation, canary, source, None, noon(ON))
        wish = declarations.Wish("cancel", canary, canary, "no number", "nobody@example.org")
        declared = declarations.receive(organisation, wish, "de", None, noon(ON))
        objects = given | ledger_things(organisation) | debts_of(Invoice.objects.get(payer=member)) | {
            "declaration": declared.pk, "application": application_of(organisation, canary),
            **self_things(member, ON, canary), **dunning_things(member, canary),
            "quote": quote.pk, "price_change": change.pk, "price_notice": PriceNotice.objects.get(contract__member=member).pk,
            "question": question.pk, "bounce": bounce.pk, "caught": caught.pk, "attachment": caught.pk, "member": member.pk,
            "tariff_pk": Contract.objects.get(member=member).tariff_id,
            **debit_things(Mandate.objects.get(member=member), Invoice.objects.get(payer__number=f"{slug}2"), canary),
            "statement_file": file.pk, "entry": StatementEntry.objects.get().pk,
            "usage": event.pk, "payout": payout.pk, "usage_import": listed.pk, "scenario": scenario.pk, "contract": Contract.objects.get(member=member).pk,
            "line": InvoiceLine.objects.filter(contract__member=member)[0].pk, "api_key": api_keys.make(organisation, canary, None, noon(ON))[0].pk,
            "run": run.pk, "batch": CollectionBatch.objects.get(run=run).pk, "datev": PostingBatch.objects.get().pk, "datev_pk": PostingBatch.objects.get().pk,
            "invoice_pk": Invoice.objects.get(payer=member).pk, "import": taken.pk, "number": Invoice.objects.get(payer=member).number,
        }  # fmt: skip
    return House(organisation, users, objects, canary)


def announced(organisation: Organisation) -> PriceChange:
    """A dearer tariff that the members were told of, and one that waits to be."""
    for code in ("PAS", "ERW"):
        version = dearer(Tariff.objects.get(organisation=organisation, code=code), "20.00")
    return announce(version, on=ON, basis="resolution", rule="end")


def role_user(organisation: Organisation, role: str, slug: str) -> User:
    user = User.objects.create_user(f"{role}@{slug}.example", "secret-enough")
    OfficeRole.objects.create(organisation=organisation, user=user, group=Group.objects.get(name=role))
    return user
