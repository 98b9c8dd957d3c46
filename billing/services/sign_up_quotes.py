"""What a membership would cost that does not exist yet: the run's own prices, asked for a contract that nobody has. Reads only."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from typing import Any

from billing import pricing
from billing.models import Contract, Creditor, RunSettings, SignUpSettings, Tariff
from billing.pricing.periods import DAY, FOREVER, Span, add_months
from billing.pricing.timeline import Timeline
from billing.services.drafts import Terms, load_terms
from billing.services.quote_answers import Answer, gross_text, iso, usage_data
from billing.services.quote_desk import (
    Desk,
    course,
    earliest_end,
    gross_of,
    line_data,
    per_year,
    regular,
    run_lines,
    span_data,
    terms_data,
    totals_of,
)
from billing.services.run_days import STANDARD_NOTICE, Run, regular_runs
from billing.services.vat import ZERO
from members.models import Organisation

MOST_RUNS = 60


@dataclass(frozen=True, slots=True)
class Counter:
    """What every quote of an organisation needs, read once: its tariffs, its settings, and when its runs are."""

    organisation: Organisation
    terms: Terms
    run: RunSettings
    creditor: Creditor | None
    today: date
    language: str


@dataclass(frozen=True, slots=True)
class Wish:
    """Whose contract: under which tariff, from when, in which rhythm, and whose name stands on the line."""

    tariff: Tariff
    start: date
    months: int | None = None
    who: str = ""


def open_counter(organisation: Organisation, today: date, language: str) -> Counter:
    """In four queries."""
    run = RunSettings.objects.filter(organisation=organisation).first() or RunSettings(organisation=organisation)
    creditor = Creditor.objects.filter(organisation=organisation).select_related("organisation").order_by("pk").first()
    return Counter(organisation, load_terms(organisation), run, creditor, today, language)


def first_day(settings: SignUpSettings, today: date) -> date:
    """When a membership begins that is ordered today."""
    if settings.begins == SignUpSettings.Begins.TODAY:
        return today
    return add_months(today.replace(day=1), 1)


def version_of(counter: Counter, tariff: Tariff, start: date) -> pricing.Tariff | None:
    """The terms that a contract of that day would have."""
    versions = counter.terms.versions.get(tariff.code)
    found: pricing.Tariff | None = versions.for_new(start) if versions else None
    return found


def rhythms(version: pricing.Tariff) -> list[int]:
    """In which rhythms the tariff may be paid, in months; one or none means that there is nothing to choose."""
    own = version.interval.months
    return sorted(version.intervals | ({own} if own else set()))


def is_counted(version: pricing.Tariff) -> bool:
    """Whether it has prices for each piece: how many somebody wants is agreed with the office."""
    return any(part.kind == "per_unit" for part in version.fixed)


def desk_of(counter: Counter, wish: Wish) -> Desk:
    """The desk of quotes, for a contract that is not stored."""
    contract = Contract(
        organisation=counter.organisation, tariff=wish.tariff, start=wish.start, interval_months=wish.months
    )
    row = {
        "id": 0, "tariff__code": wish.tariff.code, "start": wish.start, "bill_from": None, "interval_months": wish.months,
        "quantities": {}, "discounts": [], "settled_to": None,
    }  # fmt: skip
    return Desk(contract, counter.terms, row, [], [], None, counter.language, counter.today)


def quote(counter: Counter, wishes: Sequence[Wish]) -> Answer:
    """Everything about the first contract, what each further one costs, and the first invoice over all of them.

    Refuses what the run could not price.
    """
    desks = [desk_of(counter, wish) for wish in wishes]
    answer = agreed(desks[0], wishes[0])
    further = [{"who": wish.who, "tariff": wish.tariff.name, "steps": steps_of(desk)} for desk, wish in zip(desks[1:], wishes[1:], strict=True)]  # fmt: skip
    names = [wish.who for wish in wishes]
    return answer | {"further": further, "first": first_invoice(counter, desks, names)}


def agreed(desk: Desk, wish: Wish) -> Answer:
    """Price, trial, and how long it binds."""
    line, info = course(desk, []), desk.terms.info[wish.tariff.code]
    begins = desk.terms.versions[wish.tariff.code].for_new(wish.start)
    paid = line.at(min(line.first_paid, line.end - DAY)).tariff
    steps = steps_of(desk)
    return {
        "code": wish.tariff.code, "tariff": wish.tariff.name, "basis": info.get("legal_basis", ""), "start": wish.start.isoformat(),
        "trial": trial_of(desk, line, begins), "steps": steps, "year": per_year(steps),
        "vat_rate": None if paid.vat_rate is None else f"{paid.vat_rate.normalize():f}",
        "once": [[one.name or one.code, gross_text(paid, one.price)] for one in paid.one_off],
        "usage": usage_data(desk, paid), "terms": terms_data(paid), "ends": "" if line.end == FOREVER else line.end.isoformat(),
        "leaves": iso(earliest_end(desk, [], wish.start)), "arrears": paid.arrears,
    }  # fmt: skip


def steps_of(desk: Desk) -> list[dict[str, Any]]:
    """The regular amounts from the first paid day on; none for what ends with its trial."""
    line = course(desk, [])
    return regular(desk, [], desk.contract.start) if line.first_paid < line.end else []


def trial_of(desk: Desk, line: Timeline, begins: pricing.Tariff | None) -> Answer | None:
    """How long nothing is charged, and what follows."""
    if begins is None or begins.trial is None:
        return None
    then = begins.trial.then
    name = desk.terms.info[then]["name"] if then in desk.terms.info else ""
    return {
        "length": span_data(begins.trial.span), "until": line.first_paid.isoformat(), "then": then if not name else "other", "tariff": name,
    }  # fmt: skip


def first_invoice(counter: Counter, desks: Sequence[Desk], names: Sequence[str]) -> Answer | None:
    """The lines of the first run that finds something to bill; none for what costs nothing."""
    if not any(steps_of(desk) or course(desk, []).at(desk.contract.start).tariff.one_off for desk in desks):
        return None
    for on, until, collect in runs(counter):
        found = [
            (desk, line, name) for desk, name in zip(desks, names, strict=True) for line in run_lines(replace(desk, today=on), [], until)
        ]  # fmt: skip
        lines = [line for _desk, line, _name in found]
        if found and gross_of(desks[0], lines) > 0:
            return {
                "on": on.isoformat(), "collect": collect.isoformat(), "total": str(gross_of(desks[0], lines)),
                "vat": str(sum((one.vat for one in totals_of(desks[0], lines)), ZERO)),
                "lines": [[name, data["text"], data["gross"]] for desk, line, name in found for data in [line_data(desk, line)]],
            }  # fmt: skip
    return None


def runs(counter: Counter) -> Iterator[Run]:
    """The runs to come, as the worker prepares them: day of the run, until when it bills, and the day of collection."""
    days = counter.creditor.prenotification_days if counter.creditor else STANDARD_NOTICE
    on = counter.today.replace(day=counter.run.day_of_month)
    first = add_months(on, 1) if on <= counter.today else on
    return islice(regular_runs(first, counter.run.collect_after_days, days, counter.run.months_ahead), MOST_RUNS)


def same_price(then: Answer, now: Answer) -> bool:
    """Whether what was ordered can still be had: the regular amounts, the trial and the terms are what was shown."""
    keys = ("steps", "terms", "trial", "once", "usage", "ends")
    further = [one["steps"] for one in then.get("further", [])]
    return all(then.get(key) == now[key] for key in keys) and further == [one["steps"] for one in now["further"]]


def allows(version: pricing.Tariff, months: int | None) -> bool:
    """Whether a rhythm is one of the tariff's."""
    return months is None or version.allows(Span(months=months))
