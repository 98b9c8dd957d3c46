"""Open credits: credit documents that are more than what was due then. A later run sets them off, or they are paid out.

Neither needs a posting of its own: a set-off moves nothing between accounts (credit and claim stand on the same debtor's
account), and a payout is posted when the bank's line comes.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db.models import QuerySet

from billing.models import Invoice, Payout, SetOff
from billing.pricing.money import total
from members.models import Organisation


class OpenCredit(NamedTuple):
    """What is left of a credit document, EUR."""

    invoice: int
    payer: int
    number: str
    issued_on: date
    amount: Decimal


def any_credits(organisation: Organisation) -> bool:
    """Whether a run has to look for open credits at all."""
    return Invoice.objects.filter(organisation=organisation, kind=Invoice.Kind.CREDIT).exists()


def open_credits(
    organisation: Organisation, payers: Iterable[int] | None = None, *, lock: bool = False
) -> dict[int, list[OpenCredit]]:
    """Each payer's open credits, oldest first. `lock`: nobody else gives them back until this transaction ends."""
    rows = Invoice.objects.filter(organisation=organisation, kind=Invoice.Kind.CREDIT, gross__lt=0)
    if payers is not None:
        rows = rows.filter(payer__in=list(payers))
    names = ("pk", "payer_id", "number", "issued_on", "gross")
    read = rows.select_for_update(of=("self",)) if lock else rows
    stored = list(read.order_by("issued_on", "pk").values_list(*names))
    given = given_back(rows)
    found: dict[int, list[OpenCredit]] = defaultdict(list)
    for pk, payer, number, issued_on, gross in stored:
        left = total([-gross, *(-amount for amount in given[pk])])
        if left > 0:
            found[payer].append(OpenCredit(pk, payer, number, issued_on, left))
    return dict(found)


def given_back(documents: QuerySet[Invoice]) -> dict[int, list[Decimal]]:
    """What was set off and what is being paid out of these documents; a withdrawn payout gives nothing back."""
    given: dict[int, list[Decimal]] = defaultdict(list)
    these = documents.values("pk")
    for pk, amount in SetOff.objects.filter(credit__in=these).values_list("credit_id", "amount"):
        given[pk].append(amount)
    for pk, amount in Payout.objects.filter(credit__in=these, withdrawn_at=None).values_list("credit_id", "amount"):
        given[pk].append(amount)
    return given
