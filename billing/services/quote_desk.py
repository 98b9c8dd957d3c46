"""What a contract costs with and without something that may happen to it: the run's own prices, asked twice. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError

from billing import pricing
from billing.models import Contract, InvoiceLine, TariffVersion
from billing.models.fault_words import told
from billing.pricing.money import cents
from billing.pricing.periods import DAY, FOREVER, Span, add_months
from billing.pricing.stretches import Stretch
from billing.pricing.tariffs import Tariff
from billing.pricing.timeline import Timeline, timeline
from billing.services.contracts import CONTRACT_FIELDS, contract_data, load_events, load_versions
from billing.services.credits import any_credits
from billing.services.drafts import Days, Story, Terms, exemption_of, price, terms_of
from billing.services.kept_prices import told_among
from billing.services.usage import usage_of
from billing.services.vat import ZERO, split, vat_totals

Row = dict[str, Any]
Events = list[Row]
AHEAD, MOST_PERIODS = 24, 60
BILLED = ("id", "component", "kind", "start", "end", "amount", "vat_rate", "revision", "tariff", "reverses_id", "text")


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything that the next run would know of one contract, read once; `units` of the meters, once somebody asks."""

    contract: Contract
    terms: Terms
    row: Row
    events: Events
    billed: list[pricing.Billed]
    usage: pricing.Usage | None
    language: str
    today: date
    units: dict[str, str] = field(default_factory=dict)


def open_desk(contract: Contract, today: date, versions: Sequence[TariffVersion] | None = None) -> Desk:
    """An event makes the run look at the contract from its start, so all that was billed and used is read.

    `versions`: all those of the organisation, where they were read already.
    """
    organisation = contract.organisation
    known = load_versions(organisation) if versions is None else versions
    row = {name: getattr(contract, name) for name in CONTRACT_FIELDS[1:]}
    row |= {"id": contract.pk, "tariff__code": contract.tariff.code}
    payer = contract.member.payer or contract.member
    return Desk(
        contract, terms_of(known, any_credits(organisation)), row | {"settled_to": None},
        load_events([contract.pk], told=told_among(known))[contract.pk],
        billed_lines(contract), usage_of([contract.pk], whole=True).get(contract.pk), payer.language, today,
    )  # fmt: skip


def billed_lines(contract: Contract) -> list[pricing.Billed]:
    """Every line that was ever billed on the contract."""
    rows = InvoiceLine.objects.filter(organisation=contract.organisation_id, contract=contract)
    return [pricing.Billed(*values) for values in rows.values_list(*BILLED)]


def priced(desk: Desk, events: Events) -> pricing.Contract:
    """The contract with these events; what cannot be priced is refused as it is when an event is entered."""
    try:
        contract = pricing.parse_contract(contract_data(desk.row, events))
        pricing.check_references(desk.terms.versions, contract)
    except pricing.PricingFaults as refused:
        raise ValidationError(told(refused.faults), code="terms") from refused
    return contract


def course(desk: Desk, events: Events) -> Timeline:
    """How the contract goes on with these events."""
    try:
        return timeline(desk.terms.versions, priced(desk, events))
    except pricing.PricingFaults as refused:
        raise ValidationError(told(refused.faults), code="terms") from refused


def run_lines(desk: Desk, events: Events, until: date) -> list[pricing.Line]:
    """What a run of today would bill of this contract until that day."""
    story = Story(events, desk.billed, desk.usage)
    return price(desk.terms, desk.row, story, Days(desk.today, until, until), desk.language)[0]


def horizon(desk: Desk, until: date) -> date:
    """As far as the run must look: to `until`, and never less far than the runs before it have looked."""
    latest = max([desk.today, until, *(line.end for line in desk.billed)])
    usage = desk.usage or pricing.Usage()
    desired = pricing.charges(desk.terms.versions, priced(desk, desk.events), usage, latest)
    billed = {(line.component, line.start) for line in desk.billed if line.kind == "charge"}
    return max(desk.today, until, *(charge.bill_on for charge in desired if (charge.component, charge.start) in billed))


@dataclass(frozen=True, slots=True)
class Difference:
    """What an event brings: lines that the run then bills, and lines that it would have billed without it."""

    brought: list[pricing.Line]
    spared: list[pricing.Line]


def difference(desk: Desk, events: Events, until: date) -> Difference:
    """The run's lines with these events against those without."""
    end = horizon(desk, until)
    after, before = run_lines(desk, events, end), run_lines(desk, desk.events, end)
    return Difference([line for line in after if line not in before], [line for line in before if line not in after])


def gross_of(desk: Desk, lines: Sequence[pricing.Line]) -> Decimal:
    """What an invoice over these lines comes to, VAT included: per rate on the sum, as every invoice computes it."""
    return sum((total.gross for total in totals_of(desk, lines)), ZERO)


