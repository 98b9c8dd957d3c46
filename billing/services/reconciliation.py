"""Matching lines of the bank statement with claims: what is certain books itself, the rest is proposed and confirmed.

Every call is harmless to repeat: it works on lines without an outcome, and a line gets its outcome once.
"""

import hashlib
from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from billing.models import Allocation, Invoice, StatementEntry
from billing.pricing.money import ZERO
from billing.services import bulk, discharges
from billing.services.matching import parts_of, propose_all, return_parts
from billing.services.matching_facts import Known, Line, Part, Proposal
from billing.services.matching_known import Lookup, lines_of, returnable
from billing.services.open_items import items_of
from billing.services.returns import note_returns
from billing.services.settling import learn, settle, stale
from members.models import Organisation, User

SLICE = 2000


def match_open(organisation: Organisation, now: datetime) -> int:
    """Books what is certain among all open lines; gives how many."""
    lookup, booked = Lookup(organisation, timezone.localdate(now)), 0
    for number, entries in enumerate(slices(organisation), start=1):
        booked += match_slice(lookup, entries, now)
        if number > 1 and number & (number - 1) == 0:
            bulk.analyse(Allocation)
    return booked


def slices(organisation: Organisation) -> Iterator[QuerySet[StatementEntry]]:
    """The open lines, in the order in which they came, a slice at a time."""
    after = 0
    while True:
        rows = StatementEntry.objects.filter(organisation=organisation, pk__gt=after).open().order_by("pk")
        keys = list(rows.values_list("pk", flat=True)[:SLICE])
        if not keys:
            return
        after = keys[-1]
        yield StatementEntry.objects.filter(organisation=organisation, pk__range=(keys[0], after)).open()


def match_slice(lookup: Lookup, entries: QuerySet[StatementEntry], now: datetime) -> int:
    """Books what is certain among these lines."""
    lines = lines_of(entries)
    certain = [one for one in propose_all(lines, lookup.known(lines)) if one.certain]
    return settle(lookup.organisation, certain, None, now) if certain else 0


def proposals_for(organisation: Organisation, lines: Sequence[Line], on: date) -> dict[int, Proposal]:
    """By line: what it most likely settles. Names are looked at only for lines that nothing else explains."""
    lookup = Lookup(organisation, max([on, *(line.booked_on for line in lines)]))
    known = lookup.known(lines)
    found = {one.line: one for one in propose_all(lines, known)}
    rest = [line for line in lines if line.pk not in found and line.amount > 0]
    if rest:
        lookup.add_names(known, rest)
        found |= {one.line: one for one in propose_all(rest, known)}
    return found


def fingerprint(proposal: Proposal) -> str:
    """What a person saw when they accepted."""
    return hashlib.sha256(repr(proposal._replace(certain=False)).encode()).hexdigest()[:16]


def accept(
    organisation: Organisation,
    seen: dict[int, str],
    shown: Sequence[int],
    user: User | None,
    now: datetime,
    pass_fees: bool,
    give_up: Collection[int] = (),
) -> int:
    """Books the proposals of these lines, by line their fingerprint; all of them as they were seen, or none.

    `give_up`: lines whose small rest is given up.
    `shown` are all lines that stood on the page: what is proposed for one depends on what was proposed for those before it.
    """
    with transaction.atomic():
        entries = StatementEntry.objects.filter(organisation=organisation, pk__in={*shown, *seen}).open()
        found = proposals_for(organisation, lines_of(entries), timezone.localdate(now))
        chosen = [one for pk, one in found.items() if pk in seen and fingerprint(one) == seen[pk]]
        if not seen or len(chosen) != len(seen):
            raise stale()
        book(organisation, chosen, user, now, pass_fees)
        give_up_rests(organisation, [one for one in chosen if one.line in give_up], user, now)
    return len(chosen)


def give_up_rests(organisation: Organisation, chosen: Sequence[Proposal], user: User | None, now: datetime) -> None:
    """What is still open of these claims is a small difference, or it is refused."""
    today = timezone.localdate(now)
    invoices = {part.invoice for one in chosen for part in one.parts if part.kind == "payment" and part.invoice}
    rests = [item for item in items_of(Invoice.objects.filter(pk__in=invoices), today) if item.owed > 0]
    for item in rests:
        discharges.give_up(organisation, item.invoice, user, today)


