"""What is to be collected, from whom, with which mandate; in the files that the bank takes. Reads only."""

from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.fields.json import KT
from django.utils.translation import gettext as _

from billing.formats.sepa_text import sepa_text
from billing.models import BillingRun, Collection, Creditor, InstalmentClaim, Invoice, Mandate
from billing.services.amendments import Told, to_tell, untold_of
from billing.services.credits import corrected
from billing.services.mandates import lapses_on
from billing.services.open_items import paid_now
from billing.services.vat import ZERO
from members.models import Member

SLICE = 2000
MANDATE_FIELDS = (
    "member_id", "scheme", "one_off", "last_presented_on", "pk", "reference", "signed_on", "account_holder", "iban", "bic",
)  # fmt: skip
Kind = tuple[str, str]  # scheme and sequence type


class Debtor(NamedTuple):
    """A mandate that may be used, as it stands today, and what its bank must be told of it."""

    mandate: int
    reference: str
    signed_on: date
    name: str
    iban: str
    bic: str
    told: Told | None


class Claim(NamedTuple):
    """An invoice to collect: its key and amount in EUR, from whom, and what they read on their statement."""

    invoice: int
    amount: Decimal
    debtor: Debtor
    number: str
    names: tuple[str, ...]
    instalment: int | None = None


Debit = tuple[Claim, ...]  # the claims of one debtor that go into one debit
Fits = Callable[[Claim, str, Decimal], bool]  # with the mandate reference and the amount in the claim's document


def as_documented(claim: Claim, named: str, announced: Decimal) -> bool:
    """Only where the document has announced this amount and the mandate that is in use."""
    return (named, announced) == (claim.debtor.reference, claim.amount)


def whatever_is_open(_claim: Claim, _named: str, _announced: Decimal) -> bool:
    """With whatever mandate is in use, whatever is open: the debit is announced anew."""
    return True


def claims_of(
    creditor: Creditor, invoices: QuerySet[Invoice], day: date, busy: Container[int], fits: Fits = as_documented
) -> Iterator[tuple[Kind, Claim]]:
    """What is open of these invoices, if they are not busy and have a mandate that fits; slice by slice, nobody holds all."""
    after, spent = 0, set()
    less = corrected(creditor.organisation) if invoices.filter(corrections__isnull=False).exists() else {}
    while part := list(to_debit(invoices, after)[:SLICE]):
        these = invoices.filter(pk__range=(part[0][0], part[-1][0]))
        debtors, paid = debtors_of(creditor, these, day), paid_now(these.order_by().values("pk"))
        after = part[-1][0]
        for invoice, payer, gross, payable, number, named, lines in part:
            kind, debtor = debtors.get(payer, (("", ""), None))
            if not debtor or invoice in busy or debtor.mandate in spent:
                continue
            announced = (Decimal(payable) if payable else gross) - less.get(invoice, ZERO)
            names = tuple(sorted({line["member"] for line in lines}))
            claim = Claim(invoice, announced - paid.get(invoice, ZERO), debtor, number, names)
            if claim.amount <= 0 or not fits(claim, named, announced):
                continue
            if kind[1] == "OOFF":
                spent.add(debtor.mandate)
            yield kind, claim


def tried(run: BillingRun) -> set[int]:
    """The run's invoices with a collection that is alive or that the bank gave back: those are collected again elsewhere.
    So are those that are paid in instalments.

    Asked once: a database that has counted no debits yet plans it badly.
    """
    rows = Collection.objects.filter(invoice__run=run).exclude(failed_as="withdrawn")
    return set(rows.values_list("invoice_id", flat=True).iterator()) | set(in_instalments(run.invoices.all()))


def collected(invoices: QuerySet[Invoice]) -> QuerySet[Collection, int]:
    """Those of these invoices whose debit is under way, or was credited as a whole; an instalment is not the whole."""
    moving = Q(instalment=None) | Q(booked_on=None)
    rows = Collection.objects.filter(moving, invoice__in=invoices.order_by().values("pk"), failed_on=None)
    return rows.values_list("invoice_id", flat=True)


def in_instalments(invoices: QuerySet[Invoice]) -> QuerySet[InstalmentClaim, int]:
    """Those of these invoices that are paid in instalments: nobody collects them otherwise."""
    rows = InstalmentClaim.objects.filter(invoice__in=invoices.order_by().values("pk"), freed_on=None)
    return rows.values_list("invoice_id", flat=True)


def alive(invoices: Iterable[int]) -> set[int]:
    """Those of these invoices that are being collected."""
    rows = Collection.objects.filter(failed_on=None, invoice__in=list(invoices))
    return set(rows.values_list("invoice_id", flat=True))


