"""What a bank checks in a direct debit file: the schema, and the rules that the ISO schema lets pass (EPC130-08, GBIC_5).

Read as a stream, so that memory stays flat however long the file is.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from importlib.resources import files
from typing import Any

from lxml import etree

from billing.formats.fault import Fault
from billing.formats.iban import creditor_identifier_fault, iban_fault, needs_address
from billing.formats.pain008_parts import DebitFile
from billing.formats.sepa_text import is_reference, is_sepa_text
from billing.formats.target import is_open

VERSION = "pain.008.001.08"
NAMESPACE = f"{{urn:iso:std:iso:20022:tech:xsd:{VERSION}}}"
SEQUENCE_TYPES = frozenset({"FRST", "RCUR", "FNAL", "OOFF"})
SCHEMES = frozenset({"CORE", "B2B"})
SMALLEST, LARGEST = Decimal("0.01"), Decimal("999999999.99")
MANDATE, AMENDMENT = "DrctDbtTx/MndtRltdInf/", "DrctDbtTx/MndtRltdInf/AmdmntInfDtls/"
ADDRESS_LENGTHS = {"StrtNm": 70, "BldgNb": 16, "PstCd": 16, "TwnNm": 35}
MOST_FAULTS = 100
DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>'
REPEATED = "repeated"
Leaves = dict[str, str]


@dataclass(slots=True)
class Sums:
    """Added up while reading."""

    count: int = 0
    total: Decimal = Decimal(0)
    blocks: int = 0
    ids: set[str] = field(default_factory=set)


@lru_cache
def schema() -> etree.XMLSchema:
    """The ISO schema, compiled once."""
    return etree.XMLSchema(etree.parse(str(files("sepaxml").joinpath(f"schemas/{VERSION}.xsd"))))


def check(content: bytes, file: DebitFile, count: int, total: Decimal) -> list[Fault]:
    """Every fault of the file against what it was made from (at most 100); an empty list is the bank's yes."""
    if file.version != VERSION:
        return [Fault("version", "Document", f"banks take {VERSION}, not {file.version}")]
    if not content.startswith(DECLARATION) or b"<!DOCTYPE" in content:
        return [Fault("schema", "line 1", "the file is not UTF-8 that says so, or brings its own document type")]
    faults: list[Fault] = []
    try:
        for fault in read(content, file, count, total):
            faults.append(fault)
            if len(faults) >= MOST_FAULTS:
                break
    except etree.XMLSyntaxError as broken:
        faults.append(Fault("schema", f"line {broken.lineno}", str(broken.msg)))
    return faults


def read(content: bytes, file: DebitFile, count: int, total: Decimal) -> Iterator[Fault]:
    """One pass over the file. `resolve_entities=False` beside a schema would make lxml silent about a file cut short."""
    sums = Sums()
    tags = [NAMESPACE + name for name in ("GrpHdr", "DrctDbtTxInf", "PmtInf")]
    for _event, node in etree.iterparse(io.BytesIO(content), tag=tags, no_network=True, schema=schema()):
        if node.tag == tags[0]:
            yield from header_faults(leaves(node), file, count, total)
        elif node.tag == tags[1]:
            yield from debit_faults(leaves(node), file, sums)
            yield from currency_faults(node)
            drop(node)
        else:
            sums.blocks += 1
            yield from block_faults(leaves(node), file, count, total)
    yield from sum_faults(sums, count, total)


def drop(node: Any) -> None:
    """Forgets a debit that was read, and its place in the block."""
    node.clear()
    before = node.getprevious()
    if before is not None and before.tag == node.tag:
        node.getparent().remove(before)


def leaves(node: Any) -> Leaves:
    """Every element beneath a node by its path, with its text; what stands more than once is listed under `repeated`."""
    found: Leaves = {}
    gather(node, "", found)
    return found


def gather(node: Any, before: str, found: Leaves) -> None:
    """Adds what is in a node. Comments have no name and are passed over."""
    for child in node.iterchildren("*"):
        path = before + child.tag[len(NAMESPACE) :]
        if path in found:
            found[REPEATED] = path
        found[path] = child.text or ""
        if len(child):
            gather(child, path + "/", found)


def differs(where: str, found: Leaves, path: str, wanted: str) -> Iterator[Fault]:
    """A value that is not the one it was made from."""
    if found.get(path) != wanted:
        yield Fault("differs", where, f"{path} is {found.get(path) or 'missing'}, not {wanted}")


def header_faults(found: Leaves, file: DebitFile, count: int, total: Decimal) -> Iterator[Fault]:
    """The group header."""
    where = "GrpHdr"
    for path, value in {"MsgId": file.message_id, "NbOfTxs": str(count), "InitgPty/Nm": file.creditor_name}.items():
        yield from differs(where, found, path, value)
    yield from amount_differs(where, found, total)
    yield from reference_faults(where, found, "MsgId")
    yield from text_faults(where, found, "InitgPty/Nm", 70)
    if "InitgPty/Id" in found:
        yield Fault("creditor_identifier", where, "the creditor identifier belongs into CdtrSchmeId alone")


