"""SEPA direct debit files, pain.008.001.08 (EPC130-08; German banks' profile GBIC_5, and valid under GBIC_4 as well).

sepaxml builds the tree. What it does not know is added here: the caller's own ids and creation time, the creditor
identifier in `CdtrSchmeId` alone, and amendments of mandates.
"""

import gc
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

from sepaxml import SepaDD

from billing.formats.fault import Fault
from billing.formats.pain008_parts import Address, Amendment, Debit, DebitFile
from billing.formats.pain008_rules import VERSION, check

__all__ = ["VERSIONS", "Address", "Amendment", "Debit", "DebitFile", "Fault", "RefusedFileError", "check", "write"]

# The next change of version is a row here; banks refuse the row marked False.
VERSIONS = {"pain.008.001.02": False, VERSION: True}


CENT = Decimal("0.01")


class RefusedFileError(ValueError):
    """The arguments cannot make a file that a bank takes."""


DEBITS = 3  # levels from the document to a debit
DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>'


class DirectDebits(SepaDD):  # type: ignore[misc]
    """sepaxml's builder with our ids and amendments."""

    def __init__(self, file: DebitFile, debits: Sequence[Debit]) -> None:
        config = {
            "name": file.creditor_name, "IBAN": file.creditor_iban, "batch": True, "creditor_id": file.creditor_identifier,
            "currency": "EUR", "instrument": file.scheme,
        } | ({"BIC": file.creditor_bic} if file.creditor_bic else {})  # fmt: skip
        super().__init__(config, schema=file.version, clean=False)
        self.file = file
        self.amendments = {debit.end_to_end_id: debit.amendment for debit in debits if debit.amendment}
        for debit in debits:
            self.add_payment(payment_of(file, debit))

    def _finalize_batch(self) -> None:
        super()._finalize_batch()
        root = self._xml.find(self.root_el)
        set_header(root.find("GrpHdr"), self.file)
        block = root.find("PmtInf")
        block.find("PmtInfId").text = self.file.payment_information_id
        block.find("BtchBookg").text = "true" if self.file.batch_booking else "false"
        for node in block.findall("DrctDbtTxInf"):
            complete(node, self.amendments)

    def content(self, debits: Sequence[Debit]) -> bytes:
        """The finished file. The builder's own export writes sign by sign through a codec and takes four times as long."""
        self._finalize_batch()
        header = self._xml.find(f"{self.root_el}/GrpHdr")
        header.find("NbOfTxs").text = str(len(debits))
        header.find("CtrlSum").text = f"{sum((debit.amount for debit in debits), Decimal(0)):.2f}"
        out = io.BytesIO(DECLARATION)
        out.seek(0, io.SEEK_END)
        write_xml(out, self._xml, DEBITS)
        return out.getvalue()


def write_xml(out: io.BytesIO, node: Any, depth: int) -> None:
    """Writes a node; what stands `depth` levels beneath goes out piece by piece and is given back, so nothing is held twice."""
    if not depth:
        out.write(xml_of(node).encode())
        node.clear()
        return
    out.write(f"<{node.tag}{attributes_of(node)}>".encode())
    for child in node:
        write_xml(out, child, depth - 1 if len(child) else 0)
    out.write(f"</{node.tag}>".encode())


def attributes_of(node: Any) -> str:
    return "".join(f" {name}={quoteattr(value)}" for name, value in node.attrib.items())


def xml_of(node: Any) -> str:
    """A node of the builder's tree as text. The tree has one namespace, written as an attribute, so no prefix is looked up."""
    attributes = attributes_of(node) if node.attrib else ""
    inner = "".join([xml_of(child) for child in node]) or escape(node.text or "")
    return f"<{node.tag}{attributes}>{inner}</{node.tag}>" if inner else f"<{node.tag}{attributes} />"


def write(file: DebitFile, debits: Sequence[Debit]) -> bytes:
    """The file's bytes; the same arguments give the same bytes. Raises RefusedFileError for what no bank takes."""
    refuse(file, debits)
    with collector_resting():
        return DirectDebits(file, debits).content(debits)