def to_debit(invoices: QuerySet[Invoice], after: int) -> QuerySet[Invoice, tuple[Any, ...]]:
    """The invoices behind a key that are to be debited, in the order of their keys."""
    waiting = invoices.filter(method=Invoice.Method.DEBIT, gross__gt=0, pk__gt=after)
    named = waiting.annotate(
        named=KT("snapshot__payment__mandate_reference"), left=KT("snapshot__payment__payable")
    ).order_by("pk")
    return named.values_list("pk", "payer_id", "gross", "left", "number", "named", "snapshot__lines")


def debtors_of(creditor: Creditor, invoices: QuerySet[Invoice], day: date) -> dict[int, tuple[Kind, Debtor]]:
    """By payer: the mandate that may be used on the collection date, with its scheme and sequence type.

    RCUR from the first collection on; a one-off mandate that is being collected with is taken (EPC130-08, 2.14).
    """
    payers = invoices.values("payer_id")
    taken = Exists(Collection.objects.filter(mandate=OuterRef("pk"), failed_on=None))
    rows = Mandate.objects.usable().filter(member_id__in=payers).exclude(Q(one_off=True) & taken)
    rows = rows.exclude(scheme=Mandate.Scheme.B2B, member__kind=Member.Kind.PERSON)
    untold = untold_of(Q(mandate__member_id__in=payers, mandate__ended_on=None))
    return {
        member: (
            (scheme, "OOFF" if one_off else "RCUR"),
            Debtor(
                pk, reference, signed_on, name, iban, bic, to_tell(untold[pk], reference, iban, creditor) if pk in untold else None
            ),
        )
        for member, scheme, one_off, presented, pk, reference, signed_on, name, iban, bic in rows.values_list(*MANDATE_FIELDS)
        if lapses_on(presented or signed_on) >= day
    }  # fmt: skip


def combined(claims: Iterable[tuple[Kind, Claim]]) -> Iterator[tuple[Kind, Debit]]:
    """One debit for all claims of a mandate."""
    found: dict[tuple[Kind, int], list[Claim]] = defaultdict(list)
    for kind, claim in claims:
        found[kind, claim.debtor.mandate].append(claim)
    for (kind, _mandate), part in found.items():
        yield kind, tuple(part)


def separate(claims: Iterable[tuple[Kind, Claim]]) -> Iterator[tuple[Kind, Debit]]:
    """One debit for each claim."""
    for kind, claim in claims:
        yield kind, (claim,)


def in_files(creditor: Creditor, debits: Iterable[tuple[Kind, Debit]]) -> Iterator[tuple[Kind, list[Debit]]]:
    """The debits of each file: core and business never share one, nor two sequence types; as many and as much as the bank takes."""
    waiting: dict[Kind, list[Debit]] = defaultdict(list)
    sums: dict[Kind, Decimal] = defaultdict(lambda: ZERO)
    for kind, debit in debits:
        amount = amount_of(debit)
        refuse_too_large(creditor, debit, amount)
        over = creditor.max_total is not None and sums[kind] + amount > creditor.max_total
        if waiting[kind] and (over or len(waiting[kind]) == creditor.max_debits):
            yield kind, waiting.pop(kind)
            sums.pop(kind)
        waiting[kind].append(debit)
        sums[kind] += amount
    yield from waiting.items()


def refuse_too_large(creditor: Creditor, debit: Debit, amount: Decimal) -> None:
    """A single debit above the largest sum of a file fits into none."""
    if creditor.max_total is not None and amount > creditor.max_total:
        message = _(
            "%(number)s is %(amount)s EUR, more than the bank takes in one file (%(most)s EUR): raise the limit."
        )
        numbers = {"number": debit[0].number, "amount": amount, "most": creditor.max_total}
        raise ValidationError(message, code="too_large", params=numbers)


def amount_of(debit: Debit) -> Decimal:
    """What is debited, in EUR."""
    return sum((claim.amount for claim in debit), ZERO)


def remittance(creditor: Creditor, debit: Debit) -> str:
    """What the debtor reads on the statement: who collects, which documents, for whom."""
    numbers = ", ".join(claim.number for claim in debit)
    names = sorted({name for claim in debit for name in claim.names})
    return sepa_text(f"{creditor.name}, {numbers}, {', '.join(names)}", 140)


def failed_tries(invoices: QuerySet[Invoice]) -> dict[int, int]:
    """How often each claim was tried in vain: a new attempt has a new end-to-end id."""
    failed = Collection.objects.filter(invoice__in=invoices.values("pk"), failed_on__isnull=False)
    return dict(failed.values("invoice_id").annotate(tries=Count("pk")).values_list("invoice_id", "tries"))