def small_rests(organisation: Organisation, found: dict[int, Proposal], on: date) -> dict[int, Decimal]:
    """By line: the rest that its claims would keep, where that is a difference small enough to be given up, EUR."""
    most = discharges.settings_of(organisation).small_difference
    short = {pk: one for pk, one in found.items() if "less" in one.hints}
    invoices = {part.invoice for one in short.values() for part in one.parts if part.invoice}
    owed = {item.invoice: item.owed for item in items_of(Invoice.objects.filter(pk__in=invoices), on)}
    rests = {
        pk: sum((owed.get(invoice or 0, ZERO) for invoice in {part.invoice for part in one.parts}), ZERO)
        - sum((part.amount for part in one.parts), ZERO)
        for pk, one in short.items()
    }
    return {pk: rest for pk, rest in rests.items() if 0 < rest <= most}


def book(
    organisation: Organisation,
    chosen: Sequence[Proposal],
    user: User | None,
    now: datetime,
    pass_fees: bool,
    account: str = "",
) -> None:
    """Books what a person said, and remembers the accounts that payments came from."""
    today = timezone.localdate(now)
    with transaction.atomic():
        late = [part.invoice for one in chosen if one.rule == "written_off" for part in one.parts if part.invoice]
        revived = discharges.revive(organisation, late, today)
        settle(organisation, chosen, user, now, account)
        discharges.write_off_rest(organisation, revived, today)
        days = StatementEntry.objects.filter(pk__in=[one.line for one in chosen]).values_list("pk", "booked_on")
        note_returns(organisation, chosen, dict(days), pass_fees)
        learn(organisation, chosen, today)


def assign(
    organisation: Organisation, entry: int, member: int, invoices: Sequence[int], user: User | None, now: datetime
) -> None:
    """A person says who paid and for what: the chosen claims in order; what is left stands to the member's credit."""
    line = open_line(organisation, entry)
    if line.amount < 0:
        parts = [Part("advance", line.amount, member)]
    else:
        parts = list(paying(organisation, line, member, invoices, timezone.localdate(now)))
    book(organisation, [Proposal(line.pk, "person", False, tuple(parts))], user, now, pass_fees=False)


def paying(organisation: Organisation, line: Line, member: int, invoices: Sequence[int], on: date) -> Iterator[Part]:
    """The chosen claims of a member, one after the other, as far as the money goes."""
    known, left = Known(), line.amount
    Lookup(organisation, on).add_claims(known, [member])
    if not set(invoices) <= {claim.invoice for claim in known.by_payer.get(member, ())}:
        raise stale()
    for invoice in invoices:
        for part in parts_of(known.claims[invoice], True, left) if left > 0 else ():
            left -= part.amount
            yield part
    if left > 0:
        yield Part("advance", left, member)


def came_back(
    organisation: Organisation, entry: int, debit: int, user: User | None, now: datetime, pass_fees: bool
) -> None:
    """A person says which debit came back by this line; what the bank kept beyond it is its fee."""
    line = open_line(organisation, entry)
    found = returnable(organisation, line.amount, Q(pk=debit))
    if not found:
        raise stale()
    parts = tuple(return_parts(line, found[0]))
    proposal = Proposal(line.pk, "person", False, parts, reason=line.return_reason)
    book(organisation, [proposal], user, now, pass_fees)


def put_aside(
    organisation: Organisation, entry: int, kind: str, account: str, user: User | None, now: datetime
) -> None:
    """A line that settles no claim: the bank's own fee, or something that is booked to a ledger account."""
    if kind not in ("fee", "other") or (kind == "other" and not account):
        raise ValidationError(_("Choose the account that this line is booked to."), code="no_account")
    line = open_line(organisation, entry)
    proposal = Proposal(line.pk, "person", False, (Part(kind, line.amount),))
    book(organisation, [proposal], user, now, pass_fees=False, account=account)


def open_line(organisation: Organisation, entry: int) -> Line:
    """A line that has no outcome yet."""
    lines = lines_of(StatementEntry.objects.filter(organisation=organisation, pk=entry).open())
    if not lines:
        raise stale()
    return lines[0]