def block_faults(found: Leaves, file: DebitFile, count: int, total: Decimal) -> Iterator[Fault]:
    """The payment information: exactly one per file."""
    where = "PmtInf"
    for path, value in wanted_in_block(file, count).items():
        yield from differs(where, found, path, value)
    yield from amount_differs(where, found, total)
    if file.sequence_type not in SEQUENCE_TYPES or file.scheme not in SCHEMES:
        yield Fault("scheme", where, f"{file.scheme} {file.sequence_type} is not a scheme and sequence type")
    if not is_open(file.collection_date):
        yield Fault("date", where, f"banks do not collect on {file.collection_date}: choose a TARGET2 day")
    yield from reference_faults(where, found, "PmtInfId")
    yield from text_faults(where, found, "Cdtr/Nm", 70)
    yield from agent_faults(where, found, "CdtrAgt")
    if iban_fault(found.get("CdtrAcct/Id/IBAN", "")):
        yield Fault("iban", where, "the creditor's IBAN is not valid")
    if creditor_identifier_fault(found.get("CdtrSchmeId/Id/PrvtId/Othr/Id", "")):
        yield Fault("creditor_identifier", where, "the creditor identifier's check digits do not fit")


def wanted_in_block(file: DebitFile, count: int) -> dict[str, str]:
    """What the payment information must say, word for word."""
    return {
        "PmtInfId": file.payment_information_id, "PmtMtd": "DD", "BtchBookg": "true" if file.batch_booking else "false",
        "NbOfTxs": str(count), "PmtTpInf/SvcLvl/Cd": "SEPA", "PmtTpInf/LclInstrm/Cd": file.scheme,
        "PmtTpInf/SeqTp": file.sequence_type, "ReqdColltnDt": file.collection_date.isoformat(), "Cdtr/Nm": file.creditor_name,
        "CdtrAcct/Id/IBAN": file.creditor_iban, "ChrgBr": "SLEV", "CdtrSchmeId/Id/PrvtId/Othr/Id": file.creditor_identifier,
        "CdtrSchmeId/Id/PrvtId/Othr/SchmeNm/Prtry": "SEPA",
    }  # fmt: skip


def debit_faults(found: Leaves, file: DebitFile, sums: Sums) -> Iterator[Fault]:
    """One debit."""
    identifier = found.get("PmtId/EndToEndId", "")
    sums.count += 1
    if identifier in sums.ids:
        yield Fault("duplicate", identifier, "this end-to-end id stands twice")
    sums.ids.add(identifier)
    if REPEATED in found and not found[REPEATED].endswith("/AdrLine"):
        yield Fault("repeated", identifier, f"{found[REPEATED]} stands more than once")
    yield from amount_faults(found, identifier, sums)
    yield from reference_faults(identifier, found, "PmtId/EndToEndId")
    yield from text_faults(identifier, found, "Dbtr/Nm", 70)
    if "RmtInf" in found:
        yield from text_faults(identifier, found, "RmtInf/Ustrd", 140)
    yield from agent_faults(identifier, found, "DbtrAgt")
    yield from account_faults(found, identifier, file)
    yield from address_faults(found, identifier)
    yield from mandate_faults(found, identifier, file)


def amount_faults(found: Leaves, identifier: str, sums: Sums) -> Iterator[Fault]:
    """In cents, within the limits of the scheme."""
    value = decimal(found.get("InstdAmt"))
    sums.total += value
    if not SMALLEST <= value <= LARGEST or value % SMALLEST:
        yield Fault("amount", identifier, f"{value} is not an amount in cents between {SMALLEST} and {LARGEST}")


def currency_faults(node: Any) -> Iterator[Fault]:
    """EUR alone."""
    for amount in node.iterchildren(NAMESPACE + "InstdAmt"):
        if amount.get("Ccy") != "EUR":
            identifier = node.findtext(f"{NAMESPACE}PmtId/{NAMESPACE}EndToEndId") or ""
            yield Fault("currency", identifier, f"the currency is {amount.get('Ccy')}, not EUR")


def account_faults(found: Leaves, identifier: str, file: DebitFile) -> Iterator[Fault]:
    """The debtor's account."""
    iban = found.get("DbtrAcct/Id/IBAN", "")
    if iban_fault(iban):
        yield Fault("iban", identifier, f"the IBAN {iban[:4]}…{iban[-4:]} is not valid")
    if iban == file.creditor_iban:
        yield Fault("own_account", identifier, "the debtor's account is the creditor's own")


def address_faults(found: Leaves, identifier: str) -> Iterator[Fault]:
    """An address is structured and whole, or absent; outside the EEA it is needed."""
    if "Dbtr/PstlAdr" not in found:
        if needs_address(found.get("DbtrAcct/Id/IBAN", "")):
            yield Fault(
                "address", identifier, "an account outside the European Economic Area needs the debtor's address"
            )
        return
    if not (found.get("Dbtr/PstlAdr/TwnNm") and found.get("Dbtr/PstlAdr/Ctry")) or "Dbtr/PstlAdr/AdrLine" in found:
        yield Fault("address", identifier, "an address has town and country at least, and no free lines")
    for name, length in ADDRESS_LENGTHS.items():
        if f"Dbtr/PstlAdr/{name}" in found:
            yield from text_faults(identifier, found, f"Dbtr/PstlAdr/{name}", length)


