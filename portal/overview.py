"""What the first page answers: what do I pay next, when, from which account, and for whom."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.models import Contract
from billing.pricing.periods import Span
from billing.services.contract_options import has_choices
from billing.services.quotes import Standing, standings
from members.models import Member
from portal.invoices import InvoiceRow, row_of, with_attempts

# A run bills once a month: two dozen reach far enough back to find everything that is still to be paid.
LOOKED_AT = 24
RECENT = 3


@dataclass(frozen=True, slots=True)
class ContractRow:
    """A contract in the member's words. `ends` is the first day that is no longer covered."""

    tariff: str
    rhythm: str
    start: date
    ends: date | None
    pk: int
    changeable: bool
    leavable: bool
    adjustable: bool

    @property
    def last_day(self) -> date | None:
        """People say until when a contract runs, that day included."""
        return self.ends - timedelta(days=1) if self.ends else None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the household, and what they have."""

    member: Member
    contracts: list[ContractRow]
    paid_by: str


@dataclass(frozen=True, slots=True)
class Overview:
    """The first page: what went wrong, what comes next (soonest first), the latest invoices, the household."""

    problems: list[InvoiceRow]
    coming: list[InvoiceRow]
    undated: list[InvoiceRow]
    recent: list[InvoiceRow]
    people: list[Person]


def overview_of(members: QuerySet[Member], on: date) -> Overview:
    """The first page of the person behind these members."""
    rows = [row_of(invoice, on) for invoice in with_attempts(members)[:LOOKED_AT]]
    dated = [row for row in rows if row.state.due]
    return Overview(
        problems=[row for row in rows if row.state.tone == "problem"],
        coming=sorted(dated, key=lambda row: row.state.due or on),
        undated=[row for row in rows if row.state.code == "debit_later"],
        recent=rows[:RECENT],
        people=household(members, on),
    )


def household(members: QuerySet[Member], on: date) -> list[Person]:
    """The members themselves, then those they pay for; who has left is left out."""
    ids = list(members.values_list("pk", flat=True))
    everybody = (
        Member.objects.filter(Q(pk__in=ids) | Q(payer__in=ids))
        .filter(Q(left_on=None) | Q(left_on__gte=on))
        .select_related("payer", "organisation")
        .prefetch_related("contracts")
    )
    held = [contract for member in everybody for contract in member.contracts.all()]
    standing = standings(everybody[0].organisation, held, on) if held else {}
    people = [person_of(member, ids, standing, on) for member in everybody]
    return sorted(people, key=lambda person: person.member.pk not in ids)


def person_of(member: Member, own: list[int], standing: dict[int, Standing], on: date) -> Person:
    """A member with the contracts that have not ended."""
    free = member.pk in own or member.user_id is None
    rows = [contract_row(contract, standing[contract.pk], free) for contract in member.contracts.all()]
    paid_by = member.payer.name if member.payer and member.payer_id not in own else ""
    return Person(member, [row for row in rows if row.ends is None or row.ends > on], paid_by)


def contract_row(contract: Contract, held: Standing, free: bool) -> ContractRow:
    """A contract with the tariff that it has. `free`: the reader may cancel it, unless that has happened."""
    return ContractRow(
        held.tariff.name,
        rhythm(held.every),
        contract.start,
        held.ends,
        contract.pk,
        held.changeable,
        free and held.ends is None,
        held.ends is None and has_choices(held.tariff),
    )


def rhythm(every: Span) -> str:
    """How often the contract is billed, after all that was chosen."""
    if every.months:
        return months_in_words(every.months)
    weeks, days = divmod(every.days, 7)
    if not days:
        return ngettext("every week", "every %(count)s weeks", weeks) % {"count": weeks}
    return ngettext("every day", "every %(count)s days", every.days) % {"count": every.days}


def months_in_words(months: int) -> str:
    """1, 3, 6 and 12 have names of their own."""
    names = {1: _("monthly"), 3: _("quarterly"), 6: _("half-yearly"), 12: _("yearly")}
    return names.get(months) or ngettext("every month", "every %(count)s months", months) % {"count": months}
