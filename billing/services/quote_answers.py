"""What a quote answers: from when, what comes back, what is to pay, what it costs afterwards, and how long it binds.

A change of tariff, a change of quantity, a pause and a cancellation are all asked in the same way: the run's lines with the
event against those without it. Everything here is kept as data; `quote_words` says it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from billing.models import Contract, ContractEvent, Meter
from billing.pricing.components import Component
from billing.pricing.money import readable
from billing.pricing.periods import DAY, FOREVER, Span, add_months
from billing.pricing.tariffs import Tariff
from billing.pricing.timeline import Change, Timeline
from billing.pricing.words import Words, plain
from billing.services.contracts import event_data
from billing.services.quote_desk import (
    AHEAD,
    Desk,
    Events,
    course,
    difference,
    earliest_end,
    gross_of,
    is_metered,
    line_data,
    open_desk,
    per_year,
    regular,
    span_data,
    terms_data,
    totals_of,
)
from billing.services.vat import ZERO

Action = Mapping[str, Any]
Answer = dict[str, Any]
Kind = ContractEvent.Kind
MOST_MOVED = 3


@dataclass(frozen=True, slots=True)
class Plan:
    """The event that would be entered, from when it acts, how far ahead its money is looked at, and what else to say."""

    on: date
    value: Any
    effective: date
    until: date
    when: str = ""
    facts: Answer = field(default_factory=dict)

    def data(self) -> Answer:
        """The event's details as they are stored."""
        return {"value": self.value} | ({"when": self.when} if self.when else {})


def answer_to(contract: Contract, action: Action, on: date, today: date) -> Answer:
    """The quote for something that is received, or acts, on a day. Refuses what cannot happen."""
    return answer_at(open_desk(contract, today), action, on)


def answer_at(desk: Desk, action: Action, on: date) -> Answer:
    """The same for a contract that was read already."""
    now = course(desk, desk.events)
    refuse_ended(now, on)
    kind = kind_of(action)
    plan = PLANS[kind](desk, now, action, on)
    answer = {
        "kind": kind, "tariff": desk.terms.info[now.at(on).tariff.code]["name"], "on": plan.on.isoformat(), "moved": plan.on != on and kind == Kind.CHANGE_TARIFF,
        "event": plan.data(), "effective": plan.effective.isoformat(),
    }  # fmt: skip
    return answer | money(desk, with_event(desk, kind, plan), plan.until) | plan.facts


def kind_of(action: Action) -> str:
    """Which kind of event is asked for."""
    return next(kind for kind in PLANS if kind in action)


def refuse_ended(line: Timeline, on: date) -> None:
    """Nothing changes about a contract that is over."""
    if line.end <= on:
        raise ValidationError(
            _("The contract has ended on %(day)s. Nothing can be changed from that day on."),
            code="ended", params={"day": shown(line.end - DAY)},
        )  # fmt: skip


def shown(day: date) -> str:
    """A day in the reader's language."""
    return str(date_format(day, "SHORT_DATE_FORMAT"))


def with_event(desk: Desk, kind: str, plan: Plan) -> Events:
    """The contract's events and the new one."""
    return [*desk.events, event_data(plan.on, desk.today, kind, plan.data())]


def taken(desk: Desk, kind: str, day: date) -> bool:
    """Whether the contract has an event of the kind on the day; there is one a day."""
    return any(kind in event and event["on"] == day.isoformat() for event in desk.events)


def refuse_taken(desk: Desk, kind: str, day: date) -> None:
    """A day holds one event of a kind, and what was confirmed is never overwritten."""
    if taken(desk, kind, day):
        raise ValidationError(
            _("For %(day)s such a change has been entered on this contract already. Please choose another day."),
            code="same_day", params={"day": shown(day)},
        )  # fmt: skip


def free_day(desk: Desk, day: date) -> date:
    """A second wish on a day counts as received on the next one: what was confirmed before stays on record as it was."""
    for moved in (day + timedelta(days=number) for number in range(MOST_MOVED + 1)):
        if not taken(desk, Kind.CHANGE_TARIFF, moved):
            return moved
    raise ValidationError(
        _("The tariff of this contract was changed several times on %(day)s already. Please wait until the day after."),
        code="same_day", params={"day": shown(day)},
    )  # fmt: skip


