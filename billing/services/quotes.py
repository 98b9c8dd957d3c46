"""Quotes for what changes a contract: shown, confirmed by one button, stored; the next run bills exactly this."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from billing import pricing
from billing.models import Contract, ContractEvent, ContractQuote, Mail, Tariff, TariffVersion
from billing.pricing.periods import FOREVER, Span
from billing.pricing.timeline import Change, Timeline, quantity_on, timeline
from billing.services.bounces import bounced_addresses, reachable
from billing.services.contracts import (
    CONTRACT_FIELDS,
    Versions,
    add_event,
    contract_data,
    load_events,
    load_tariffs,
    load_versions,
    parsed,
    stored_data,
)
from billing.services.kept_prices import told_among
from billing.services.mail_templates import Templates, templates_of, written
from billing.services.quote_answers import Action, Answer, answer_at, answer_to
from billing.services.quote_desk import Desk, course, open_desk, regular
from billing.services.quote_words import confirmation_values
from members.models import Member, Organisation, User

Kind = ContractEvent.Kind


@dataclass(frozen=True, slots=True)
class Choice:
    """A tariff that the contract could have. `allowed`: the member may choose it; `takes_back`: it is the present one."""

    tariff: Tariff
    version: pricing.Tariff
    allowed: bool
    takes_back: bool


@dataclass(frozen=True, slots=True)
class House:
    """The tariffs of an organisation, read once: parsed, and with what is said about them."""

    versions: Versions
    rows: dict[str, Tariff]


@dataclass(frozen=True, slots=True)
class Standing:
    """The tariff in force, the first day that is no longer covered, whether the member may choose another tariff, and how often is paid."""

    tariff: Tariff
    ends: date | None
    changeable: bool
    every: Span


@dataclass(frozen=True, slots=True)
class Offer:
    """A choice with what it would bring; `refused` says why it cannot be had now."""

    choice: Choice
    answer: Answer | None
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Counter:
    """What a member finds who wants another tariff: the present one, a change that waits, and what can be had."""

    tariff: str
    steps: list[Answer]
    waiting: Change | None
    waiting_for: str
    offers: list[Offer]


def house_of(organisation: Organisation) -> House:
    """In one query; a tariff without terms cannot be had."""
    return house_from(load_versions(organisation))


def house_from(versions: Sequence[TariffVersion]) -> House:
    """The same from versions that were read already."""
    rows = sorted({one.tariff.pk: one.tariff for one in versions}.values(), key=lambda one: (one.position, one.code))
    return House(parsed(versions), {row.code: row for row in rows})


def choices(contract: Contract, on: date) -> list[Choice]:
    """What the member may change to: offered, of the same family, valid on the day, in the contract's own rhythm."""
    return [choice for choice in office_choices(contract, on) if choice.allowed]


def office_choices(contract: Contract, on: date) -> list[Choice]:
    """Every tariff with a version that is valid on the day, marked where the member could choose it."""
    house = house_of(contract.organisation)
    return choices_of(contract, house, timeline(house.versions, pricing.parse_contract(stored_data(contract))), on)


def standings(organisation: Organisation, contracts: Sequence[Contract], on: date) -> dict[int, Standing]:
    """Where many contracts stand on a day, after all that happened to them; three queries."""
    versions = load_versions(organisation)
    house, events = house_from(versions), load_events([one.pk for one in contracts], told=told_among(versions))
    codes = {row.pk: row.code for row in house.rows.values()}
    found = {}
    for contract in contracts:
        fields = {name: getattr(contract, name) for name in CONTRACT_FIELDS[1:]}
        data = contract_data(fields | {"tariff__code": codes[contract.tariff_id]}, events.get(contract.pk, []))
        line = timeline(house.versions, pricing.parse_contract(data))
        found[contract.pk] = standing_of(contract, house, line, on)
    return found


def standing_of(contract: Contract, house: House, line: Timeline, on: date) -> Standing:
    """A trial is called by its own name until it is over."""
    own = next(row for row in house.rows.values() if row.pk == contract.tariff_id)
    held = house.rows[line.at(on).tariff.code] if on >= line.first_paid else own
    open_to = any(choice.allowed for choice in choices_of(contract, house, line, on))
    return Standing(held, None if line.end == FOREVER else line.end, open_to, line.at(on).grid.span)


