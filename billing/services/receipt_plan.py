"""Who gets which receipt for a year: looked at as often as one likes, nothing is written."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.utils.translation import gettext as _

from billing.models import Receipt, ReceiptLine, TaxNotice
from billing.pricing.money import total
from billing.services import confirmed
from billing.services.confirmed import Payment
from members.models import Member, Organisation

IN_KIND, WAIVER, DUES = ReceiptLine.Kind.IN_KIND, ReceiptLine.Kind.WAIVER, ReceiptLine.Kind.DUES


class Wanted(NamedTuple):
    """One receipt to be made: for whom, of which kind, over which payments; `fault` says why it cannot be made yet."""

    member: Member
    kind: str
    payments: tuple[Payment, ...]
    fault: str

    @property
    def total(self) -> Decimal:
        """All of its payments, EUR."""
        return total(one.amount for one in self.payments)

    @property
    def last_on(self) -> date:
        """The day of its latest payment."""
        return self.payments[-1].on

    @property
    def by_hand(self) -> bool:
        """Receipts over things and waived claims are always signed (R 10b.1 (4) EStR)."""
        return any(one.kind in (IN_KIND, WAIVER) for one in self.payments)


@dataclass(slots=True)
class Plan:
    """The receipts of a year; what can still be returned by the bank (sum and the day from which it is certain)."""

    wanted: list[Wanted] = field(default_factory=list)
    waiting: Decimal = Decimal(0)
    certain_on: date | None = None

    @property
    def ready(self) -> list[Wanted]:
        """Those that can be made now."""
        return [one for one in self.wanted if not one.fault]


def plan(organisation: Organisation, notice: TaxNotice, year: int, on: date) -> Plan:
    """What is proven, certain and not confirmed yet; dues only where the notice's purposes allow them."""
    valid = ReceiptLine.objects.filter(organisation=organisation, freed_on=None, given_on__year=year)
    done = set(valid.values_list("payment", flat=True))
    found = [
        one
        for one in confirmed.payments(organisation, date(year, 1, 1), date(year, 12, 31))
        if one.key not in done and one.on <= on and (one.kind != DUES or notice.dues_deductible)
    ]
    open_yet = [one for one in found if one.certain_on > on]
    certain = [one for one in found if one.certain_on <= on]
    members = Member.objects.filter(organisation=organisation).in_bulk({one.member for one in certain})
    return Plan(
        sorted(
            gathered(certain, members), key=lambda one: (one.member.last_name, one.member.first_name, one.member.number)
        ),
        total(one.amount for one in open_yet),
        max((one.certain_on for one in open_yet), default=None),
    )


def gathered(payments: Sequence[Payment], members: dict[int, Member]) -> list[Wanted]:
    """Each thing by itself; money as one receipt, a collective one from two payments on."""
    money: dict[int, list[Payment]] = defaultdict(list)
    wanted = []
    for one in payments:
        if one.kind == IN_KIND:
            wanted.append(Wanted(members[one.member], Receipt.Kind.IN_KIND, (one,), fault_of(members[one.member])))
        else:
            money[one.member].append(one)
    for member, own in money.items():
        kind = Receipt.Kind.COLLECTIVE if len(own) > 1 else Receipt.Kind.MONEY
        wanted.append(Wanted(members[member], kind, tuple(own), fault_of(members[member])))
    return wanted


def fault_of(member: Member) -> str:
    """A receipt names the donor's address."""
    complete = member.street and member.postal_code and member.city
    return "" if complete else _("The address is incomplete: a receipt must name it.")
