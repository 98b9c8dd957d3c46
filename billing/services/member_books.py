"""What a member list is compared with: members, contracts, mandates and the meaning of words, read at once."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef

from billing.models import Contract, ContractEvent, ImportSettings, InvoiceLine, Mandate
from billing.services.contracts import Versions, load_tariffs
from members.models import Member, Organisation

CONTRACTUAL = "contractual"


@dataclass(frozen=True, slots=True)
class Held:
    """A contract as it stands today.

    `code` is its present tariff, `agreed` the one it began with. `end` is the first day not covered (None: open);
    `ending`: cancelled by the rules of its tariff, which know the end better than a list. `cancelled_on`: days of its
    cancellations. `billed`: something of it stands on an invoice.
    """

    contract: int
    agreed: str
    code: str
    months: int | None
    start: date
    end: date | None = None
    ending: bool = False
    cancelled_on: tuple[date, ...] = ()
    billed: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """What the words of a list mean, whatever their case."""

    fee_groups: Mapping[str, str]
    departments: Mapping[str, str]
    rhythms: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Books:
    """All of it: members by number and by payer, contracts by member, mandates by reference and, those in use, by member."""

    words: Words
    tariffs: Versions
    members: Mapping[str, Member]
    paid_by: Mapping[int, list[Member]]
    held: Mapping[int, list[Held]]
    mandates: Mapping[str, Mandate]
    in_use: Mapping[int, Mandate]


def load_books(organisation: Organisation) -> Books:
    """Everything that a list can touch, in a constant number of queries."""
    members = {one.number: one for one in Member.objects.filter(organisation=organisation).select_related("payer")}
    mandates = list(Mandate.objects.filter(organisation=organisation))
    tariffs = load_tariffs(organisation)
    return Books(
        words=load_words(organisation),
        tariffs=tariffs,
        members=members,
        paid_by=paid_by(members.values()),
        held=load_held(organisation, tariffs),
        mandates={mandate.reference.upper(): mandate for mandate in mandates},
        in_use={mandate.member_id: mandate for mandate in mandates if mandate.ended_on is None},
    )


def paid_by(members: Iterable[Member]) -> dict[int, list[Member]]:
    """Whom each payer pays for."""
    found: dict[int, list[Member]] = defaultdict(list)
    for member in members:
        if member.payer_id:
            found[member.payer_id].append(member)
    return found


def load_words(organisation: Organisation) -> Words:
    """The organisation's own words; none if it never set any."""
    settings = ImportSettings.objects.filter(organisation=organisation).first() or ImportSettings()
    parts = (settings.fee_groups, settings.departments, settings.rhythms)
    return Words(*({str(word).casefold(): meaning for word, meaning in part.items()} for part in parts))


def load_held(organisation: Organisation, tariffs: Versions) -> dict[int, list[Held]]:
    """The contracts of each member, in the order of their first days."""
    events: dict[int, list[tuple[str, date, Any]]] = defaultdict(list)
    told = ContractEvent.objects.filter(organisation=organisation, kind__in=("cancel", "change_tariff"))
    for contract, kind, on, data in told.order_by("on", "id").values_list("contract_id", "kind", "on", "data"):
        events[contract].append((kind, on, data["value"]))
    billed = Exists(InvoiceLine.objects.filter(contract=OuterRef("pk")))
    rows = Contract.objects.filter(organisation=organisation).annotate(billed=billed).order_by("start", "pk")
    found: dict[int, list[Held]] = defaultdict(list)
    names = ("member_id", "pk", "tariff__code", "interval_months", "start", "billed")
    for member, contract, code, months, start, is_billed in rows.values_list(*names):
        found[member].append(held(tariffs, contract, code, months, start, events[contract], billed=is_billed))
    return found


def held(
    tariffs: Versions,
    contract: int,
    agreed: str,
    months: int | None,
    start: date,
    events: list[tuple[str, date, Any]],
    *,
    billed: bool,
) -> Held:
    """One contract after its events. Of several cancellations the earliest end holds, as in the pricing core."""
    ends = [value for kind, _on, value in events if kind == "cancel"]
    named = [date.fromisoformat(value) for value in ends if value != CONTRACTUAL]
    code = next((value for kind, _on, value in reversed(events) if kind == "change_tariff"), agreed)
    return Held(
        contract, agreed, code, months or usual_months(tariffs, code), start,
        end=min(named, default=None), ending=CONTRACTUAL in ends, billed=billed,
        cancelled_on=tuple(on for kind, on, _value in events if kind == "cancel"),
    )  # fmt: skip


def usual_months(tariffs: Versions, code: str) -> int | None:
    """How often a tariff is paid for if nobody says otherwise."""
    return tariffs[code].versions[-1].interval.months or None if code in tariffs else None
