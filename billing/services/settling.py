"""Writes what lines of the statement settle: allocations, what becomes of debits, postings. Whole lines, set by set, once.

The database is asked again under locks: a line that has an outcome, or a claim that somebody else paid meanwhile, is refused.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from billing.models import (
    Allocation,
    AncillaryClaim,
    Collection,
    Discharge,
    Invoice,
    PayerAccount,
    Payout,
    SetOff,
    StatementEntry,
)
from billing.pricing.money import ZERO
from billing.services import bulk
from billing.services.bank_posting import post_allocations, post_ancillary
from billing.services.mandate_returns import give_back
from billing.services.matching_facts import Part, Proposal
from billing.services.open_items import advances, cost_items, items_of
from billing.services.posting import open_books
from members.models import Organisation, User

FIELDS = (
    "organisation", "entry", "kind", "amount", "on", "member", "invoice", "ancillary", "collection", "payout", "account", "found_by",
)  # fmt: skip
SLICE = 2000


class Settled(NamedTuple):
    """One line with everything that it settles."""

    entry: int
    booked_on: date
    rule: str
    parts: Sequence[Part]
    account: str = ""


def settle(
    organisation: Organisation, proposals: Sequence[Proposal], user: User | None, now: datetime, account: str = ""
) -> int:
    """Books these proposals; gives how many lines. `account` is where `other` parts go."""
    with transaction.atomic():
        Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
        entries = StatementEntry.objects.filter(organisation=organisation, pk__in=[one.line for one in proposals])
        rows = {pk: (amount, day) for pk, amount, day in entries.open().values_list("pk", "amount", "booked_on")}
        if len(rows) != len(proposals):
            raise stale()
        settled = [whole(one, *rows[one.line], account) for one in proposals]
        refuse_overpaid(settled, timezone.localdate(now))
        write(organisation, settled)
        entries.update(settled_at=now, settled_by=user)
    return len(settled)


def stale() -> ValidationError:
    """Somebody was quicker."""
    return ValidationError(
        _("Somebody has changed these lines or claims meanwhile. Look at the page again and repeat."), code="stale"
    )


def whole(proposal: Proposal, amount: Decimal, booked_on: date, account: str) -> Settled:
    """The parts of a line, a file's debits one by one; they add up to the line, or it is refused."""
    parts = proposal.parts
    if proposal.file:
        parts = tuple(debits_of(proposal.file))
    elif proposal.payouts:
        parts = tuple(payouts_of(proposal.payouts))
    if sum((part.amount for part in parts), ZERO) != amount:
        raise stale()
    return Settled(proposal.line, booked_on, proposal.rule, parts, account)


def debits_of(file: int) -> Iterable[Part]:
    """What the bank credits for a file: all that it was given, less what it rejected and what it credited before."""
    rows = Collection.objects.filter(batch=file, failed_as__in=("", "returned"), booked_on=None).order_by("pk")
    for pk, amount, invoice, payer in rows.values_list("pk", "amount", "invoice_id", "invoice__payer_id"):
        yield Part("payment", amount, payer, invoice, collection=pk)


def payouts_of(file: int) -> Iterable[Part]:
    """What the bank took for a payout file."""
    rows = Payout.objects.live().filter(batch=file).order_by("pk")
    payee = Coalesce("member_id", "credit__payer_id")
    for pk, amount, payer in rows.annotate(payee=payee).values_list("pk", "amount", "payee"):
        yield Part("payout", -amount, payer, payout=pk)


def refuse_overpaid(settled: Sequence[Settled], today: date) -> None:
    """No claim and no cost gets more than is open of it; a collected debit pays its claim whatever came meanwhile."""
    wanted: dict[tuple[int, int | None], Decimal] = defaultdict(lambda: ZERO)
    for one in settled:
        for part in one.parts:
            if part.kind == "payment" and part.collection is None and part.invoice:
                wanted[part.invoice, part.ancillary] += part.amount
    if not wanted:
        return
    on = max([today, *(one.booked_on for one in settled)])
    claims = Invoice.objects.filter(pk__in={invoice for invoice, _cost in wanted})
    list(claims.select_for_update(of=("self",), no_key=True).order_by("pk").values_list("pk"))
    left: dict[tuple[int, int | None], Decimal] = {(item.invoice, None): item.open for item in items_of(claims, on)}
    for invoice, costs in cost_items(claims.values("pk"), on).items():
        left |= {(invoice, pk): amount for pk, amount in costs}
    if any(amount > left.get(key, ZERO) for key, amount in wanted.items()):
        raise stale()


