"""What a direct debit file is made from: the head, the debits, and what changed in their mandates."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Address:
    """Structured; town and country at least, never free lines."""

    street: str
    building_number: str
    postal_code: str
    city: str
    country: str


@dataclass(frozen=True, slots=True)
class Amendment:
    """What changed in a mandate since its last collection; told once, with the next one (EPC130-08, 2.104 ff.).

    A new account is told by the old IBAN, or by `other_bank` where the old bank is another one or unknown.
    """

    original_reference: str = ""
    original_iban: str = ""
    other_bank: bool = False
    original_creditor_identifier: str = ""
    original_creditor_name: str = ""


@dataclass(frozen=True, slots=True)
class Debit:
    """One debit, EUR. The texts are the caller's, transliterated already; the end-to-end id is unique for ever."""

    end_to_end_id: str
    amount: Decimal
    mandate_reference: str
    signed_on: date
    debtor_name: str
    debtor_iban: str
    debtor_bic: str = ""
    remittance: str = ""
    address: Address | None = None
    amendment: Amendment | None = None


@dataclass(frozen=True, slots=True)
class DebitFile:
    """The head of a file: one creditor account, collection date, scheme and sequence type."""

    message_id: str
    payment_information_id: str
    created_at: datetime
    creditor_name: str
    creditor_iban: str
    creditor_bic: str
    creditor_identifier: str
    collection_date: date
    sequence_type: str
    scheme: str
    version: str
    batch_booking: bool = True
