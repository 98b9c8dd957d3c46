"""Declarations of consumers: taken from everybody, confirmed at once, entered by itself only where everything is certain.

The answer is the same for everybody: nobody learns here who is a member.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from billing.models import Contract, ContractEvent, Declaration, Mail, TariffVersion
from billing.pricing import PricingFaults
from billing.pricing.periods import DAY
from billing.services import declaration_words as words
from billing.services.addresses import portal_url
from billing.services.mailing import tell_office
from billing.services.quote_answers import Answer, answer_to
from billing.services.quotes import confirm, quote_for, standings
from members.models import Member, Organisation, User

CANCEL, WITHDRAW = Declaration.Kind.CANCEL, Declaration.Kind.WITHDRAW
END = str(ContractEvent.Kind.CANCEL)
TO_WITHDRAW = timedelta(days=14)
RELATED = ("organisation", "tariff", "member__payer")


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody typed. `key` names the form that was sent."""

    kind: str
    key: str
    name: str
    about: str
    email: str
    extraordinary: bool = False
    reason: str = ""
    wished_on: date | None = None


def receive(
    organisation: Organisation, wish: Wish, language: str, user: User | None, now: datetime, *, mailed: bool = True
) -> Declaration:
    """Keeps the declaration with its receipt, then enters it if it is certain which contract it means.

    A repeat of the same form gives the same row. `mailed=False`: too many receipts went to this address already.
    """
    with transaction.atomic():
        declaration, new = store(organisation, wish, language, user, now)
        if new and mailed:
            words.receipt(declaration).save()
    if new:
        settle_certain(declaration, now)
    return declaration


@transaction.atomic
def cancel_here(contract: Contract, wish: Wish, language: str, user: User, now: datetime) -> ContractEvent:
    """What a member cancels who is signed in: kept, confirmed and entered in one, or refused as a whole."""
    declaration, _new = store(contract.organisation, wish, language, user, now)
    words.receipt(declaration).save()
    return enter(declaration, contract, user, now)


def store(
    organisation: Organisation, wish: Wish, language: str, user: User | None, now: datetime
) -> tuple[Declaration, bool]:
    """The row, and whether it is new."""
    row = Declaration(
        organisation=organisation, received_at=now, language=language, user=user, kind=wish.kind, key=wish.key,
        name=wish.name, about=wish.about, email=wish.email, extraordinary=wish.extraordinary, reason=wish.reason,
        wished_on=wish.wished_on,
    )  # fmt: skip
    row.text = words.frozen(row)
    row.clean_fields()
    values = {
        field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if not field.primary_key
    }
    key = {name: values.pop(name) for name in ("organisation_id", "key")}
    return Declaration.objects.get_or_create(**key, defaults=values)


def settle_certain(declaration: Declaration, now: datetime) -> None:
    """Enters what needs nobody's judgement; everything else waits for a person, who is told once a day."""
    try:
        contract = certain_contract(declaration, timezone.localdate(now))
        if contract and needs_nobody(declaration, contract):
            enter(declaration, contract, None, now)
            return
    except ValidationError:
        pass  # What cannot be entered by the rules waits like everything else.
    tell(declaration.organisation, now)


def needs_nobody(declaration: Declaration, contract: Contract) -> bool:
    """Good cause is judged by a person; so is a withdrawal that may be late."""
    if declaration.kind == WITHDRAW:
        return surely_in_time(contract, timezone.localdate(declaration.received_at))
    return not declaration.extraordinary


def certain_contract(declaration: Declaration, today: date) -> Contract | None:
    """The contract, if number, name and e-mail address are those of one member and only one running contract is meant."""
    members = Member.objects.filter(
        organisation=declaration.organisation, number__in=tokens(declaration.about), email__iexact=declaration.email
    )
    members_named = [one for one in members if same_name(one, declaration.name)]
    if len(members_named) != 1:
        return None
    running = running_contracts(declaration.organisation, members_named, today)
    named = [one for one in running if one.tariff.name.casefold() in declaration.about.casefold()]
    found = named or running
    return found[0] if len(found) == 1 else None


def tokens(text: str) -> list[str]:
    """The words in which a member number may stand; never more than a field holds."""
    return re.findall(r"[\w/-]+", text)[:40]


def same_name(member: Member, typed: str) -> bool:
    """First and last name in any order, or the company; spelling in capitals or not does not matter."""
    person = " ".join(part for part in (member.first_name, member.last_name) if part)
    sorts = sorted(re.findall(r"\w+", typed.casefold()))
    return any(full and sorts == sorted(re.findall(r"\w+", full.casefold())) for full in (person, member.company))


def running_contracts(organisation: Organisation, members: Sequence[Member], today: date) -> list[Contract]:
    """Contracts that have no end yet, or that end after today."""
    rows = list(Contract.objects.filter(organisation=organisation, member__in=members).select_related(*RELATED))
    ends = ends_of(organisation, rows, today)
    return [one for one in rows if (last := ends[one.pk]) is None or last > today]


