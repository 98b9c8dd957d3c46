"""Looks up what lines of a statement may settle: debits, files, claims, accounts, names, payouts. A constant number of queries.

The names of payers who owe something are read only once per `Lookup`, and only if a line was not found otherwise.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import combinations

from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from billing.models import (
    Allocation,
    Collection,
    CollectionBatch,
    Invoice,
    Mandate,
    PayerAccount,
    Payout,
    PayoutBatch,
    StatementEntry,
)
from billing.pricing.money import total
from billing.services.discharges import lost_parts
from billing.services.instalments import agreements
from billing.services.matching_facts import Claim, Cost, Debit, DebitFile, Known, Line, Paying, Share
from billing.services.numbering import DEFAULT_PATTERNS
from billing.services.open_items import cost_items, items_of
from billing.services.text_search import by_pairs, carried_in, key_of_number, numbers_in, words_of
from members.models import Member, Organisation

LINE_FIELDS = tuple(Line._fields)
DEBIT_FIELDS = (
    "pk",
    "end_to_end_id",
    "mandate_reference",
    "invoice__payer_id",
    "invoice_id",
    "amount",
    "booked_on",
    "failed_as",
)
# A shorter number of another program may be anything.
SHORTEST_NUMBER = 4
SENT_AND = ("", "returned")


def lines_of(entries: QuerySet[StatementEntry]) -> list[Line]:
    """Entries as the rules see them, in the order of the account."""
    return [Line(*row) for row in entries.order_by("booked_on", "pk").values_list(*LINE_FIELDS)]


class Lookup:
    """What does not change from slice to slice of one matching."""

    def __init__(self, organisation: Organisation, on: date) -> None:
        self.organisation, self.on = organisation, on
        self.patterns = "\n".join(dict.fromkeys(patterns(organisation)))
        self.carried = carried_numbers(organisation)
        self.names: dict[frozenset[str], list[int]] | None = None

    def known(self, lines: Sequence[Line]) -> Known:
        """All that these lines may settle."""
        known = Known(number_pattern=self.patterns, carried=self.carried)
        known.files, known.payout_files = debit_files(self.organisation), payout_files(self.organisation)
        known.payouts = payouts_of(self.organisation, identifiers(lines))
        debits = debits_of(self.organisation, lines)
        known.debits = {one.end_to_end_id: one for one in debits}
        for one in debits:
            known.debits_by_mandate.setdefault(one.mandate_reference, []).append(one)
        numbered = numbered_payers(self.organisation, lines, self.patterns, self.carried)
        known.payers_by_iban = payers_by_iban(self.organisation, {line.iban for line in lines if line.iban})
        known.agreements = agreements(self.organisation, self.on)
        known.agreed_by = {one.payer: one for one in known.agreements.values()}
        named = {one.payer for one in known.agreements.values()}
        payers = {one.payer for one in debits} | numbered | named
        payers |= {payer for found in known.payers_by_iban.values() for payer in found}
        self.add_claims(known, payers)
        return known

    def add_claims(self, known: Known, payers: Iterable[int]) -> None:
        """What these payers owe."""
        claims = Invoice.objects.filter(organisation=self.organisation, payer__in=set(payers))
        costs, lost = cost_items(claims.values("pk"), self.on), lost_parts(claims)
        for item in items_of(claims, self.on):
            owed = [Cost(*cost) for cost in costs.get(item.invoice, ())]
            claim = Claim(
                item.invoice, item.number, item.payer, item.due_on, item.open, owed, item.in_collection, lost.get(item.invoice, [])
            )  # fmt: skip
            known.claims[item.invoice] = claim
            known.by_number[item.number] = item.invoice
            known.by_payer.setdefault(item.payer, []).append(claim)

    def add_names(self, known: Known, lines: Sequence[Line]) -> None:
        """The payers whose names stand in these lines; asked last, because names are the weakest sign."""
        from_text = [words_pairs(line) for line in lines]
        if self.names is None:
            rows = Member.objects.filter(organisation=self.organisation, invoices__isnull=False).distinct()
            people = {pk: tuple(names) for pk, *names in rows.values_list("pk", "first_name", "last_name", "company")}
            self.names = by_pairs(people)  # type: ignore[arg-type]
        found = {pair: self.names[pair] for pairs in from_text for pair in pairs if pair in self.names}
        known.payers_by_name |= found
        self.add_claims(known, {payer for payers in found.values() for payer in payers} - known.by_payer.keys())


def words_pairs(line: Line) -> set[frozenset[str]]:
    """Every two words of a line's name and text."""
    return {frozenset(pair) for text in (line.name, line.remittance) for pair in combinations(words_of(text), 2)}


def patterns(organisation: Organisation) -> list[str]:
    """How the numbers of invoices look here, now and by default."""
    own = organisation.series.filter(kind="invoice").values_list("pattern", flat=True)
    return [*own, DEFAULT_PATTERNS["invoice"]]


def identifiers(lines: Iterable[Line]) -> set[str]:
    """Words that may be an EndToEndId."""
    told = {line.end_to_end_id for line in lines}
    back = {
        word for line in lines if line.amount < 0 for word in line.remittance.replace("+", " ").split() if len(word) > 7
    }
    return (told | back) - {""}


