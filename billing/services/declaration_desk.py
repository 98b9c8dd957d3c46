"""A declaration on the office's desk: which contracts it may mean, each with what entering it would bring."""

from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone

from billing.models import Contract, Declaration
from billing.services.declarations import (
    TO_WITHDRAW,
    WITHDRAW,
    outlook,
    running_contracts,
    same_name,
    surely_in_time,
    tokens,
)
from billing.services.quote_answers import Answer
from members.models import Member

MOST_MEMBERS, MOST_CONTRACTS = 20, 6


@dataclass(frozen=True, slots=True)
class Candidate:
    """A contract that may be meant. `hits` of number, name and address agree; `refused` says why it cannot be entered."""

    contract: Contract
    hits: int
    answer: Answer | None
    refused: str
    made_on: date | None
    sure: bool


def candidates(declaration: Declaration, today: date, term: str = "") -> list[Candidate]:
    """The running contracts of whoever fits, best first; with `term` of whoever the office searches for."""
    members = list(
        Member.objects.filter(organisation=declaration.organisation).filter(fits(declaration, term))[:MOST_MEMBERS]
    )
    found = running_contracts(declaration.organisation, members, today)
    found.sort(key=lambda one: (-hits(declaration, one.member), one.member.number, one.pk))
    return [candidate(declaration, one, today) for one in found[:MOST_CONTRACTS]]


def fits(declaration: Declaration, term: str) -> Q:
    """Number, e-mail address or last name."""
    if term:
        return Q(search__contains=term.upper()[:100])
    last_names = Q(last_name__iexact="")
    for word in declaration.name.split()[:6]:
        last_names |= Q(last_name__iexact=word)
    return Q(number__in=tokens(declaration.about)) | Q(email__iexact=declaration.email) | last_names & ~Q(last_name="")


def hits(declaration: Declaration, member: Member) -> int:
    """How much of what was typed is the member's own."""
    return sum([
        member.number in tokens(declaration.about), same_name(member, declaration.name),
        member.email.casefold() == declaration.email.casefold(),
    ])  # fmt: skip


def candidate(declaration: Declaration, contract: Contract, today: date) -> Candidate:
    """One contract with its outlook."""
    answer, refused = None, ""
    try:
        answer = outlook(declaration, contract, today)
    except ValidationError as why:
        refused = " ".join(why.messages)
    made = contract.history.order_by("history_date").values_list("history_date", flat=True).first()
    sure = declaration.kind == WITHDRAW and surely_in_time(contract, timezone.localdate(declaration.received_at))
    return Candidate(
        contract, hits(declaration, contract.member), answer, refused, timezone.localdate(made) if made else None, sure
    )


def pay_back_by(declaration: Declaration) -> date | None:
    """After a withdrawal the money is back within 14 days of its receipt (BGB 357 Abs. 1)."""
    return timezone.localdate(declaration.received_at) + TO_WITHDRAW if declaration.kind == WITHDRAW else None
