"""The ledger as a text journal that ledger, hledger and beancount's importers read: one transaction per posting.

Every transaction has two sides that add up to nothing. The same postings give the same text.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

CURRENCY = "EUR"
MEMBERS, ACCOUNTS = "Mitglieder", "Konten"
NOT_IN_TEXT = re.compile(r"[\s;|]+")
NOT_IN_CODE = re.compile(r"[\s()]+")


@dataclass(frozen=True, slots=True)
class Entry:
    """One posting: `amount` EUR > 0 from `credit` to `debit`; `key` names it for good."""

    key: int
    on: date
    debit: str
    credit: str
    amount: Decimal
    reference: str
    text: str
    case: str


def journal(accounts: Iterable[tuple[str, str]], length: int, entries: Iterable[Entry]) -> Iterator[str]:
    """The journal, line by line: the accounts with their names, then what was posted."""
    for number, name in accounts:
        yield f"account {account(number, length)}"
        yield f"    note {plain(name)}"
    for one in entries:
        yield ""
        code = f"({NOT_IN_CODE.sub('', one.reference)}) " if one.reference else ""
        yield f"{one.on:%Y-%m-%d} * {code}{plain(one.text)}"
        yield f"    ; posting: {one.key}, case: {plain(one.case)}"
        yield f"    {account(one.debit, length)}  {one.amount:.2f} {CURRENCY}"
        yield f"    {account(one.credit, length)}  {-one.amount:.2f} {CURRENCY}"


def account(number: str, length: int) -> str:
    """`Mitglieder:10001` or `Konten:8400`: members' accounts are longer than the chart's."""
    return f"{MEMBERS if len(number) > length else ACCOUNTS}:{number}"


def plain(text: str) -> str:
    """A text that ends no line and begins no comment."""
    return NOT_IN_TEXT.sub(" ", text).strip()
