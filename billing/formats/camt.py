"""Bank statements in XML, read as a stream: camt.052, camt.053 and camt.054, versions .02 and .08 (DK, DFÜ-Abkommen Anlage 3).

Only what is booked counts: pending entries and those that are for information are passed over.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, BinaryIO

from lxml import etree

from billing.formats.bank_lines import BankFileError, Booking, Head, Line, account_text, amount_of, clean, day_of
from billing.formats.camt_details import details_of
from billing.formats.camt_tree import Node, nodes, signed, text_at, tree

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"
KINDS = {
    f"{NAMESPACE}camt.{message}.001.{version}": f"camt.{message}"
    for message in ("052", "053", "054")
    for version in ("02", "08")
}
STATEMENTS = ("Rpt", "Stmt", "Ntfctn")
# The single amounts of 10,000 debits that were booked as one sum are some 10 MB.
LARGEST_ENTRY = 32 * 1024 * 1024
OPENING, CLOSING, INTERIM = ("OPBD", "PRCD"), ("CLBD",), "ITBD"
SAFE = {
    "resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False, "remove_comments": True, "remove_pis": True,
}  # fmt: skip


def read(source: BinaryIO) -> Iterator[Line]:
    """Each statement's head and then its bookings. Holds one entry at a time, however long the file is."""
    kind = kind_of(source)
    source.seek(0)
    head = None
    tags = [f"{{*}}{name}" for name in ("Ntry", *STATEMENTS)]
    try:
        metered = Metered(source)
        for _event, element in etree.iterparse(metered, events=("end",), tag=tags, **SAFE):
            metered.passed()
            statement = element.getparent() if element.tag.endswith("}Ntry") else element
            if head is None:
                head = head_of(kind, tree(statement, but="Ntry"))
                yield head
            if element is statement:
                head = None
            else:
                yield from booked(tree(element), head.identifier)
            forget(element)
    except etree.XMLSyntaxError as broken:
        raise BankFileError("not_xml", line=broken.lineno) from broken


