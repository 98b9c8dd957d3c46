"""What a member list would change: read it, resolve its words, compare it with what is stored. Writes nothing.

Only what the list has a column for is compared and changed. A row is taken as a whole or refused as a whole.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from billing.formats import member_csv
from billing.formats.member_csv import CsvFault, MemberFileError, MemberRow, MemberTable
from billing.pricing.periods import Span
from billing.services.member_books import Books, Held, load_books
from billing.services.member_contracts import Opening, Steps, Target, contract_differences, contract_steps
from billing.services.member_mandates import (
    MandateStep,
    has_mandate,
    mandate_differences,
    mandate_faults,
    mandate_step,
    mandate_warnings,
    shown,
)
from billing.services.member_words import Refusal, fault, refusal, unusable
from members.models import Member, Organisation

MEMBER_FIELDS = (
    "kind", "salutation", "title", "first_name", "last_name", "company", "date_of_birth", "street", "address_extra", "postal_code",
    "city", "country", "email", "phone", "joined_on", "left_on", "note",
)  # fmt: skip
ONE_DAY = timedelta(days=1)
YEARS_AWAY = 2


@dataclass(slots=True)
class Wanted:
    """One row as it will be written."""

    row: MemberRow
    values: dict[str, Any]
    tariffs: list[str]
    member: Member | None
    payer: str | None
    steps: Steps
    mandate: MandateStep
    differences: list[tuple[str, str, str]] = field(default_factory=list)


@dataclass(slots=True)
class ImportPlan:
    """Everything that taking the list over would do."""

    organisation: Organisation
    data: bytes
    bill_from: date
    count: int = 0
    encoding: str = ""
    unknown_columns: list[str] = field(default_factory=list)
    new: list[Wanted] = field(default_factory=list)
    changed: list[Wanted] = field(default_factory=list)
    unchanged: int = 0
    refused: list[Refusal] = field(default_factory=list)
    warnings: list[Refusal] = field(default_factory=list)

    @property
    def refused_rows(self) -> int:
        """How many rows are refused; one row can have several faults."""
        return len({one.line for one in self.refused})

    @property
    def fingerprint(self) -> str:
        """Two plans with the same fingerprint do the same: what was looked at is what is taken."""
        rows = [(one.row.line, one.differences) for one in (*self.new, *self.changed)]
        lines = sorted({one.line for one in self.refused})
        told = repr((len(self.new), rows, lines, self.bill_from, hashlib.sha256(self.data).digest()))
        return hashlib.sha256(told.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Reading:
    """A list beside the books it is compared with."""

    table: MemberTable
    books: Books
    rows: Mapping[str, MemberRow]
    accepted: set[str]
    references: set[str]
    bill_from: date


def plan(organisation: Organisation, data: bytes, bill_from: date) -> ImportPlan:
    """Reads a list and says what it would do. Raises ValidationError for a file that is no member list."""
    try:
        table = member_csv.read(data)
    except MemberFileError as broken:
        raise unusable(broken) from broken
    books = load_books(organisation)
    if "fee_group" not in table.columns and "" not in books.words.fee_groups:
        found = ", ".join((*table.columns.values(), *table.unknown_columns))
        raise unusable(MemberFileError("no_fee_group_column", found=found))
    result = ImportPlan(organisation, data, bill_from, table.count, table.encoding, table.unknown_columns)
    result.refused += [refusal(one) for one in table.faults]
    result.warnings += [refusal(one) for one in table.warnings]
    reading = Reading(table, books, {row.number: row for row in table.rows}, set(), set(), bill_from)
    for row in sorted(table.rows, key=lambda row: bool(payer_of(row))):  # payers first: a refused one pays for nobody
        sort_row(result, reading, row)
    for part in (result.new, result.changed):
        part.sort(key=lambda one: one.row.line)
    for told in (result.refused, result.warnings):
        told.sort(key=lambda one: one.line)
    return result


def check_bill_from(bill_from: date, today: date) -> None:
    """Refuses a first day that bills years anew, or nothing for years, because of a slip in its year."""
    if abs(bill_from.year - today.year) > YEARS_AWAY:
        message = _("Billing from %(day)s is years away: check the year.")
        raise ValidationError(message, code="far_away", params={"day": shown(bill_from)})


def sort_row(result: ImportPlan, reading: Reading, row: MemberRow) -> None:
    """New, changed, unchanged or refused."""
    member = reading.books.members.get(row.number)
    faults = [
        *merged_faults(row, member, reading),
        *word_faults(row, reading),
        *payer_faults(row, member, reading),
        *mandate_faults(row, member, reading.books, reading.table, reading.references),
    ]
    one = None if faults else wanted(row, member, reading)
    faults += step_faults(one, reading) if one else []
    if faults or one is None:
        result.refused += [refusal(found) for found in faults]
        return
    accept(result, reading, one)


def accept(result: ImportPlan, reading: Reading, one: Wanted) -> None:
    """A good row: others may name it as their payer, and nobody else its mandate."""
    reading.accepted.add(one.row.number)
    reading.references.update({one.row.mandate_reference.upper()} if has_mandate(one.row) else ())
    warnings = [*mandate_warnings(one.row, reading.books, reading.table), *start_warnings(one, reading)]
    result.warnings += [refusal(found) for found in warnings]
    if one.member is None:
        result.new.append(one)
    elif one.differences:
        result.changed.append(one)
    else:
        result.unchanged += 1


def payer_of(row: MemberRow) -> str:
    """The number of who pays, unless they pay themselves."""
    return row.payer_number if row.payer_number != row.number else ""


def merged_faults(row: MemberRow, member: Member | None, reading: Reading) -> Iterator[CsvFault]:
    """A record that was merged into another one is closed, also for lists of other programs."""
    if member and member.merged_into_id:
        yield fault(row, reading.table, "number", row.number, "merged")


def word_faults(row: MemberRow, reading: Reading) -> Iterator[CsvFault]:
    """Words that mean nothing here, or a tariff that does not exist."""
    words, table = reading.books.words, reading.table
    said = [("fee_group", row.fee_group, words.fee_groups, "fee_group")]
    said += [("departments", department, words.departments, "department") for department in row.departments]
    for key, word, meanings, code in said:
        if word.casefold() not in meanings:
            yield fault(row, table, key, word, code)
        elif meanings[word.casefold()] not in reading.books.tariffs:
            yield fault(row, table, key, word, "no_tariff")
    if row.rhythm and row.rhythm.casefold() not in words.rhythms:
        yield fault(row, table, "rhythm", row.rhythm, "rhythm")


def payer_faults(row: MemberRow, member: Member | None, reading: Reading) -> Iterator[CsvFault]:
    """A payer who is nowhere, or who is paid for by somebody else."""
    number = payer_of(row)
    if not number:
        return
    said, stored = reading.rows.get(number), reading.books.members.get(number)
    if said and payer_of(said):
        yield fault(row, reading.table, "payer_number", number, "payer_of_payer")
    elif number not in reading.accepted and stored is None:
        yield fault(row, reading.table, "payer_number", number, "payer")
    elif number not in reading.accepted and stored and stored.payer_id:
        yield fault(row, reading.table, "payer_number", number, "payer_of_payer")
    if member and any(goes_on_paying(one, reading) for one in reading.books.paid_by.get(member.pk, [])):
        yield fault(row, reading.table, "payer_number", number, "pays_for_others")


def goes_on_paying(paid_for: Member, reading: Reading) -> bool:
    """Whether the list leaves it at that: it names no other payer of this member."""
    return paid_for.number not in reading.rows or "payer_number" not in reading.table.columns


def wanted(row: MemberRow, member: Member | None, reading: Reading) -> Wanted:
    """The row as it will be written, with everything that differs from the books."""
    columns, words = reading.table.columns, reading.books.words
    values = {name: getattr(row, name) for name in MEMBER_FIELDS if name in columns}
    values |= {"kind": row.kind} if "company" in columns else {}
    tariffs = [words.fee_groups[row.fee_group.casefold()]]
    tariffs += [words.departments[department.casefold()] for department in row.departments]
    steps = contract_steps(target(row, tariffs, member, reading), held_by(member, reading), reading.bill_from)
    payer = payer_of(row) if "payer_number" in columns else None
    one = Wanted(row, values, tariffs, member, payer, steps, mandate_step(row, member, reading.books))
    if member:
        one.differences = [*field_differences(member, values), *payer_difference(member, payer)]
        one.differences += [*contract_differences(steps), *mandate_differences(one.mandate, row)]
    return one


def held_by(member: Member | None, reading: Reading) -> list[Held]:
    """The contracts of a member."""
    return reading.books.held.get(member.pk, []) if member else []


def target(row: MemberRow, tariffs: list[str], member: Member | None, reading: Reading) -> Target:
    """What the row says of contracts. The rhythm is the payer's: one invoice has one rhythm."""
    columns, words = reading.table.columns, reading.books.words
    governed = set(words.fee_groups.values()) | (set(words.departments.values()) if "departments" in columns else set())
    says_end = "left_on" in columns
    return Target(
        tariffs, frozenset(governed), months_of(row, reading), row.joined_on or (member.joined_on if member else None),
        row.left_on + ONE_DAY if row.left_on else None, says_end,
    )  # fmt: skip