def write(organisation: Organisation, settled: Sequence[Settled]) -> None:
    """Allocations and their postings, and what became of the debits."""
    books = open_books(organisation)
    rows = (row_of(organisation, one, part) for one in settled for part in one.parts)
    for part in bulk.slices(rows, SLICE):
        bulk.insert(Allocation, FIELDS, part)
    entries = [one.entry for one in settled]
    note_debits(settled)
    note_payouts(settled)
    post_allocations(books, Allocation.objects.filter(entry__in=entries, undone_on=None))


def row_of(organisation: Organisation, one: Settled, part: Part) -> tuple[object, ...]:
    """One allocation's row."""
    account = one.account if part.kind == "other" else ""
    return (
        organisation.pk, one.entry, part.kind, part.amount, one.booked_on, part.member, part.invoice, part.ancillary,
        part.collection, part.payout, account, one.rule,
    )  # fmt: skip


def note_debits(settled: Sequence[Settled]) -> None:
    """When each debit was credited."""
    days: dict[date, list[int]] = defaultdict(list)
    for one in settled:
        days[one.booked_on] += [part.collection for part in one.parts if part.kind == "payment" and part.collection]
    for day, debits in days.items():
        for part in bulk.slices(debits, SLICE):
            Collection.objects.filter(pk__in=part, booked_on=None).update(booked_on=day)


def note_payouts(settled: Sequence[Settled]) -> None:
    """Which payouts came back: they gave nothing back, and may be made anew."""
    days: dict[date, list[int]] = defaultdict(list)
    for one in settled:
        days[one.booked_on] += [part.payout for part in one.parts if part.payout and part.amount > 0]
    for day, payouts in days.items():
        Payout.objects.filter(pk__in=payouts, came_back_on=None).update(came_back_on=day)


def learn(organisation: Organisation, proposals: Sequence[Proposal], on: date) -> None:
    """Remembers from which account a payer pays, once a person said so."""
    payers = {one.line: {part.member for part in one.parts if part.member} for one in proposals}
    lines = StatementEntry.objects.filter(pk__in=list(payers), amount__gt=0, returned=False).exclude(iban="")
    own = set(organisation.creditors.values_list("iban", flat=True))
    PayerAccount.objects.bulk_create(
        [
            PayerAccount(organisation=organisation, member_id=member, iban=iban, learned_on=on)
            for pk, iban in lines.values_list("pk", "iban")
            for member in payers[pk]
            if len(payers[pk]) == 1 and iban not in own
        ],
        ignore_conflicts=True,
    )


def undo(organisation: Organisation, entry: int, on: date) -> None:
    """Takes back what a line settles; it is open again. What was posted is posted the other way round, on an open day."""
    with transaction.atomic():
        Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
        mine = StatementEntry.objects.filter(organisation=organisation, pk=entry)
        if mine.exclude(settled_at=None).update(settled_at=None, settled_by=None) != 1:
            raise ValidationError(_("This line is open already."), code="open")
        allocations = Allocation.objects.filter(entry=entry, undone_on=None)
        debits = list(allocations.exclude(collection=None).values_list("collection_id", "kind"))
        returned = allocations.filter(kind="payout", amount__gt=0).values_list("payout_id", flat=True)
        sent_back = [pk for pk in returned if pk]
        undone = list(allocations.values_list("pk", flat=True))
        post_allocations(open_books(organisation), allocations, backwards=on)
        Allocation.objects.filter(pk__in=undone).update(undone_on=on)
        reopen_debits(debits)
        payouts_stand(sent_back)
        refuse_used_balance(organisation, undone, on)
        returns = [pk for pk, kind in debits if kind == "return"]
        refuse_written_off(returns)
        waive_fees(organisation, returns, on)


