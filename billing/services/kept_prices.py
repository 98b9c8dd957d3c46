"""Who keeps the old price although a new version has a day for running contracts: who was not told, and who did not agree.

Asked wherever contracts are priced, so that run, quote, portal and forecast agree. The pricing core only sees the result: a
version without a day for running contracts, or an event `keep_price`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import F, FilteredRelation, Q, QuerySet
from django.utils import timezone

from billing.models import Contract, PriceChange, TariffVersion
from billing.services.among import Among

CONSENT = PriceChange.Basis.CONSENT
# A version that binds nobody who was not told (BGB 307, 309; law.md CON-13).
TELLS_EACH_ONE = Q(basis=CONSENT) | Q(version__terms__legal_basis="consumer")
Events = Mapping[int, list[dict[str, Any]]]
Answers = dict[tuple[int, int], Any]
Known = tuple[set[tuple[Any, ...]], Answers]


@dataclass(frozen=True, slots=True)
class Told:
    """An announcement that counts only for those who were told, and, by consent, agreed."""

    pk: int
    basis: str
    existing_from: date
    tariff: int
    version: int


def held_back(versions: Iterable[TariffVersion]) -> list[TariffVersion]:
    """Versions for consumers that were never announced: they reach no running contract.

    A tariff that comes in with its past (on one day, for days before it) was announced by an older program.
    """
    first: dict[int, date] = {}
    found = []
    for version in versions:
        entered = timezone.localdate(version.created_at)
        begun = first.setdefault(version.tariff_id, entered)
        day = version.existing_from
        past = day is not None and day <= entered == begun
        if day and version.terms.get("legal_basis") == "consumer" and not past and not hasattr(version, "price_change"):
            found.append(version)
    return found


def kept_prices(
    ids: Sequence[int],
    events: Events,
    telling: int | None = None,
    told: Sequence[Told] | None = None,
    known: Known | None = None,
) -> Iterator[tuple[int, date]]:
    """Contracts and the versions (by their day for running contracts) that they pass by. One query where nothing was announced.

    `told`: the announcements, where they are known already; then there is none. `known`: what `answers_of` would find.
    """
    announced = told if told is not None else told_changes(ids[0]) if ids else []
    changes = [one for one in announced if one.version != telling] if ids else []
    if not changes:
        return
    contracts, answers = known or answers_of(ids, [one.pk for one in changes])
    for contract, tariff, start, bill_from in contracts:
        moved = any("change_tariff" in event for event in events.get(contract, ()))
        for one in changes:
            if (one.pk, contract) in answers:
                passes_by = one.basis == CONSENT and answers[one.pk, contract] is None
            else:
                passes_by = not moved and tariff == one.tariff and (bill_from or start) < one.existing_from
            if passes_by:
                yield contract, one.existing_from


def answers_of(ids: Sequence[int], changes: Sequence[int]) -> Known:
    """The contracts (key, tariff, start, billed from), and by change and contract who was told, with the day of their yes; one query."""
    told = FilteredRelation("price_notices", condition=Q(price_notices__change__in=changes))
    rows: QuerySet[Any, Any] = Contract.objects.filter(Among(F("pk"), ids)).annotate(told=told)
    names = ("pk", "tariff", "start", "bill_from", "told__change", "told__consented_on")
    contracts: set[tuple[Any, ...]] = set()
    answers: Answers = {}
    for row in rows.values_list(*names):
        contracts.add(row[:4])
        if row[4]:
            answers[row[4], row[0]] = row[5]
    return contracts, answers


def told_changes(contract: int) -> list[Told]:
    """The announcements of the contract's organisation that bind only who was told."""
    rows = PriceChange.objects.filter(TELLS_EACH_ONE, organisation__contracts=contract)
    columns = rows.values_list("pk", "basis", "version__existing_from", "version__tariff", "version")
    return [Told(pk, basis, day, tariff, version) for pk, basis, day, tariff, version in columns if day]


def told_among(versions: Iterable[TariffVersion]) -> list[Told]:
    """The same from versions that were read with their announcement."""
    announced = [(one, one.price_change) for one in versions if hasattr(one, "price_change")]
    return [
        Told(change.pk, change.basis, one.existing_from, one.tariff_id, one.pk)
        for one, change in announced
        if one.existing_from and (change.basis == CONSENT or one.terms.get("legal_basis") == "consumer")
    ]
