"""Writes the lines of a bank file, slice by slice; what is known already is left out.

A booking that came as one sum is replaced when its single amounts are told later (camt.054), unless somebody has settled it.
Money is counted once, whether the notice or the statement comes first.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db.models import Count, QuerySet, Sum

from billing.formats.bank_keys import Keys
from billing.formats.bank_lines import Booking, Detail, Head
from billing.models import Creditor, Statement, StatementEntry, StatementFile
from billing.pricing.money import ZERO, total
from billing.services import bulk
from billing.services.statement_words import FAULTS
from members.models import Organisation

ENTRY_FIELDS = (
    "organisation", "creditor", "statement", "key", "part", "booked_on", "valued_on", "amount", "name", "iban", "remittance",
    "end_to_end_id", "mandate_reference", "creditor_reference", "batch_reference", "batch_count", "returned", "return_reason",
    "original_amount", "charges", "bank_code", "bank_reference",
)  # fmt: skip
SLICE = 2000
NOTICE = Statement.Kind.NOTICE


@dataclass(slots=True)
class Report:
    """What a file brought: statements, new and known entries, sums that were resolved into single amounts, EUR in and out."""

    statements: int = 0
    new: int = 0
    known: int = 0
    resolved: int = 0
    received: Decimal = ZERO
    taken: Decimal = ZERO
    first_on: date | None = None
    last_on: date | None = None
    warnings: list[str] = field(default_factory=list)


class Keyed(NamedTuple):
    """A booking and its key."""

    key: str
    booking: Booking


class Group(NamedTuple):
    """What is stored of a booking: one sum (`whole`) or its single amounts, and who it names."""

    key: str
    whole: bool
    open: bool
    notice: bool
    names: str


@dataclass(slots=True)
class Writer:
    """Writes one statement after the other of one file."""

    organisation: Organisation
    file: StatementFile
    now: datetime
    report: Report
    accounts: dict[str, int]
    head: Head | None = None
    statement: Statement | None = None
    keys: Keys = field(default_factory=Keys)
    waiting: list[Keyed] = field(default_factory=list)

    def take(self, line: Head | Booking) -> None:
        """The next line."""
        if isinstance(line, Head):
            self.flush()
            self.open(line)
            return
        self.waiting.append(Keyed(self.keys.next(line), line))
        if len(self.waiting) == SLICE:
            self.flush()

    def open(self, head: Head) -> None:
        """A new statement begins; it is written with its first new entry."""
        if head.iban not in self.accounts:
            raise ValidationError(FAULTS["own_account"], code="own_account", params={"iban": head.iban})
        self.head, self.statement, self.keys = head, None, Keys()
        self.report.statements += 1

    @property
    def creditor(self) -> int:
        """The account of the present statement."""
        return self.accounts[self.head.iban] if self.head else 0

    def flush(self) -> None:
        """Writes what waits."""
        if not self.waiting or self.head is None:
            return
        stored = Stored(self.creditor, self.waiting, self.head.kind == NOTICE)
        rows: list[tuple[object, ...]] = []
        for one in self.waiting:
            key = stored.place_of(one)
            if key is None:
                self.report.known += 1
                continue
            self.count(one.booking)
            rows += self.rows_of(key, one.booking)
        bulk.insert(StatementEntry, ENTRY_FIELDS, rows)
        resolved = StatementEntry.objects.filter(creditor=self.creditor, part=0, key__in=stored.resolved)
        self.report.resolved += resolved.open().update(resolved_at=self.now)
        self.waiting = []

    def count(self, booking: Booking) -> None:
        """Notes a new booking."""
        report = self.report
        report.new += 1
        report.received += max(booking.amount, ZERO)
        report.taken += min(booking.amount, ZERO)
        report.first_on = min(report.first_on or booking.booked_on, booking.booked_on)
        report.last_on = max(report.last_on or booking.booked_on, booking.booked_on)

    def rows_of(self, key: str, booking: Booking) -> Iterable[tuple[object, ...]]:
        """The rows of a booking: one for the sum, or one per single amount."""
        statement = self.present(booking.booked_on)
        single = len(booking.details) == 1
        head = (self.organisation.pk, self.creditor, statement.pk, key)
        for part, detail in enumerate(booking.details, 0 if single else 1):
            yield (*head, part, booking.booked_on, booking.valued_on, *detail_values(booking, detail))

    def present(self, day: date) -> Statement:
        """The statement's row."""
        if self.statement is None and self.head is not None:
            head = self.head
            self.statement = Statement.objects.create(
                organisation=self.organisation, creditor_id=self.creditor, file=self.file, kind=head.kind, identifier=head.identifier,
                number=head.number, start_on=head.start_on or day, end_on=head.end_on or day, opening=head.opening, closing=head.closing,
            )  # fmt: skip
        assert self.statement is not None
        return self.statement


