"""The single amounts of a camt entry: who, what for, and why a debit came back.

A returned debit in Germany: the entry is claim plus fee, `InstdAmt` is the claim, `Chrgs` the fee, and often only the mandate
reference is there. An amount is read where it stands, never the first one below.
"""

from decimal import Decimal

from billing.formats.bank_lines import ZERO, Detail, account_text, amount_of, clean
from billing.formats.camt_tree import Node, nodes, part_at, signed, text_at

ABSENT = {"NOTPROVIDED", "NONREF", "NOTAVAILABLE", ""}
RETURNED_CODES = ("IDDT-UPDD", "IDDT-PRDD", "RRTN", "RPCR", "+108+", "+109+", "+159+")


def details_of(entry: Node, amount: Decimal, code: str, where: str) -> tuple[Detail, ...]:
    """The single amounts; one for the whole entry where they are not told or do not add up to it."""
    transactions = [one for part in nodes(entry, "NtryDtls") for one in nodes(part, "TxDtls")]
    told = text_at(entry, "AddtlNtryInf")
    if len(transactions) == 1:
        return (detail(transactions[0], amount, code, told, where),)
    if transactions:
        parts = tuple(detail(one, own_amount(one, amount, where), code, "", where) for one in transactions)
        rest = amount - sum((part.amount for part in parts), ZERO)
        if rest and rest == -sum((part.charges or ZERO for part in parts), ZERO):
            return (*parts, Detail(rest, remittance=clean(told)))
        if not rest and all(part.amount for part in parts):
            return parts
    return (Detail(amount, remittance=clean(told), returned=is_return_code(code)),)


def own_amount(transaction: Node, entry_amount: Decimal, where: str) -> Decimal:
    """What this transaction moves: `Amt` (version .08) or `AmtDtls/TxAmt`, signed as the entry unless it says otherwise."""
    amount = amount_of(moved(transaction) or text_at(transaction, "AmtDtls", "InstdAmt", "Amt") or "0", where)
    if "CdtDbtInd" in transaction:
        return signed(transaction, amount, where)
    return amount if entry_amount > 0 else -amount


def moved(transaction: Node) -> str:
    """The amount that a transaction names for itself."""
    return text_at(transaction, "Amt") or text_at(transaction, "AmtDtls", "TxAmt", "Amt")


def detail(transaction: Node, amount: Decimal, code: str, told: str, where: str) -> Detail:
    """One transaction."""
    returned = "RtrInf" in transaction or is_return_code(code)
    name, iban = party(part_at(transaction, "RltdPties"), amount, returned)
    text, structured = remittance(transaction)
    return Detail(
        amount=amount, name=name, iban=iban, remittance=text or clean(told), creditor_reference=structured,
        end_to_end_id=reference(transaction, "EndToEndId"), mandate_reference=reference(transaction, "MndtId"), returned=returned,
        return_reason=reason(transaction), original_amount=original(transaction, amount, where) if returned else None,
        charges=charges(transaction, where),
    )  # fmt: skip


def reason(transaction: Node) -> str:
    """Why it came back: an ISO code, or the bank's own."""
    rule = part_at(transaction, "RtrInf", "Rsn")
    return clean(text_at(rule, "Cd") or text_at(rule, "Prtry"), 35)


def original(transaction: Node, amount: Decimal, where: str) -> Decimal | None:
    """What had been collected, where the bank tells it."""
    text = text_at(transaction, "AmtDtls", "InstdAmt", "Amt") or moved(transaction)
    found = amount_of(text, where) if text else None
    return found if found and found <= abs(amount) else None


def reference(transaction: Node, name: str) -> str:
    """A reference, unless it only says that there is none."""
    text = clean(text_at(transaction, "Refs", name), 35)
    return "" if text.upper().replace(" ", "") in ABSENT else text


def party(parties: Node, amount: Decimal, returned: bool) -> tuple[str, str]:
    """The other side: who paid, whom we paid, or whose debit came back."""
    sides = ("Dbtr", "Cdtr") if amount > 0 or returned else ("Cdtr", "Dbtr")
    side = next((one for one in sides if one in parties or f"{one}Acct" in parties), "")
    name = text_at(parties, side, "Pty", "Nm") or text_at(parties, side, "Nm")
    return clean(name, 140), account_text(text_at(parties, f"{side}Acct", "Id", "IBAN"))


def remittance(transaction: Node) -> tuple[str, str]:
    """What the payer wrote, and the creditor reference (ISO 11649) if there is one."""
    info = part_at(transaction, "RmtInf")
    text = clean(" ".join(one for one in info.get("Ustrd", ()) if isinstance(one, str)))
    structured = clean(next((text_at(one, "CdtrRefInf", "Ref") for one in nodes(info, "Strd")), ""), 35)
    return text or structured, structured


def charges(transaction: Node, where: str) -> Decimal | None:
    """The bank's fee: `TtlChrgsAndTaxAmt` or the sum of the records (version .08), or the repeated `Amt` (version .02)."""
    parts = list(nodes(transaction, "Chrgs"))
    texts = [text_at(one, "TtlChrgsAndTaxAmt") for one in parts]
    if not any(texts):
        texts = [text_at(one, "Amt") for part in parts for one in (list(nodes(part, "Rcrd")) or [part])]
    amounts = [amount_of(text, where) for text in texts if text]
    return sum(amounts, ZERO) if amounts else None


def is_return_code(code: str) -> bool:
    """Whether the transaction code itself says that money comes back (German GVC 108, 109, 159; ISO UPDD, PRDD, RRTN)."""
    return any(one in f"{code}+" for one in RETURNED_CODES)
