"""What every bank statement says, whatever its format: statements with balances, bookings, and the single amounts in them.

A reader gives a `Head` and then its `Booking`s, one after the other. An unusable file raises BankFileError, whose `code` says
why: `empty`, `too_large`, `not_xml`, `doctype`, `root`, `version`, `debit_file`, `account`, `currency`, `amount`, `date`,
`balances`, `sum`, `mt940`, `unknown`, `zip`, `zip_nested`, `zip_many`, `zip_large`, `zip_locked`.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

CENT, ZERO = Decimal("0.01"), Decimal("0.00")
AMOUNT = re.compile(r"\d{1,12}(\.\d{1,5})?", re.ASCII)
EARLIEST, LATEST = date(1990, 1, 1), date(2199, 12, 31)
LONGEST_TEXT = 2_000


class BankFileError(ValueError):
    """The file cannot be taken; `code` says why, `params` where."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code, self.params = code, params


@dataclass(frozen=True, slots=True)
class Head:
    """One statement of one account. Balances are EUR; `kind` is camt.052, .053, .054 or MT940."""

    kind: str
    identifier: str
    number: str
    iban: str
    start_on: date | None
    end_on: date | None
    opening: Decimal | None
    closing: Decimal | None

    @property
    def must_add_up(self) -> bool:
        """Statements of a day have balances; intraday reports only sometimes, notices never."""
        return self.kind in ("camt.053", "MT940")


@dataclass(frozen=True, slots=True)
class Detail:
    """A single amount of a booking: EUR, signed. `original_amount` is what a returned debit had collected."""

    amount: Decimal
    name: str = ""
    iban: str = ""
    remittance: str = ""
    end_to_end_id: str = ""
    mandate_reference: str = ""
    creditor_reference: str = ""
    returned: bool = False
    return_reason: str = ""
    original_amount: Decimal | None = None
    charges: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Booking:
    """One movement of the account: EUR, > 0 received, < 0 taken. Its details add up to it; there is at least one.

    `batch`: the bank booked `batch_count` amounts of the file `batch_reference` as one sum and named none of them.
    """

    amount: Decimal
    booked_on: date
    valued_on: date | None
    bank_reference: str
    bank_code: str
    details: tuple[Detail, ...]
    batch_reference: str = ""
    batch_count: int | None = None

    @property
    def batch(self) -> bool:
        """Whether it is a sum whose parts are not told here."""
        return len(self.details) == 1 and (self.batch_count or 0) > 1


Line = Head | Booking


def adding_up(lines: Iterable[Line]) -> Iterator[Line]:
    """The same lines; refuses a statement whose opening balance plus bookings is not its closing balance."""
    head, moved = None, ZERO
    for line in lines:
        if isinstance(line, Head):
            refuse_sum(head, moved)
            head, moved = line, ZERO
            if line.must_add_up and (line.opening is None or line.closing is None):
                raise BankFileError("balances", statement=line.identifier)
        else:
            moved += line.amount
        yield line
    refuse_sum(head, moved)


def refuse_sum(head: Head | None, moved: Decimal) -> None:
    """The closing balance must be reached."""
    if head is None or head.opening is None or head.closing is None:
        return
    if head.opening + moved != head.closing:
        difference = head.closing - head.opening - moved
        params = {"opening": head.opening, "moved": moved, "closing": head.closing, "difference": difference}
        raise BankFileError("sum", statement=head.identifier, **params)


def amount_of(text: str, where: str) -> Decimal:
    """An amount without sign, in cents at most; zeros behind the cents are allowed."""
    if not AMOUNT.fullmatch(text):
        raise BankFileError("amount", value=text[:40], where=where)
    value = Decimal(text)
    rounded = value.quantize(CENT)
    if rounded != value:
        raise BankFileError("amount", value=text[:40], where=where)
    return rounded


def day_of(text: str, where: str) -> date:
    """`2026-11-05`, with or without a time behind it."""
    try:
        day = date.fromisoformat(text[:10])
    except ValueError as broken:
        raise BankFileError("date", value=text[:40], where=where) from broken
    if not EARLIEST <= day <= LATEST:
        raise BankFileError("date", value=text[:40], where=where)
    return day


def clean(text: str, longest: int = LONGEST_TEXT) -> str:
    """Text as people may read it: no control signs, no signs that turn the writing around, single blanks."""
    if not text.isprintable():
        text = "".join(sign if sign.isprintable() else " " if sign.isspace() else "" for sign in text)
    return " ".join(text.split())[:longest]


def account_text(text: str) -> str:
    """An account as it is compared: no blanks, capital letters."""
    return clean(text, 68).replace(" ", "").upper()[:34]