def detail_values(booking: Booking, detail: Detail) -> tuple[object, ...]:
    """The rest of a row, in the order of ENTRY_FIELDS."""
    whole_batch = booking.batch
    return (
        detail.amount, detail.name, detail.iban, detail.remittance, detail.end_to_end_id, detail.mandate_reference,
        detail.creditor_reference, booking.batch_reference, booking.batch_count if whole_batch else None, detail.returned,
        detail.return_reason, detail.original_amount, detail.charges, booking.bank_code, booking.bank_reference,
    )  # fmt: skip


class Stored:
    """What the database holds about a slice of bookings, asked once."""

    def __init__(self, creditor: int, slice_: Sequence[Keyed], notice: bool) -> None:
        self.notice = notice
        entries = StatementEntry.objects.filter(creditor=creditor)
        self.known = {one.key: one for one in groups(entries.filter(key__in=[one.key for one in slice_]))}
        self.others: dict[tuple[date, Decimal], list[Group]] = defaultdict(list)
        self.resolved: list[str] = []
        if notice or Statement.objects.filter(creditor=creditor, kind=NOTICE).exists():
            self.find_others(entries, slice_)

    def find_others(self, entries: QuerySet[StatementEntry], slice_: Sequence[Keyed]) -> None:
        """Bookings of the same days that came by the other kind of message: notice here, statement there."""
        there = entries.filter(booked_on__in={one.booking.booked_on for one in slice_})
        both = set(there.exclude(resolved_at=None).values_list("key", flat=True))
        for group, day, amount in groups_by_day(there.filter(resolved_at=None)):
            if (group.notice != self.notice or group.key in both) and group.key not in self.known:
                self.others[day, amount].append(group)

    def place_of(self, one: Keyed) -> str | None:
        """The key that a booking is written under, or None if nothing of it is new."""
        known = self.known.get(one.key) or self.other(one.booking)
        if known is None:
            self.known[one.key] = Group(one.key, len(one.booking.details) == 1, False, self.notice, "")
            return one.key
        if known.whole and known.open and len(one.booking.details) > 1 and known.key not in self.resolved:
            self.resolved.append(known.key)
            return known.key
        return None

    def other(self, booking: Booking) -> Group | None:
        """The same booking as the other kind of message told it; each answers for one."""
        waiting = self.others.get((booking.booked_on, booking.amount), [])
        names = names_of(booking)
        found = next((one for one in waiting if not names or not one.names or one.names == names), None)
        if found:
            waiting.remove(found)
        return found


def names_of(booking: Booking) -> str:
    """Who a single booking names; nothing for a sum."""
    return booking.details[0].name.upper() if len(booking.details) == 1 else ""


def groups(entries: QuerySet[StatementEntry]) -> list[Group]:
    """What is stored, by key."""
    rows = entries.filter(part__lte=1).values_list(
        "key", "part", "settled_at", "resolved_at", "statement__kind", "name"
    )
    return [
        Group(key, part == 0, settled is None and resolved is None, kind == NOTICE, name.upper() if part == 0 else "")
        for key, part, settled, resolved, kind, name in rows.order_by("part")
    ]


def groups_by_day(entries: QuerySet[StatementEntry]) -> list[tuple[Group, date, Decimal]]:
    """What is stored, with the day and the sum of each booking; a sum that was replaced does not count."""
    found = {one.key: one for one in groups(entries.filter(resolved_at=None))}
    sums = (
        entries.filter(resolved_at=None)
        .order_by()
        .values("key", "booked_on")
        .annotate(sum=Sum("amount"), n=Count("pk"))
    )
    return [
        (found[row["key"]], row["booked_on"], total([row["sum"]]))
        for row in sums.order_by("key")
        if row["key"] in found
    ]


def own_accounts(organisation: Organisation) -> dict[str, int]:
    """The organisation's accounts; of several creditors with one account the first."""
    rows = Creditor.objects.filter(organisation=organisation).order_by("-pk")
    return dict(rows.values_list("iban", "pk"))
