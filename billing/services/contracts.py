"""Contracts as the pricing core reads them, and what may happen to one. Every change is an event; the next run settles it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from billing import pricing
from billing.models import Contract, ContractEvent, Tariff, TariffVersion
from billing.models.fault_words import told
from billing.services.among import Among
from billing.services.kept_prices import Known, Told, held_back, kept_prices
from billing.services.legal import refuse_unlawful
from members.models import Member, Organisation, User

Versions = Mapping[str, Any]
NO_OTHER_DAYS: Mapping[int, date | None] = {}


def load_tariffs(organisation: Organisation) -> Versions:
    """Every tariff of the organisation, parsed once."""
    return parsed(load_versions(organisation))


def load_versions(organisation: Organisation) -> list[TariffVersion]:
    """Every version of every tariff, in their order, with its announcement."""
    rows = TariffVersion.objects.filter(organisation=organisation).select_related("tariff", "price_change")
    return list(rows.order_by("number"))


def parsed(versions: Iterable[TariffVersion], reach: Mapping[int, date | None] = NO_OTHER_DAYS) -> Versions:
    """Tariffs as the pricing core reads them. `reach`: the day for running contracts that a version (by id) would have."""
    rows = list(versions)
    data: dict[str, list[dict[str, Any]]] = defaultdict(list)
    held = {version.pk for version in held_back(rows)}
    for version in rows:
        terms = version.as_data()
        if version.pk in held or version.pk in reach:
            terms.pop("existing_from", None)
        if day := reach.get(version.pk):
            terms["existing_from"] = day.isoformat()
        data[version.tariff.code].append(terms)
    return pricing.parse_tariffs(dict(data))


def load_events(
    contract_ids: Iterable[int],
    telling: int | None = None,
    told: Sequence[Told] | None = None,
    known: Known | None = None,
) -> dict[int, list[dict[str, Any]]]:
    """The events of many contracts, as the pricing core reads them; and prices that were not told or agreed to are kept.

    `telling`: a tariff version (by id) that is being told just now; `told`: the announcements, where they are known already;
    `known`: who was told what, likewise.
    """
    ids = list(contract_ids)
    events: dict[int, list[dict[str, Any]]] = defaultdict(list)
    rows = ContractEvent.objects.filter(Among(F("contract"), ids)).order_by("on", "id")
    for contract_id, on, known_on, kind, data in rows.values_list("contract_id", "on", "known_on", "kind", "data"):
        events[contract_id].append(event_data(on, known_on, kind, data))
    for contract_id, version_from in kept_prices(ids, events, telling, told, known):
        kept = {"on": version_from.isoformat(), "keep_price": version_from.isoformat()}
        events[contract_id].append(kept)
    return events


def event_data(on: date, known_on: date, kind: str, data: dict[str, Any]) -> dict[str, Any]:
    """One event of the pricing core: `{"on", "known", <kind>: ...}`."""
    event = {"on": on.isoformat(), kind: data["value"]} | ({"when": data["when"]} if "when" in data else {})
    return event | ({"known": known_on.isoformat()} if known_on > on else {})


def contract_data(row: Mapping[str, Any], events: list[dict[str, Any]]) -> dict[str, Any]:
    """The contract of the pricing core. `row`: tariff code, start, bill_from, interval_months, quantities, discounts."""
    data: dict[str, Any] = {"tariff": row["tariff__code"], "start": row["start"].isoformat()}
    if row["bill_from"]:
        data["bill_from"] = row["bill_from"].isoformat()
    if row["interval_months"]:
        data["interval"] = {"months": row["interval_months"]}
    optional = {"quantities": row["quantities"], "discounts": row["discounts"], "events": events}
    return data | {key: value for key, value in optional.items() if value}


CONTRACT_FIELDS = ("tariff__code", "start", "bill_from", "interval_months", "quantities", "discounts")


def stored_data(contract: Contract) -> dict[str, Any]:
    """One stored contract as the pricing core reads it."""
    row = Contract.objects.filter(pk=contract.pk).values(*CONTRACT_FIELDS).get()
    return contract_data(row, load_events([contract.pk])[contract.pk])


@transaction.atomic
def create_contract(
    organisation: Organisation,
    member: Member,
    tariff: Tariff,
    start: date,
    *,
    bill_from: date | None = None,
    interval_months: int | None = None,
) -> Contract:
    """A new contract; the next run bills it from its start (or from `bill_from`)."""
    same_house(organisation, member, tariff)
    contract = Contract(
        organisation=organisation, member=member, tariff=tariff, start=start, bill_from=bill_from,
        interval_months=interval_months, due_on=max(start, bill_from or start),
    )  # fmt: skip
    contract.full_clean()
    check_terms(contract)
    refuse_unlawful(contract)
    contract.save()
    return contract


def same_house(organisation: Organisation, *rows: Member | Tariff | Contract) -> None:
    """Refuses rows of another organisation, whatever the screen let through."""
    if any(row.organisation_id != organisation.pk for row in rows):
        raise ValidationError(_("This belongs to another organisation."), code="other_organisation")


def check_terms(contract: Contract) -> None:
    """Refuses a rhythm or quantity that the tariff does not have."""
    row = {"tariff__code": contract.tariff.code} | {name: getattr(contract, name) for name in CONTRACT_FIELDS[1:]}
    refuse_unpriceable(contract.organisation, contract_data(row, []), contract.start)


def refuse_unpriceable(organisation: Organisation, data: dict[str, Any], on: date) -> None:
    """What the next run could not price is not entered in the first place."""
    tariffs = load_tariffs(organisation)
    try:
        priced = pricing.parse_contract(data)
        pricing.check_references(tariffs, priced)
        pricing.charges(tariffs, priced, [], on)
    except pricing.PricingFaults as refused:
        raise ValidationError(told(refused.faults), code="terms") from refused


@transaction.atomic
def add_event(
    contract: Contract,
    kind: str,
    on: date,
    value: Any,
    known_on: date,
    user: User | None = None,
    when: str | None = None,
) -> ContractEvent:
    """Enters what happened to a contract. The next run prices it again from that day and settles the difference."""
    data = {"value": value} | ({"when": when} if when else {})
    event = ContractEvent(
        organisation_id=contract.organisation_id,
        contract=contract,
        kind=kind,
        on=on,
        known_on=known_on,
        data=data,
        user=user,
    )
    event.full_clean()
    event.save()
    refuse_unpriceable(contract.organisation, stored_data(contract), on)
    touch(contract, on)
    return event


def touch(contract: Contract, on: date) -> None:
    """The contract is priced again from its start, and not later than `on`; what is billed already is only compared."""
    contract.settled_to = None
    contract.due_on = min(on, contract.due_on) if contract.due_on else on
    contract.save(update_fields=["settled_to", "due_on"])


def cancel_contract(contract: Contract, ends_on: date, known_on: date, user: User | None = None) -> ContractEvent:
    """Ends a contract; `ends_on` is the first day that is no longer covered."""
    if ends_on < contract.start:
        raise ValidationError(
            _("The contract begins on %(start)s; it cannot end before."),
            code="before_start",
            params={"start": contract.start},
        )
    return add_event(contract, ContractEvent.Kind.CANCEL, min(known_on, ends_on), ends_on.isoformat(), known_on, user)
