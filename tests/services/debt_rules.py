"""What must hold after every step of the debt machine: the product says what the reference says."""

from decimal import Decimal

from django.db.models import Sum

from billing.models import Allocation, Collection, DebtorAccount, Invoice, LedgerSettings, Posting, StatementEntry
from billing.pricing.money import total
from billing.services.chart import accounts_of
from billing.services.credits import open_credits
from billing.services.open_items import advances, cost_items, items_of
from tests.services.debt_club import DebtClub

ZERO = Decimal("0.00")


def claims_are_equal(one: DebtClub) -> None:
    items = items_of(Invoice.objects.filter(organisation=one.organisation), one.today)
    left = {item.number: (item.open, item.ancillary) for item in items}
    known = one.reference.claims.values()
    assert left == {claim.number: (claim.left, sum(claim.costs.values(), ZERO)) for claim in known}, told(one)


def what_members_have_coming_is_equal(one: DebtClub) -> None:
    kept = {member.pk: one.reference.advances.get(member.number, ZERO) for member in one.members}
    assert advances(one.organisation, one.today) == {pk: amount for pk, amount in kept.items() if amount}, told(one)
    found = {credit.number: credit.amount for part in open_credits(one.organisation).values() for credit in part}
    assert found == {number: credit.left for number, credit in one.reference.credits.items() if credit.left}, told(one)


def the_ledger_says_the_same(one: DebtClub) -> None:
    """Every account balanced: each payer's account is what they owe, the bank's is what the lines moved, all of them nothing."""
    balances: dict[str, Decimal] = {}
    rows = Posting.objects.filter(organisation=one.organisation).order_by()
    for side, sign in (("debit_account", 1), ("credit_account", -1)):
        for account, amount in rows.values(side).annotate(sum=Sum("amount")).values_list(side, "sum"):
            balances[account] = balances.get(account, ZERO) + sign * total([amount])
    accounts = dict(DebtorAccount.objects.filter(organisation=one.organisation).values_list("member__number", "number"))
    for member, number in accounts.items():
        assert balances.get(str(number), ZERO) == one.reference.balance(member), (member, told(one))
    bank = accounts_of(LedgerSettings.objects.get(organisation=one.organisation))["bank"]
    assert balances.get(bank, ZERO) == one.reference.bank, told(one)
    assert sum(balances.values(), ZERO) == 0


def nothing_is_asked_or_settled_twice(one: DebtClub) -> None:
    """One debit under way per claim; what a line settles is the line; costs are never paid beyond what they are."""
    moving = Collection.objects.filter(organisation=one.organisation, failed_on=None, booked_on=None)
    claims = list(moving.values_list("invoice__number", flat=True))
    assert len(claims) == len(set(claims)), told(one)
    entries = StatementEntry.objects.filter(organisation=one.organisation).values_list("pk", "amount", "settled_at")
    standing = Allocation.objects.filter(organisation=one.organisation, undone_on=None).order_by()
    sums = dict(standing.values_list("entry").annotate(sum=Sum("amount")).values_list("entry", "sum"))
    assert all(total([sums.get(pk, ZERO)]) == (amount if done else ZERO) for pk, amount, done in entries), told(one)
    owed = cost_items(Invoice.objects.filter(organisation=one.organisation).values("pk"), one.today)
    assert all(amount > 0 for parts in owed.values() for _key, amount in parts), told(one)


def told(one: DebtClub) -> str:
    return f"seed {one.seed}, step {one.steps}: {dict(one.done)}"


RULES = (
    claims_are_equal,
    what_members_have_coming_is_equal,
    the_ledger_says_the_same,
    nothing_is_asked_or_settled_twice,
)
