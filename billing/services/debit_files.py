"""The bytes of a direct debit file, made from its stored rows and checked against them."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from billing.formats import pain008
from billing.formats.iban import needs_address
from billing.formats.sepa_text import sepa_text
from billing.models import CollectionBatch, Creditor
from billing.pricing.money import total
from billing.services import bulk
from billing.services.amendments import stored
from billing.services.vat import ZERO

DEBIT_FIELDS = (
    "pk", "end_to_end_id", "amount", "mandate_reference", "signed_on", "debtor_name", "debtor_iban", "debtor_bic", "remittance",
    "amendment", "invoice__payer__street", "invoice__payer__postal_code", "invoice__payer__city", "invoice__payer__country",
)  # fmt: skip


def store_file(batch: CollectionBatch, now: datetime) -> None:
    """Makes the file from the stored rows, checks it against them and keeps bytes and hash."""
    file, ride_along = debit_file(batch, now), joint_amounts(batch)
    rows = batch.collections.filter(part_of=None).order_by("pk").values_list(*DEBIT_FIELDS)
    debits = [debit_of(row, ride_along.get(row[0], ZERO)) for row in rows.iterator()]
    content = pain008.write(file, debits)
    faults = pain008.check(content, file, batch.count, total([batch.total]))
    if faults:
        listed = "; ".join(f"{fault.where}: {fault.message}" for fault in faults[:10])
        raise ValidationError(
            _("The bank would refuse this file, so it was not made: %(faults)s"), code="file", params={"faults": listed}
        )
    sha256 = hashlib.sha256(content).hexdigest()
    bulk.store_bytes(CollectionBatch, batch.pk, content=content, sha256=sha256, built_at=now)


def joint_amounts(batch: CollectionBatch) -> dict[int, Decimal]:
    """By debit that collects several claims: what rides along in it, in EUR."""
    found: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for lead, amount in batch.collections.exclude(part_of=None).values_list("part_of_id", "amount"):
        found[lead] += amount
    return found


def debit_file(batch: CollectionBatch, now: datetime) -> pain008.DebitFile:
    """The head of the file."""
    creditor = batch.creditor
    return pain008.DebitFile(
        message_id=batch.message_id, payment_information_id=f"{batch.message_id}P1", created_at=now,
        creditor_name=sepa_text(batch.creditor_name or creditor.name, 70), creditor_iban=creditor.iban, creditor_bic=creditor.bic,
        creditor_identifier=batch.creditor_identifier or creditor.identifier, collection_date=batch.collection_date,
        sequence_type=batch.sequence_type, scheme=batch.scheme, version=batch.version,
        batch_booking=creditor.bank_profile != Creditor.Profile.SINGLE,
    )  # fmt: skip


def debit_of(row: Sequence[Any], ride_along: Decimal) -> pain008.Debit:
    """One debit of the file. An address goes along only where the scheme asks for it (accounts outside the EEA)."""
    _pk, identifier, amount, reference, signed_on, name, iban, bic, text, told, street, postal_code, city, country = row
    address = None
    if needs_address(iban):
        address = pain008.Address(
            street=sepa_text(street, 70), building_number="", postal_code=postal_code, city=sepa_text(city, 35), country=country
        )  # fmt: skip
    return pain008.Debit(
        end_to_end_id=identifier, amount=amount + ride_along, mandate_reference=reference, signed_on=signed_on,
        debtor_name=sepa_text(name, 70), debtor_iban=iban, debtor_bic=bic, remittance=text, address=address,
        amendment=stored(told),
    )  # fmt: skip


def file_name(batch: CollectionBatch) -> str:
    """How the downloaded file is called."""
    return f"{batch.collection_date:%Y-%m-%d}-{batch.scheme.lower()}-{batch.message_id}.xml"