class Metered:
    """A source that is given up when no entry ends for too long: what stands between them would have to be held as a whole."""

    def __init__(self, source: BinaryIO) -> None:
        self.source, self.waiting = source, 0

    def read(self, size: int = -1) -> bytes:
        """The next block."""
        block = self.source.read(size)
        self.waiting += len(block)
        if self.waiting > LARGEST_ENTRY:
            raise BankFileError("entry_large", most=LARGEST_ENTRY // 1024 // 1024)
        return block

    def passed(self) -> None:
        """An entry has ended."""
        self.waiting = 0


def forget(element: Any) -> None:
    """Frees an entry and all that stood before it; what a statement's head says was read with its first entry."""
    element.clear()
    while element.getprevious() is not None:
        del element.getparent()[0]


def kind_of(source: BinaryIO) -> str:
    """Which message it is, by the first element; nothing behind it is read. Document types are refused whatever they say."""
    try:
        _event, root = next(iter(etree.iterparse(source, events=("start",), **SAFE)))
    except (etree.XMLSyntaxError, StopIteration) as broken:
        raise BankFileError("not_xml", line=getattr(broken, "lineno", 1)) from broken
    info = root.getroottree().docinfo
    if info.doctype or info.internalDTD is not None:
        raise BankFileError("doctype")
    name = etree.QName(root)
    kind = KINDS.get(name.namespace or "")
    if kind and name.localname == "Document":
        return kind
    raise BankFileError(refusal(name))


def refusal(name: Any) -> str:
    """Why this root is none of ours."""
    namespace = name.namespace or ""
    if namespace.startswith(f"{NAMESPACE}pain."):
        return "debit_file"
    return "version" if namespace.startswith(f"{NAMESPACE}camt.05") and name.localname == "Document" else "root"


def head_of(kind: str, statement: Node) -> Head:
    """What stands before the entries."""
    identifier = clean(text_at(statement, "Id"), 70)
    iban = account_text(text_at(statement, "Acct", "Id", "IBAN"))
    if not iban:
        raise BankFileError("account", statement=identifier)
    currency = text_at(statement, "Acct", "Ccy") or "EUR"
    if currency != "EUR":
        raise BankFileError("currency", value=clean(currency, 10), where=identifier)
    opening, closing = balances(statement, identifier)
    number = text_at(statement, "ElctrncSeqNb") or text_at(statement, "LglSeqNb")
    days = [text_at(statement, "FrToDt", name) for name in ("FrDtTm", "ToDtTm")]
    start_on, end_on = (day_of(day, identifier) if day else None for day in days)
    return Head(kind, identifier, clean(number, 35), iban, start_on, end_on, opening, closing)


def balances(statement: Node, identifier: str) -> tuple[Decimal | None, Decimal | None]:
    """Opening and closing balance. Pages in the middle of a long statement carry interim ones instead, in this order."""
    found: dict[str, Decimal] = {}
    interim = []
    for balance in nodes(statement, "Bal"):
        code = text_at(balance, "Tp", "CdOrPrtry", "Cd")
        amount = signed(balance, money_of(balance, identifier), identifier)
        found.setdefault(code, amount)
        if code == INTERIM:
            interim.append(amount)
    opening = next((found[code] for code in OPENING if code in found), None)
    closing = next((found[code] for code in CLOSING if code in found), None)
    if opening is None and interim:
        opening = interim.pop(0)
    return opening, closing if closing is not None or not interim else interim[-1]


def money_of(node: Node, where: str) -> Decimal:
    """The amount of an entry or balance; EUR only."""
    currency = text_at(node, "Amt.Ccy")
    if "Amt" in node and currency != "EUR":
        raise BankFileError("currency", value=clean(currency, 10), where=where)
    return amount_of(text_at(node, "Amt"), where)


def booked(entry: Node, statement: str) -> Iterator[Booking]:
    """The booking of an entry by which money moved: it is booked, and not zero."""
    status = text_at(entry, "Sts", "Cd") or text_at(entry, "Sts")
    where = f"{statement} {text_at(entry, 'NtryRef') or text_at(entry, 'AcctSvcrRef')}".strip()
    if status in ("BOOK", "") and money_of(entry, where):
        yield booking_of(entry, where)


def booking_of(entry: Node, where: str) -> Booking:
    """One entry with its single amounts."""
    amount = signed(entry, money_of(entry, where), where)
    valued = date_text(entry, "ValDt")
    batch = next((one for part in nodes(entry, "NtryDtls") for one in nodes(part, "Btch")), {})
    count = text_at(batch, "NbOfTxs")
    code = bank_code(entry)
    return Booking(
        amount=amount, booked_on=day_of(date_text(entry, "BookgDt") or valued, where),
        valued_on=day_of(valued, where) if valued else None, bank_reference=clean(text_at(entry, "AcctSvcrRef"), 35),
        bank_code=code, details=details_of(entry, amount, code, where),
        batch_reference=clean(text_at(batch, "PmtInfId") or text_at(batch, "MsgId"), 35),
        batch_count=int(count) if count.isascii() and count.isdigit() and len(count) < 9 else None,
    )  # fmt: skip


def date_text(entry: Node, name: str) -> str:
    """`Dt` or `DtTm`."""
    return text_at(entry, name, "Dt") or text_at(entry, name, "DtTm")


def bank_code(entry: Node) -> str:
    """`PMNT-IDDT-UPDD/NRTI+109++901`: the standard's code and the bank's own (with the German GVC)."""
    domain = (
        text_at(entry, "BkTxCd", "Domn", "Cd"),
        text_at(entry, "BkTxCd", "Domn", "Fmly", "Cd"),
        text_at(entry, "BkTxCd", "Domn", "Fmly", "SubFmlyCd"),
    )
    standard = "-".join(part for part in domain if part)
    own = text_at(entry, "BkTxCd", "Prtry", "Cd")
    return clean(f"{standard}/{own}".strip("/"), 35)
