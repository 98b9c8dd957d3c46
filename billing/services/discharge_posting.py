"""The books behind discharges: what is written off or given up moves from the debtor to the loss accounts of its rates.

The loss account of a rate is an automatic account, so that the same posting corrects the VAT of the month (UStG 17 Abs. 2
Nr. 1); taken back it posts the other way round, which brings the VAT again. What is paid from a payer's credit balance
moves nothing: balance and claim stand on the same debtor's account.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

from django.db.models import Q

from billing.models import Discharge, Posting
from billing.pricing.money import ZERO, cents, total
from billing.services import bulk
from billing.services.bank_posting import FIELDS
from billing.services.chart import WRITE_OFF, write_off_role
from billing.services.posting import Books, debtor_accounts, open_books, open_day
from members.models import Organisation

Part = tuple[Decimal | None, str]  # VAT rate and sphere
TEXTS = {Discharge.Kind.WRITE_OFF: "Ausbuchung", Discharge.Kind.DIFFERENCE: "Kleindifferenz"}


def post_discharges(organisation: Organisation, discharges: Sequence[Discharge], backwards: date | None = None) -> None:
    """Posts what was booked, or takes its postings back on the day `backwards`."""
    losses = [one for one in discharges if one.kind != Discharge.Kind.ADVANCE]
    if losses:
        books = open_books(organisation)
        debtors = debtor_accounts(books, [one.invoice.payer_id for one in losses])
        rows = [row for one in losses for row in rows_of(books, debtors, one, backwards)]
        bulk.insert(Posting, FIELDS, rows)


def rows_of(
    books: Books, debtors: dict[int, int], one: Discharge, backwards: date | None
) -> Iterator[tuple[object, ...]]:
    """One posting per rate and sphere of the claim; of a fee, costs or interest, one without VAT."""
    parts = {(None, ""): one.amount} if one.ancillary_id else shares(one.amount, revenue_of(one.invoice_id))
    payer, invoice = one.invoice.payer, one.invoice
    text = f"{'Storno ' if backwards else ''}{TEXTS[Discharge.Kind(one.kind)]} {payer.last_name or payer.company} {invoice.number}"
    for (rate, sphere), amount in parts.items():
        accounts = (loss_account(books, rate), str(debtors[invoice.payer_id]))
        debit, credit = reversed(accounts) if backwards else accounts
        case = f"{one.kind}/{one.pk}/{'-' if rate is None else rate.normalize()}/{sphere}"[:34]
        yield (
            books.organisation.pk, open_day(books, backwards or one.on or one.asked_on), debit, credit, amount,
            f"{case}{'/undo' if backwards else ''}", invoice.pk, None, invoice.number, sphere, "", text[:60],
        )  # fmt: skip


def loss_account(books: Books, rate: Decimal | None) -> str:
    """The account of the rate; a rate that the chart does not know goes to the general one."""
    return books.accounts.get(write_off_role(rate), books.accounts[WRITE_OFF])


def revenue_of(invoice: int) -> dict[Part, Decimal]:
    """The gross revenue of a claim by rate and sphere, as it was booked, less what corrected it."""
    which = Q(document=invoice) | Q(document__corrects=invoice)
    rows = Posting.objects.filter(which, case__startswith="revenue/").order_by("pk")
    found: dict[Part, Decimal] = defaultdict(lambda: ZERO)
    for case, sphere, credit, amount in rows.values_list("case", "sphere", "credit_account", "amount"):
        _kind, account, rate, *_rest = case.split("/")
        found[None if rate == "-" else Decimal(rate), sphere] += amount if credit == account else -amount
    return {part: amount for part, amount in found.items() if amount > 0}


def shares(amount: Decimal, weights: dict[Part, Decimal]) -> dict[Part, Decimal]:
    """`amount` EUR spread as the weights are; the largest part takes the cents that rounding leaves."""
    if not weights:
        return {(None, ""): amount}
    whole, largest = Fraction(total(weights.values())), max(weights, key=lambda part: weights[part])
    found = {part: cents(Fraction(amount) * Fraction(weight) / whole) for part, weight in weights.items()}
    found[largest] += amount - total(found.values())
    return {part: share for part, share in found.items() if share > 0}
