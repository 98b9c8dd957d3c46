"""A household's contracts as the next run sees them, read at once: what each costs now, what was used, what will be billed.

Nothing is computed here that the run does not compute: the desk of quotes is opened for many contracts in a constant number
of queries. Reads only.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any

from django.core.exceptions import ValidationError

from billing import pricing
from billing.formats.target import next_open
from billing.models import Contract, Mandate, Meter
from billing.pricing.components import Component
from billing.pricing.money import total
from billing.pricing.periods import DAY, FOREVER, Span
from billing.services import quota
from billing.services.contracts import CONTRACT_FIELDS, load_events, load_versions
from billing.services.credits import OpenCredit
from billing.services.drafts import Terms, exemption_of, load_billed, terms_of
from billing.services.kept_prices import Answers, told_among
from billing.services.mandates import is_usable
from billing.services.portfolio import Held
from billing.services.quote_answers import component_data
from billing.services.quote_desk import Desk, course, fixed_amounts, gross_of, is_metered, priced, run_lines, steps_of
from billing.services.quotes import House, Standing, standing_of
from billing.services.run_days import Run
from billing.services.usage import usage_of
from billing.services.vat import ZERO, vat_totals
from members.models import Organisation

Meters = Mapping[str, Meter]
Row = dict[str, Any]
LOOK_AHEAD = 13


@dataclass(frozen=True, slots=True)
class Books:
    """The tariffs of the organisation, and the desk of each contract by its key; a contract without terms has none."""

    house: House
    desks: dict[int, Desk]
    today: date

    @property
    def metered(self) -> bool:
        """Whether any of the contracts counts something."""
        return any(desk.usage is not None for desk in self.desks.values())

    def standing(self, contract: Contract) -> Standing | None:
        """Where a contract stands; None where nobody could say what it costs."""
        desk = self.desks.get(contract.pk)
        return standing_of(contract, self.house, course(desk, desk.events), self.today) if desk else None


@dataclass(frozen=True, slots=True)
class Price:
    """What a contract costs regularly: `steps` with VAT as quotes have them, the first one now; `usage` prices as data.

    `part` is the amount of a period as an invoice adds it up: rate, price mode, amount, exemption.
    """

    every: Span
    steps: list[Row]
    usage: list[Row]
    part: tuple[Decimal | None, str, Decimal, str]
    free_until: date | None
    basis: str

    @property
    def now(self) -> Decimal:
        """EUR with VAT."""
        return Decimal(self.steps[0]["amount"]) if self.steps else ZERO

    @property
    def last_free_day(self) -> date:
        """Of a trial."""
        return self.free_until - DAY if self.free_until else date.min


@dataclass(frozen=True, slots=True)
class Expected:
    """The next invoice before it exists: who pays it, from when it is billed, when it is to be paid, EUR.

    `grows`: usage of these days is still going on, so the amount is what it comes to today; `usage_later`: usage is not in it
    yet. Without a `mandate` it is transferred. `announced`: a plan told day and amount long before.
    """

    payer: int
    billed_on: date
    pay_on: date
    amount: Decimal
    grows: bool
    usage_later: bool
    mandate: Mandate | None
    announced: bool = False


def open_books(
    organisation: Organisation, contracts: Sequence[Contract], today: date, answers: Answers | None = None
) -> Books:
    """Tariffs, events, what is billed and what was used: four queries, three where nothing is metered.

    One more where a price was announced, unless `answers` are known: by change and contract who was told, with the day of their yes.
    """
    versions, ids = load_versions(organisation), [one.pk for one in contracts]
    terms, codes = terms_of(versions, any_credit=False), {row.tariff_id: row.tariff.code for row in versions}
    known = (
        None if answers is None else ({(one.pk, one.tariff_id, one.start, one.bill_from) for one in contracts}, answers)
    )
    events = load_events(ids, told=told_among(versions), known=known) if ids else {}
    billed = load_billed(ids) if ids else {}
    rows = [row_of(one, codes[one.tariff_id]) for one in contracts if one.tariff_id in codes]
    usage = usage_in(terms, rows, events, today)
    held = {one.pk: one for one in contracts}
    desks = {
        row["id"]: Desk(held[row["id"]], terms, row, events.get(row["id"], []), billed.get(row["id"], []), usage.get(row["id"]), "de", today)
        for row in rows
    }  # fmt: skip
    desks = {pk: desk for pk, desk in desks.items() if can_be_priced(desk)}
    return Books(House(terms.versions, {row.tariff.code: row.tariff for row in versions}), desks, today)


def can_be_priced(desk: Desk) -> bool:
    """A contract that the next run would leave out is no reason to show nothing of the others."""
    try:
        course(desk, desk.events)
    except ValidationError:
        return False
    return True


def usage_in(
    terms: Terms, rows: Sequence[Row], events: Mapping[int, list[Row]], today: date
) -> dict[int, pricing.Usage]:
    """What the metered contracts used since it was last settled."""
    moved = {pk for pk, own in events.items() if any(one.get("change_tariff") in terms.metered for one in own)}
    metered = [row for row in rows if row["tariff__code"] in terms.metered or row["id"] in moved]
    since = min((row["settled_to"] or row["start"] for row in metered), default=today)
    ids = [row["id"] for row in metered]
    return dict.fromkeys(ids, pricing.Usage()) | usage_of(ids, since=since) if ids else {}


def row_of(contract: Contract, code: str) -> Row:
    """A contract as the desk reads it."""
    own = {name: getattr(contract, name) for name in (*CONTRACT_FIELDS[1:], "settled_to")}
    return own | {"id": contract.pk, "tariff__code": code}


def price_of(desk: Desk, meters: Meters) -> Price:
    """What the contract costs regularly on the desk's day, after all that was chosen, reduced and agreed."""
    line, found = course(desk, desk.events), fixed_amounts(desk, desk.events, desk.today)
    stretch = line.at(desk.today)
    tariff, amount = (found[0][0].tariff, found[0][2]) if found else (stretch.tariff, ZERO)
    info = desk.terms.info[tariff.code]
    usage = [component_data(tariff, one) | {"unit": unit_of(meters, one)} for one in stretch.tariff.metered]
    trial = line.first_paid if desk.contract.start <= desk.today < line.first_paid else None
    return Price(
        stretch.grid.span, steps_of(found), usage, (tariff.vat_rate, tariff.prices, amount, exemption_of(info)), trial,
        str(info.get("legal_basis", "")),
    )  # fmt: skip