def choices_of(contract: Contract, house: House, line: Timeline, on: date) -> list[Choice]:
    """The tariffs that a contract on this course could have from a day on; none once it is over."""
    if line.end <= on:
        return []
    found = [choice_of(contract, house, line, row, on) for row in house.rows.values()]
    return [choice for choice in found if choice]


def choice_of(contract: Contract, house: House, line: Timeline, row: Tariff, on: date) -> Choice | None:
    """One tariff as a choice. The present one is a choice only while a change waits, which it takes back."""
    present, waiting = line.at(on).tariff, waits(line, on)
    family = house.rows[present.code].family
    if row.code == present.code:
        allowed = waiting is not None and is_offered(house.rows[waiting.new.code], family)
        return Choice(row, present, allowed, True) if waiting else None
    version = house.versions[row.code].for_new(max(on, contract.start)) if row.code in house.versions else None
    if version is None or (waiting and waiting.new.code == row.code):
        return None
    rhythm = line.at(on).grid.span
    chosen = contract.interval_months is not None or rhythm != present.interval
    fits = not chosen or version.allows(rhythm)
    return Choice(row, version, is_offered(row, family) and fits, False)


def is_offered(row: Tariff, family: str) -> bool:
    """Whether members may choose the tariff themselves. What the office alone may enter, they cannot take back either."""
    return row.offered and row.family == family


def waits(line: Timeline, on: date) -> Change | None:
    """A change that was decided and has not begun on the day."""
    return next((change for change in line.changes if change.effective > on), None)


def counter(contract: Contract, on: date) -> Counter:
    """What the member may choose, each with what it would bring."""
    versions = load_versions(contract.organisation)
    desk, house = open_desk(contract, on, versions), house_from(versions)
    line = course(desk, desk.events)
    waiting = waits(line, on)
    offers = [offer(desk, choice, on) for choice in choices_of(contract, house, line, on) if choice.allowed]
    return Counter(
        house.rows[line.at(on).tariff.code].name, regular(desk, desk.events, on), waiting,
        house.rows[waiting.new.code].name if waiting else "", offers,
    )  # fmt: skip


def offer(desk: Desk, choice: Choice, on: date) -> Offer:
    """One choice with its quote, which is not stored as long as nobody asks for it."""
    try:
        return Offer(choice, answer_at(desk, {str(Kind.CHANGE_TARIFF): choice.tariff.code}, on))
    except ValidationError as refused:
        return Offer(choice, None, " ".join(refused.messages))


def quantities(contract: Contract, on: date) -> list[tuple[str, str, Decimal]]:
    """What the contract pays by the piece on a day: code, name, and how many of it."""
    agreed = pricing.parse_contract(stored_data(contract))
    tariff = timeline(load_tariffs(contract.organisation), agreed).at(on).tariff
    pieces = [one for one in tariff.fixed if one.kind == "per_unit"]
    return [(one.code, one.name, quantity_on(agreed, one.code, on)) for one in pieces]


def rhythms(contract: Contract, on: date) -> list[int]:
    """The rhythms, in months, that the tariff of a day can be paid in."""
    agreed = pricing.parse_contract(stored_data(contract))
    tariff = timeline(load_tariffs(contract.organisation), agreed).at(on).tariff
    return sorted({*tariff.intervals, tariff.interval.months} - {0})


def make_quote(contract: Contract, code: str, on: date, now: datetime, when: str | None = None) -> ContractQuote:
    """A quote for another tariff. `when` overrules the tariff's own rule: immediately, period_end or term_end."""
    return quote_for(contract, {str(Kind.CHANGE_TARIFF): code} | ({"when": when} if when else {}), on, now)


