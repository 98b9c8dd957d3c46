"""Many contracts at once as the pricing core reads them: for what-if, best tariff and forecast. Reads only."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from billing import pricing
from billing.models import Contract, Tariff
from billing.pricing.periods import FOREVER
from billing.pricing.timeline import timeline
from billing.services.contracts import CONTRACT_FIELDS, Versions, contract_data, load_events
from billing.services.usage import usage_of
from members.models import Member, Organisation

SIZE = 500
DAY = timedelta(days=1)
COLUMNS = (
    "id", "member_id", "member__number", "member__first_name", "member__last_name", "member__company", "member__payer_id",
    "due_on", "settled_to", *CONTRACT_FIELDS,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Held:
    """One stored contract with its usage. `tariff`: the one that holds on the last day that is looked at; `ends`: its end, if it has one."""

    id: int
    member: int
    payer: int
    number: str
    name: str
    tariff: str
    due_on: date | None
    settled_to: date | None
    ends: date | None
    contract: pricing.Contract
    usage: pricing.Usage


@dataclass(frozen=True, slots=True)
class Selection:
    """Which contracts: those of some tariffs, of some members (by number), or all."""

    tariffs: frozenset[str] = frozenset()
    members: frozenset[str] = frozenset()

    def as_data(self) -> dict[str, list[str]]:
        """As it is stored."""
        return {"tariffs": sorted(self.tariffs), "members": sorted(self.members)}


def selection_of(data: Mapping[str, Any]) -> Selection:
    """A stored selection."""
    return Selection(frozenset(data.get("tariffs", ())), frozenset(data.get("members", ())))


def check_selection(organisation: Organisation, selection: Selection) -> None:
    """Refuses tariffs and member numbers that do not exist here."""
    tariffs = set(Tariff.objects.filter(organisation=organisation).values_list("code", flat=True))
    numbers = Member.objects.filter(organisation=organisation, number__in=selection.members)
    for message, unknown in (
        (_("There is no tariff %(names)s."), selection.tariffs - tariffs),
        (_("There is no member with the number %(names)s."), selection.members - set(numbers.values_list("number", flat=True))),
    ):  # fmt: skip
        if unknown:
            raise ValidationError(message, code="selection", params={"names": ", ".join(sorted(unknown))})


def rows_of(organisation: Organisation, selection: Selection) -> QuerySet[Contract]:
    """The contracts that may belong to a selection; those that had another tariff first are looked at more closely."""
    rows = Contract.objects.filter(organisation=organisation)
    if selection.members:
        rows = rows.filter(member__number__in=selection.members)
    if selection.tariffs:
        moved = Q(events__kind="change_tariff")
        rows = rows.filter(Q(tariff__code__in=selection.tariffs) | moved).distinct()
    return rows.order_by("pk")


def held(
    organisation: Organisation, tariffs: Versions, selection: Selection, start: date, end: date
) -> Iterator[list[Held]]:
    """The selected contracts that run on a day of `[start, end)`, in slices, with their usage since `start`."""
    ids = list(rows_of(organisation, selection).filter(start__lt=end).values_list("pk", flat=True))
    for first in range(0, len(ids), SIZE):
        part = ids[first : first + SIZE]
        yield [one for one in load(part, tariffs, start, end) if fits(one, selection)]


def fits(one: Held, selection: Selection) -> bool:
    """Whether a contract has one of the selected tariffs on the last day."""
    return not selection.tariffs or one.tariff in selection.tariffs


@dataclass(frozen=True, slots=True)
class Read:
    """What the database holds of some contracts."""

    rows: list[dict[str, Any]]
    events: Mapping[int, Any]
    usage: Mapping[int, pricing.Usage]


def read(ids: Sequence[int], since: date) -> Read:
    """These contracts with their usage since a day (and of a year before it, for periods that began earlier), in three queries."""
    events, usage = load_events(ids), usage_of(ids, since=since - timedelta(days=400))
    return Read(list(Contract.objects.filter(pk__in=ids).order_by("pk").values(*COLUMNS)), events, usage)


def load(ids: Sequence[int], tariffs: Versions, start: date, end: date) -> Iterator[Held]:
    """These contracts, in three queries; those that ended before the span are left out."""
    return held_of(read(ids, start), tariffs, start, end)


def held_of(known: Read, tariffs: Versions, start: date, end: date) -> Iterator[Held]:
    """What was read, as it stands in the span."""
    for row in known.rows:
        contract = pricing.parse_contract(contract_data(row, known.events.get(row["id"], [])))
        line = timeline(tariffs, contract)
        if line.end > start:
            last = min(end, line.end) - DAY
            yield Held(
                id=row["id"], member=row["member_id"], payer=row["member__payer_id"] or row["member_id"],
                number=row["member__number"], name=name_of(row), tariff=line.at(last).tariff.code, due_on=row["due_on"],
                settled_to=row["settled_to"], ends=None if line.end == FOREVER else line.end, contract=contract,
                usage=known.usage.get(row["id"]) or pricing.Usage(),
            )  # fmt: skip


def name_of(row: Mapping[str, Any]) -> str:
    """The member as people call them."""
    person = " ".join(part for part in (row["member__first_name"], row["member__last_name"]) if part)
    return person or str(row["member__company"])
