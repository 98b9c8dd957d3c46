"""Usage and counter readings from a list, slice by slice: looked at first, then taken. The same list again adds nothing."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy

from billing.formats import usage_csv
from billing.formats.member_csv import CsvFault
from billing.formats.usage_csv import UsageRow
from billing.services import metering
from billing.services.bulk import slices, without_walks
from billing.services.contracts import load_tariffs
from billing.services.metering import Incoming
from members.models import Organisation

FILE_FAULTS = {
    "empty": gettext_lazy("The file is empty."),
    "too_large": gettext_lazy("The file is larger than 200 MB. Split it."),
    "binary": gettext_lazy("This is no text file. Export the list as CSV."),
    "field": gettext_lazy(
        "A cell of the list has no end: a quote is missing, or it is too long. Export the list anew."
    ),
    "columns": gettext_lazy("These columns are missing in the first line: %(missing)s."),
}
ROW_FAULTS = {
    "contract": gettext_lazy("is no number of a contract"),
    "number": gettext_lazy("is no amount like 12.5 or 12,5"),
    "yes_or_no": gettext_lazy("is neither yes nor no"),
    "at": gettext_lazy("is no day like 31.01.2026 and no instant like 2026-01-31T12:00:00+01:00"),
}
MOST_TOLD = 1000
# What is the same for every slice, such as finding and holding its contracts, costs a fifth of what it would for a thousand rows.
AT_ONCE = 5000


@dataclass(frozen=True, slots=True)
class Told:
    """A row that was not stored, and why."""

    line: int
    column: str
    value: str
    reason: str


@dataclass(slots=True)
class Report:
    """What a list brought: how many rows had which outcome, how many came late, which meters were made, what was refused."""

    rows: int = 0
    late: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    meters: list[str] = field(default_factory=list)
    refused: list[Told] = field(default_factory=list)

    def tell(self, line: int, column: str, value: str, reason: str) -> None:
        """Notes a row that was not stored; the first thousand are kept."""
        if len(self.refused) < MOST_TOLD:
            self.refused.append(Told(line, column, value, reason))


class Undone(Exception):  # noqa: N818 (nothing went wrong)
    """Takes back what was only tried."""


def preview(organisation: Organisation, data: bytes, now: datetime) -> Report:
    """What taking the list would bring; nothing is written."""
    try:
        with transaction.atomic():
            report = import_usage(organisation, data, now)
            raise Undone
    except Undone:
        return report


def import_usage(organisation: Organisation, data: bytes, now: datetime) -> Report:
    """Stores what is new; faulty rows are told, the others taken. Each five thousand rows are a transaction of their own."""
    report = Report()
    report.meters = [meter.code for meter in metering.ensure_meters(organisation, load_tariffs(organisation))]
    try:
        for part in slices(usage_csv.read(data), AT_ONCE):
            with without_walks():
                take(organisation, part, report, now)
    except usage_csv.UsageFileError as refused:
        message = FILE_FAULTS[refused.code]
        raise ValidationError(message, code=refused.code, params={"missing": refused.missing}) from refused
    return report


def take(organisation: Organisation, part: Sequence[UsageRow | CsvFault], report: Report, now: datetime) -> None:
    """One slice of rows."""
    report.rows += len(part)
    events = list(good(organisation, part, report))
    outcomes = metering.record(organisation, [event for _row, event in events], now, AT_ONCE)
    for (row, _event), outcome in zip(events, outcomes, strict=True):
        report.outcomes[outcome.status] += 1
        report.late += outcome.late
        if outcome.message:
            report.tell(row.line, "key" if outcome.status == metering.CONFLICT else "", called(row), outcome.message)


def called(row: UsageRow) -> str:
    """By what a person finds the row again: its key, or whose and when."""
    return (row.key or f"{row.member or row.contract}, {row.at}")[:40]


def good(
    organisation: Organisation, part: Sequence[UsageRow | CsvFault], report: Report
) -> Iterator[tuple[UsageRow, Incoming]]:
    """The rows that can be read, as events."""
    for row in part:
        if isinstance(row, CsvFault):
            refuse(report, row)
            continue
        line, key, member, contract, meter, day, value, text, reading, initial = row
        at = metering.parse_day_or_instant(day, organisation.time_zone)
        if at is None:
            refuse(report, CsvFault(line, "at", day[:40], "at"))
            continue
        whole = key or made_key(row, at)
        yield row, Incoming(whole, meter, at, contract, member, value, text, reading, initial, not key)


def refuse(report: Report, fault: CsvFault) -> None:
    """A row that cannot be read."""
    report.outcomes[metering.REFUSED] += 1
    report.tell(fault.line, fault.column, fault.value, str(ROW_FAULTS[fault.code]))


def made_key(row: UsageRow, at: datetime) -> str:
    """Without a key of its own a meter counts once per contract and moment; a new counter's first reading beside the old one's last."""
    return metering.made_key(row.contract or row.member, at, row.initial)