def totals_of(desk: Desk, lines: Sequence[pricing.Line]) -> list[Any]:
    """The sums per VAT rate."""
    return vat_totals((line.vat_rate, prices_of(desk, line), line.amount, exemption(desk, line)) for line in lines)


def is_metered(desk: Desk, line: pricing.Line) -> bool:
    """Whether a line bills usage."""
    return any(
        part.code == line.component for version in desk.terms.versions[line.tariff].versions for part in version.metered
    )


def prices_of(desk: Desk, line: pricing.Line) -> str:
    """Whether the line's amount is gross or net."""
    return str(desk.terms.info[line.tariff].get("prices", "gross"))


def exemption(desk: Desk, line: pricing.Line) -> str:
    """The norm that frees the line from VAT."""
    return exemption_of(desk.terms.info[line.tariff])


def line_data(desk: Desk, line: pricing.Line) -> Row:
    """A line as the quote keeps it: `amount` as it will be billed, `gross` as people read it."""
    return {
        "component": line.component, "tariff": line.tariff, "kind": line.kind, "from": line.start.isoformat(),
        "to": line.end.isoformat(), "amount": str(line.amount), "text": line.text,
        "gross": str(split(line.vat_rate, prices_of(desk, line), line.amount).gross),
    }  # fmt: skip


def regular(desk: Desk, events: Events, since: date) -> list[Row]:
    """The fixed amount of each whole period from that day on, where it changes: phases, discounts, new prices included."""
    return steps_of(fixed_amounts(desk, events, since))


def steps_of(amounts: Sequence[tuple[Stretch, date, Decimal]]) -> list[Row]:
    """Where the amount of a period changes, with VAT."""
    steps: list[Row] = []
    for stretch, start, amount in amounts:
        gross = str(split(stretch.tariff.vat_rate, stretch.tariff.prices, amount).gross)
        if not steps or steps[-1]["amount"] != gross:
            steps.append({"from": start.isoformat(), "amount": gross, "every": span_data(stretch.grid.span)})
    return steps


def fixed_amounts(desk: Desk, events: Events, since: date) -> list[tuple[Stretch, date, Decimal]]:
    """Each whole period from that day on with its first day and its fixed amount, in the tariff's own price mode."""
    whole = whole_periods(desk, course(desk, events), since)
    if not whole:
        return []
    charges = pricing.charges(desk.terms.versions, priced(desk, events), pricing.Usage(), whole[-1][2])
    fixed = [charge for charge in charges if charge.kind in ("flat", "per_unit")]
    return [
        (stretch, start, sum((charge.amount for charge in fixed if start <= charge.start < end), ZERO))
        for stretch, start, end in whole
    ]


def whole_periods(desk: Desk, line: Timeline, since: date) -> list[tuple[Stretch, date, date]]:
    """The whole periods of two years, at least one, in one rhythm; the first is the one that holds the day, if it is whole."""
    opens = max(since, line.first_paid, desk.row["bill_from"] or since)
    stretch = line.at(opens)
    start, span = stretch.grid.start(stretch.grid.index(opens)), stretch.grid.span
    if start < max(stretch.start, line.first_paid, desk.row["bill_from"] or stretch.start):
        start = stretch.grid.boundary_from(opens)
    found: list[tuple[Stretch, date, date]] = []
    while len(found) < MOST_PERIODS and (not found or start < add_months(since, AHEAD)):
        stretch = line.at(start)
        end = stretch.grid.boundary_from(start + DAY)
        if stretch.grid.span != span or end > line.end:
            break
        found.append((stretch, start, end))
        start = end
    return found


def per_year(steps: list[Row]) -> str:
    """A year at the last regular price; nothing for rhythms that are not in months."""
    months = steps[-1]["every"].get("months") if steps else None
    return str(cents(Decimal(steps[-1]["amount"]) * 12 / months)) if months else ""


def earliest_end(desk: Desk, events: Events, on: date) -> date | None:
    """When the contract would end if it were cancelled on that day by the tariff's rules; None if it never would."""
    end = course(desk, [*events, {"on": on.isoformat(), "cancel": "contractual"}]).end
    return None if end == FOREVER else end


def span_data(span: Span | None) -> Row:
    """A length of time as the tariff's data writes it; empty for none."""
    if span is None or not (span.months or span.days):
        return {}
    return {"months": span.months} if span.months else {"days": span.days}


def terms_data(tariff: Tariff) -> Row:
    """The terms that bind: minimum term, renewal, notice."""
    return {
        "minimum": span_data(tariff.minimum_term), "renewal": span_data(tariff.renewal), "notice": span_data(tariff.notice),
    }  # fmt: skip