def refuse_written_off(returns: Sequence[int | None]) -> None:
    """What a return opened and somebody wrote off since: without the return nothing would have been lost."""
    lost = Discharge.objects.filter(invoice__collections__in=returns, undone_on=None).exclude(
        kind=Discharge.Kind.ADVANCE
    )
    number = lost.values_list("invoice__number", flat=True).first()
    if number:
        message = _("Claim %(number)s was written off since: take the write-off back first.")
        raise ValidationError(message, code="written_off", params={"number": number})


def refuse_used_balance(organisation: Organisation, undone: Sequence[int], on: date) -> None:
    """What was paid too much and used or paid out since cannot be taken back under it."""
    rows = Allocation.objects.filter(pk__in=undone, kind="advance").values_list("member_id", flat=True)
    members = [member for member in rows if member]
    if members and any(amount < 0 for amount in advances(organisation, on, members).values()):
        message = _("The credit balance of this payment is used or paid out already: take that back first.")
        raise ValidationError(message, code="balance_used")


def payouts_stand(sent_back: Sequence[int]) -> None:
    """A payout did not come back after all; refused where its credit was given back otherwise meanwhile."""
    back = Payout.objects.filter(pk__in=sent_back)
    again = Payout.objects.live().filter(credit__in=back.exclude(credit=None).values("credit"))
    if again.exists() or SetOff.objects.filter(credit__in=back.values("credit")).exists():
        message = _("This credit is being paid out anew, or was set off: that has to be withdrawn first.")
        raise ValidationError(message, code="given_back")
    back.update(came_back_on=None)


def waive_fees(organisation: Organisation, debits: Sequence[int | None], on: date) -> None:
    """Without the return its fee is owed by nobody, unless somebody has paid it already."""
    fees = AncillaryClaim.objects.filter(collection__in=debits, waived_on=None, kind=AncillaryClaim.Kind.RETURN_FEE)
    if Allocation.objects.filter(ancillary__in=fees.values("pk"), undone_on=None).exists():
        raise ValidationError(
            _("The fee for this return is paid already: take that payment back first."), code="fee_paid"
        )
    post_ancillary(open_books(organisation), fees, waived=on)
    fees.update(waived_on=on)


def reopen_debits(debits: Sequence[tuple[int | None, str]]) -> None:
    """A debit whose credit was taken back is under way again, and one whose return was taken back did not come back."""
    credited = Collection.objects.filter(pk__in=[pk for pk, kind in debits if kind == "payment"])
    back = Collection.objects.filter(pk__in=[pk for pk, kind in debits if kind == "return"], failed_as="returned")
    refuse_returned(credited, back)
    again = collected_again(credited, back)
    number = again.values_list("invoice__number", flat=True).first()
    if number:
        message = _("Invoice %(number)s is being collected again: that has to be withdrawn first.")
        raise ValidationError(message, code="collected_again", params={"number": number})
    credited.update(booked_on=None)
    give_back(back)
    back.update(failed_on=None, failed_as="", return_reason="")


def refuse_returned(credited: QuerySet[Collection], back: QuerySet[Collection]) -> None:
    """A debit that came back was credited before: its return would stand alone, and the claim would be owed twice."""
    standing = Allocation.objects.filter(collection__in=credited, kind="return", undone_on=None).exclude(
        collection__in=back
    )
    number = standing.values_list("invoice__number", flat=True).first()
    if number:
        message = _("The debit of invoice %(number)s came back since: take its return back first.")
        raise ValidationError(message, code="returned", params={"number": number})


def collected_again(credited: QuerySet[Collection], back: QuerySet[Collection]) -> QuerySet[Collection]:
    """Debits that stand in the way: of the same claim, and under way; or, where a return is taken back, collected as a whole."""
    others = Collection.objects.filter(failed_on=None).exclude(pk__in=credited.values("pk"))
    whole = Q(instalment=None) | Q(booked_on=None)
    return others.filter(
        Q(invoice__in=credited.exclude(instalment=None).values("invoice"), booked_on=None)
        | Q(whole, invoice__in=back.filter(instalment=None).values("invoice"))
        | Q(instalment__in=back.exclude(instalment=None).values("instalment"))
        | Q(invoice__in=back.filter(booked_on=None).values("invoice"), booked_on=None)
    )
