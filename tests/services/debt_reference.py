"""What members owe, by plain dictionaries: the reference that the product is compared with. It knows no table of ours.

`claims`: what is left of each, `costs` beside them, `credits` of documents, `advances` paid too much, `paying` on the way out,
`lost` written off. A claim that is debited although it was paid meanwhile has less than nothing left.
"""

from dataclasses import dataclass, field
from decimal import Decimal

ZERO = Decimal("0.00")


@dataclass
class Claim:
    number: str
    payer: str
    left: Decimal
    under_way: Decimal = ZERO
    costs: dict[int, Decimal] = field(default_factory=dict)
    interest: set[int] = field(default_factory=set)
    lost: list[tuple[int | None, Decimal]] = field(default_factory=list)

    @property
    def owed(self) -> Decimal:
        return self.left + sum(self.costs.values(), ZERO)


@dataclass
class Credit:
    payer: str
    left: Decimal
    corrects: str


@dataclass
class Reference:
    claims: dict[str, Claim] = field(default_factory=dict)
    credits: dict[str, Credit] = field(default_factory=dict)
    advances: dict[str, Decimal] = field(default_factory=dict)
    paying: dict[str, Decimal] = field(default_factory=dict)
    bank: Decimal = ZERO

    def balance(self, payer: str) -> Decimal:
        """What the payer's account says: owed, less what they have coming, which is theirs until the bank has paid it."""
        owed = sum((one.owed for one in self.claims.values() if one.payer == payer), ZERO)
        credit = sum((one.left for one in self.credits.values() if one.payer == payer), ZERO)
        return owed - credit - self.advances.get(payer, ZERO) - self.paying.get(payer, ZERO)

    def billed(self, number: str, payer: str, gross: Decimal) -> None:
        """A claim; what the payer has coming is set off against it, oldest first."""
        claim = self.claims[number] = Claim(number, payer, gross)
        for credit in self.credits.values():
            if credit.payer == payer:
                amount = min(credit.left, claim.left)
                credit.left -= amount
                claim.left -= amount

    def corrected(self, number: str, credit: str, amount: Decimal) -> None:
        """What corrects a claim takes off what is unpaid of it first; the rest is the payer's credit."""
        self.credits[credit] = Credit(self.claims[number].payer, amount, number)
        self.set_off(credit)

    def set_off(self, number: str) -> None:
        credit = self.credits[number]
        claim = self.claims[credit.corrects]
        amount = min(credit.left, max(ZERO, claim.left - claim.under_way))
        credit.left -= amount
        claim.left -= amount

    def set_off_all(self) -> None:
        for number in self.credits:
            self.set_off(number)

    def debited(self, number: str, amount: Decimal) -> None:
        """The bank credits a debit, whatever came meanwhile."""
        self.claims[number].left -= amount
        self.claims[number].under_way = ZERO
        self.bank += amount

    def returned(self, number: str, amount: Decimal, fee: Decimal) -> None:
        """It comes back; what the bank keeps for it is gone."""
        self.claims[number].left += amount
        self.claims[number].under_way = ZERO
        self.bank -= amount + fee
        self.set_off_all()

    def paid(self, payer: str, named: list[str], amount: Decimal) -> None:
        """A transfer: all that is named with costs or without, else in order, costs first; what is too much is kept."""
        self.bank += amount
        claims = [self.claims[number] for number in named]
        if sum((one.owed for one in claims), ZERO) != amount == sum((one.left for one in claims), ZERO):
            for one in claims:
                one.left = ZERO
            return
        others = [one for one in self.claims.values() if one.payer == payer and one not in claims]
        for one in [one for one in claims + others if one.owed > 0]:
            amount = self.pay(one, amount)
        self.advances[payer] = self.advances.get(payer, ZERO) + amount

    def pay(self, claim: Claim, amount: Decimal) -> Decimal:
        """One claim, costs first, then interest; gives what is left of the money."""
        for key in sorted(claim.costs, key=claim.interest.__contains__):
            part = min(amount, claim.costs[key])
            claim.costs[key] -= part
            amount -= part
        part = min(amount, max(ZERO, claim.left))
        claim.left -= part
        return amount - part

    def written_off(self, number: str) -> None:
        claim = self.claims[number]
        claim.lost += [(key, amount) for key, amount in claim.costs.items() if amount]
        claim.lost += [(None, claim.left)] if claim.left > 0 else []
        claim.costs, claim.left = dict.fromkeys(claim.costs, ZERO), min(claim.left, ZERO)

    def revived(self, number: str) -> None:
        claim = self.claims[number]
        for key, amount in claim.lost:
            if key is None:
                claim.left += amount
            else:
                claim.costs[key] += amount
        claim.lost = []

    def paid_after_all(self, number: str, amount: Decimal) -> None:
        """Money for what was written off: so much of it lives again and is paid; the rest stays written off."""
        claim = self.claims[number]
        self.revived(number)
        self.bank += amount
        left = self.pay(claim, amount)
        self.advances[claim.payer] = self.advances.get(claim.payer, ZERO) + left
        self.written_off(number)

    def advance_used(self, number: str) -> None:
        claim = self.claims[number]
        self.advances[claim.payer] = self.pay(claim, self.advances[claim.payer])
