"""The club of the debt machine: six members, a bank, the reference, and the small things that its steps are made of."""

import random
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from billing.demo.bank import BankLine, statement
from billing.models import Collection, CollectionBatch, Creditor, Invoice, StatementEntry
from billing.services import reconciliation
from billing.services.matching_known import lines_of
from members.models import Organisation, User
from tests.services.bank import paper, take
from tests.services.club import join, noon, small_club
from tests.services.debt_reference import Reference
from tests.services.overdue import strict

ZERO = Decimal("0.00")
DAY = timedelta(days=1)


class DebtClub:
    """One club of six, its bank, and the reference."""

    def __init__(self, seed: int) -> None:
        self.random, self.seed, self.steps = random.Random(seed), seed, 0
        self.organisation: Organisation = small_club(f"seed{seed}")
        self.members = [join(self.organisation, f"{seed}N{number}", debit=number < 4) for number in range(6)]
        self.creditor = Creditor.objects.get(organisation=self.organisation)
        self.clerk = User.objects.create_user(f"clerk{seed}@example.org", "secret-enough")
        strict(self.organisation)
        self.month, self.today = date(2027, 1, 1), date(2026, 12, 15)
        self.reference, self.done = Reference(), Counter[str]()
        self.lines: list[int] = []
        self.trail: list[str] = []

    def note(self, batches: list[CollectionBatch]) -> None:
        """What is debited is all that is open of the claim, and nobody asks for it already."""
        for number, amount in Collection.objects.filter(batch__in=batches).values_list("invoice__number", "amount"):
            claim = self.reference.claims[number]
            assert (amount, claim.under_way) == (claim.left, ZERO), number
            claim.under_way = amount

    def built(self) -> CollectionBatch | None:
        rows = CollectionBatch.objects.filter(organisation=self.organisation, submitted_at=None, withdrawn_at=None)
        found: CollectionBatch | None = self.one(list(rows.defer("content").order_by("pk")))
        return found

    def has_changed(self, batch: CollectionBatch) -> bool:
        """Whether a debit of the file is no longer what is open, or its mandate ended."""
        rows = batch.collections.values_list("invoice__number", "amount", "mandate__ended_on")
        return any(amount != self.reference.claims[number].left or ended for number, amount, ended in rows)

    def forget_file(self, batch: CollectionBatch) -> None:
        for number in batch.collections.values_list("invoice__number", flat=True):
            self.reference.claims[number].under_way = ZERO

    def at_the_bank(self) -> Any:
        rows = Collection.objects.filter(organisation=self.organisation, batch__submitted_at__isnull=False)
        return rows.select_related("invoice", "batch").defer("batch__content", "invoice__snapshot").order_by("pk")

    def one(self, choices: list[Any]) -> Any:
        return self.random.choice(choices) if choices else None

    def some(self, choices: list[Any]) -> list[Any]:
        return self.random.sample(choices, self.random.randint(1, len(choices))) if choices else []

    def key(self, number: str) -> int:
        return Invoice.objects.values_list("pk", flat=True).get(organisation=self.organisation, number=number)

    def line(self, amount: Decimal, **given: Any) -> int:
        """The bank's line comes; what is certain books itself."""
        known = f"L{self.seed}x{self.steps}"
        one = BankLine(amount, self.today, reference=known, **given)
        take(self.organisation, statement(paper(self.organisation, identifier=known), [one]))
        reconciliation.match_open(self.organisation, noon(self.today))
        return StatementEntry.objects.filter(organisation=self.organisation).latest("pk").pk

    def settled(self, entry: int) -> None:
        """A person accepts what is proposed for the line that did not book itself."""
        lines = lines_of(StatementEntry.objects.filter(pk=entry).open())
        if lines:
            found = reconciliation.proposals_for(self.organisation, lines, self.today)
            seen = {entry: reconciliation.fingerprint(found[entry])}
            reconciliation.accept(self.organisation, seen, [entry], self.clerk, noon(self.today), True)
        self.lines.append(entry)
