"""What daily runs would have issued, each knowing only what was entered by its day, and the quote built from it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from itertools import groupby
from operator import attrgetter
from typing import TypeVar

from billing.pricing.charges import Charge, charges
from billing.pricing.contracts import Contract, check_references, parse_contract
from billing.pricing.effort import check_effort
from billing.pricing.faults import Fault, Node, PricingFaults
from billing.pricing.money import cents, total
from billing.pricing.periods import DAY, FOREVER
from billing.pricing.settlement import Billed, Line, settle
from billing.pricing.tariffs import Versions, parse_tariffs
from billing.pricing.timeline import Change, timeline
from billing.pricing.usage import BERLIN, Usage, UsageEvent, as_usage, check_values, parse_usage, zone
from billing.pricing.words import LANGUAGES, Words, plain

_KEYS = frozenset({"tariffs", "contract", "usage", "until", "about", "expect", "language", "time_zone"})


@dataclass(frozen=True, slots=True)
class Issued:
    """What one run issued."""

    on: date
    lines: tuple[Line, ...]


def daily_runs(
    tariffs: Mapping[str, Versions],
    contract: Contract,
    usage: "Usage | Sequence[UsageEvent]",
    until: date,
    language: str = "de",
) -> list[Issued]:
    """What a run on every day up to `until` would have issued; days on which nothing is issued are left out."""
    books = _Books(language)
    events = as_usage(usage)
    days = [contract.start, *(day for day in contract.entered_on() if contract.start < day <= until)]
    for opens, closes in zip(days, [*days[1:], until + DAY]):
        known = contract.known_by(opens)
        desired = charges(tariffs, known, events, closes - DAY, language=language)
        books.run(opens, [charge for charge in desired if charge.bill_on <= opens])
        books.run_each([charge for charge in desired if charge.bill_on > opens])
    return books.issued


class _Books:
    """The lines that the runs have billed so far; a line's number is its place."""

    def __init__(self, language: str) -> None:
        self.issued: list[Issued] = []
        self._language = language
        self._billed: list[Billed] = []
        self._about: dict[tuple[str, date], list[Billed]] = {}

    def run(self, on: date, desired: Sequence[Charge]) -> None:
        """A run that compares everything: something was entered on that day."""
        self._issue(on, settle(desired, self._billed, self._language))

    def run_each(self, coming: Sequence[Charge]) -> None:
        """Runs on quiet days: only what falls due is new, so only that is compared."""
        for on, due in groupby(coming, key=attrgetter("bill_on")):
            charges_due = list(due)
            about = [line for charge in charges_due for line in self._about.get((charge.component, charge.start), ())]
            self._issue(on, settle(charges_due, about, self._language))

    def _issue(self, on: date, lines: Sequence[Line]) -> None:
        if lines:
            self.issued.append(Issued(on, tuple(lines)))
        for line in lines:
            billed = _as_billed(len(self._billed), line)
            self._billed.append(billed)
            charge = billed if line.reverses is None else self._billed[line.reverses]
            self._about.setdefault((charge.component, charge.start), []).append(billed)


def _as_billed(ref: int, line: Line) -> Billed:
    return Billed(
        ref=ref,
        component=line.component,
        kind=line.kind,
        start=line.start,
        end=line.end,
        amount=line.amount,
        vat_rate=line.vat_rate,
        revision=line.revision,
        tariff=line.tariff,
        reverses=line.reverses,
        text=line.text,
    )


def quote(case: object) -> dict[str, object]:
    """Price a case `{"tariffs", "contract", "usage", "until"}`. Raises PricingFaults with everything that is wrong."""
    node = Node(case)
    keys = node.fields(_KEYS, ("tariffs", "contract", "until"))
    language = keys["language"].choice(*LANGUAGES) if "language" in keys else "de"
    until = keys["until"].day() if "until" in keys else date.min
    where = _time_zone(keys["time_zone"]) if "time_zone" in keys else BERLIN
    tariffs = _collected(keys.get("tariffs"), parse_tariffs)
    contract = _collected(keys.get("contract"), parse_contract)
    events = _collected(keys.get("usage"), partial(parse_usage, time_zone=where)) or ()
    node.settle()
    if tariffs is None or contract is None:
        raise PricingFaults([Fault("$", "cannot be priced")])
    check_references(tariffs, contract)
    check_values(tariffs, events)
    return _answer(tariffs, contract, Usage(events), until, language)


_Parsed = TypeVar("_Parsed")


def _collected(node: Node | None, parse: Callable[[object, str], _Parsed]) -> _Parsed | None:
    """What stands there, or None if it has faults, which are noted with those of the whole case."""
    if node is None:
        return None
    try:
        return parse(node.value, node.path)
    except PricingFaults as error:
        node.faults.extend(error.faults)
        return None


def _time_zone(node: Node) -> str:
    name = node.text()
    try:
        zone(name)
    except (KeyError, ValueError, OSError):
        node.fault("is not the name of a time zone")
        return BERLIN
    return name


def _answer(
    tariffs: Mapping[str, Versions], contract: Contract, usage: Usage, until: date, language: str
) -> dict[str, object]:
    line = timeline(tariffs, contract)
    check_effort(line, contract, until)
    desired = charges(tariffs, contract, usage, until, language=language)
    return {
        "charges": [_charge_json(charge) for charge in desired],
        "invoices": [_invoice_json(issued) for issued in daily_runs(tariffs, contract, usage, until, language)],
        "changes": [_change_json(change, Words(language)) for change in line.changes],
        "ends_on": None if line.end == FOREVER else line.end.isoformat(),
        "total": str(total(charge.amount for charge in desired)),
    }


def _charge_json(charge: Charge) -> dict[str, object]:
    return {
        "component": charge.component,
        "tariff": charge.tariff,
        "kind": charge.kind,
        "from": charge.start.isoformat(),
        "to": charge.end.isoformat(),
        "bill_on": charge.bill_on.isoformat(),
        "quantity": plain(charge.quantity),
        "amount": _amount(charge.amount),
        "vat_rate": None if charge.vat_rate is None else plain(charge.vat_rate),
        "text": charge.text,
    }


def _invoice_json(issued: Issued) -> dict[str, object]:
    return {
        "on": issued.on.isoformat(),
        "lines": [_line_json(line) for line in issued.lines],
        "total": _amount(total(line.amount for line in issued.lines)),
    }


def _line_json(line: Line) -> dict[str, object]:
    """A reversal reads as a credit: to whoever gets the invoice, it is one."""
    return {
        "component": line.component,
        "kind": "charge" if line.kind == "charge" else "credit",
        "from": line.start.isoformat(),
        "to": line.end.isoformat(),
        "amount": _amount(line.amount),
        "text": line.text,
    }


def _change_json(change: Change, words: Words) -> dict[str, object]:
    return {
        "on": change.on.isoformat(),
        "effective": change.effective.isoformat(),
        "from": change.old.code,
        "to": change.new.code,
        "kind": "upgrade" if change.upgrade else "downgrade",
        "when": change.when,
        "why": words.change(change.upgrade, change.shorter, change.old_per_day, change.new_per_day),
    }


def _amount(amount: Decimal) -> str:
    return str(cents(amount))
