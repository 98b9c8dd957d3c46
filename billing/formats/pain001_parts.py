"""What a credit transfer file is made from: the head, and the payments."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Transfer:
    """One payment, EUR. The texts are the caller's, transliterated already; the end-to-end id is unique for ever."""

    end_to_end_id: str
    amount: Decimal
    name: str
    iban: str
    bic: str
    remittance: str


@dataclass(frozen=True, slots=True)
class TransferFile:
    """The head of a file: who pays, from which account, on which bank working day."""

    message_id: str
    created_at: datetime
    name: str
    iban: str
    bic: str
    execute_on: date

    @property
    def payment_information_id(self) -> str:
        """The name of its one block."""
        return f"{self.message_id}P1"