def mandate_faults(found: Leaves, identifier: str, file: DebitFile) -> Iterator[Fault]:
    """The mandate and, where one stands, its amendment."""
    yield from reference_faults(identifier, found, MANDATE + "MndtId")
    signed = found.get(MANDATE + "DtOfSgntr", "")
    if not signed or signed > file.collection_date.isoformat():
        yield Fault("date", identifier, "the mandate is signed after the collection date, or without a date")
    amended = MANDATE + "AmdmntInfDtls" in found
    if (found.get(MANDATE + "AmdmntInd") == "true") != amended:
        yield Fault("amendment", identifier, "an amendment needs its mark and its details")
    if amended:
        yield from amendment_faults(found, identifier)


def amendment_faults(found: Leaves, identifier: str) -> Iterator[Fault]:
    """What was before is as good as what is now, and differs from it."""
    before = {path[len(AMENDMENT) :]: text for path, text in found.items() if path.startswith(AMENDMENT)}
    reference, creditor = before.get("OrgnlMndtId"), "OrgnlCdtrSchmeId/Id" in before
    iban, other = before.get("OrgnlDbtrAcct/Id/IBAN"), before.get("OrgnlDbtrAcct/Id/Othr/Id")
    if reference and (not is_reference(reference) or reference == found.get(MANDATE + "MndtId")):
        yield Fault("amendment", identifier, "the mandate's former reference is not valid, or not another one")
    if iban and (iban_fault(iban) or iban == found.get("DbtrAcct/Id/IBAN")):
        yield Fault("amendment", identifier, "the debtor's former IBAN is not valid, or not another one")
    if other and (other != "SMNDA" or "OrgnlDbtrAgt" in before):
        yield Fault("amendment", identifier, "a former account is an IBAN, or SMNDA without a bank")
    if creditor and not is_creditor(before, "OrgnlCdtrSchmeId/Id/PrvtId/Othr/"):
        yield Fault(
            "amendment",
            identifier,
            "the former creditor identifier's check digits do not fit, or its scheme is not SEPA",
        )
    if not (reference or creditor or iban or other or "OrgnlCdtrSchmeId/Nm" in before):
        yield Fault("amendment", identifier, "the amendment does not say what was before")
    if "OrgnlCdtrSchmeId/Nm" in before:
        yield from text_faults(identifier, before, "OrgnlCdtrSchmeId/Nm", 70)


def is_creditor(found: Leaves, path: str) -> bool:
    """Whether a creditor identifier stands there, and is one of SEPA."""
    return not creditor_identifier_fault(found.get(path + "Id", "")) and found.get(path + "SchmeNm/Prtry") == "SEPA"


def agent_faults(where: str, found: Leaves, path: str) -> Iterator[Fault]:
    """A bank is named by its BIC, or not at all."""
    if not found.get(f"{path}/FinInstnId/BICFI") and found.get(f"{path}/FinInstnId/Othr/Id") != "NOTPROVIDED":
        yield Fault("bank", where, f"{path} has neither a BIC nor NOTPROVIDED")


def reference_faults(where: str, found: Leaves, path: str) -> Iterator[Fault]:
    """Identifiers keep to the restricted set."""
    if not is_reference(found.get(path, "")):
        yield Fault("charset", where, f"{path} is longer than 35 signs or has signs that banks refuse")


def text_faults(where: str, found: Leaves, path: str, length: int) -> Iterator[Fault]:
    """Texts keep to the Latin set and to their length."""
    value = found.get(path, "")
    if not value or len(value) > length:
        yield Fault("length", where, f"{path} has {len(value)} signs; 1 to {length} are allowed")
    if not is_sepa_text(value):
        yield Fault("charset", where, f"{path} has signs that banks refuse")


def amount_differs(where: str, found: Leaves, wanted: Decimal) -> Iterator[Fault]:
    """A sum that is not the one of the books."""
    if decimal(found.get("CtrlSum")) != wanted:
        yield Fault("sum", where, f"CtrlSum is {found.get('CtrlSum') or 'missing'}, the books say {wanted}")


def sum_faults(sums: Sums, count: int, total: Decimal) -> Iterator[Fault]:
    """The debits themselves, added up."""
    if (sums.count, sums.total) != (count, total):
        yield Fault("sum", "DrctDbtTxInf", f"{sums.count} debits of {sums.total}; the books say {count} of {total}")
    if sums.blocks != 1:
        yield Fault("blocks", "PmtInf", f"{sums.blocks} payment blocks; banks want one a file")


def decimal(value: str | None) -> Decimal:
    """A number, or an impossible one that fails every rule."""
    try:
        return Decimal(value or "-1")
    except InvalidOperation:
        return Decimal(-1)