def ends_of(organisation: Organisation, rows: Sequence[Contract], today: date) -> dict[int, date | None]:
    """The first day of each contract that is not covered. One that cannot be priced counts as running: a person reads why."""
    try:
        return {pk: one.ends for pk, one in standings(organisation, rows, today).items()}
    except PricingFaults:
        if len(rows) == 1:
            return {rows[0].pk: None}
        return {pk: end for one in rows for pk, end in ends_of(organisation, [one], today).items()}


def surely_in_time(contract: Contract, on: date) -> bool:
    """A consumer contract that was entered here at most 14 days ago cannot have been concluded here before (BGB 355)."""
    terms = (
        TariffVersion.objects.filter(tariff=contract.tariff_id)
        .order_by("-number")
        .values_list("terms", flat=True)
        .first()
    )
    made = contract.history.order_by("history_date").values_list("history_date", flat=True).first()
    if not made or contract.bill_from or (terms or {}).get("legal_basis") != "consumer":
        return False
    return on <= timezone.localdate(made) + TO_WITHDRAW


def action_of(
    declaration: Declaration, contract: Contract, today: date, last_day: date | None = None
) -> dict[str, Any]:
    """What is entered: the end by the rules, a later one that was wished for, the day that a person chose, or never begun.

    A wish for a day before the earliest one counts as the earliest one: a cancellation is not void for its date.
    """
    if declaration.kind == WITHDRAW:
        return {END: contract.start.isoformat()}
    if last_day:
        return {END: (last_day + DAY).isoformat()}
    if declaration.wished_on:
        on = timezone.localdate(declaration.received_at)
        earliest = date.fromisoformat(answer_to(contract, {END: "contractual"}, on, today)["effective"])
        if declaration.wished_on + DAY > earliest:
            return {END: (declaration.wished_on + DAY).isoformat()}
    return {END: "contractual"}


def outlook(declaration: Declaration, contract: Contract, today: date) -> Answer:
    """What entering it would bring. Refuses what cannot be entered."""
    on = timezone.localdate(declaration.received_at)
    return answer_to(contract, action_of(declaration, contract, today), on, today)


@transaction.atomic
def enter(
    declaration: Declaration, contract: Contract, user: User | None, now: datetime, last_day: date | None = None
) -> ContractEvent:
    """Makes the event on the contract; quote and confirmation as for every change. A repeat gives the same event."""
    row = locked(declaration)
    if row.event:
        return row.event
    refuse_settled(row)
    on = timezone.localdate(row.received_at)
    quote = quote_for(contract, action_of(row, contract, timezone.localdate(now), last_day), on, now)
    event = confirm(quote, user, now)
    row.contract, row.event, row.settled_at, row.settled_by = contract, event, now, user
    row.save(update_fields=["contract", "event", "settled_at", "settled_by"])
    if not knows(contract.member, row.email):
        words.entered(row, quote.answer).save()
    return event


def knows(member: Member, email: str) -> bool:
    """Whether the confirmation of the change reaches this address anyway."""
    return email.casefold() in {one.email.casefold() for one in (member, member.payer) if one}


@transaction.atomic
def answer(declaration: Declaration, text: str, user: User | None, now: datetime) -> None:
    """Settles it without a contract: the sender is told why."""
    row = locked(declaration)
    refuse_settled(row)
    row.answer, row.settled_at, row.settled_by = text, now, user
    row.save(update_fields=["answer", "settled_at", "settled_by"])
    words.answered(row).save()


def locked(declaration: Declaration) -> Declaration:
    """Read anew and held: two people who press at once come one after the other."""
    rows = Declaration.objects.select_for_update(of=("self",)).select_related("organisation", "event")
    return rows.get(pk=declaration.pk, organisation=declaration.organisation_id)


def refuse_settled(declaration: Declaration) -> None:
    """What is settled stays as it is."""
    if declaration.settled_at:
        raise ValidationError(_("This declaration is settled already."), code="settled")


def tell(organisation: Organisation, now: datetime) -> None:
    """The treasurers hear of it once a day, however many come in."""
    count = waiting(organisation)
    subject, text = words.waits(organisation, count, f"{portal_url(organisation)}/office/declarations/")
    tell_office(organisation, f"declarations:{timezone.localdate(now)}", subject, text, now)


def waiting(organisation: Organisation) -> int:
    """How many wait for a person."""
    return Declaration.objects.filter(organisation=organisation, settled_at=None).count()


def receipt_of(declaration: Declaration) -> Mail | None:
    """The message that confirms it, if one was sent."""
    return Mail.objects.filter(
        organisation=declaration.organisation, key=f"declaration:{declaration.pk}:receipt"
    ).first()
