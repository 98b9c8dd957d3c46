"""Bank statements as MT940 (SWIFT), as German banks wrote them until November 2025: a fall-back beside camt.

The library reads the tags; what the fields mean here stands below. `?34` of a returned debit is a German text key; where its
ISO code is known it is translated, otherwise it is shown as it came.
"""

import re
from collections.abc import Iterator
from decimal import Decimal, DecimalException
from typing import Any

import mt940

from billing.formats.bank_lines import (
    BankFileError,
    Booking,
    Detail,
    Head,
    Line,
    account_text,
    amount_of,
    clean,
    day_of,
)
from billing.formats.camt_details import ABSENT, is_return_code

START = re.compile(r"^:20:", re.MULTILINE)
GERMAN_ACCOUNT = re.compile(r"(\d{8})/(\d{1,10})(?:[A-Z]{3})?", re.ASCII)
CODE_OF_TEXT_KEY = {"901": "AC01", "903": "AC06", "912": "MD06", "914": "MS03"}
OPTIONS = mt940.Options.all()


def looks_like(text: str) -> bool:
    """Whether a text is such a file at all."""
    return bool(START.search(text)) and ":25:" in text


def decoded(data: bytes) -> str:
    """UTF-8 where it is, otherwise the banks' Western alphabet."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def read(data: bytes) -> Iterator[Line]:
    """Each statement's head and then its bookings."""
    text = decoded(data).replace("\0", "")
    try:
        statements = mt940.parse_statements(text, options=OPTIONS)
        parsed = [(dict(one.data), [dict(line.data) for line in one]) for one in statements]
    except (ValueError, ArithmeticError, AttributeError, KeyError, TypeError, RuntimeError, IndexError) as broken:
        raise BankFileError("mt940", value=clean(str(broken), 120)) from broken
    if not parsed:
        raise BankFileError("empty")
    for said, lines in parsed:
        head = head_of(said)
        yield head
        for line in lines:
            if "amount" in line and line["amount"].amount:
                yield booking_of(line, head.identifier)


def head_of(said: dict[str, Any]) -> Head:
    """One statement."""
    number = "/".join(said[name] for name in ("statement_number", "sequence_number") if said.get(name))
    identifier = clean(f"{said.get('transaction_reference') or ''} {number}", 70)
    opening, opened = balance(said, "opening", identifier)
    closing, closed = balance(said, "closing", identifier)
    account = account_of(said.get("account_identification") or "")
    if not account:
        raise BankFileError("account", statement=identifier)
    return Head("MT940", identifier, clean(number, 35), account, opened, closed, opening, closing)


def balance(said: dict[str, Any], which: str, identifier: str) -> tuple[Decimal | None, Any]:
    """A final balance, or the one of a page in the middle, and its day."""
    found = said.get(f"final_{which}_balance") or said.get(f"intermediate_{which}_balance")
    if found is None:
        return None, None
    return euros(found.amount, identifier), day_of(found.date.isoformat(), identifier)


def euros(amount: Any, where: str) -> Decimal:
    """A signed amount in EUR."""
    if amount.currency != "EUR":
        raise BankFileError("currency", value=clean(str(amount.currency), 10), where=where)
    value = Decimal(amount.amount)
    return amount_of(f"{abs(value):f}", where) * (-1 if value < 0 else 1)


def account_of(text: str) -> str:
    """An IBAN, or bank code and account number of a German account, as an IBAN."""
    parts = GERMAN_ACCOUNT.fullmatch(text.strip())
    if not parts:
        return account_text(text.removesuffix("EUR"))
    basic = parts[1] + parts[2].zfill(10)
    return f"DE{98 - int(basic + '131400') % 97:02d}{basic}"


def booking_of(line: dict[str, Any], statement: str) -> Booking:
    """One entry."""
    amount = euros(line["amount"], statement)
    reference = said(line, "bank_reference", 35)
    gvc = said(line, "transaction_code", 3)
    code = f"{said(line, 'id', 4)}+{gvc}+" if gvc else said(line, "id", 4)
    booked = line.get("entry_date") or line["date"]
    return Booking(
        amount=amount, booked_on=day_of(booked.isoformat(), statement), valued_on=day_of(line["date"].isoformat(), statement),
        bank_reference=reference, bank_code=code, details=(detail(line, amount, code),),
    )  # fmt: skip


def detail(line: dict[str, Any], amount: Decimal, code: str) -> Detail:
    """Who and what for."""
    key = said(line, "return_debit_notes", 35)
    returned = bool(key) or is_return_code(code)
    text = " ".join(part for part in (said(line, "purpose"), said(line, "additional_purpose")) if part)
    text = text or said(line, "transaction_details") or said(line, "posting_text")
    return Detail(
        amount=amount, name=said(line, "applicant_name", 140) or said(line, "recipient_name", 140),
        iban=account_text(str(line.get("gvc_applicant_iban") or line.get("applicant_iban") or "")), remittance=text,
        end_to_end_id=reference(line, "end_to_end_reference"), mandate_reference=reference(line, "additional_position_reference"),
        returned=returned, return_reason=CODE_OF_TEXT_KEY.get(key, key) if returned else "",
        original_amount=euros_said(line, "original_amount") if returned else None, charges=euros_said(line, "compensation_amount"),
    )  # fmt: skip


def said(line: dict[str, Any], name: str, longest: int = 2_000) -> str:
    """A field as text."""
    return clean(str(line.get(name) or ""), longest)


def reference(line: dict[str, Any], name: str) -> str:
    """A reference, unless it only says that there is none."""
    text = said(line, name, 35)
    return "" if text.upper().replace(" ", "") in ABSENT else text


def euros_said(line: dict[str, Any], name: str) -> Decimal | None:
    """`50,00` as an amount; a field that holds something else says nothing."""
    text = said(line, name).removeprefix("EUR").replace(",", ".").strip()
    try:
        return amount_of(text, "") or None if text else None
    except (BankFileError, DecimalException):
        return None
