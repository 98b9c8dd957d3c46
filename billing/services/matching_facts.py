"""What matching is given and what it answers: lines, debits, files, claims, payouts; parts and proposals."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from billing.pricing.money import ZERO


class Line(NamedTuple):
    """A line of the statement, as StatementEntry stores it."""

    pk: int
    amount: Decimal
    booked_on: date
    name: str = ""
    iban: str = ""
    remittance: str = ""
    end_to_end_id: str = ""
    mandate_reference: str = ""
    creditor_reference: str = ""
    batch_reference: str = ""
    batch_count: int | None = None
    returned: bool = False
    return_reason: str = ""
    original_amount: Decimal | None = None
    charges: Decimal | None = None
    bank_code: str = ""


class Share(NamedTuple):
    """The part of a debit that collects one claim: its Collection, the claim, EUR."""

    collection: int
    invoice: int
    amount: Decimal


class Debit(NamedTuple):
    """A direct debit that the bank has, with all claims that it carries. `credited` and `returned`: the bank told so already."""

    pk: int
    end_to_end_id: str
    mandate_reference: str
    payer: int
    shares: tuple[Share, ...]
    credited: bool = False
    returned: bool = False

    @property
    def amount(self) -> Decimal:
        """What the bank's line is about: the sum of its claims."""
        return sum((share.amount for share in self.shares), ZERO)


class DebitFile(NamedTuple):
    """A file that the bank has and did not credit yet: what is to come for it."""

    pk: int
    message_id: str
    collection_date: date
    amount: Decimal


class Due(NamedTuple):
    """The instalments of an agreement: its reference, who pays, the next part (EUR), and its claims, oldest first."""

    reference: str
    payer: int
    amount: Decimal
    invoices: tuple[int, ...]


class Paying(NamedTuple):
    """A payout, or a payout file, that the bank has."""

    pk: int
    identifier: str
    amount: Decimal
    payer: int = 0


class Cost(NamedTuple):
    """A fee, costs or interest, still owed beside a claim."""

    pk: int
    amount: Decimal


@dataclass(slots=True)
class Claim:
    """A claim and what is open of it now; `costs` in the order in which they are paid (BGB 367).

    `lost`: what was written off of it, each cost by its key, then the claim itself (None).
    """

    invoice: int
    number: str
    payer: int
    due_on: date
    open: Decimal
    costs: list[Cost] = field(default_factory=list)
    in_collection: bool = False
    lost: list[tuple[int | None, Decimal]] = field(default_factory=list)

    @property
    def owed(self) -> Decimal:
        """All of it."""
        return self.open + sum((cost.amount for cost in self.costs), ZERO)


class Part(NamedTuple):
    """What a piece of a line settles; `kind` as Allocation."""

    kind: str
    amount: Decimal
    member: int | None = None
    invoice: int | None = None
    ancillary: int | None = None
    collection: int | None = None
    payout: int | None = None


class Proposal(NamedTuple):
    """What a line settles and by which `rule` that was found. `file`: all debits of it; `payouts`: all of that file."""

    line: int
    rule: str
    certain: bool
    parts: tuple[Part, ...] = ()
    file: int | None = None
    payouts: int | None = None
    reason: str = ""
    hints: tuple[str, ...] = ()


@dataclass(slots=True)
class Known:
    """Everything that lines may settle, looked up once for many lines."""

    claims: dict[int, Claim] = field(default_factory=dict)
    by_number: dict[str, int] = field(default_factory=dict)
    by_payer: dict[int, list[Claim]] = field(default_factory=dict)
    payers_by_iban: dict[str, list[int]] = field(default_factory=dict)
    payers_by_name: dict[frozenset[str], list[int]] = field(default_factory=dict)
    debits: dict[str, Debit] = field(default_factory=dict)
    debits_by_mandate: dict[str, list[Debit]] = field(default_factory=dict)
    files: list[DebitFile] = field(default_factory=list)
    payouts: dict[str, Paying] = field(default_factory=dict)
    payout_files: dict[str, Paying] = field(default_factory=dict)
    number_pattern: str = ""
    carried: Mapping[str, str] = field(default_factory=dict)
    agreements: dict[str, Due] = field(default_factory=dict)
    agreed_by: dict[int, Due] = field(default_factory=dict)
    used: set[tuple[str, int]] = field(default_factory=set)

    def open_of(self, payers: Iterable[int]) -> list[Claim]:
        """What these payers owe, oldest first."""
        found = [claim for payer in dict.fromkeys(payers) for claim in self.by_payer.get(payer, ()) if claim.owed > 0]
        return sorted(found, key=lambda claim: (claim.due_on, claim.invoice))

    def take(self, proposal: Proposal) -> None:
        """What it settles is gone."""
        if proposal.file:
            self.files = [one for one in self.files if one.pk != proposal.file]
        if proposal.payouts:
            self.payout_files = {key: one for key, one in self.payout_files.items() if one.pk != proposal.payouts}
        for part in proposal.parts:
            if part.collection:
                self.used.add((part.kind, part.collection))
            if part.payout:
                self.used.add(("payout", part.payout))
            if part.invoice in self.claims:
                reduce_claim(self.claims[part.invoice], part)


def reduce_claim(claim: Claim, part: Part) -> None:
    """Takes a part off what is open."""
    if part.ancillary is None:
        claim.open -= part.amount
        return
    claim.costs = [
        Cost(cost.pk, cost.amount - part.amount) if cost.pk == part.ancillary else cost
        for cost in claim.costs
        if cost.pk != part.ancillary or cost.amount > part.amount
    ]
