"""A bank for demo, benchmark and tests: writes camt statements, version .02 or .08, over the lines that it is given."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from xml.sax.saxutils import escape

NAMES = {"camt.052": ("BkToCstmrAcctRpt", "Rpt"), "camt.053": ("BkToCstmrStmt", "Stmt"), "camt.054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn")}  # fmt: skip


@dataclass(frozen=True, slots=True)
class BankLine:
    """One movement, EUR, > 0 received. A returned debit: `original` is what had been collected, the rest is the fee."""

    amount: Decimal
    on: date
    name: str = ""
    iban: str = ""
    text: str = ""
    end_to_end_id: str = "NOTPROVIDED"
    mandate: str = ""
    reference: str = ""
    reason: str = ""
    original: Decimal | None = None
    batch: str = ""
    count: int = 0
    code: str = "NTRF+166"
    parts: tuple["BankLine", ...] = ()


@dataclass(frozen=True, slots=True)
class Paper:
    """Which statement of which account."""

    iban: str
    identifier: str = "S1"
    opening: Decimal = Decimal("1000.00")
    kind: str = "camt.053"
    version: str = "08"
    balances: bool = True


def statement(paper: Paper, lines: Iterable[BankLine]) -> bytes:
    """The whole file."""
    return "".join(pieces(paper, list(lines))).encode()


def pieces(paper: Paper, lines: list[BankLine]) -> Iterator[str]:
    """The file, piece by piece."""
    message, element = NAMES[paper.kind]
    last = max((line.on for line in lines), default=date(2027, 1, 1))
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:{paper.kind}.001.{paper.version}"><{message}>'
    yield f"<GrpHdr><MsgId>{paper.identifier}</MsgId><CreDtTm>{last}T20:00:00+01:00</CreDtTm></GrpHdr><{element}>"
    yield f"<Id>{paper.identifier}</Id><CreDtTm>{last}T20:00:00+01:00</CreDtTm>"
    yield f"<Acct><Id><IBAN>{paper.iban}</IBAN></Id><Ccy>EUR</Ccy></Acct>"
    if paper.balances and paper.kind != "camt.054":
        closing = paper.opening + sum((line.amount for line in lines), Decimal(0))
        yield balance("PRCD", paper.opening, lines[0].on if lines else last) + balance("CLBD", closing, last)
    for line in lines:
        yield entry(paper, line) + "\n"
    yield f"</{element}></{message}></Document>"


def balance(code: str, amount: Decimal, on: date) -> str:
    """`Bal`."""
    kind = f"<Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
    return f"<Bal>{kind}{money(amount)}<Dt><Dt>{on}</Dt></Dt></Bal>"


def money(amount: Decimal) -> str:
    """Amount and sign."""
    return f'<Amt Ccy="EUR">{abs(amount):.2f}</Amt><CdtDbtInd>{"CRDT" if amount >= 0 else "DBIT"}</CdtDbtInd>'


def entry(paper: Paper, line: BankLine) -> str:
    """`Ntry`."""
    status = "BOOK" if paper.version == "02" else "<Cd>BOOK</Cd>"
    reference = f"<AcctSvcrRef>{line.reference}</AcctSvcrRef>" if line.reference else ""
    code = f"<BkTxCd><Prtry><Cd>{line.code}</Cd><Issr>DK</Issr></Prtry></BkTxCd>"
    days = f"<BookgDt><Dt>{line.on}</Dt></BookgDt><ValDt><Dt>{line.on}</Dt></ValDt>"
    return f"<Ntry>{money(line.amount)}<Sts>{status}</Sts>{days}{reference}{code}<NtryDtls>{details(paper, line)}</NtryDtls></Ntry>"


def details(paper: Paper, line: BankLine) -> str:
    """`NtryDtls`: a sum of many, or each of them."""
    batch = f"<Btch><PmtInfId>{line.batch}</PmtInfId><NbOfTxs>{line.count}</NbOfTxs></Btch>" if line.batch else ""
    if line.parts:
        return batch + "".join(transaction(paper, part, own=True) for part in line.parts)
    return batch or transaction(paper, line, own=False)


def transaction(paper: Paper, line: BankLine, own: bool) -> str:
    """`TxDtls`."""
    mandate = f"<MndtId>{line.mandate}</MndtId>" if line.mandate else ""
    moved = ("" if paper.version == "02" else money(line.amount)) if own else ""
    text = f"<RmtInf><Ustrd>{escape(line.text)}</Ustrd></RmtInf>" if line.text else ""
    back = f"<RtrInf><Rsn><Cd>{line.reason}</Cd></Rsn></RtrInf>" if line.reason else ""
    return (
        f"<TxDtls><Refs><EndToEndId>{line.end_to_end_id}</EndToEndId>{mandate}</Refs>{moved}{amounts(paper, line, own)}"
        f"{parties(paper, line)}{text}{back}</TxDtls>"
    )


def amounts(paper: Paper, line: BankLine, own: bool) -> str:
    """What was collected and what the bank keeps."""
    if line.original is None:
        told = f'<AmtDtls><TxAmt><Amt Ccy="EUR">{abs(line.amount):.2f}</Amt></TxAmt></AmtDtls>'
        return told if own and paper.version == "02" else ""
    fee = f'<Amt Ccy="EUR">{-line.amount - line.original:.2f}</Amt>'
    charges = fee if paper.version == "02" else f"<Rcrd>{fee}</Rcrd>"
    return f'<AmtDtls><InstdAmt><Amt Ccy="EUR">{line.original:.2f}</Amt></InstdAmt></AmtDtls><Chrgs>{charges}</Chrgs>'


def parties(paper: Paper, line: BankLine) -> str:
    """The other side."""
    if not line.name and not line.iban:
        return ""
    side = "Dbtr" if line.amount > 0 or line.reason else "Cdtr"
    name = f"<Nm>{escape(line.name)}</Nm>"
    person = f"<{side}>{name if paper.version == '02' else f'<Pty>{name}</Pty>'}</{side}>" if line.name else ""
    account = f"<{side}Acct><Id><IBAN>{line.iban}</IBAN></Id></{side}Acct>" if line.iban else ""
    return f"<RltdPties>{person}{account}</RltdPties>"
