"""A year of a small club, read like a story: who pays late, in part, in instalments, not at all, and who dies.

Six members owe 14.00 EUR a month. Anna's debits go through. Berta's debit of February comes back with 3.00 EUR of fee; she
transfers all of it in March. Carla transfers 10.00 of January's 14.00 and pays the rest in June. Dora loses her job in the
spring and pays what she owes in three instalments. Emil never pays and is written off in December. Frieda dies in June.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db.models import Sum
from django_scopes import scopes_disabled

from billing.demo.bank import BankLine, statement
from billing.models import (
    AncillaryClaim,
    Collection,
    CollectionBatch,
    Contract,
    DebtorAccount,
    Discharge,
    InstalmentPlan,
    Invoice,
    Mail,
    Mandate,
    Posting,
    StatementEntry,
)
from billing.pricing.money import ZERO, total
from billing.pricing.periods import add_months
from billing.services import audit, collection, contracts, discharges, instalment_plans, month, payouts, reconciliation
from billing.services.credits import open_credits
from billing.services.instalments import held, progress_of
from billing.services.matching_known import lines_of
from billing.services.open_items import open_items
from members.models import Member, Organisation
from tests.services.bank import paper, take
from tests.services.club import join, noon, small_club

pytestmark = [pytest.mark.both, pytest.mark.django_db]
DAY = timedelta(days=1)
DUES, FEE = Decimal("14.00"), Decimal("3.00")
DIED_ON = date(2027, 6, 10)
HEIRS = "DE02120300000000202051"


class Year:
    """The club's year, month by month: what is billed, what the bank brings, what the treasurer does."""

    def __init__(self) -> None:
        self.club: Organisation = small_club("jahr")
        self.payers: dict[str, Member] = {
            name: join(self.club, name, first_name=name, last_name="Jahr", debit=name in ("Anna", "Berta", "Frieda"))
            for name in ("Anna", "Berta", "Carla", "Dora", "Emil", "Frieda")
        }
        self.bank = ZERO

    def bill(self, first: date) -> CollectionBatch | None:
        """The month is issued on the 15th before, everybody is told, the file goes to the bank, which credits it."""
        on = add_months(first, -1).replace(day=15)
        run, _report = month.run_month(self.club, on, add_months(first, 1) - DAY, first, approved=True, now=noon(on))
        Mail.objects.filter(state="waiting").update(state="sent", sent_at=noon(on))
        batch = run.batches.defer("content").first()
        if batch:
            collection.submit(batch, None, noon(batch.collection_date - DAY * 7))
            self.line(
                BankLine(
                    batch.total,
                    batch.collection_date,
                    batch=f"{batch.message_id}P1",
                    count=batch.count,
                    code="NTRF+192",
                )
            )
        return batch

    def line(self, line: BankLine) -> None:
        """A line of the bank; what does not book itself is accepted as proposed."""
        now, known = noon(line.on), f"J{line.on}x{self.bank}x{line.amount}"[:35]
        take(self.club, statement(paper(self.club, identifier=known, opening=self.bank), [line]))
        self.bank += line.amount
        reconciliation.match_open(self.club, now)
        self.accept(line.on)

    def accept(self, on: date) -> None:
        lines = lines_of(StatementEntry.objects.filter(organisation=self.club).open())
        found = reconciliation.proposals_for(self.club, lines, on)
        seen = {pk: reconciliation.fingerprint(one) for pk, one in found.items()}
        if seen:
            reconciliation.accept(self.club, seen, list(seen), None, noon(on), True)

    def transfer(self, name: str, amount: str, on: date, text: str) -> None:
        self.line(BankLine(Decimal(amount), on, f"{name} Jahr", text=text))

    def come_back(self, name: str, reason: str, on: date, fee: Decimal) -> Collection:
        one = Collection.objects.filter(invoice__payer=self.payers[name], failed_on=None).latest("pk")
        self.line(
            BankLine(-one.amount - fee, on, end_to_end_id=one.end_to_end_id, mandate=one.mandate_reference, reason=reason, original=one.amount, code="NRTI+109")
        )  # fmt: skip
        return one

    def number(self, name: str, first: date) -> str:
        """The invoice of a month."""
        rows = Invoice.objects.filter(payer=self.payers[name], kind="invoice", issued_on__lt=first)
        return str(rows.latest("pk").number)

    def pay(self, first: date, *names: str) -> None:
        """Who transfers on time."""
        for name in names:
            self.transfer(name, "14.00", first + DAY * 6, self.number(name, first))

    def owed(self, name: str, on: date) -> Decimal:
        return total(item.owed for item in open_items(self.club, on, [self.payers[name].pk]))

    def balance(self, name: str) -> Decimal:
        """What the books say of a payer."""
        account = str(DebtorAccount.objects.get(member=self.payers[name]).number)
        sums = [
            Posting.objects.filter(**{side: account}).aggregate(sum=Sum("amount"))["sum"] or ZERO
            for side in ("debit_account", "credit_account")
        ]
        return total([sums[0], -sums[1]])


@pytest.fixture(autouse=True)
def everything_in_sight() -> Iterator[None]:
    with scopes_disabled():
        yield


def test_the_year_comes_out_to_the_cent() -> None:
    year = Year()
    winter(year)
    spring(year)
    summer(year)
    autumn(year)
    december(year)


