"""An association with a family in it, built row by row: what the portal shows depends on rows, not on how they came about."""

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import Group
from django.test import Client
from django_scopes import scopes_disabled

from billing.models import (
    BillingRun,
    Collection,
    CollectionBatch,
    Contract,
    Creditor,
    Invoice,
    Mandate,
    Tariff,
    TariffVersion,
)
from members.models import Member, OfficeRole, Organisation, User
from portal.fresh import PROVEN

TODAY = date(2026, 12, 18)
NOON = datetime(2026, 12, 18, 11, tzinfo=UTC)
COLLECTED_ON = date(2027, 1, 4)
IBAN = "DE71110220330123456789"
CREDITOR_IBAN = "DE87200500001234567890"
# Ten gigabytes are free, each further one costs half a euro.
DATA: dict[str, Any] = {
    "code": "data", "kind": "usage", "meter": "gb", "aggregate": "sum", "model": "per_unit", "included": "10", "price": "0.50",
}  # fmt: skip


@dataclass
class World:
    """One organisation and what belongs to it."""

    organisation: Organisation
    creditor: Creditor
    run: BillingRun
    petra: Member
    mandate: Mandate


def build(slug: str = "tsv", email: str = "petra@example.org", name: str = "TSV Musterstadt e. V.") -> World:
    """An association whose member Petra pays for herself and signs in."""
    with scopes_disabled():
        organisation = Organisation.objects.create(slug=slug, name=name, email=f"buero@{slug}.example")
        creditor = Creditor.objects.create(
            organisation=organisation, name=name, identifier="DE98ZZZ09999999999", iban=CREDITOR_IBAN, bic="HASPDEHHXXX"
        )
        run = BillingRun.objects.create(
            organisation=organisation, creditor=creditor, on=TODAY, until=date(2027, 1, 31), collect_on=COLLECTED_ON
        )
        petra = member(organisation, "1001", "Petra", user=User.objects.create_user(email))
        mandate = Mandate.objects.create(
            organisation=organisation, creditor=creditor, member=petra, reference=f"M-{slug}-1001", account_holder="Petra Muster",
            iban=IBAN, signed_on=date(2020, 3, 1),
        )  # fmt: skip
    return World(organisation, creditor, run, petra, mandate)


def member(organisation: Organisation, number: str, first_name: str, **fields: Any) -> Member:
    """A member of the Muster family."""
    with scopes_disabled():
        return Member.objects.create(
            organisation=organisation, number=number, first_name=first_name, last_name="Muster", **fields
        )


def contract(world: World, holder: Member, name: str, terms: dict[str, Any], **fields: Any) -> Contract:
    """A contract with a tariff of its own."""
    with scopes_disabled():
        tariff = Tariff.objects.create(organisation=world.organisation, code=name.lower().replace(" ", "-"), name=name)
        fee = {"components": [{"code": "fee", "kind": "flat", "price": "8.00"}]}
        TariffVersion.objects.create(organisation=world.organisation, tariff=tariff, terms=fee | terms)
        return Contract.objects.create(
            organisation=world.organisation, member=holder, tariff=tariff, **{"start": date(2024, 1, 1)} | fields
        )


def invoice(world: World, number: str, payer: Member | None = None, **fields: Any) -> Invoice:
    """An issued invoice over 96.00 EUR, by direct debit unless told otherwise."""
    payer = payer or world.petra
    values: dict[str, Any] = {
        "issued_on": TODAY,
        "due_on": COLLECTED_ON,
        "gross": Decimal("96.00"),
        "method": "debit",
        "kind": "invoice",
        "run": None,
    } | fields
    with scopes_disabled():
        return Invoice.objects.create(
            organisation=world.organisation, payer=payer, year=values["issued_on"].year, sequence=Invoice.objects.count() + 1, number=number,
            net=values["gross"], vat=Decimal(0), snapshot=snapshot(world, number, values), hash="0" * 64, **values,
        )  # fmt: skip


def snapshot(world: World, number: str, values: dict[str, Any]) -> dict[str, Any]:
    """The document as it was frozen."""
    due_on = values["due_on"].isoformat()
    payment = {
        "method": values["method"], "due_on": due_on, "remittance": number, "name": world.creditor.name, "iban": CREDITOR_IBAN,
        "bic": "HASPDEHHXXX", "creditor_identifier": world.creditor.identifier,
    }  # fmt: skip
    if values["method"] == "debit":
        debtor = {
            "mandate_reference": world.mandate.reference,
            "account_holder": "Petra Muster",
            "debtor_iban": "DE71 … 6789",
        }
        payment |= debtor | {"collection_date": due_on}
    line = {
        "member": "Petra Muster",
        "text": "Erwachsene, Jahresbeitrag",
        "from": "2027-01-01",
        "to": "2028-01-01",
        "amount": str(values["gross"]),
    }
    return {
        "version": 1,
        "title": "Beitragsrechnung",
        "number": number,
        "lines": [line],
        "prices": "gross",
        "vat_total": "0.00",
        "issuer": {"vat_id": "", "tax_number": "20/290/12345", "register": ""},
        "recipient": {"company": ""},
        "payment": payment,
    }


def attempt(
    world: World, claim: Invoice, *, submitted: bool = True, on: date = COLLECTED_ON, **fields: Any
) -> Collection:
    """A direct debit of an invoice, in a file of its own."""
    with scopes_disabled():
        count = CollectionBatch.objects.count()
        batch = CollectionBatch.objects.create(
            organisation=world.organisation, creditor=world.creditor, run=world.run, collection_date=on, scheme="CORE", sequence_type="RCUR",
            message_id=f"{world.organisation.slug}{count}", version="pain.008.001.08", built_at=NOON, content=b"<xml/>", sha256="0" * 64,
            submitted_at=NOON if submitted else None,
        )  # fmt: skip
        return Collection.objects.create(
            organisation=world.organisation, batch=batch, invoice=claim, mandate=world.mandate, amount=claim.gross,
            end_to_end_id=f"E{batch.pk}", mandate_reference=world.mandate.reference, signed_on=world.mandate.signed_on,
            debtor_name="Petra Muster", debtor_iban=IBAN, remittance=claim.number, **fields,
        )  # fmt: skip


def office_user(organisation: Organisation, email: str = "kasse@example.org", role: str = "treasurer") -> User:
    """Somebody who works in the office."""
    with scopes_disabled():
        user = User.objects.create_user(email)
        OfficeRole.objects.create(organisation=organisation, user=user, group=Group.objects.get(name=role))
    return user


def proven(client: Client) -> Client:
    """Somebody who has just shown once more that they are themselves."""
    session = client.session
    session[PROVEN] = time.time()
    session.save()
    return client
