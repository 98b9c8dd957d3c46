"""Takes a member list over: members, payers, contracts, mandates, in one transaction and a constant number of queries."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from billing.models import Contract, ContractEvent, Creditor, Mandate, Tariff
from billing.services.member_books import Held
from billing.services.member_contracts import Opening
from billing.services.member_plan import MEMBER_FIELDS, ImportPlan, Wanted, plan
from members.models import Member, Organisation, User

__all__ = ["ImportPlan", "ImportReport", "plan", "stale", "take"]

BATCH = 200
MANDATE_FIELDS = ("iban", "bic", "account_holder", "signed_on", "last_presented_on", "ended_on")
Members = dict[str, Member]


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What was done."""

    count: int
    new: int
    changed: int
    unchanged: int
    refused: int
    contracts: int
    mandates: int


def take(seen: ImportPlan, now: datetime, user: User | None) -> ImportReport:
    """Writes what the plan says, all of it or nothing. Raises ValidationError if it would do something else by now."""
    try:
        with transaction.atomic():
            result = still_true(seen)
            members = write_members(result, user)
            contracts = write_contracts(result, members, timezone.localdate(now), user)
            mandates = write_mandates(result, members, timezone.localdate(now), user)
    except IntegrityError as clash:
        raise stale() from clash
    counts = (result.count, len(result.new), len(result.changed), result.unchanged, result.refused_rows)
    return ImportReport(*counts, contracts, mandates)


def still_true(seen: ImportPlan) -> ImportPlan:
    """The same list planned again, while nobody else writes these members."""
    Organisation.objects.select_for_update().get(pk=seen.organisation.pk)
    list(Member.objects.select_for_update().filter(organisation=seen.organisation).order_by("pk").values_list("pk"))
    result = plan(seen.organisation, seen.data, seen.bill_from)
    if result.fingerprint != seen.fingerprint:
        raise stale()
    return result


def stale() -> ValidationError:
    """A plan is only as good as the books it was compared with."""
    message = _("The books were changed meanwhile, so nothing was taken over: look at the preview again.")
    return ValidationError(message, code="stale")


def write_members(result: ImportPlan, user: User | None) -> Members:
    """New and changed members, then their payers; gives every member by number."""
    new = [Member(organisation=result.organisation, number=one.row.number, **one.values) for one in result.new]
    for member in new:
        member.search = member.search_text()
    bulk_create_with_history(new, Member, default_user=user)
    members = {member.number: member for member in Member.objects.filter(organisation=result.organisation)}
    paid_for = [set_payer(one, members) for one in result.new if one.payer]
    changed = [set_values(one, members) for one in result.changed]
    bulk_update_with_history(paid_for, Member, ["payer"], default_user=user, batch_size=BATCH)
    fields = [*MEMBER_FIELDS, "payer", "search"]
    bulk_update_with_history(changed, Member, fields, default_user=user, batch_size=BATCH)
    return members


def set_payer(one: Wanted, members: Members) -> Member:
    """Links a member with who pays."""
    member = members[one.row.number]
    if one.payer is not None:
        member.payer = members[one.payer] if one.payer else None
    return member


def set_values(one: Wanted, members: Members) -> Member:
    """What the list says otherwise of a member."""
    member = set_payer(one, members)
    for name, value in one.values.items():
        setattr(member, name, value)
    member.search = member.search_text()
    return member


def write_contracts(result: ImportPlan, members: Members, today: date, user: User | None) -> int:
    """Contracts that begin, end or are paid in another rhythm; gives how many are new."""
    tariffs = {tariff.code: tariff for tariff in Tariff.objects.filter(organisation=result.organisation)}
    rows = [*result.new, *result.changed]
    opened = [
        (contract_of(opening, members[one.row.number], tariffs[opening.code], result.bill_from), opening.end)
        for one in rows
        for opening in one.steps.openings
    ]
    closings = [closing for one in rows for closing in one.steps.closings]
    bulk_create_with_history([contract for contract, _end in opened], Contract, default_user=user, batch_size=BATCH)
    events = [ending(contract, end, min(today, end), user) for contract, end in opened if end]
    stored = reopen(result, (closing.held for closing in closings), today)
    for closing in closings:
        event = ending(stored[closing.held.contract], closing.ends_on, today, user)
        event.on = free_day(event.on, closing.held)
        events.append(event)
    ContractEvent.objects.bulk_create(events)
    retune(result, rows, user)
    return len(opened)


