"""The household on the first page: who is in it, what each has, what it costs, and what may be changed about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.http import HttpRequest

from billing.models import Contract, Meter, PriceNotice
from billing.services.contract_options import has_choices
from billing.services.own_contracts import Books, Meters, Price, open_books, price_of
from billing.services.quotes import Standing
from members.models import Member
from members.tenancy import household_members
from portal.prices import MEMBERSHIP, PriceWords, price_words, rhythm, sum_words


@dataclass(frozen=True, slots=True)
class ContractRow:
    """A contract in the member's words. `ends` is the first day that is no longer covered; `price` None: it cannot be told."""

    tariff: str
    rhythm: str
    start: date
    ends: date | None
    pk: int
    changeable: bool
    leavable: bool
    adjustable: bool
    price: Price | None
    words: PriceWords | None

    @property
    def last_day(self) -> date | None:
        """People say until when a contract runs, that day included."""
        return self.ends - timedelta(days=1) if self.ends else None

    @property
    def actions(self) -> bool:
        """Whether there is anything that the reader may do about it."""
        return self.changeable or self.leavable or self.adjustable


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the household, and what they have. `paid_by`: who pays for them, if it is not the reader."""

    member: Member
    contracts: list[ContractRow]
    paid_by: str

    @property
    def actions(self) -> bool:
        """Whether the reader may change anything of theirs."""
        return any(row.actions for row in self.contracts)


@dataclass(frozen=True, slots=True)
class Household:
    """Everybody, their books, and what all of it comes to. `first`: the reader; `own`: all their records, those that have left too."""

    people: list[Person]
    first: Member | None
    own: list[int]
    books: Books
    meters: Meters

    @property
    def paid(self) -> list[Price]:
        """The prices of the contracts that run and that the reader pays."""
        rows = [row for one in self.people if not one.paid_by for row in one.contracts]
        return [row.price for row in rows if row.price and row.start <= self.books.today]

    @property
    def sum(self) -> str:
        """What they come to in each rhythm."""
        return sum_words(self.paid)

    @property
    def by_usage(self) -> bool:
        """Whether usage comes on top."""
        return any(price.usage for price in self.paid)

    @property
    def is_membership(self) -> bool:
        """Whether what they have makes them members; dues without any word on their basis are an association's."""
        bases = {row.price.basis for one in self.people for row in one.contracts if row.price}
        return MEMBERSHIP in bases or not bases & {"consumer", "b2b"}


def household_of(request: HttpRequest, on: date, notices: Sequence[PriceNotice]) -> Household:
    """The reader's own records, then those they pay for. Seven queries, eight with usage.

    Who has left is not listed, but goes on reading, paying for others, and owing what is open. `notices`: every price that was
    announced to one of them.
    """
    user, organisation = request.user.pk, request.organisation  # type: ignore[attr-defined]
    everybody = list(household_members(request).select_related("payer").order_by("number")) if organisation else []
    found = [one for one in everybody if one.left_on is None or one.left_on >= on]
    own = [one.pk for one in everybody if one.user_id == user]
    first = next((one for one in [*found, *everybody] if one.pk in own), None)
    held = contracts_of(found)
    books = open_books(organisation, held, on, {(one.change_id, one.contract_id): one.consented_on for one in notices})
    meters = {one.code: one for one in Meter.objects.filter(organisation=organisation)} if books.metered else {}
    people = [person_of(one, [row for row in held if row.member_id == one.pk], own, books, meters) for one in found]
    return Household(sorted(people, key=lambda one: one.member.pk not in own), first, own, books, meters)


def contracts_of(members: Sequence[Member]) -> list[Contract]:
    """Theirs, each with its member as read already."""
    known = {one.pk: one for one in members}
    rows = list(Contract.objects.filter(member__in=list(known)).order_by("start", "pk")) if known else []
    for row in rows:
        row.member = known[row.member_id]
    return rows


def person_of(member: Member, contracts: Sequence[Contract], own: list[int], books: Books, meters: Meters) -> Person:
    """A member with the contracts that have not ended."""
    free = member.pk in own or member.user_id is None
    places = [(contract, books.standing(contract)) for contract in contracts]
    rows = [
        row_of(contract, held, free, books, meters) for contract, held in places if held and not is_over(held, books)
    ]
    paid_by = member.payer.name if member.payer and member.payer_id not in own else ""
    return Person(member, rows, paid_by)


def is_over(held: Standing, books: Books) -> bool:
    """Whether the contract has ended."""
    return held.ends is not None and held.ends <= books.today


def row_of(contract: Contract, held: Standing, free: bool, books: Books, meters: Meters) -> ContractRow:
    """A contract with the tariff that it has. `free`: the reader may cancel it, unless that has happened."""
    try:
        price = price_of(books.desks[contract.pk], meters)
    except ValidationError:
        price = None
    return ContractRow(
        held.tariff.name, rhythm(held.every), contract.start, held.ends, contract.pk, held.changeable,
        free and held.ends is None, held.ends is None and has_choices(held.tariff), price, price_words(price) if price else None,
    )  # fmt: skip