@contextmanager
def collector_resting() -> Iterator[None]:
    """Python's search for cycles would walk the growing tree, which has none, again and again: a third of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def refuse(file: DebitFile, debits: Sequence[Debit]) -> None:
    """What must not even be tried."""
    if not VERSIONS.get(file.version):
        raise RefusedFileError(
            f"banks refuse files of version {file.version}: choose {', '.join(name for name, good in VERSIONS.items() if good)}"
        )
    if not debits:
        raise RefusedFileError("a file needs at least one debit")
    for debit in debits:
        if not debit.amount.is_finite() or debit.amount <= 0 or debit.amount % CENT:
            raise RefusedFileError(
                f"{debit.end_to_end_id}: the amount {debit.amount} is not a positive amount in cents"
            )
        if debit.amendment == Amendment():
            raise RefusedFileError(f"{debit.end_to_end_id}: the amendment says nothing")
    if len({debit.end_to_end_id for debit in debits}) != len(debits):
        raise RefusedFileError("an end-to-end id stands twice")


def payment_of(file: DebitFile, debit: Debit) -> dict[str, Any]:
    """A debit as sepaxml takes it."""
    payment: dict[str, Any] = {
        "name": debit.debtor_name, "IBAN": debit.debtor_iban, "amount": int(debit.amount * 100), "type": file.sequence_type,
        "collection_date": file.collection_date, "mandate_id": debit.mandate_reference, "mandate_date": debit.signed_on,
        "description": debit.remittance, "endtoend_id": debit.end_to_end_id,
    }  # fmt: skip
    if debit.debtor_bic:
        payment["BIC"] = debit.debtor_bic
    if debit.address:
        fields = {
            "street_name": debit.address.street, "building_number": debit.address.building_number,
            "postcode": debit.address.postal_code, "town": debit.address.city, "country": debit.address.country,
        }  # fmt: skip
        payment["address"] = {key: value for key, value in fields.items() if value}
    return payment


def set_header(header: Any, file: DebitFile) -> None:
    """Our ids and time; the creditor identifier does not belong into the header."""
    header.find("MsgId").text = file.message_id
    header.find("CreDtTm").text = instant(file.created_at)
    party = header.find("InitgPty")
    party.remove(party.find("Id"))


def instant(moment: datetime) -> str:
    """An instant in UTC; a time without zone stays without."""
    if moment.tzinfo is None:
        return moment.isoformat(timespec="seconds")
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def complete(node: Any, amendments: dict[str, Amendment]) -> None:
    """Adds the debit's amendment, and takes away a remittance without text, which the schema refuses."""
    remittance = node.find("RmtInf")
    if not remittance.find("Ustrd").text:
        node.remove(remittance)
    amendment = amendments.get(node.find("PmtId/EndToEndId").text)
    if amendment:
        mandate = node.find("DrctDbtTx/MndtRltdInf")
        ElementTree.SubElement(mandate, "AmdmntInd").text = "true"
        details(ElementTree.SubElement(mandate, "AmdmntInfDtls"), amendment)


def details(parent: Any, amendment: Amendment) -> None:
    """What was before: reference, creditor, account. `SMNDA`: same mandate, new account, at whatever bank."""
    if amendment.original_reference:
        nested(parent, "OrgnlMndtId", amendment.original_reference)
    if amendment.original_creditor_identifier or amendment.original_creditor_name:
        creditor = ElementTree.SubElement(parent, "OrgnlCdtrSchmeId")
        if amendment.original_creditor_name:
            nested(creditor, "Nm", amendment.original_creditor_name)
        if amendment.original_creditor_identifier:
            other = nested(creditor, "Id/PrvtId/Othr")
            nested(other, "Id", amendment.original_creditor_identifier)
            nested(other, "SchmeNm/Prtry", "SEPA")
    if amendment.other_bank:
        nested(parent, "OrgnlDbtrAcct/Id/Othr/Id", "SMNDA")
    elif amendment.original_iban:
        nested(parent, "OrgnlDbtrAcct/Id/IBAN", amendment.original_iban)


def nested(parent: Any, path: str, text: str | None = None) -> Any:
    """Elements one in the other; the innermost gets the text."""
    for name in path.split("/"):
        parent = ElementTree.SubElement(parent, name)
    parent.text = text
    return parent
