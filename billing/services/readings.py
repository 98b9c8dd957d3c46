"""Counter readings against those around them: a counter only goes up, begins again at nothing, or is another one."""

from bisect import bisect, insort
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple, Protocol

from django.utils.formats import date_format, localize
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from billing.models import Meter, UsageEvent
from billing.services.usage import went_through


class Counted(Protocol):
    """What is looked at of an event."""

    @property
    def contract_id(self) -> int: ...
    @property
    def meter_id(self) -> int: ...
    @property
    def key(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def reading(self) -> Decimal | None: ...
    @property
    def initial(self) -> bool: ...


class Reading(NamedTuple):
    """A reading in its order; of two at the same moment the new counter's comes second."""

    at: datetime
    initial: bool
    shown: Decimal


Counter = tuple[int, int]


def faults(rows: Iterable[Counted], meters: Mapping[int, Meter]) -> dict[tuple[int, str], str]:
    """By meter and key the readings that cannot be right, and why. One query, and none where no counter is read."""
    found: dict[tuple[int, str], str] = {}
    new = [(row, row.reading) for row in rows if row.reading is not None]
    known = held({(row.contract_id, row.meter_id) for row, _shown in new}) if new else {}
    for row, shown in new:
        line = known[row.contract_id, row.meter_id]
        one = Reading(row.at, row.initial, shown)
        reason = fault(one, line, meters[row.meter_id].digits)
        if reason:
            found[row.meter_id, row.key] = reason
        else:
            insort(line, one)
    return found


def held(counters: set[Counter]) -> dict[Counter, list[Reading]]:
    """Every counter's readings in their order."""
    found: dict[Counter, list[Reading]] = defaultdict(list)
    contracts, meters = {contract for contract, _meter in counters}, {meter for _contract, meter in counters}
    rows = UsageEvent.objects.filter(
        contract_id__in=contracts, meter_id__in=meters, reading__isnull=False, voided_at=None
    )
    for contract, meter, at, initial, shown in rows.values_list("contract_id", "meter_id", "at", "initial", "reading"):
        if shown is not None:
            found[contract, meter].append(Reading(at, initial, shown))
    for line in found.values():
        line.sort()
    return found


def fault(one: Reading, line: list[Reading], digits: int | None) -> str:
    """What is wrong with a reading among those of its counter."""
    if digits and one.shown >= Decimal(10) ** digits:
        return _("This counter has %(digits)s digits: it cannot show %(shown)s.") % {
            "digits": digits, "shown": localize(one.shown.normalize()),
        }  # fmt: skip
    place = bisect(line, one)
    before, after = line[place - 1] if place else None, line[place] if place < len(line) else None
    if before and goes_back(before, one, digits):
        return _(
            "On %(day)s it showed %(shown)s already, and a counter does not go back. Look again; mark the first reading of a new counter as such; if the older one is wrong, void that one."
        ) % words(before)
    if after and goes_back(one, after, digits):
        return _("On %(day)s it showed only %(shown)s, and a counter does not go back. Look again.") % words(after)
    return ""


def goes_back(before: Reading, after: Reading, digits: int | None) -> bool:
    """Whether the same counter shows less; one that begins again at nothing may, if it went through less than half of its range."""
    if after.initial or after.shown >= before.shown:
        return False
    return digits is None or went_through(before.shown, after.shown, digits) > Decimal(10) ** digits / 2


def words(one: Reading) -> dict[str, str]:
    """A reading in a sentence."""
    return {"day": date_format(localtime(one.at), "SHORT_DATE_FORMAT"), "shown": localize(one.shown.normalize())}
