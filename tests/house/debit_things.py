"""What the pages of mandates and direct debit files name: a paper, and a rejected file whose payer is told by letter."""

from datetime import date

from billing.models import Collection, CollectionBatch, Invoice, Mail, Mandate, MandateDocument
from tests.services.club import noon
from tests.services.scans import pdf

ON = date(2026, 12, 15)


def debit_things(mandate: Mandate, invoice: Invoice, canary: str) -> dict[str, int]:
    """Kind of object to its key."""
    paper = MandateDocument.objects.create(
        organisation=mandate.organisation, mandate=mandate, name=canary, content_type="application/pdf", content=pdf(), sha256="x",
        added_at=noon(ON),
    )  # fmt: skip
    rejected = CollectionBatch.objects.create(
        organisation=mandate.organisation, creditor=mandate.creditor, collection_date=ON, scheme="CORE", sequence_type="RCUR",
        message_id=canary, version="pain.008.001.08", submitted_at=noon(ON), rejected_at=noon(ON), built_at=noon(ON), content=b"x", sha256="x",
    )  # fmt: skip
    tell_by_letter(rejected, invoice)
    return {"mandate": mandate.pk, "paper": paper.pk, "rejected": rejected.pk, "member": mandate.member_id}


def tell_by_letter(batch: CollectionBatch, invoice: Invoice) -> None:
    """A rejected debit whose payer is told by letter."""
    known = Collection.objects.get(invoice=invoice)
    names = (
        "mandate_reference",
        "signed_on",
        "debtor_name",
        "debtor_iban",
        "remittance",
        "amount",
        "organisation",
        "mandate",
    )
    Collection.objects.create(
        batch=batch, invoice=invoice, end_to_end_id=batch.message_id, failed_on=ON, failed_as="rejected",
        **{name: getattr(known, name) for name in names},
    )  # fmt: skip
    Mail.objects.create(
        organisation=batch.organisation, member=invoice.payer, key=f"debit:{batch.message_id}", kind="announcement", subject="x", text="x",
        state="print", created_at=noon(ON),
    )  # fmt: skip