def debits_of(organisation: Organisation, lines: Sequence[Line]) -> list[Debit]:
    """The debits that the bank has and that these lines name, oldest first."""
    mandates = {line.mandate_reference for line in lines} - {""}
    return at_the_bank(organisation, Q(end_to_end_id__in=identifiers(lines)) | Q(mandate_reference__in=mandates))


def at_the_bank(organisation: Organisation, which: Q) -> list[Debit]:
    """Debits that the bank has, credited and returned ones too, each with the claims that ride along in it; oldest first."""
    rows = Collection.objects.filter(which, organisation=organisation, part_of=None, failed_as__in=SENT_AND)
    sent = list(rows.exclude(batch__submitted_at=None).order_by("pk").values_list(*DEBIT_FIELDS))
    riders = shares_of([row[0] for row in sent])
    return [
        Debit(pk, identifier, mandate, payer, (Share(pk, invoice, amount), *riders[pk]), booked is not None, failed == "returned")
        for pk, identifier, mandate, payer, invoice, amount, booked, failed in sent
    ]  # fmt: skip


def returnable(organisation: Organisation, amount: Decimal, which: Q) -> list[Debit]:
    """Those of these debits that may have come back by a line of this amount (EUR, < 0): whole debits only."""
    return [one for one in at_the_bank(organisation, which) if not one.returned and one.amount <= -amount]


def shares_of(leads: Sequence[int]) -> dict[int, list[Share]]:
    """By debit: the other claims that it carries."""
    found: dict[int, list[Share]] = defaultdict(list)
    rows = Collection.objects.filter(part_of__in=leads, failed_as__in=SENT_AND).order_by("pk")
    for lead, pk, invoice, amount in rows.values_list("part_of_id", "pk", "invoice_id", "amount"):
        found[lead].append(Share(pk, invoice, amount))
    return found


def debit_files(organisation: Organisation) -> list[DebitFile]:
    """The files that the bank has and has not credited: what it will credit, returned debits included."""
    rows = Collection.objects.filter(organisation=organisation, failed_as__in=SENT_AND, booked_on=None)
    sent = rows.exclude(batch__submitted_at=None).order_by()
    sums = dict(sent.values("batch_id").annotate(sum=Sum("amount")).values_list("batch_id", "sum"))
    batches = CollectionBatch.objects.filter(pk__in=list(sums)).order_by("pk")
    return [
        DebitFile(pk, message_id, day, total([sums[pk]]))
        for pk, message_id, day in batches.values_list("pk", "message_id", "collection_date")
    ]


def payouts_of(organisation: Organisation, told: Iterable[str]) -> dict[str, Paying]:
    """The payouts that these words name."""
    rows = Payout.objects.live().filter(organisation=organisation, end_to_end_id__in=set(told))
    payee = Coalesce("member_id", "credit__payer_id")
    sent = rows.exclude(batch__submitted_at=None).annotate(payee=payee)
    return {row[1]: Paying(*row) for row in sent.values_list("pk", "end_to_end_id", "amount", "payee")}


def payout_files(organisation: Organisation) -> dict[str, Paying]:
    """The payout files that the bank has and has not carried out."""
    batches = PayoutBatch.objects.filter(organisation=organisation, withdrawn_at=None).exclude(submitted_at=None)
    done = Allocation.objects.filter(organisation=organisation, kind="payout", undone_on=None).values("payout__batch")
    rows = batches.exclude(pk__in=done).values_list("pk", "message_id", "total")
    return {row[1]: Paying(*row) for row in rows}


def carried_numbers(organisation: Organisation) -> dict[str, str]:
    """The numbers of claims that came over from another program, by the form in which they are compared."""
    rows = Invoice.objects.filter(organisation=organisation, kind=Invoice.Kind.OPENING)
    numbers = rows.values_list("number", flat=True).iterator()
    return {key: number for number in numbers if len(key := key_of_number(number)) >= SHORTEST_NUMBER}


def numbered_payers(
    organisation: Organisation, lines: Iterable[Line], pattern: str, carried: Mapping[str, str]
) -> set[int]:
    """Whose invoices the texts name."""
    texts = (
        " ".join((line.creditor_reference, line.end_to_end_id, line.remittance)) for line in lines if line.amount > 0
    )
    numbers = {number for text in texts for number in (*numbers_in(text, pattern), *carried_in(text, carried))}
    found = Invoice.objects.filter(organisation=organisation, number__in=numbers)
    return set(found.values_list("payer_id", flat=True))


def payers_by_iban(organisation: Organisation, ibans: set[str]) -> dict[str, list[int]]:
    """Who pays from these accounts: those who once did, and those who gave a mandate for them."""
    found: dict[str, list[int]] = defaultdict(list)
    for rows in (
        PayerAccount.objects.filter(organisation=organisation, iban__in=ibans).order_by("pk"),
        Mandate.objects.filter(organisation=organisation, iban__in=ibans).order_by("pk"),
    ):
        for iban, member in rows.values_list("iban", "member_id"):
            if member not in found[iban]:
                found[iban].append(member)
    return dict(found)
