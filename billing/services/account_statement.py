"""A payer's account between two days: what they owed before, every claim, payment, return, fee and correction, and what is left.

A claim counts from the day of its document, money from the day of the bank. What a line of the bank once settled and was taken
back stands there twice, so that nothing disappears. Set-offs move nothing: the credit stands there, and so does the claim.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from operator import attrgetter

from django.db.models import Q
from django.utils.translation import gettext as _

from billing.models import Allocation, AncillaryClaim, Invoice
from billing.pricing.money import total

MOVED = ("payment", "return", "advance", "payout")


@dataclass(frozen=True, slots=True)
class Movement:
    """One line: `amount` EUR > 0 is owed, < 0 is paid or credited. `order` decides within a day: claims before money."""

    on: date
    order: int
    text: str
    document: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Line:
    """A movement and what was owed after it."""

    movement: Movement
    balance: Decimal


@dataclass(frozen=True, slots=True)
class Account:
    """From `start` to `end`, both included."""

    start: date
    end: date
    opening: Decimal
    lines: list[Line]
    closing: Decimal

    @property
    def owed(self) -> Decimal:
        """All that was added."""
        return total(one.movement.amount for one in self.lines if one.movement.amount > 0)

    @property
    def paid(self) -> Decimal:
        """All that was taken off."""
        return total(-one.movement.amount for one in self.lines if one.movement.amount < 0)


def account(payers: Iterable[int], start: date, end: date) -> Account:
    """The account of these payers, who are shown as one; three queries."""
    moved = sorted(movements(list(payers), end), key=attrgetter("on", "order", "document"))
    opening = total(one.amount for one in moved if one.on < start)
    balance, lines = opening, []
    for one in moved:
        if one.on >= start:
            balance += one.amount
            lines.append(Line(one, balance))
    return Account(start, end, opening, lines, balance)


def movements(payers: list[int], end: date) -> Iterator[Movement]:
    """Everything up to and including the last day, in no order."""
    yield from documents(payers, end)
    yield from costs(payers, end)
    yield from money(payers, end)


def documents(payers: list[int], end: date) -> Iterator[Movement]:
    """Claims, and what corrects them."""
    kinds = dict(Invoice.Kind.choices)
    rows = Invoice.objects.filter(payer__in=payers, issued_on__lte=end).exclude(gross=0)
    for on, kind, number, gross in rows.values_list("issued_on", "kind", "number", "gross"):
        text = str(kinds[kind]) if kind != Invoice.Kind.INVOICE or gross > 0 else _("credit")
        yield Movement(on, 0, text[:1].upper() + text[1:], number, gross)


def costs(payers: list[int], end: date) -> Iterator[Movement]:
    """Fees, costs and interest, and where somebody did without."""
    kinds = dict(AncillaryClaim.Kind.choices)
    rows = AncillaryClaim.objects.filter(invoice__payer__in=payers, on__lte=end)
    for on, kind, number, amount, waived_on in rows.values_list("on", "kind", "invoice__number", "amount", "waived_on"):
        text = str(kinds[kind])
        yield Movement(on, 1, text[:1].upper() + text[1:], number, amount)
        if waived_on and waived_on <= end:
            yield Movement(waived_on, 2, _("waived: %(what)s") % {"what": text}, number, -amount)


def money(payers: list[int], end: date) -> Iterator[Movement]:
    """What came from the bank and went back, by what it settled."""
    texts = {
        "payment": _("Payment"), "return": _("Returned direct debit"), "advance": _("Payment on account"), "payout": _("Paid out"),
    }  # fmt: skip
    rows = Allocation.objects.filter(Q(member__in=payers), kind__in=MOVED, on__lte=end)
    names = ("on", "kind", "amount", "undone_on", "invoice__number", "payout__credit__number")
    for on, kind, amount, undone_on, number, credit in rows.values_list(*names):
        document = number or credit or ""
        yield Movement(on, 3, texts[kind], document, -amount)
        if undone_on and undone_on <= end:
            yield Movement(max(on, undone_on), 4, _("taken back: %(what)s") % {"what": texts[kind]}, document, amount)
