"""Usage comes in: each event is stored once for ever per (organisation, meter, key), and each is answered for.

The API, the upload in the office and the commands all enter here. Set-based: a constant number of queries for 1,000 events.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce, Least
from django.utils.translation import gettext as _

from billing import pricing
from billing.models import Contract, ContractEvent, Meter, UsageEvent
from billing.services import bulk, readings
from billing.services.among import Among
from billing.services.contracts import Versions, load_tariffs
from members.models import Organisation, User

STORED, DUPLICATE, CONFLICT, REFUSED = "stored", "duplicate", "conflict", "refused"
AT_ONCE, LONGEST_DAY = 1000, 10
LARGEST, SIX = Decimal(10) ** 12, Decimal("0.000001")
CONTENT = ("contract_id", "at", "value", "text", "reading", "initial")
FIELDS = (
    "organisation", "meter", "contract", "key", "at", "on", "value", "text", "reading", "initial", "received_at",
)  # fmt: skip
Place = tuple[int, str]


class Incoming(NamedTuple):
    """One event as it came: whose (`contract`: its number, or `member`: the member's), and one of value, text, reading.

    `made`: the key was made here from whose and when, since the event brought none.
    """

    key: str
    meter: str
    at: datetime
    contract: int | None = None
    member: str = ""
    value: Decimal | None = None
    text: str = ""
    reading: Decimal | None = None
    initial: bool = False
    made: bool = False


class Outcome(NamedTuple):
    """What happened to an event: stored, duplicate (as it is stored), conflict (the key holds something else), refused.

    `void`: what the key holds no longer counts.
    """

    key: str
    status: str
    message: str = ""
    late: bool = False
    void: bool = False


class Placed(NamedTuple):
    """An event with its contract, as it is stored."""

    meter_id: int
    contract_id: int
    key: str
    at: datetime
    on: date
    value: Decimal | None
    text: str
    reading: Decimal | None
    initial: bool


Content = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class House:
    """What is needed to place events, read once per call."""

    zone: ZoneInfo
    meters: Mapping[str, Meter]
    contracts: Mapping[int, str]
    of_member: Mapping[str, Sequence[int]]
    metered: Mapping[str, frozenset[str]]
    taken: Mapping[int, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Found:
    """What a call found out: what each key holds that was asked for, which rows are new, which readings cannot be right."""

    known: Mapping[Place, Content]
    new: Mapping[Place, Placed]
    doubted: Mapping[Place, str]


def record(
    organisation: Organisation, events: Sequence[Incoming], now: datetime, at_once: int = AT_ONCE
) -> list[Outcome]:
    """Stores what is new and says of every event what happened to it, in their order.

    A made key whose event was voided gives way to the next one, so that a wrong reading can be entered again.
    """
    outcomes: list[Outcome] = []
    for start in range(0, len(events), at_once):
        outcomes += record_some(organisation, events[start : start + at_once], now)
    places = [place for place, one in enumerate(outcomes) if one.void and events[place].made]
    if places:
        again = [events[place]._replace(key=events[place].key + "+") for place in places]
        for place, outcome in zip(places, record(organisation, again, now), strict=True):
            outcomes[place] = outcome
    return outcomes


def record_some(organisation: Organisation, events: Sequence[Incoming], now: datetime) -> list[Outcome]:
    """One transaction: a run that is going on is waited for, so that each event is billed by it or by the next."""
    house = house_of(organisation, events)
    with transaction.atomic():
        placed = [row_of(house, event) for event in events]
        rows = [row for row in placed if isinstance(row, Placed)]
        settled = lock(rows)
        found = insert_all(organisation, rows, now) or insert_unknown(organisation, house, rows, now)
        late = touch(settled, list(found.new.values()))
    return [answer(event, row, found, late) for event, row in zip(events, placed, strict=True)]


def made_key(whose: int | str, at: datetime, initial: bool) -> str:
    """A key for an event that brings none: whose and when; a new counter's first reading stands beside the old one's last."""
    return f"{whose}@{at.isoformat()}" + ("/new" if initial else "")


def insert_all(organisation: Organisation, rows: Sequence[Placed], now: datetime) -> Found | None:
    """All rows at once, if none of their keys is taken, as is usual; where one is, nothing is stored. Readings are compared first."""
    new = {place_of(row): row for row in rows}
    if len(new) < len(rows) or any(row.reading is not None for row in rows):
        return None
    if not bulk.insert_whole(UsageEvent, FIELDS, values_of(organisation, rows, now)):
        return None
    return Found({}, new, {})


def insert_unknown(organisation: Organisation, house: House, rows: Sequence[Placed], now: datetime) -> Found:
    """The rows whose keys hold nothing yet, and whose readings can be right."""
    known, new = stored(organisation, rows), dict[Place, Placed]()
    for row in rows:
        if place_of(row) not in known:
            new.setdefault(place_of(row), row)
    doubted = readings.faults(new.values(), {meter.pk: meter for meter in house.meters.values()})
    fresh = {place: row for place, row in new.items() if place not in doubted}
    return Found(known | insert(organisation, list(fresh.values()), now), fresh, doubted)


def insert(organisation: Organisation, rows: Sequence[Placed], now: datetime) -> "dict[Place, Content]":
    """Stores new rows; gives what their keys hold now, which is something else if another got there first."""
    if bulk.insert_new(UsageEvent, FIELDS, values_of(organisation, rows, now)) == len(rows):
        return {place_of(row): content(row) for row in rows}
    return stored(organisation, rows)


def values_of(organisation: Organisation, rows: Sequence[Placed], now: datetime) -> list[tuple[object, ...]]:
    """As they are written."""
    return [(organisation.pk, *row, now) for row in rows]


def house_of(organisation: Organisation, events: Sequence[Incoming]) -> House:
    """Meters, the contracts that are named, and which tariff counts which meter where a member has several contracts."""
    numbers = {event.member for event in events if event.member and event.contract is None}
    named = {event.contract for event in events if event.contract is not None}
    contracts, of_member = {}, defaultdict(list)
    for pk, number, code in sorted(contracts_of(organisation, named, numbers)):
        contracts[pk] = code
        of_member[number].append(pk)
    meters = {meter.code: meter for meter in Meter.objects.filter(organisation=organisation)}
    unclear = any(len(found) > 1 for number, found in of_member.items() if number in numbers)
    metered = meters_by_tariff(load_tariffs(organisation)) if unclear else {}
    taken = taken_tariffs(contracts) if unclear else {}
    return House(ZoneInfo(organisation.time_zone), meters, contracts, of_member, metered, taken)


def contracts_of(organisation: Organisation, named: set[int], numbers: set[str]) -> set[tuple[int, str, str]]:
    """The contracts that are named, and those of the members that are: id, the member's number, tariff."""
    asked = [(F("pk"), named), (F("member__number"), numbers)]
    found = (
        Contract.objects.filter(Among(whose, wanted), organisation=organisation).order_by()
        for whose, wanted in asked
        if wanted
    )
    return {row for rows in found for row in rows.values_list("pk", "member__number", "tariff__code")}


def meters_by_tariff(versions: Versions) -> dict[str, frozenset[str]]:
    """Which meters each tariff charges in any of its versions."""
    return {
        code: frozenset(part.meter for version in tariff.versions for part in version.metered)
        for code, tariff in versions.items()
    }


def taken_tariffs(contracts: Mapping[int, str]) -> dict[int, frozenset[str]]:
    """Every tariff that a contract has or had."""
    taken = {pk: {code} for pk, code in contracts.items()}
    changes = ContractEvent.objects.filter(Among(F("contract"), contracts), kind=ContractEvent.Kind.CHANGE_TARIFF)
    for pk, data in changes.order_by("pk").values_list("contract_id", "data"):
        taken[pk].add(str(data["value"]))
    return {pk: frozenset(codes) for pk, codes in taken.items()}


def row_of(house: House, event: Incoming) -> Placed | str:
    """The row of an event, or why there is none."""
    meter = house.meters.get(event.meter)
    reason = fault_of(event, meter)
    contract = None if reason else contract_of(house, event)
    if reason or meter is None or not isinstance(contract, int):
        return reason or str(contract)
    return Placed(
        meter.pk, contract, event.key, event.at, event.at.astimezone(house.zone).date(), six_places(event.value), event.text,
        six_places(event.reading), event.initial,
    )  # fmt: skip


def six_places(number: Decimal | None) -> Decimal | None:
    """As it is stored and compared."""
    return None if number is None else number.quantize(SIX)


def fault_of(event: Incoming, meter: Meter | None) -> str:
    """What is wrong with an event by itself."""
    if not event.key or len(event.key) > 120:
        return _("`key` must be a text of 1 to 120 letters: it makes sure that an event counts once.")
    if meter is None:
        return _("There is no meter “%(code)s” here. Add it, or use one that exists.") % {"code": event.meter[:40]}
    if event.at.tzinfo is None or not 1970 <= event.at.year <= 2199:
        return _("`at` must be an instant with its offset, like 2026-03-31T21:59:59Z.")
    if [event.value is not None, bool(event.text), event.reading is not None].count(True) != 1:
        return _("An event has exactly one of `value`, `text` and `reading`.")
    return number_fault(event.value if event.value is not None else event.reading, event)


def number_fault(number: Decimal | None, event: Incoming) -> str:
    """What is wrong with the amount."""
    if len(event.text) > 120:
        return _("The text is longer than 120 letters.")
    if number is None:
        return ""
    if not number.is_finite() or abs(number) >= LARGEST or number != number.quantize(SIX):
        return _("An amount has at most 12 digits before the point and 6 behind it.")
    if event.reading is not None and number < 0:
        return _("A counter cannot show less than nothing.")
    return _("Only a reading can begin a new counter.") if event.initial and event.reading is None else ""


def contract_of(house: House, event: Incoming) -> int | str:
    """The contract that used it: the one that is named, or the member's only one whose tariff counts this meter."""
    if event.contract is not None:
        known = event.contract in house.contracts
        return event.contract if known else _("There is no contract %(number)s.") % {"number": event.contract}
    found = house.of_member.get(event.member, [])
    if not found:
        return _("There is no contract of a member “%(number)s”.") % {"number": event.member[:40]}
    if len(found) == 1:
        return found[0]
    counting = [pk for pk in found if any(event.meter in house.metered.get(code, ()) for code in house.taken[pk])]
    if len(counting) == 1:
        return counting[0]
    return _("Member %(number)s has several contracts: say by `contract` which of %(contracts)s it is.") % {
        "number": event.member, "contracts": ", ".join(str(pk) for pk in counting or found),
    }  # fmt: skip


def lock(rows: Iterable[Placed | UsageEvent]) -> dict[int, tuple[date | None, date | None]]:
    """Takes the contracts' rows, in the order in which a run takes them: until when each is settled, and when it is due."""
    wanted = {row.contract_id for row in rows}
    found = Contract.objects.filter(Among(F("pk"), wanted)).annotate(paying=Coalesce("member__payer", "member"))
    locked = found.select_for_update(of=("self",)).order_by("paying", "member__number", "pk")
    return {pk: (settled, due) for pk, settled, due in locked.values_list("pk", "settled_to", "due_on")}


def stored(organisation: Organisation, rows: Iterable[Placed]) -> dict[Place, Content]:
    """What the database holds under the keys of these rows."""
    by_meter: dict[int, list[str]] = defaultdict(list)
    for row in rows:
        by_meter[row.meter_id].append(row.key)
    found: dict[Place, Content] = {}
    for meter, keys in by_meter.items():
        held = UsageEvent.objects.filter(Among(F("key"), keys), organisation=organisation, meter_id=meter).order_by()
        for key, *values in held.values_list("key", *CONTENT, "voided_at"):
            found[meter, key] = tuple(values)
    return found


def place_of(row: Placed) -> Place:
    """Where an event is stored once for ever."""
    return row.meter_id, row.key


def touch(settled: Mapping[int, tuple[date | None, date | None]], rows: Sequence[Placed | UsageEvent]) -> set[int]:
    """Contracts whose days of this usage are billed already are priced again by the next run, however late it came."""
    late = {row.contract_id for row in rows if is_late(row, *settled[row.contract_id])}
    if late:
        first = min(row.on for row in rows if row.contract_id in late) - timedelta(days=1)
        due = Least(Coalesce("due_on", first), first)
        Contract.objects.filter(pk__in=late).update(settled_to=None, due_on=due)
    return late


def is_late(row: Placed | UsageEvent, settled_to: date | None, due_on: date | None) -> bool:
    """Whether nobody would look at the day of this usage again. A reading counts on the day before it."""
    day = row.on - timedelta(days=1) if row.reading is not None else row.on
    return due_on is None or (settled_to is not None and day < settled_to)


def answer(event: Incoming, row: Placed | str, found: Found, late: set[int]) -> Outcome:
    """Refused, stored now, known as it is, or in conflict with what the key holds."""
    if isinstance(row, str):
        return Outcome(event.key, REFUSED, row)
    place = place_of(row)
    if not found.known and place in found.new:
        return Outcome(event.key, STORED, late=row.contract_id in late)
    if place in found.doubted and place not in found.known:
        return Outcome(event.key, REFUSED, found.doubted[place])
    *held, voided = found.known[place]
    if tuple(held) != content(row)[:-1]:
        message = _(
            "This key is taken by an event with other content; it was not stored. Corrections need a key of their own."
        )
        return Outcome(event.key, CONFLICT, message, void=voided is not None)
    if found.new.get(place) is row:
        return Outcome(event.key, STORED, late=row.contract_id in late)
    return Outcome(event.key, DUPLICATE)


def content(row: Placed) -> Content:
    """What must agree for two events to be the same; last, when it was voided."""
    return row.contract_id, row.at, row.value, row.text, row.reading, row.initial, None


def void(event: UsageEvent, user: User | None, now: datetime) -> None:
    """A wrong event no longer counts; the next run settles the difference and names the period."""
    with transaction.atomic():
        settled = lock([event])
        changed = UsageEvent.objects.filter(pk=event.pk, voided_at=None).update(voided_at=now, voided_by=user)
        if changed != 1:
            raise ValidationError(_("This event is voided already."), code="voided")
        touch(settled, [event])


def ensure_meters(
    organisation: Organisation, versions: Versions, units: Mapping[str, str] | None = None
) -> list[Meter]:
    """A meter for every one that a tariff names; gives those that were made."""
    named = {meter for meters in meters_by_tariff(versions).values() for meter in meters}
    known = set(Meter.objects.filter(organisation=organisation).values_list("code", flat=True))
    units = {"gb": "GB"} | dict(units or {})
    made = [
        Meter(organisation=organisation, code=code, name=code, unit=units.get(code, ""))
        for code in sorted(named - known)
    ]
    return Meter.objects.bulk_create(made, ignore_conflicts=True)


def parse_day_or_instant(text: str, time_zone: str) -> datetime | None:
    """`2026-03-31T21:59:59Z`, or a civil date such as `31.03.2026` or `2026-03-31`, which means its first moment."""
    text = text.strip()
    for form in ("%d.%m.%Y", "%Y-%m-%d") if len(text) <= LONGEST_DAY else ():
        try:
            return datetime.strptime(text, form).replace(tzinfo=ZoneInfo(time_zone))
        except ValueError:
            continue
    return pricing.parse_instant(text)