def months_of(row: MemberRow, reading: Reading) -> int | None:
    """The rhythm of whoever pays: as their row says, else as their own contracts are paid."""
    number = payer_of(row)
    said = row if not number else reading.rows.get(number) if number in reading.accepted else None
    if said:
        return reading.books.words.rhythms.get(said.rhythm.casefold())
    return next((one.months for one in held_by(reading.books.members[number], reading) if one.end is None), None)


def step_faults(one: Wanted, reading: Reading) -> Iterator[CsvFault]:
    """Contracts that no run could bill."""
    if one.steps.clash:
        yield fault(one.row, reading.table, "fee_group", one.steps.clash, "contract_taken")
    for opening in one.steps.openings:
        yield from opening_faults(one.row, opening, reading)
    for held, months in one.steps.retuned:
        yield from opening_faults(one.row, Opening(held.code, months, held.start), reading)


def opening_faults(row: MemberRow, opening: Opening, reading: Reading) -> Iterator[CsvFault]:
    """A tariff that is not offered on that day, or not in that rhythm."""
    versions = reading.books.tariffs[opening.code]
    if versions.for_new(opening.start) is None:
        yield fault(row, reading.table, "joined_on", shown(opening.start), "no_version")
    elif opening.months and not any(one.allows(Span(months=opening.months)) for one in versions.versions):
        yield fault(row, reading.table, "rhythm", row.rhythm, "interval")


def start_warnings(one: Wanted, reading: Reading) -> Iterator[CsvFault]:
    """Another day of joining after the contracts were made: what they bill does not follow by itself."""
    member, joined_on = one.member, one.row.joined_on
    if member is None or joined_on is None or joined_on == member.joined_on:
        return
    if any(max(one.start, joined_on) > reading.bill_from for one in held_by(member, reading)):
        yield fault(one.row, reading.table, "joined_on", shown(joined_on), "contract_start")


def field_differences(member: Member, values: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Field by field: its name, the old value, the new one."""
    for name, value in values.items():
        old = getattr(member, name)
        if old != value:
            yield str(Member._meta.get_field(name).verbose_name), shown(old), shown(value)  # type: ignore[union-attr]


def payer_difference(member: Member, payer: str | None) -> Iterator[tuple[str, str, str]]:
    """Another payer."""
    old = member.payer.number if member.payer else ""
    if payer is not None and old != payer:
        yield _("payer"), old, payer
