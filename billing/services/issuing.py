"""Issues the drafts of one chunk in one transaction: numbers, documents, lines, postings, messages, next due days."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from billing.models import BillingRun, Contract, Invoice, InvoiceLine, Mail, ParkedContract, SetOff
from billing.services import bulk
from billing.services.bounces import reachable
from billing.services.drafts import Chunk, Draft
from billing.services.numbering import canonical, formatted, locked_range, text_hash
from billing.services.posting import Books, invoice_postings
from billing.services.snapshots import Letterhead, snapshot

INVOICE_FIELDS = (
    "organisation", "run", "payer", "kind", "year", "sequence", "number", "issued_on", "due_on", "net", "vat", "gross",
    "method", "snapshot", "previous_hash", "hash",
)  # fmt: skip
LINE_FIELDS = (
    "organisation", "invoice", "position", "contract", "tariff", "component", "kind", "start", "end", "revision", "quantity",
    "amount", "vat_rate", "text", "reverses",
)  # fmt: skip
MAIL_FIELDS = (
    "organisation", "member", "invoice", "key", "kind", "recipient", "subject", "text", "state", "attempts", "next_at",
    "error", "created_at",
)  # fmt: skip
SET_OFF_FIELDS = ("organisation", "credit", "invoice", "amount")
FEW_GROUPS = 8


@dataclass(frozen=True, slots=True)
class Issue:
    """What one run needs to issue any chunk, read once."""

    run: BillingRun
    head: Letterhead
    books: Books
    collection_date: date
    now: datetime
    by_mail: bool
    bounced: frozenset[str]
    patterns: Mapping[str, str]


def issue_chunk(issue: Issue, chunk: Chunk) -> int:
    """Writes everything of a chunk; gives the number of documents. The caller's transaction makes it all or nothing."""
    drafts = [draft for draft in chunk.drafts if draft.lines]
    count = 0
    for kind in ("invoice", "credit"):
        of_kind = [draft for draft in drafts if (draft.gross < 0) == (kind == "credit")]
        if of_kind:
            count += issue_documents(issue, kind, of_kind)
    park(issue.run, chunk)
    advance_contracts(chunk)
    return count


def issue_documents(issue: Issue, kind: str, drafts: Sequence[Draft]) -> int:
    """Documents of one kind: a contiguous block of numbers, then their rows."""
    run, year = issue.run, issue.run.on.year
    numbers = locked_range(run.organisation, kind, year)
    pattern, first = issue.patterns[kind], numbers.next_value
    rows = []
    for sequence, draft in enumerate(drafts, first):
        number = formatted(pattern, year, sequence)
        document = canonical(snapshot(issue.head, draft, number))
        previous, numbers.last_hash = numbers.last_hash, text_hash(numbers.last_hash, document)
        rows.append((
            run.organisation_id, run.pk, draft.payer["id"], kind, year, sequence, number, run.on, issue.collection_date,
            draft.net, draft.gross - draft.net, draft.gross, draft.method, bulk.Json(document), previous, numbers.last_hash,
        ))  # fmt: skip
    bulk.insert(Invoice, INVOICE_FIELDS, rows)
    numbers.next_value = first + len(rows)
    numbers.save(update_fields=["next_value", "last_hash"])
    write_details(issue, kind, drafts, first)
    return len(rows)


def write_details(issue: Issue, kind: str, drafts: Sequence[Draft], first: int) -> None:
    """Lines, postings and messages of documents that were just written, found again by their block of numbers."""
    run = issue.run
    issued = Invoice.objects.filter(
        organisation=run.organisation, kind=kind, year=run.on.year, sequence__range=(first, first + len(drafts) - 1)
    )
    documents = list(zip(issued.order_by("sequence").values_list("id", "number"), drafts, strict=True))
    bulk.insert(InvoiceLine, LINE_FIELDS, [row for (pk, _), draft in documents for row in line_rows(run, pk, draft)])
    invoice_postings(issue.books, run.on, documents)
    bulk.insert(SetOff, SET_OFF_FIELDS, [row for (pk, _), draft in documents for row in set_off_rows(run, pk, draft)])
    bulk.insert(Mail, MAIL_FIELDS, [mail_row(issue, pk, number, draft) for (pk, number), draft in documents])


def set_off_rows(run: BillingRun, invoice: int, draft: Draft) -> list[tuple[object, ...]]:
    """The open credits that this document's payer gets back with it."""
    return [(run.organisation_id, credit.invoice, invoice, amount) for credit, amount in draft.set_offs]


def line_rows(run: BillingRun, invoice: int, draft: Draft) -> list[tuple[object, ...]]:
    """The rows of one document's lines."""
    return [
        (
            run.organisation_id, invoice, position, one.contract_id, one.line.tariff, one.line.component, one.line.kind,
            one.line.start, one.line.end, one.line.revision, one.line.quantity, one.line.amount, one.line.vat_rate,
            one.line.text, one.line.reverses,
        )
        for position, one in enumerate(draft.lines, 1)
    ]  # fmt: skip


def mail_row(issue: Issue, invoice: int, number: str, draft: Draft) -> tuple[object, ...]:
    """The message that brings the document: by e-mail, or to be printed for those without an address."""
    payer = draft.payer
    by_mail = issue.by_mail and payer["delivery"] == "mail" and reachable(payer["email"], issue.bounced)
    state, next_at = ("waiting", issue.now) if by_mail else ("print", None)
    recipient = payer["email"] if by_mail else ""
    subject = f"{issue.head.issuer['name'][:120]}: {number}"
    key = f"invoice:{invoice}"
    return (
        issue.run.organisation_id,
        payer["id"],
        invoice,
        key,
        "invoice",
        recipient,
        subject,
        "",
        state,
        0,
        next_at,
        "",
        issue.now,
    )


def park(run: BillingRun, chunk: Chunk) -> None:
    """Notes what was left out and why, and forgets notes about what went well."""
    ParkedContract.objects.bulk_create(
        [ParkedContract(organisation_id=run.organisation_id, run=run, contract_id=row["id"], reason=reason[:300]) for row, reason in chunk.parked],
        update_conflicts=True, unique_fields=["run", "contract"], update_fields=["reason"],
    )  # fmt: skip


def advance_contracts(chunk: Chunk) -> None:
    """Writes from when each contract is looked at again; most of a chunk shares a handful of days."""
    groups: dict[tuple[date | None, date | None], list[int]] = defaultdict(list)
    for contract, days in chunk.advances.items():
        groups[days].append(contract)
    if len(groups) > FEW_GROUPS:
        rows = [(*days, contract) for days, ids in groups.items() for contract in ids]
        bulk.update_many(Contract, ("settled_to", "due_on"), rows)
        return
    for (settled, due), ids in groups.items():
        Contract.objects.filter(pk__in=ids).update(settled_to=settled, due_on=due)
