"""The books behind the bank's lines: what is received and taken moves between bank and debtor, fee or suspense account.

Posted on the day of the bank; if the books of that day are closed, on the first open day (GoBD 107). Taking back posts the
other way round and deletes nothing.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from billing.models import Allocation, AncillaryClaim, Invoice, Posting
from billing.services import bulk
from billing.services.chart import BANK, DAMAGES, DUNNING, FEES, INTEREST, PASSED_ON
from billing.services.posting import Books, debtor_accounts, open_day

FIELDS = (
    "organisation", "posted_on", "debit_account", "credit_account", "amount", "case", "document", "allocation", "reference", "sphere",
    "tax_key", "text",
)  # fmt: skip
READ = (
    "pk", "kind", "amount", "on", "member_id", "account", "invoice__number", "payout__credit__number", "member__last_name",
    "member__company", "entry__creditor__iban", "entry__name",
)  # fmt: skip
TEXTS = {
    "payment": "Zahlung", "return": "Rücklastschrift", "advance": "Guthaben", "fee": "Bankgebühr", "payout": "Auszahlung", "other": "Bank",
}  # fmt: skip
OWED_FOR = {"return_fee": PASSED_ON, "costs": DUNNING, "interest": INTEREST}
SLICE = 2000


def post_allocations(books: Books, allocations: QuerySet[Allocation], backwards: date | None = None) -> None:
    """Posts each allocation, or takes its posting back on the day `backwards`."""
    members = allocations.exclude(member=None).values_list("member_id", flat=True).distinct()
    debtors = debtor_accounts(books, list(members))
    rows = (
        posting_row(books, debtors, row, backwards) for row in allocations.order_by("pk").values_list(*READ).iterator()
    )
    for part in bulk.slices(rows, SLICE):
        bulk.insert(Posting, FIELDS, part)


def posting_row(
    books: Books, debtors: dict[int, int], row: tuple[Any, ...], backwards: date | None
) -> tuple[object, ...]:
    """One posting: money received debits the bank, money taken credits it."""
    pk, kind, amount, on, member, account, number, credit, last_name, company, iban, name = row
    bank = books.accounts.get(f"{BANK}.{iban}", books.accounts[BANK])
    other = account or books.accounts[FEES] if kind in ("fee", "other") else str(debtors[member])
    received = (amount > 0) != (backwards is not None)
    debit, credit_account = (bank, other) if received else (other, bank)
    who = last_name or company or name
    text = f"{'Storno ' if backwards else ''}{TEXTS[kind]} {who} {number or credit or ''}".strip()
    return (
        books.organisation.pk, open_day(books, backwards or on), debit, credit_account, abs(Decimal(amount)),
        "undone" if backwards else kind, None, pk, (number or credit or "")[:36], "", "", text[:60],
    )  # fmt: skip


def post_ancillary(books: Books, claims: QuerySet[AncillaryClaim], waived: date | None = None) -> None:
    """Fees, costs and interest that a payer owes: debtor to the account of each, or back when they are waived."""
    payers = Invoice.objects.filter(ancillary_claims__in=claims).values_list("payer_id", flat=True).distinct()
    debtors = debtor_accounts(books, list(payers))
    bulk.insert(Posting, FIELDS, ancillary_rows(books, debtors, claims, waived))


def ancillary_rows(
    books: Books, debtors: dict[int, int], claims: QuerySet[AncillaryClaim], waived: date | None
) -> Iterator[tuple[object, ...]]:
    """One posting per claim."""
    names = ("pk", "kind", "amount", "on", "invoice_id", "invoice__number", "invoice__payer_id", "invoice__payer__last_name", "invoice__payer__company")  # fmt: skip
    for pk, kind, amount, on, invoice, number, payer, last_name, company in claims.order_by("pk").values_list(*names):
        accounts = (str(debtors[payer]), books.accounts[OWED_FOR.get(kind, DAMAGES)])
        debit, credit = reversed(accounts) if waived else accounts
        text = f"{'Verzicht ' if waived else ''}Gebühr {last_name or company} {number}"
        yield (
            books.organisation.pk, open_day(books, waived or on), debit, credit, amount, f"{kind}/{pk}{'/waived' if waived else ''}",
            invoice, None, number, "", "", text[:60],
        )  # fmt: skip