def money(desk: Desk, events: Events, until: date) -> Answer:
    """The lines that the event brings, and their sums with VAT."""
    found = difference(desk, events, until)
    totals = totals_of(desk, found.brought)
    return {
        "lines": [line_data(desk, line) for line in found.brought],
        "credit": str(-gross_of(desk, [line for line in found.brought if line.amount < 0])),
        "charge": str(gross_of(desk, [line for line in found.brought if line.amount > 0])),
        "total": str(sum((one.gross for one in totals), ZERO)),
        "vat": str(sum((one.vat for one in totals), ZERO)),
        "spared": str(gross_of(desk, found.spared)),
        "used": str(gross_of(desk, [line for line in found.brought if line.amount > 0 and is_metered(desk, line)])),
    }  # fmt: skip


def change_plan(desk: Desk, now: Timeline, action: Action, on: date) -> Plan:
    """A wish for another tariff, or for the present one again, which takes back what still waits."""
    code, when = action[Kind.CHANGE_TARIFF], action.get("when") or ""
    plan = Plan(free_day(desk, on), code, on, on, when)
    events = with_event(desk, Kind.CHANGE_TARIFF, plan)
    after = course(desk, events)
    change = next((one for one in after.changes if one.on == plan.on and one.new.code == code), None)
    if change is None:
        return take_back(desk, now, events, plan)
    if change.effective >= after.end:
        raise ValidationError(
            _("The contract ends on %(day)s, before the other tariff would begin."),
            code="ends_before", params={"day": shown(after.end - DAY)},
        )  # fmt: skip
    facts = compared(desk, events, change.old, after.at(change.effective).tariff, desk.today, change.effective)
    return Plan(plan.on, code, change.effective, change.effective, when, facts | decided(desk, change))


def take_back(desk: Desk, now: Timeline, events: Events, plan: Plan) -> Plan:
    """Who chooses the tariff that holds already keeps it; a change that waits falls away."""
    waiting = next((one for one in now.changes if one.effective > plan.on), None)
    if waiting is None:
        raise ValidationError(_("The contract has this tariff already."), code="same_tariff")
    since = waiting.effective
    facts = compared(desk, events, waiting.new, now.at(plan.on).tariff, since, since)
    return Plan(plan.on, plan.value, plan.on, since, plan.when, facts | {"takes_back": since.isoformat()})


def compared(desk: Desk, events: Events, old: Tariff, new: Tariff, old_from: date, new_from: date) -> Answer:
    """Both tariffs: what they cost regularly, what usage costs, and how long they bind."""
    before, after = regular(desk, desk.events, old_from), regular(desk, events, new_from)
    return {
        "old": tariff_data(desk, old) | {"steps": before, "year": per_year(before)},
        "new": tariff_data(desk, new) | {"steps": after, "year": per_year(after)},
        "ends_now": iso(earliest_end(desk, desk.events, desk.today)),
        "ends_after": iso(earliest_end(desk, events, max(desk.today, new_from))),
    }


def iso(day: date | None) -> str:
    """A day as text; empty for none."""
    return day.isoformat() if day else ""


def decided(desk: Desk, change: Change) -> Answer:
    """Which way the change goes, and by which comparison."""
    why = Words(desk.language).change(change.upgrade, change.shorter, change.old_per_day, change.new_per_day)
    return {"upgrade": change.upgrade, "when": change.when, "why": why}


def tariff_data(desk: Desk, tariff: Tariff) -> Answer:
    """A tariff as the quote shows it."""
    info = desk.terms.info[tariff.code]
    return {
        "code": tariff.code, "name": info["name"], "basis": info.get("legal_basis", ""), "terms": terms_data(tariff),
        "vat_rate": None if tariff.vat_rate is None else plain(tariff.vat_rate), "usage": usage_data(desk, tariff),
    }  # fmt: skip


def usage_data(desk: Desk, tariff: Tariff) -> list[Answer]:
    """What is metered under a tariff: model, prices with VAT, and what is free in each period."""
    if not tariff.metered:
        return []
    if not desk.units:
        meters = Meter.objects.filter(organisation=desk.contract.organisation_id)
        desk.units.update({code: unit or name for code, unit, name in meters.values_list("code", "unit", "name")})
    return [component_data(tariff, one) | {"unit": desk.units.get(one.meter, one.meter)} for one in tariff.metered]


def component_data(tariff: Tariff, one: Component) -> Answer:
    """One metered component; numbers as text, prices with VAT."""
    tiers = [
        [plain(tier.up_to) if tier.up_to is not None else "", gross_text(tariff, tier.unit), gross_text(tariff, tier.flat)]
        for tier in one.tiers
    ]  # fmt: skip
    bounds = {"minimum": one.minimum, "maximum": one.maximum}
    return {
        "name": one.name, "meter": one.meter, "model": one.model, "price": gross_text(tariff, one.price), "tiers": tiers,
        "size": plain(one.size), "percent": plain(one.percent), "fixed": gross_text(tariff, one.fixed),
        "included": plain(one.included), "every": span_data(tariff.interval),
    } | {key: gross_text(tariff, bound) for key, bound in bounds.items() if bound is not None}  # fmt: skip


