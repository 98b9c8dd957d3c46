"""Random steps through the money-in wing, each done by the product and noted in the reference; then both are compared.

A step gives whether it could be done at all. What the product refuses must leave everything as it was.
"""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from billing.models import (
    Allocation,
    AncillaryClaim,
    Collection,
    DunningItem,
    Invoice,
    InvoiceLine,
    Mandate,
    Payout,
    PayoutBatch,
)
from billing.pricing.money import total
from billing.pricing.periods import add_months
from billing.services import collection, discharges, dunning, invoicing, payouts, reconciliation, settling, waiving
from billing.services.collect_again import collect_again, first_day, open_claims
from billing.services.correcting import correct
from billing.services.corrections import Wish
from billing.services.credits import open_credits
from billing.services.open_items import advances
from tests.services.club import noon
from tests.services.debt_club import DAY, ZERO, DebtClub
from tests.services.debt_rules import RULES

FEE = Decimal("3.00")
REASONS = ("MS03", "AM04", "AM05", "MS02", "AC04")
THEIRS = {"MS03", "AM04", "MS02", "AC04"}
IBAN = "DE71570642210231530419"


class Machine(DebtClub):
    """All steps there are, in an order that only the seed knows."""

    def run(self, steps: int, every: int = 1) -> None:
        """Does so many steps; compares after each one, or after every few."""
        moves: list[Callable[[], bool]] = [
            *(self.bill, self.collect, self.hand_in, self.credited, self.came_back, self.transfer, self.transfer, self.waive),
            *(self.write_off, self.take_back, self.money_after_all, self.use_advance, self.use_advance, self.pay_out, self.paid_out),
            *(self.payout_back, self.cancel, self.reduce, self.undo, self.withdraw, self.new_mandate, self.remind),
        ]  # fmt: skip
        for number in range(steps):
            self.steps += 1
            self.today += DAY * self.random.randrange(4)
            move = self.random.choices(moves, [1, *(4 for _move in moves[1:])])[0]
            try:
                done = move()
                self.done[move.__name__] += done
                self.trail += [move.__name__] if done else []
            except ValidationError as refused:
                self.done[f"{move.__name__} refused: {refused.code or refused.error_list[0].code}"] += 1
            if number % every == 0 or number == steps - 1:
                self.compare()

    def bill(self) -> bool:
        """The next month for everybody."""
        on = max(self.today, add_months(self.month, -1).replace(day=15))
        until = add_months(self.month, 1) - DAY
        run = invoicing.start_run(self.organisation, self.creditor, on, until, on + DAY * 20)
        self.today = on
        invoicing.preview(run)
        invoicing.approve(run, None, noon(on))
        self.reference.set_off_all()
        invoicing.issue(run, noon(on))
        self.month = add_months(self.month, 1)
        for number, payer, gross in run.invoices.order_by("pk").values_list("number", "payer__number", "gross"):
            self.reference.billed(number, payer, gross)
        self.note(collection.assemble(run, noon(on)))
        return True

    def collect(self) -> bool:
        chosen = self.some(list(open_claims(self.organisation).order_by("pk").values_list("pk", flat=True)))
        if not chosen:
            return False
        day = first_day(self.creditor, self.today)
        self.note(collect_again(self.creditor, chosen, day, None, noon(self.today)))
        return True

    def hand_in(self) -> bool:
        batch = self.built()
        if batch:
            in_time = min(self.today, batch.collection_date - DAY * 6)
            if not self.has_changed(batch):
                collection.submit(batch, None, noon(in_time), waiver="told in person")
                return True
            with pytest.raises(ValidationError):
                collection.submit(batch, None, noon(in_time), waiver="told in person")
            self.forget_file(batch)
            self.note(collection.rebuild(batch, None, noon(in_time)))
        return batch is not None

    def withdraw(self) -> bool:
        batch = self.built() if self.random.random() < 0.2 else None
        if batch:
            collection.withdraw(batch, noon(self.today))
            self.forget_file(batch)
        return batch is not None

    def credited(self) -> bool:
        """A whole file, or one debit of it."""
        waiting = list(self.at_the_bank().filter(booked_on=None, failed_as__in=("", "returned")))
        one = self.one(waiting)
        if one is None:
            return False
        whole = self.random.random() < 0.6 or bool(one.failed_as)
        debits = [debit for debit in waiting if debit.batch_id == one.batch_id] if whole else [one]
        amount = total(debit.amount for debit in debits)
        named = (
            {"batch": f"{one.batch.message_id}P1", "count": len(debits)}
            if whole
            else {"end_to_end_id": one.end_to_end_id}
        )
        entry = self.line(amount, **named)
        for debit in debits:
            claim = self.reference.claims[debit.invoice.number]
            other = claim.under_way if debit.failed_as else ZERO
            self.reference.debited(debit.invoice.number, debit.amount)
            claim.under_way = other
        self.settled(entry)
        return True

    def came_back(self) -> bool:
        one = self.one(list(self.at_the_bank().filter(failed_on=None).exclude(booked_on=None)))
        if one is None:
            return False
        reason, fee = self.random.choice(REASONS), self.random.choice((ZERO, FEE))
        entry = self.line(
            -one.amount - fee, end_to_end_id=one.end_to_end_id, reason=reason, original=one.amount, code="NRTI+109"
        )
        self.reference.returned(one.invoice.number, one.amount, fee)
        self.settled(entry)
        cost = AncillaryClaim.objects.filter(collection=one, waived_on=None).first()
        assert (cost is not None) == (reason in THEIRS and fee > 0)
        if cost:
            self.reference.claims[one.invoice.number].costs[cost.pk] = cost.amount
        return True

    def transfer(self) -> bool:
        """Just what is owed, without the costs, less, or more; for one claim or all of a payer's."""
        owed = [one for one in self.reference.claims.values() if one.owed > 0 and one.left >= 0 and not one.lost]
        claim = self.one(owed)
        if claim is None:
            return False
        named = [claim]
        if self.random.random() < 0.3:
            named = [one for one in owed if one.payer == claim.payer]
        amount = sum((one.owed for one in named), ZERO)
        amount = self.random.choice((amount, amount, claim.left, amount - Decimal("4.50"), amount + Decimal("60.50")))
        if amount <= 0:
            return False
        entry = self.line(amount, text=f"{' '.join(one.number for one in named)} Schritt")
        self.reference.paid(claim.payer, [one.number for one in named], amount)
        self.settled(entry)
        return True

    def remind(self) -> bool:
        """Nobody is reminded of what is paid, written off or being collected; fees and interest are owed beside the claim."""
        run = dunning.run(self.organisation, self.today, self.clerk, noon(self.today)).run
        for item in DunningItem.objects.filter(notice__run=run).select_related("invoice") if run else ():
            claim = self.reference.claims[item.invoice.number]
            assert (item.principal, claim.under_way) == (claim.left, ZERO), item.invoice.number
        costs = AncillaryClaim.objects.filter(item__notice__run=run).order_by("pk") if run else ()
        for cost in costs:
            claim = self.reference.claims[cost.invoice.number]
            claim.costs[cost.pk] = cost.amount
            claim.interest |= {cost.pk} if cost.kind == AncillaryClaim.Kind.INTEREST else set()
        return run is not None

    def waive(self) -> bool:
        key, claim = self.one(
            [(key, one) for one in self.reference.claims.values() for key, left in one.costs.items() if left]
        ) or (0, None)
        if claim is None:
            return False
        waiving.waive(AncillaryClaim.objects.get(pk=key), "Kulanz", self.clerk, self.today)
        claim.costs[key] = ZERO
        return True

    def write_off(self) -> bool:
        claim = self.one([one for one in self.reference.claims.values() if one.owed > 0])
        if claim is None or self.random.random() < 0.5:
            return False
        discharges.write_off(self.organisation, self.key(claim.number), "uneinbringlich", self.clerk, self.today)
        self.reference.written_off(claim.number)
        return True

    def take_back(self) -> bool:
        claim = self.one([one for one in self.reference.claims.values() if one.lost])
        if claim:
            discharges.take_back(self.organisation, self.key(claim.number), discharges.LOSSES, self.today)
            self.reference.revived(claim.number)
        return claim is not None

    def money_after_all(self) -> bool:
        claim = self.one([one for one in self.reference.claims.values() if one.lost and not one.owed])
        if claim is None:
            return False
        amount = self.random.choice((Decimal("2.50"), sum((part for _key, part in claim.lost), ZERO), Decimal("30.00")))
        entry = self.line(amount, text=f"{claim.number} doch noch")
        self.reference.paid_after_all(claim.number, amount)
        self.settled(entry)
        return True

    def use_advance(self) -> bool:
        claim = self.one(
            [one for one in self.reference.claims.values() if one.owed > 0 and self.reference.advances.get(one.payer, ZERO) > 0]
        )  # fmt: skip
        if claim:
            discharges.use_advance(self.organisation, self.key(claim.number), self.clerk, self.today)
            self.reference.advance_used(claim.number)
        return claim is not None

    def pay_out(self) -> bool:
        """A credit document, or what somebody paid too much."""
        documents = [one for part in open_credits(self.organisation).values() for one in part]
        balances = [pk for pk, amount in advances(self.organisation, self.today).items() if amount > 0]
        credit, balance = self.one(documents), self.one(balances)
        if credit is None and balance is None:
            return False
        chosen = [credit.invoice] if credit else []
        batch = payouts.pay_out(
            self.organisation, chosen, self.today + DAY, None, noon(self.today) + timedelta(seconds=self.steps), dict.fromkeys((one.pk for one in self.members), IBAN),
            [balance] if balance else [],
        )  # fmt: skip
        for one in Payout.objects.filter(batch=batch).select_related("member", "credit__payer"):
            payer = one.member.number if one.member else one.credit.payer.number  # type: ignore[union-attr]
            if one.credit:
                assert self.reference.credits[one.credit.number].left == one.amount
                self.reference.credits[one.credit.number].left = ZERO
            else:
                assert self.reference.advances[payer] == one.amount
                self.reference.advances[payer] = ZERO
            self.reference.paying[payer] = self.reference.paying.get(payer, ZERO) + one.amount
        payouts.submit(batch, noon(self.today))
        return True

    def paid_out(self) -> bool:
        done = Allocation.objects.filter(organisation=self.organisation, kind="payout", undone_on=None)
        batch = self.one(
            list(
                PayoutBatch.objects.filter(organisation=self.organisation).exclude(pk__in=done.values("payout__batch"))
            )
        )
        if batch is None:
            return False
        entry = self.line(-batch.total, batch=batch.message_id, count=batch.count)
        for one in Payout.objects.filter(batch=batch).select_related("member", "credit__payer"):
            payer = one.member.number if one.member else one.credit.payer.number  # type: ignore[union-attr]
            self.reference.paying[payer] -= one.amount
        self.reference.bank -= batch.total
        self.settled(entry)
        return True

    def payout_back(self) -> bool:
        sent = Allocation.objects.filter(organisation=self.organisation, kind="payout", amount__lt=0, undone_on=None)
        one = self.one(
            list(Payout.objects.live().filter(pk__in=sent.values("payout")).select_related("member", "credit__payer"))
        )
        if one is None or self.random.random() < 0.5:
            return False
        entry = self.line(one.amount, end_to_end_id=one.end_to_end_id, reason="AC04", code="NRTI+159")
        if one.credit:
            self.reference.credits[one.credit.number].left += one.amount
        elif one.member:
            self.reference.advances[one.member.number] += one.amount
        self.reference.bank += one.amount
        self.settled(entry)
        return True

    def cancel(self) -> bool:
        return self.correct(None)

    def reduce(self) -> bool:
        return self.correct(Decimal("2.00"))

    def correct(self, amount: Decimal | None) -> bool:
        number = self.one(list(self.reference.claims))
        if number is None or self.random.random() < 0.7:
            return False
        invoice = Invoice.objects.get(organisation=self.organisation, number=number)
        line = InvoiceLine.objects.filter(invoice=invoice).order_by("position").first()
        wish = Wish("falscher Tarif", self.today, amounts=None if amount is None else {line.pk if line else 0: amount})
        document = correct(invoice, wish, noon(self.today))
        self.reference.corrected(number, document.number, -document.gross)
        return True

    def undo(self) -> bool:
        """A settled line is taken back; the reference forgets it by asking the product what the line had settled."""
        entry = self.one(self.lines)
        if entry is None or self.random.random() < 0.5:
            return False
        before = list(
            Allocation.objects.filter(entry=entry, undone_on=None).select_related(
                "invoice", "member", "payout__credit", "collection"
            )
        )
        waived = list(
            AncillaryClaim.objects.filter(
                collection__in=[one.collection_id for one in before if one.kind == "return"], waived_on=None
            )
        )
        settling.undo(self.organisation, entry, self.today)
        for one in before:
            self.forget(one)
        for cost in waived:
            self.reference.claims[cost.invoice.number].costs[cost.pk] = ZERO
        amount = sum((one.amount for one in before), ZERO)
        self.reference.bank -= amount
        self.lines.remove(entry)
        reconciliation.put_aside(self.organisation, entry, "other", "1590", None, noon(self.today))
        self.reference.bank += amount
        return True

    def forget(self, one: Allocation) -> None:
        """One thing that a line had settled is as before."""
        payer = one.member.number if one.member else ""
        claim = self.reference.claims[one.invoice.number] if one.invoice else None
        if claim and one.ancillary_id:
            claim.costs[one.ancillary_id] += one.amount
        elif claim:
            claim.left += one.amount
            alive = Collection.objects.filter(invoice=one.invoice_id, failed_on=None, booked_on=None).first()
            claim.under_way = alive.amount if alive else ZERO
        elif one.kind == "advance":
            self.reference.advances[payer] -= one.amount
        elif one.kind == "payout" and one.amount < 0:
            self.reference.paying[payer] -= one.amount
        elif one.payout and one.payout.credit:
            self.reference.credits[one.payout.credit.number].left -= one.amount
        elif one.payout:
            self.reference.advances[payer] -= one.amount

    def new_mandate(self) -> bool:
        without = [one for one in self.members[:4] if not Mandate.objects.filter(member=one, ended_on=None).exists()]
        member = self.one(without)
        if member:
            Mandate.objects.create(
                organisation=self.organisation, creditor=self.creditor, member=member, reference=f"M-{self.seed}-{self.steps}",
                account_holder=member.name, iban=IBAN, signed_on=self.today,
            )  # fmt: skip
        return member is not None

    def compare(self) -> None:
        for rule in RULES:
            rule(self)