def unit_of(meters: Meters, one: Component) -> str:
    """The unit of what is metered."""
    meter = meters.get(one.meter)
    return (meter.unit or meter.name) if meter else one.meter


def sums(prices: Sequence[Price]) -> list[tuple[Span, Decimal]]:
    """What comes together in each rhythm, EUR with VAT as one invoice adds it up; the shortest rhythm first."""
    by_rhythm: dict[Span, list[Price]] = {}
    for price in prices:
        if price.steps and price.now:
            by_rhythm.setdefault(price.every, []).append(price)
    return [
        (span, total(one.gross for one in vat_totals(price.part for price in own)))
        for span, own in sorted(by_rhythm.items(), key=lambda item: item[0].mean_days)
    ]


def quotas(desks: Sequence[Desk], meters: Meters) -> Iterator[quota.UsageRow]:
    """What is metered in the period that runs, against what of it is free."""
    for desk in desks:
        if desk.usage is not None:
            yield from quota.rows_of(held(desk), desk.terms.versions, meters, desk.today, 0)


def held(desk: Desk) -> Held:
    """The contract as the rooms of usage read it."""
    one, end = desk.contract, course(desk, desk.events).end
    return Held(
        id=one.pk, member=one.member_id, payer=one.member.payer_id or one.member_id, number=one.member.number, name=one.member.name,
        tariff=desk.row["tariff__code"], due_on=one.due_on, settled_to=one.settled_to, ends=None if end == FOREVER else end,
        contract=priced(desk, desk.events), usage=desk.usage or pricing.Usage(),
    )  # fmt: skip


def expected(
    payer: int, desks: Sequence[Desk], runs: Iterator[Run], mandate: Mandate | None, owed: Sequence[OpenCredit]
) -> Expected | None:
    """The first of the coming runs that leaves something to pay; None if none within a year does, as far as is known today."""
    for on, until, collect in islice(runs, LOOK_AHEAD):
        due = [desk for desk in desks if desk.contract.due_on and desk.contract.due_on <= until]
        found = [line for desk in due for line in run_lines(replace(desk, today=on), desk.events, until)]
        payable = gross_of(due[0], found) - sum((one.amount for one in owed), ZERO) if found else ZERO
        if payable > 0:
            usable = mandate if mandate and is_usable(mandate, collect) else None
            used = [line for line in found if is_metered(due[0], line)]
            grows, later = (
                any(line.end > due[0].today for line in used),
                not used and any(one.usage is not None for one in desks),
            )
            return Expected(payer, on, next_open(collect), payable, grows, later, usable)
    return None