def gross_text(tariff: Tariff, price: Any) -> str:
    """A unit price with VAT."""
    return plain(gross(tariff, readable(price)))


def gross(tariff: Tariff, price: Decimal) -> Decimal:
    """A price with VAT: who pays as a consumer never reads net prices (PAngV 3)."""
    return price * (100 + tariff.vat_rate) / 100 if tariff.prices == "net" and tariff.vat_rate else price


def quantity_plan(desk: Desk, now: Timeline, action: Action, on: date) -> Plan:
    """From the day on the contract has other quantities of what it pays by the piece."""
    quantities = action[Kind.QUANTITY]
    refuse_taken(desk, Kind.QUANTITY, on)
    codes = {one.code for one in now.at(on).tariff.fixed if one.kind == "per_unit"}
    if not quantities or not set(quantities) <= codes:
        raise ValidationError(_("The tariff has no price for each piece that this could change."), code="no_quantity")
    plan = Plan(on, dict(quantities), on, on)
    events = with_event(desk, Kind.QUANTITY, plan)
    tariff = now.at(on).tariff
    return Plan(on, plan.value, on, on, "", compared(desk, events, tariff, tariff, desk.today, on))


def pause_plan(desk: Desk, now: Timeline, action: Action, on: date) -> Plan:
    """Nothing is charged from the day on up to (not including) another."""
    until = date.fromisoformat(action[Kind.PAUSE]["until"])
    refuse_taken(desk, Kind.PAUSE, on)
    if until <= on:
        raise ValidationError(_("The pause must end after its first day."), code="pause_ends_first")
    return Plan(
        on, {"until": until.isoformat()}, on, min(until, add_months(on, AHEAD)), "", {"until": until.isoformat()}
    )


def rhythm_plan(desk: Desk, now: Timeline, action: Action, on: date) -> Plan:
    """Billed in another rhythm from the first day on which both begin a period; a wish for the present one takes back what waits."""
    value = {"months": int(action[Kind.RHYTHM]["months"])}
    refuse_taken(desk, Kind.RHYTHM, on)
    wanted, tariff = Span(months=value["months"]), now.at(on).tariff
    if not tariff.allows(wanted):
        raise ValidationError(_("The tariff cannot be paid in this rhythm."), code="no_rhythm")
    events = with_event(desk, Kind.RHYTHM, Plan(on, value, on, on))
    after = course(desk, events)
    if [one.grid for one in after.stretches] == [one.grid for one in now.stretches]:
        raise ValidationError(_("The contract is paid in this rhythm already."), code="same_rhythm")
    starts = [one.start for one in after.stretches if one.start >= on and one.grid.span == wanted]
    effective = starts[0] if starts else on
    if effective >= after.end:
        raise ValidationError(
            _("The contract ends on %(day)s, before the other rhythm would begin."),
            code="ends_before", params={"day": shown(after.end - DAY)},
        )  # fmt: skip
    facts = compared(desk, events, tariff, after.at(effective).tariff, desk.today, effective)
    return Plan(on, value, effective, effective, "", facts)


def cancel_plan(desk: Desk, now: Timeline, action: Action, on: date) -> Plan:
    """A cancellation received on the day: by the tariff's rules, or to a day (the first one that is not covered)."""
    value = action[Kind.CANCEL]
    received = on if value == "contractual" else min(on, date.fromisoformat(value))
    if value != "contractual" and date.fromisoformat(value) < desk.contract.start:
        raise ValidationError(
            _("The contract begins on %(start)s; it cannot end before."),
            code="before_start", params={"start": shown(desk.contract.start)},
        )  # fmt: skip
    refuse_taken(desk, Kind.CANCEL, received)
    end = course(desk, with_event(desk, Kind.CANCEL, Plan(received, value, on, on))).end
    if end >= now.end and now.end != FOREVER:
        raise ValidationError(
            _("The contract ends on %(day)s already."), code="ends_already", params={"day": shown(now.end - DAY)}
        )
    facts = {"ends": end.isoformat()} | ({"never_began": True} if end == desk.contract.start else {})
    return Plan(received, value, end, max(desk.today, end - DAY), "", facts)


PLANS: dict[str, Callable[[Desk, Timeline, Action, date], Plan]] = {
    Kind.CHANGE_TARIFF: change_plan,
    Kind.QUANTITY: quantity_plan,
    Kind.PAUSE: pause_plan,
    Kind.RHYTHM: rhythm_plan,
    Kind.CANCEL: cancel_plan,
}