def contract_of(opening: Opening, member: Member, tariff: Tariff, bill_from: date) -> Contract:
    """A contract; days before `bill_from` were billed by an older program."""
    return Contract(
        organisation_id=member.organisation_id, member=member, tariff=tariff, start=opening.start,
        bill_from=bill_from if bill_from > opening.start else None, interval_months=opening.months,
        due_on=max(opening.start, bill_from),
    )  # fmt: skip


def ending(contract: Contract, ends_on: date, known_on: date, user: User | None) -> ContractEvent:
    """The cancellation of a contract: `ends_on` is the first day that is not covered."""
    return ContractEvent(
        organisation_id=contract.organisation_id, contract=contract, on=min(known_on, ends_on), known_on=known_on,
        kind=ContractEvent.Kind.CANCEL, data={"value": ends_on.isoformat()}, user=user,
    )  # fmt: skip


def free_day(on: date, held: Held) -> date:
    """A contract has one cancellation a day; a second one on the same day is entered on the latest free day before."""
    while on in held.cancelled_on:
        on = date.fromordinal(on.toordinal() - 1)
    return on


def reopen(result: ImportPlan, ended: Iterable[Held], today: date) -> dict[int, Contract]:
    """Contracts that end are priced again from their start: the next run settles what was billed beyond."""
    wanted = {one.contract for one in ended}
    found = Contract.objects.filter(organisation=result.organisation) if wanted else Contract.objects.none()
    contracts = {contract.pk: contract for contract in found if contract.pk in wanted}
    for contract in contracts.values():
        contract.settled_to, contract.due_on = None, min(today, contract.due_on or today)
    Contract.objects.bulk_update(contracts.values(), ["settled_to", "due_on"], batch_size=BATCH)
    return contracts


def retune(result: ImportPlan, rows: list[Wanted], user: User | None) -> None:
    """Another rhythm of contracts that nothing was billed of yet."""
    months = {held.contract: months for one in rows for held, months in one.steps.retuned}
    if not months:
        return
    contracts = [one for one in Contract.objects.filter(organisation=result.organisation) if one.pk in months]
    for contract in contracts:
        contract.interval_months = months[contract.pk]
    bulk_update_with_history(contracts, Contract, ["interval_months"], default_user=user, batch_size=BATCH)


def write_mandates(result: ImportPlan, members: Members, today: date, user: User | None) -> int:
    """Mandates as they were signed and last used. A new reference ends the mandate before it."""
    rows = [*result.new, *result.changed]
    changed = [changed_mandate(one, today) for one in rows if one.mandate.present]
    bulk_update_with_history(
        [mandate for mandate in changed if mandate], Mandate, MANDATE_FIELDS, default_user=user, batch_size=BATCH
    )
    creditor = Creditor.objects.filter(organisation=result.organisation).order_by("pk").first()
    new = list(new_mandates(rows, members, creditor))
    bulk_create_with_history(new, Mandate, default_user=user, batch_size=BATCH)
    return len(new)


def changed_mandate(one: Wanted, today: date) -> Mandate | None:
    """The present mandate as the list corrects or ends it."""
    mandate = one.mandate.present
    if mandate is None:
        return None
    values: dict[str, Any] = dict(one.mandate.changes) | ({"ended_on": today} if one.mandate.ends else {})
    for name, value in values.items():
        setattr(mandate, name, value)
    return mandate if values else None


def new_mandates(rows: list[Wanted], members: Members, creditor: Creditor | None) -> Iterator[Mandate]:
    """Mandates of members and of those who changed theirs; without an account holder it is the member."""
    for one in rows:
        row, signed_on = one.row, one.row.mandate_signed_on
        if one.mandate.begins and signed_on:
            if creditor is None:
                message = _("The list has mandates, but this organisation has no creditor yet: enter it first.")
                raise ValidationError(message, code="no_creditor")
            member = members[row.number]
            yield Mandate(
                organisation_id=member.organisation_id, creditor=creditor, member=member, reference=row.mandate_reference,
                source=Mandate.Source.IMPORT, account_holder=row.account_holder or member.name, iban=row.iban, bic=row.bic,
                signed_on=signed_on, last_presented_on=row.last_collected_on,
            )  # fmt: skip