def winter(year: Year) -> None:
    """January to March: a part payment, a returned debit, a late transfer."""
    year.bill(date(2027, 1, 1))
    year.pay(date(2027, 1, 1), "Dora")
    year.transfer("Carla", "10.00", date(2027, 1, 20), year.number("Carla", date(2027, 1, 1)))
    assert year.owed("Carla", date(2027, 1, 31)) == Decimal("4.00")
    year.bill(date(2027, 2, 1))
    year.pay(date(2027, 2, 1), "Carla", "Dora")
    february = year.number("Berta", date(2027, 2, 1))
    year.come_back("Berta", "AM04", date(2027, 2, 5), FEE)
    assert year.owed("Berta", date(2027, 2, 28)) == DUES + FEE
    assert AncillaryClaim.objects.get().invoice.number == february
    year.bill(date(2027, 3, 1))
    year.pay(date(2027, 3, 1), "Carla")
    year.transfer("Berta", "17.00", date(2027, 3, 12), february)
    assert year.owed("Berta", date(2027, 3, 31)) == year.balance("Berta") == 0
    assert audit.audit(year.club) == []


def spring(year: Year) -> None:
    """April to June: Dora agrees on instalments for March and April and keeps them."""
    year.bill(date(2027, 4, 1))
    year.pay(date(2027, 4, 1), "Carla")
    on, dora = date(2027, 4, 20), year.payers["Dora"]
    owed = [item.invoice for item in open_items(year.club, on, [dora.pk])]
    wish = instalment_plans.Wish(owed, 3, 1, date(2027, 5, 10))
    plan = instalment_plans.agree(year.club, dora, wish, None, noon(on))
    assert list(plan.instalments.values_list("amount", flat=True)) == [
        Decimal("9.33"),
        Decimal("9.33"),
        Decimal("9.34"),
    ]
    assert held(year.club, date(2027, 5, 9)) == set(owed)
    for number, (first, amount) in enumerate(((5, "9.33"), (6, "9.33"), (7, "9.34")), start=1):
        if first < 7:
            year.bill(date(2027, first, 1))
            year.pay(date(2027, first, 1), "Carla", "Dora")
        year.transfer("Dora", amount, date(2027, first, 10), f"Rate {number} {plan.reference}")
    year.transfer("Carla", "4.00", date(2027, 6, 11), first_number(year, "Carla"))
    [done] = progress_of(InstalmentPlan.objects.all(), date(2027, 7, 10))
    assert (done.kept, done.paid) == (True, DUES * 2)
    assert instalment_plans.review(year.club, date(2027, 7, 11)) == ([plan], [])
    assert year.owed("Dora", date(2027, 7, 11)) == 0
    assert year.owed("Carla", date(2027, 6, 30)) == 0
    assert audit.audit(year.club) == []


def first_number(year: Year, name: str) -> str:
    return str(Invoice.objects.filter(payer=year.payers[name]).earliest("pk").number)


def summer(year: Year) -> None:
    """Frieda died on 10 June. Her debit of June comes back, her contract ends, nothing is debited any more.

    Her estate owes June, which this club bills as a whole month. The heirs transfer 15.00 and get 1.00 back.
    """
    frieda = year.payers["Frieda"]
    year.come_back("Frieda", "MD07", date(2027, 6, 16), FEE)
    mandate = Mandate.objects.get(member=frieda)
    assert (mandate.ended_on, mandate.ended_as) == (date(2027, 6, 16), "returned")
    assert not AncillaryClaim.objects.filter(invoice__payer=frieda).exists()
    contracts.cancel_contract(Contract.objects.get(member=frieda), DIED_ON + DAY, date(2027, 6, 16))
    batch = year.bill(date(2027, 7, 1))
    assert batch is not None
    assert not batch.collections.filter(invoice__payer=frieda).exists()
    estate = year.owed("Frieda", date(2027, 7, 1)) - credit(year, "Frieda")
    assert estate == year.balance("Frieda") == DUES


def credit(year: Year, name: str) -> Decimal:
    found = open_credits(year.club, [year.payers[name].pk])
    return total(one.amount for part in found.values() for one in part)


def autumn(year: Year) -> None:
    """The heirs pay a little too much and get it back; the others pay on."""
    june = Invoice.objects.filter(payer=year.payers["Frieda"], kind="invoice").latest("pk")
    year.pay(date(2027, 7, 1), "Carla", "Dora")
    year.transfer("Frieda", "15.00", date(2027, 8, 2), f"Nachlass {june.number}")
    assert year.balance("Frieda") == Decimal("-1.00")
    frieda, on = year.payers["Frieda"], date(2027, 8, 3)
    file = payouts.pay_out(year.club, [], on, None, noon(on), {frieda.pk: HEIRS}, [frieda.pk])
    payouts.submit(file, noon(on))
    year.line(BankLine(-file.total, on, batch=file.message_id, count=1))
    assert (file.total, year.balance("Frieda")) == (Decimal("1.00"), Decimal("0.00"))
    for number in range(8, 13):
        first = date(2027, number, 1)
        batch = year.bill(first)
        assert batch is not None
        assert {one.invoice.payer for one in batch.collections.all()} == {year.payers["Anna"], year.payers["Berta"]}
        year.pay(first, "Carla", "Dora")
    assert audit.audit(year.club) == []


def december(year: Year) -> None:
    """Emil's twelve invoices are written off; the books hold what came in and what was lost, and nothing else."""
    on = date(2027, 12, 20)
    for item in open_items(year.club, on, [year.payers["Emil"].pk]):
        discharges.write_off(year.club, item.invoice, "unbekannt verzogen", None, on)
    assert total(one.amount for one in Discharge.objects.all()) == DUES * 12
    assert all(year.balance(name) == 0 for name in ("Anna", "Berta", "Carla", "Dora", "Emil"))
    lost = Posting.objects.filter(debit_account="2400").aggregate(sum=Sum("amount"))["sum"]
    assert total([lost]) == Decimal("168.00")
    assert audit.audit(year.club) == []
