"""What a bank checks in a credit transfer file: the schema, and the rules that the ISO schema lets pass (EPC132-08)."""

from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from importlib.resources import files
from typing import Any

from lxml import etree

from billing.formats.fault import Fault
from billing.formats.iban import iban_fault
from billing.formats.pain001_parts import TransferFile
from billing.formats.pain008_rules import (
    DECLARATION,
    LARGEST,
    MOST_FAULTS,
    REPEATED,
    SMALLEST,
    Leaves,
    agent_faults,
    amount_differs,
    decimal,
    differs,
    reference_faults,
    text_faults,
)
from billing.formats.target import is_open

VERSION = "pain.001.001.09"
NAMESPACE = f"{{urn:iso:std:iso:20022:tech:xsd:{VERSION}}}"


@lru_cache
def schema() -> etree.XMLSchema:
    """The ISO schema, compiled once."""
    return etree.XMLSchema(etree.parse(str(files("sepaxml").joinpath(f"schemas/{VERSION}.xsd"))))


def check(content: bytes, file: TransferFile, count: int, total: Decimal) -> list[Fault]:
    """Every fault of the file against what it was made from (at most 100); an empty list is the bank's yes."""
    if not content.startswith(DECLARATION) or b"<!DOCTYPE" in content:
        return [Fault("schema", "line 1", "the file is not UTF-8 that says so, or brings its own document type")]
    try:
        root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as broken:
        return [Fault("schema", f"line {broken.lineno}", str(broken.msg))]
    return [*schema_faults(root), *read(root, file, count, total)][:MOST_FAULTS]


def schema_faults(root: Any) -> Iterator[Fault]:
    """What the schema does not allow."""
    if not schema().validate(root):
        for error in schema().error_log:
            yield Fault("schema", f"line {error.line}", error.message)


def read(root: Any, file: TransferFile, count: int, total: Decimal) -> Iterator[Fault]:
    """The rules, from the head to the last payment."""
    payments = list(root.iter(NAMESPACE + "CdtTrfTxInf"))
    blocks = list(root.iter(NAMESPACE + "PmtInf"))
    for header in root.iter(NAMESPACE + "GrpHdr"):
        yield from header_faults(leaves(header), file, count, total)
    for block in blocks:
        yield from block_faults(leaves(block), file, count, total)
    for payment in payments:
        yield from payment_faults(leaves(payment), file)
    yield from sum_faults(payments, count, total)
    if len(blocks) != 1:
        yield Fault("blocks", "PmtInf", f"{len(blocks)} payment blocks; banks want one a file")


def leaves(node: Any) -> Leaves:
    """Every element beneath a node by its path, with its text, the payments of a block left out; attributes behind an @.

    What stands more than once is listed under `repeated`.
    """
    found: Leaves = {}
    for child in node.iterchildren("*"):
        name = etree.QName(child).localname
        if name != "CdtTrfTxInf":
            found |= {REPEATED: name} if name in found else {}
            found[name] = child.text or ""
            found |= {f"{name}@{key}": value for key, value in child.attrib.items()}
            within = leaves(child)
            found |= {REPEATED: within.pop(REPEATED)} if REPEATED in within else {}
            found |= {f"{name}/{path}": text for path, text in within.items()}
    return found


def header_faults(found: Leaves, file: TransferFile, count: int, total: Decimal) -> Iterator[Fault]:
    """The group header."""
    where = "GrpHdr"
    for path, value in {"MsgId": file.message_id, "NbOfTxs": str(count), "InitgPty/Nm": file.name}.items():
        yield from differs(where, found, path, value)
    yield from amount_differs(where, found, total)
    yield from reference_faults(where, found, "MsgId")
    yield from text_faults(where, found, "InitgPty/Nm", 70)


def block_faults(found: Leaves, file: TransferFile, count: int, total: Decimal) -> Iterator[Fault]:
    """The payment information: who pays, from which account, when."""
    where = "PmtInf"
    for path, value in wanted_in_block(file, count).items():
        yield from differs(where, found, path, value)
    yield from amount_differs(where, found, total)
    yield from reference_faults(where, found, "PmtInfId")
    yield from agent_faults(where, found, "DbtrAgt")
    if iban_fault(found.get("DbtrAcct/Id/IBAN", "")):
        yield Fault("iban", where, "the payer's IBAN is not valid")
    if not is_open(file.execute_on):
        yield Fault("date", where, f"banks do not pay on {file.execute_on}: choose a TARGET2 day")


def wanted_in_block(file: TransferFile, count: int) -> dict[str, str]:
    """What the payment information must say, word for word."""
    return {
        "PmtInfId": file.payment_information_id, "PmtMtd": "TRF", "BtchBookg": "true", "NbOfTxs": str(count),
        "PmtTpInf/SvcLvl/Cd": "SEPA", "ReqdExctnDt/Dt": file.execute_on.isoformat(), "Dbtr/Nm": file.name,
        "DbtrAcct/Id/IBAN": file.iban, "ChrgBr": "SLEV",
    }  # fmt: skip


def payment_faults(found: Leaves, file: TransferFile) -> Iterator[Fault]:
    """One payment."""
    identifier, value = found.get("PmtId/EndToEndId", ""), decimal(found.get("Amt/InstdAmt"))
    if REPEATED in found:
        yield Fault("repeated", identifier, f"{found[REPEATED]} stands more than once")
    yield from reference_faults(identifier, found, "PmtId/EndToEndId")
    yield from text_faults(identifier, found, "Cdtr/Nm", 70)
    yield from text_faults(identifier, found, "RmtInf/Ustrd", 140)
    if "CdtrAgt" in found:
        yield from agent_faults(identifier, found, "CdtrAgt")
    if not SMALLEST <= value <= LARGEST or value % SMALLEST:
        yield Fault("amount", identifier, f"{value} is not an amount in cents between {SMALLEST} and {LARGEST}")
    if found.get("Amt/InstdAmt@Ccy") != "EUR":
        yield Fault("currency", identifier, f"the currency is {found.get('Amt/InstdAmt@Ccy')}, not EUR")
    yield from account_faults(found.get("CdtrAcct/Id/IBAN", ""), identifier, file)


def account_faults(iban: str, identifier: str, file: TransferFile) -> Iterator[Fault]:
    """The account that the money goes to."""
    if iban_fault(iban):
        yield Fault("iban", identifier, f"the IBAN {iban[:4]}…{iban[-4:]} is not valid")
    if iban == file.iban:
        yield Fault("iban", identifier, "the money would go to the account that it comes from")


def sum_faults(payments: list[Any], count: int, total: Decimal) -> Iterator[Fault]:
    """The payments themselves, added up; none of them twice."""
    found = [leaves(payment) for payment in payments]
    added = sum((decimal(one.get("Amt/InstdAmt")) for one in found), Decimal(0))
    if (len(found), added) != (count, total):
        yield Fault("sum", "CdtTrfTxInf", f"{len(found)} payments of {added}; the books say {count} of {total}")
    identifiers = [one.get("PmtId/EndToEndId", "") for one in found]
    for identifier in {one for one in identifiers if identifiers.count(one) > 1}:
        yield Fault("duplicate", identifier, "this end-to-end id stands twice")
