"""SEPA credit transfer files, pain.001.001.09 (EPC132-08): what an organisation pays back to its members.

sepaxml builds the tree. What it does not know is added here: the caller's own ids and creation time, and `NOTPROVIDED` for
a bank without BIC.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

from sepaxml import SepaTransfer

from billing.formats.fault import Fault
from billing.formats.pain001_parts import Transfer, TransferFile
from billing.formats.pain001_rules import VERSION, check
from billing.formats.pain008 import DECLARATION, RefusedFileError, instant, nested

__all__ = ["VERSION", "Fault", "RefusedFileError", "Transfer", "TransferFile", "check", "write"]

CENT = Decimal("0.01")


class Transfers(SepaTransfer):  # type: ignore[misc]
    """sepaxml's builder with our ids."""

    def __init__(self, file: TransferFile, transfers: Sequence[Transfer]) -> None:
        config = {"name": file.name, "IBAN": file.iban, "batch": True, "currency": "EUR"}
        super().__init__(config | ({"BIC": file.bic} if file.bic else {}), schema=VERSION, clean=False)
        self.file, self.transfers = file, transfers
        for one in transfers:
            self.add_payment(payment_of(file, one))

    def tree(self) -> Any:
        """The finished tree."""
        self._finalize_batch()
        head, block = (self._xml.find(f"{self.root_el}/{name}") for name in ("GrpHdr", "PmtInf"))
        head.find("MsgId").text = self.file.message_id
        head.find("CreDtTm").text = instant(self.file.created_at)
        head.find("NbOfTxs").text = str(len(self.transfers))
        head.find("CtrlSum").text = f"{sum((one.amount for one in self.transfers), Decimal(0)):.2f}"
        block.find("PmtInfId").text = self.file.payment_information_id
        if not self.file.bic:
            nested(block.find("DbtrAgt/FinInstnId"), "Othr/Id", "NOTPROVIDED")
        return self._xml


def payment_of(file: TransferFile, one: Transfer) -> dict[str, Any]:
    """One payment as sepaxml takes it: whole cents."""
    payment = {
        "name": one.name, "IBAN": one.iban, "amount": int(one.amount / CENT), "execution_date": file.execute_on,
        "description": one.remittance, "endtoend_id": one.end_to_end_id,
    }  # fmt: skip
    return payment | ({"BIC": one.bic} if one.bic else {})


def write(file: TransferFile, transfers: Sequence[Transfer]) -> bytes:
    """The file's bytes; the same arguments give the same bytes. Raises RefusedFileError for what no bank takes."""
    refuse(transfers)
    text: str = ElementTree.tostring(Transfers(file, transfers).tree(), encoding="unicode")
    return DECLARATION + text.encode()


def refuse(transfers: Sequence[Transfer]) -> None:
    """What must not even be tried."""
    if not transfers:
        raise RefusedFileError("a file needs at least one payment")
    for one in transfers:
        if not one.amount.is_finite() or one.amount <= 0 or one.amount % CENT:
            raise RefusedFileError(f"{one.end_to_end_id}: the amount {one.amount} is not a positive amount in cents")
    if len({one.end_to_end_id for one in transfers}) != len(transfers):
        raise RefusedFileError("an end-to-end id stands twice")
