"""Which running contracts a new version of a tariff reaches, from which day, and what each pays before and after. Reads only."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.db.models.functions import Coalesce

from billing import pricing
from billing.models import Contract, TariffVersion
from billing.pricing.money import total
from billing.pricing.periods import DAY
from billing.pricing.stretches import Stretch
from billing.pricing.tariffs import Tariff
from billing.pricing.timeline import Timeline, timeline
from billing.services.contracts import CONTRACT_FIELDS, Versions, contract_data, load_events, load_versions, parsed
from billing.services.quote_desk import span_data
from billing.services.vat import split

CHUNK = 1_000
PLAIN = ("tariff__code", "start", "bill_from", "interval_months")
COLUMNS = (
    "id", "paying", "member_id", "member__number", "member__first_name", "member__last_name", "member__company", *CONTRACT_FIELDS,
)  # fmt: skip
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """From `starts_on` a whole period costs `new` instead of `old`: EUR with VAT, discounts taken; None where nothing is fixed."""

    starts_on: date
    old: Decimal | None
    old_every: dict[str, int]
    new: Decimal | None
    every: dict[str, int]
    replaces: int


@dataclass(frozen=True, slots=True)
class Reached:
    """A running contract that a version reaches."""

    contract: int
    member: int
    payer: int
    number: str
    name: str
    step: Step


@dataclass(frozen=True, slots=True)
class Both:
    """The tariffs without and with the version, and which of a tariff's versions it is."""

    version: TariffVersion
    rows: list[TariffVersion]
    before: Versions
    after: Versions

    @property
    def place(self) -> int:
        """The version's place among those of its tariff."""
        return [row.pk for row in self.siblings].index(self.version.pk)

    @property
    def siblings(self) -> list[TariffVersion]:
        """All versions of its tariff, in their order."""
        return [row for row in self.rows if row.tariff_id == self.version.tariff_id]

    def tariff(self, place: int) -> Tariff:
        """One of its tariff's versions as the pricing core reads it."""
        found: Tariff = self.after[self.version.tariff.code].versions[place]
        return found


def both(version: TariffVersion, day: date | None, versions: Sequence[TariffVersion] | None = None) -> Both:
    """Everything that is the same for all contracts, in one query, or none if all `versions` were read already."""
    rows = list(load_versions(version.organisation) if versions is None else versions)
    return Both(version, rows, parsed(rows, {version.pk: None}), parsed(rows, {version.pk: day}))


def reached(tariffs: Both, but: Collection[int] = ()) -> Iterator[list[Reached]]:
    """The contracts, sorted by who pays, in slices that never cut through a payer; a constant number of queries for each.

    `but`: contracts that are passed over.
    """
    known: dict[tuple[Any, ...], Step | None] = {}
    for rows in chunks([pair for pair in candidates(tariffs) if pair[1] not in but]):
        events = load_events([row["id"] for row in rows], telling=tariffs.version.pk)
        found = ((row, step_of(tariffs, row, events.get(row["id"], []), known)) for row in rows)
        yield [as_reached(row, step) for row, step in found if step]


def candidates(tariffs: Both) -> list[tuple[int, int]]:
    """Payer and id of every contract that may have the tariff: its own, the one after its trial, or by a change."""
    version = tariffs.version
    leading = {
        row.tariff_id for row in tariffs.rows if (row.terms.get("trial") or {}).get("then") == version.tariff.code
    }
    moved = Q(events__kind="change_tariff", events__data__value=version.tariff.code)
    rows = Contract.objects.filter(organisation=version.organisation_id)
    rows = rows.filter(Q(tariff__in={version.tariff_id, *leading}) | moved).distinct()
    paying = rows.annotate(paying=Coalesce("member__payer", "member")).order_by("paying", "id")
    return list(paying.values_list("paying", "id"))


def chunks(pairs: Sequence[tuple[int, int]]) -> Iterator[list[Row]]:
    """The rows of these contracts."""
    part: list[int] = []
    for place, (payer, contract) in enumerate(pairs):
        part.append(contract)
        last = place + 1 == len(pairs)
        if last or (len(part) >= CHUNK and pairs[place + 1][0] != payer):
            yield rows_of(part)
            part = []


def rows_of(ids: Sequence[int]) -> list[Row]:
    """What the pricing core needs of these contracts."""
    rows = Contract.objects.filter(pk__in=ids).annotate(paying=Coalesce("member__payer", "member"))
    return list(rows.order_by("paying", "id").values(*COLUMNS))


def as_reached(row: Row, step: Step) -> Reached:
    """One contract as lists name it."""
    person = " ".join(part for part in (row["member__first_name"], row["member__last_name"]) if part)
    name = person or row["member__company"]
    return Reached(row["id"], row["member_id"], row["paying"], row["member__number"], name, step)


def step_of(tariffs: Both, row: Row, events: list[Row], known: dict[tuple[Any, ...], Step | None]) -> Step | None:
    """What changes for one contract; contracts without a history of their own that agree in everything are asked once."""
    if events or row["quantities"] or row["discounts"]:
        return computed(tariffs, contract_data(row, events))
    key = tuple(row[name] for name in PLAIN)
    if key not in known:
        known[key] = computed(tariffs, contract_data(row, []))
    return known[key]


def computed(tariffs: Both, data: Mapping[str, Any]) -> Step | None:
    """None for a contract that has the version anyway, never gets it, ends before, or is billed by an older program until then."""
    contract = pricing.parse_contract(data)
    before, after = timeline(tariffs.before, contract), timeline(tariffs.after, contract)
    code, place = tariffs.version.tariff.code, tariffs.place
    begun = next((one for one in after.stretches if is_version(one, code, place)), None)
    if begun is None or not (contract.bill_from or begun.start) <= begun.start < after.end:
        return None
    old = before.at(begun.start)
    if old.tariff.code != code or old.tariff.version >= place:
        return None
    return Step(
        begun.start, *period_price(tariffs.before, before, contract, begun.start),
        *period_price(tariffs.after, after, contract, begun.start), tariffs.siblings[old.tariff.version].pk,
    )  # fmt: skip


def is_version(stretch: Stretch, code: str, place: int) -> bool:
    """Whether the days are under that version."""
    return stretch.tariff.code == code and stretch.tariff.version == place


def period_price(
    tariffs: Versions, line: Timeline, contract: pricing.Contract, since: date
) -> tuple[Decimal | None, dict[str, int]]:
    """What the first whole period costs from that day on, once price phases are over; and how long it is."""
    stretch = line.at(since)
    span = span_data(stretch.grid.span)
    if not stretch.tariff.fixed:
        return None, span
    start = stretch.grid.boundary_from(max(since, stretch.phases.end)) if stretch.phases else since
    end = stretch.grid.boundary_from(start + DAY)
    whole = replace(contract, pauses=(), cancellations=(), bill_from=None)
    found = pricing.charges(tariffs, whole, pricing.Usage(), end, since=start)
    fixed = [one.amount for one in found if one.kind in ("flat", "per_unit") and start <= one.start < end]
    return split(stretch.tariff.vat_rate, stretch.tariff.prices, total(fixed)).gross, span