def quote_for(contract: Contract, action: Action, on: date, now: datetime) -> ContractQuote:
    """A quote for anything that may happen: `{"change_tariff": CODE}`, `{"quantity": {...}}`, `{"pause": {"until": ...}}`, `{"rhythm": {"months": 3}}`, `{"cancel": ...}`."""
    answer = answer_to(contract, action, on, timezone.localdate(now))
    return ContractQuote.objects.create(
        organisation_id=contract.organisation_id, contract=contract, made_at=now, on=on, action=dict(action), answer=answer
    )  # fmt: skip


def again(quote: ContractQuote, now: datetime) -> ContractQuote:
    """The same wish, computed anew: for a quote that is no longer true."""
    today = timezone.localdate(now)
    same_day = quote.on == timezone.localdate(quote.made_at)
    return quote_for(quote.contract, quote.action, today if same_day else quote.on, now)


@transaction.atomic
def confirm(quote: ContractQuote, user: User | None, now: datetime) -> ContractEvent:
    """Makes the event that was quoted, stores who said yes and when, and writes the confirmation; a repeat gives the same event.

    Refuses a quote of another day, and one that is no longer true because something was billed or entered meanwhile.
    """
    contract = locked(quote)
    stored = ContractQuote.objects.get(pk=quote.pk, organisation=contract.organisation_id)
    if stored.event:
        return stored.event
    today = timezone.localdate(now)
    refuse_changed(stored, contract, today)
    event = enter(stored, contract, today, user)
    confirmed = ContractQuote.objects.filter(pk=stored.pk, confirmed_at=None)
    confirmed.update(confirmed_at=now, confirmed_by=user, event=event)
    write_confirmation(stored, contract, now)
    return event


def locked(quote: ContractQuote) -> Contract:
    """The contract, held until the change is written: two people who confirm at once come one after the other."""
    Contract.objects.select_for_update(of=("self",)).get(pk=quote.contract_id, organisation=quote.organisation_id)
    return Contract.objects.select_related("organisation", "tariff", "member__payer").get(pk=quote.contract_id)


def refuse_changed(quote: ContractQuote, contract: Contract, today: date) -> None:
    """What is confirmed is what was shown, or nothing is."""
    if timezone.localdate(quote.made_at) != today:
        raise ValidationError(
            _("This quote was made on another day. Please look at the new one and confirm it."), code="stale"
        )
    if answer_to(contract, quote.action, quote.on, today) != quote.answer:
        raise ValidationError(
            _("Something about this contract has changed since the quote was made. Please look at the new one and confirm it."),
            code="stale",
        )  # fmt: skip


def enter(quote: ContractQuote, contract: Contract, today: date, user: User | None) -> ContractEvent:
    """The event of the quote."""
    answer, event = quote.answer, quote.answer["event"]
    day = date.fromisoformat(answer["on"])
    return add_event(contract, answer["kind"], day, event["value"], today, user, event.get("when"))


def write_confirmation(quote: ContractQuote, contract: Contract, now: datetime) -> None:
    """To the member, and to who pays for them, in text form: once per quote."""
    member, payer = contract.member, contract.member.payer
    bounced = bounced_addresses(contract.organisation)
    recipients = [one for one in (member, payer) if one and reachable(one.email, bounced)] or [payer or member]
    templates = templates_of(contract.organisation)
    mails = [confirmation_mail(quote, contract, one, now, templates, bounced) for one in recipients]
    Mail.objects.bulk_create(mails, ignore_conflicts=True)


def confirmation_mail(
    quote: ContractQuote, contract: Contract, to: Member, now: datetime, templates: Templates, bounced: frozenset[str]
) -> Mail:
    """By e-mail where there is one, else as a letter to be printed."""
    key = f"quote:{quote.pk}" if to == contract.member or not contract.member.email else f"quote:{quote.pk}:payer"
    words = written(templates, "contract", to.language, confirmation_values(contract, quote.answer, to, now))
    by_mail = reachable(to.email, bounced)
    state: dict[str, Any] = {"recipient": to.email, "next_at": now} if by_mail else {"state": Mail.State.PRINT}
    return Mail(
        organisation=contract.organisation, member=to, key=key, kind="contract", subject=words.subject, text=words.text,
        created_at=now, **state,
    )  # fmt: skip
