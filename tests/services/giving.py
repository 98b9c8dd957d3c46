"""A club that may give receipts, and what its members gave, for the tests of receipts."""

from datetime import date
from decimal import Decimal
from typing import Any

from billing.models import (
    BillingRun,
    Collection,
    CollectionBatch,
    Donation,
    Invoice,
    Mandate,
    Posting,
    ReceiptSettings,
    TaxNotice,
)
from members.models import Member, Organisation
from tests.services.club import join, noon, small_club

TODAY = date(2027, 3, 1)
PICTURE = b"\x89PNG\r\n"


def giving_club(slug: str = "geber", purposes: tuple[str, ...] = ("5",), **notice: Any) -> Organisation:
    """A club with a valid notice of exemption; its purposes leave dues deductible unless told otherwise."""
    organisation = small_club(slug)
    may_give_receipts(organisation, purposes, **notice)
    return organisation


def may_give_receipts(organisation: Organisation, purposes: tuple[str, ...] = ("5",), **notice: Any) -> TaxNotice:
    """The tax office has said so."""
    values = {"kind": "exemption", "issued_on": date(2024, 6, 3), "period": "2021 bis 2023"} | notice
    return TaxNotice.objects.create(
        organisation=organisation, tax_office="Kiel", tax_number="20/290/54321", purposes=list(purposes), **values
    )


def donor(organisation: Organisation, number: str = "1", **fields: Any) -> Member:
    return join(organisation, number, debit=False, **fields)


def gift(member: Member, amount: str = "50.00", on: date = date(2026, 5, 4), **fields: Any) -> Donation:
    return Donation.objects.create(
        organisation=member.organisation,
        member=member,
        amount=Decimal(amount),
        given_on=on,
        recorded_at=noon(on),
        **fields,
    )


def by_machine(organisation: Organisation, since: date = date(2026, 2, 1)) -> ReceiptSettings:
    """The tax office was told."""
    return ReceiptSettings.objects.create(
        organisation=organisation, signatory="Anna Petersen", notified_on=since, signature=PICTURE
    )


def dues(member: Member, amount: str, booked_on: date, other: str = "0.00", **fields: Any) -> Collection:
    """Dues that were debited and booked, beside something else on the same invoice."""
    organisation, gross = member.organisation, Decimal(amount) + Decimal(other)
    number = Invoice.objects.count() + 1
    claim = Invoice.objects.create(
        organisation=organisation, run=None, payer=member, year=booked_on.year, sequence=number, number=f"R{number}", issued_on=booked_on,
        due_on=booked_on, net=gross, vat=0, gross=gross, method="debit", snapshot={"payment": {}}, hash="h",
    )  # fmt: skip
    for part, case in ((amount, "revenue/8200/-/ideell"), (other, "revenue/8400/19/geschaeftsbetrieb")):
        if Decimal(part):
            Posting.objects.create(
                organisation=organisation, posted_on=booked_on, debit_account="10001", credit_account=case.split("/")[1], amount=Decimal(part),
                case=case, document=claim, reference=claim.number, text="x",
            )  # fmt: skip
    run = BillingRun.objects.create(
        organisation=organisation, creditor=organisation.creditors.get(), on=booked_on, until=booked_on, collect_on=booked_on, sequence=number
    )  # fmt: skip
    batch = CollectionBatch.objects.create(
        organisation=organisation, creditor=organisation.creditors.get(), run=run, collection_date=booked_on, scheme="CORE", sequence_type="RCUR",
        message_id=f"{organisation.slug}{number}", version="pain.008.001.08",
    )  # fmt: skip
    mandate = Mandate.objects.filter(member=member).first() or Mandate.objects.create(
        organisation=organisation, creditor=organisation.creditors.get(), member=member, reference=f"M{member.number}", account_holder="x",
        iban="DE71570642210231530419", signed_on=date(2020, 1, 1),
    )  # fmt: skip
    return Collection.objects.create(
        organisation=organisation, batch=batch, invoice=claim, mandate=mandate, amount=gross, end_to_end_id=f"E{organisation.slug}{number}",
        mandate_reference="x", signed_on=date(2020, 1, 1), debtor_name="x", debtor_iban="x", remittance="x", booked_on=booked_on, **fields,
    )  # fmt: skip
