"""Proves the books: numbers without gaps, hash chain whole, postings equal documents, one live collection per claim, guards."""

import hashlib
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Model, Q, QuerySet, Sum
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from billing.guards import missing_guards
from billing.models import (
    Allocation,
    BankReply,
    Collection,
    CollectionBatch,
    Discharge,
    EInvoiceFile,
    Invoice,
    InvoiceFile,
    InvoiceLine,
    LedgerFile,
    LedgerSettings,
    MandateDocument,
    NumberRange,
    Payout,
    PayoutBatch,
    Posting,
    PostingBatch,
    Receipt,
    ReceiptFile,
    SetOff,
    StatementEntry,
    StatementFile,
)
from billing.pricing.money import total
from billing.services.chart import OPENING
from billing.services.credits import CREDITS
from billing.services.deferral import CASE, RELEASE
from billing.services.numbering import chain_hash
from billing.services.open_items import added, summed
from billing.services.packing import seal_of, unpack
from billing.services.vat import ZERO
from members.models import Organisation

RECEIPTS = "receipt"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is not as it must be, and where."""

    check: str
    where: str
    message: str


def audit(organisation: Organisation) -> list[Fault]:
    """Every check; an empty list is the proof."""
    checks = (
        guards,
        number_ranges,
        chains,
        documents,
        postings,
        collections,
        given_back,
        set_offs,
        payouts,
        receipts,
        deferrals,
        files,
        packed_files,
        bank_files,
        bank_lines,
    )
    return [fault for check in checks for fault in check(organisation)]


def guards(organisation: Organisation) -> Iterator[Fault]:
    """The triggers that protect issued documents are there."""
    for name in missing_guards():
        yield Fault("guards", name, _("This trigger is missing: run `manage.py migrate`."))


def number_ranges(organisation: Organisation) -> Iterator[Fault]:
    """Each series counts 1 to n, and the counter stands at n + 1 (so that a removed last document is found as well)."""
    rows = (
        Invoice.objects.filter(organisation=organisation)
        .values("kind", "year")
        .annotate(count=Count("pk"))
        .order_by("kind", "year")
    )
    counted = {(row["kind"], row["year"]): row["count"] for row in rows}
    given = (
        Receipt.objects.filter(organisation=organisation).values("year").annotate(count=Count("pk")).order_by("year")
    )
    counted |= {(RECEIPTS, row["year"]): row["count"] for row in given}
    for one in NumberRange.objects.filter(organisation=organisation):
        count = counted.pop((one.kind, one.year), 0)
        if count != one.next_value - 1:
            message = _("%(count)s documents, but the last number given is %(last)s.") % {
                "count": count,
                "last": one.next_value - 1,
            }
            yield Fault("numbers", f"{one.kind} {one.year}", message)
    for kind, year in counted:
        yield Fault("numbers", f"{kind} {year}", _("Documents without a number range."))


def chains(organisation: Organisation) -> Iterator[Fault]:
    """Numbers follow each other, and each document's hash fits its content and the hash before it."""
    for one in NumberRange.objects.filter(organisation=organisation):
        own: QuerySet[Any] = Invoice.objects.filter(kind=one.kind)
        if one.kind == RECEIPTS:
            own = Receipt.objects.all()
        rows = own.filter(organisation=organisation, year=one.year).order_by("sequence")
        previous = ""
        columns = rows.values_list("sequence", "number", "snapshot", "previous_hash", "hash")
        for expected, (sequence, number, snapshot, linked, stored) in enumerate(columns.iterator(chunk_size=500), 1):
            if sequence != expected:
                yield Fault("numbers", number, _("Number %(expected)s is missing.") % {"expected": expected})
                break
            if linked != previous or stored != chain_hash(previous, snapshot):
                yield Fault("chain", number, _("The document or its place in the series was changed."))
            previous = stored
        if previous != one.last_hash:
            yield Fault("chain", f"{one.kind} {one.year}", _("The head of the chain is not the last document."))


def documents(organisation: Organisation) -> Iterator[Fault]:
    """Each document's amounts are those of its snapshot, and its lines those that it prints."""
    sums = (
        InvoiceLine.objects.filter(organisation=organisation)
        .values("invoice")
        .annotate(count=Count("pk"), amount=Sum("amount"))
    )
    lines = {row["invoice"]: (row["count"], total([row["amount"]])) for row in sums.order_by("invoice").iterator()}
    names = ("pk", "number", "snapshot", "net", "vat", "gross")
    for pk, number, snapshot, net, vat, gross in (
        Invoice.objects.filter(organisation=organisation).values_list(*names).iterator(chunk_size=500)
    ):
        printed = [Decimal(snapshot[key]) for key in ("net", "vat_total", "gross")]
        if printed != [net, vat, gross]:
            yield Fault("documents", number, _("The amounts are not those of the document."))
        if lines.get(pk, (0, ZERO)) != printed_lines(snapshot):
            yield Fault("documents", number, _("The lines are not those of the document."))


def printed_lines(snapshot: dict[str, Any]) -> tuple[int, Decimal]:
    """How many lines a document prints, and their sum."""
    return len(snapshot["lines"]), sum((Decimal(line["amount"]) for line in snapshot["lines"]), ZERO)


def postings(organisation: Organisation) -> Iterator[Fault]:
    """What is posted for a document is its gross amount; fees and costs beside it are posted by themselves."""
    booked = Q(case__startswith="revenue/") | Q(case=OPENING)
    revenue = Posting.objects.filter(booked, organisation=organisation, document__isnull=False)
    rows = revenue.values_list("document", "debit_account", "amount")
    settings = LedgerSettings.objects.filter(organisation=organisation).first()
    longest = settings.account_length if settings else 4
    posted: dict[int, Decimal] = {}
    for document, debit, amount in rows.iterator():
        posted[document] = posted.get(document, ZERO) + (amount if len(debit) > longest else -amount)
    invoices = Invoice.objects.filter(organisation=organisation).order_by("pk")
    for pk, number, gross in invoices.values_list("pk", "number", "gross").iterator():
        if posted.get(pk, ZERO) != gross:
            message = _("Posted %(posted)s EUR, the document says %(gross)s EUR.") % {
                "posted": posted.get(pk, ZERO),
                "gross": gross,
            }
            yield Fault("postings", number, message)


def collections(organisation: Organisation) -> Iterator[Fault]:
    """No claim has two live collections or collects another amount than is open of it; each file holds its debits."""
    live = Collection.objects.filter(organisation=organisation, failed_on=None)
    whole = live.filter(Q(instalment=None) | Q(booked_on=None))
    for row in whole.values("invoice__number").annotate(count=Count("pk")).filter(count__gt=1):
        yield Fault("collections", row["invoice__number"], _("This invoice is being collected more than once."))
    yield from collected_amounts(organisation, live.filter(instalment=None))
    batches = CollectionBatch.objects.filter(organisation=organisation).defer("content")
    debits = Count("collections", filter=Q(collections__part_of=None))
    for batch in batches.annotate(rows=debits, amount=Sum("collections__amount")):
        if (batch.rows, total([batch.amount or ZERO])) != (batch.count, batch.total):
            yield Fault(
                "collections", batch.message_id, _("The file does not hold the debits that were stored for it.")
            )


def collected_amounts(organisation: Organisation, live: QuerySet[Collection]) -> Iterator[Fault]:
    """A debit is the amount of its claim, less what had been corrected when its file was built, or less by what was paid before
    by transfer, in instalments or from a credit balance (even if that was taken back since)."""
    claims = live.annotate(payable=KeyTextTransform("payable", KeyTransform("payment", "invoice__snapshot")))
    names = ("invoice_id", "end_to_end_id", "amount", "invoice__gross", "payable", "batch__built_at")
    missing: dict[int, tuple[str, Decimal, Decimal]] = {}
    corrections = dated_corrections(organisation)
    for invoice, identifier, amount, gross, payable, built_at in claims.values_list(*names).iterator():
        built_on = localdate(built_at) if built_at else date.max
        own = corrections.get(invoice, [])
        known = total([taken for on, taken in own if on < built_on])
        less = (Decimal(payable) if payable else gross) - known - amount
        if less:
            missing[invoice] = identifier, less, total([taken for on, taken in own if on == built_on])
    paid = paid_beside(missing)
    for invoice, (identifier, less, same_day) in missing.items():
        if not ZERO < less <= total([paid.get(invoice, ZERO), same_day]):
            yield Fault("collections", identifier, _("The debit is not the amount of its invoice."))


def dated_corrections(organisation: Organisation) -> dict[int, list[tuple[date, Decimal]]]:
    """By invoice: when its own corrections took how much off it."""
    rows = SetOff.objects.filter(organisation=organisation, credit__corrects=F("invoice"))
    found: dict[int, list[tuple[date, Decimal]]] = {}
    for invoice, on, amount in rows.values_list("invoice_id", "credit__issued_on", "amount"):
        found.setdefault(invoice, []).append((on, amount))
    return found


def paid_beside(invoices: Iterable[int]) -> dict[int, Decimal]:
    """By invoice: what was ever paid without the debit of the whole."""
    claims = list(invoices)
    other = Q(collection=None) | Q(collection__instalment__isnull=False)
    transfers = Allocation.objects.filter(other, invoice__in=claims, kind="payment", ancillary=None)
    discharged = Discharge.objects.filter(invoice__in=claims, ancillary=None, on__isnull=False)
    return added(summed(transfers, "invoice_id"), summed(discharged, "invoice_id"))


def given_back(organisation: Organisation) -> Iterator[Fault]:
    """No credit is given back twice: what is set off and paid out is at most its amount."""
    rows = Invoice.objects.filter(organisation=organisation, kind__in=CREDITS)
    used: dict[int, Decimal] = {}
    set_off = SetOff.objects.filter(organisation=organisation).values_list("credit_id", "amount")
    paid_out = Payout.objects.live().filter(organisation=organisation).exclude(credit=None)
    for pk, amount in (*set_off, *paid_out.values_list("credit_id", "amount")):
        used[pk or 0] = used.get(pk or 0, ZERO) + amount
    for pk, number, gross in rows.values_list("pk", "number", "gross").iterator():
        if used.pop(pk, ZERO) > -gross:
            yield Fault("credits", number, _("More of this credit was given back than it holds."))
    for number in Invoice.objects.filter(pk__in=list(used)).values_list("number", flat=True):
        yield Fault("credits", number, _("This document is no credit, and something was given back of it."))


def set_offs(organisation: Organisation) -> Iterator[Fault]:
    """What is set off against a claim is what its document says, and the credits are the same payer's.

    What corrects an invoice says itself that it is set off against it.
    """
    every = SetOff.objects.filter(organisation=organisation)
    rows = every.exclude(credit__corrects=F("invoice"))
    stored: dict[int, dict[str, Decimal]] = {}
    for invoice, number, amount in rows.values_list("invoice_id", "credit__number", "amount").iterator():
        stored.setdefault(invoice, {})[number] = amount
    claims = Invoice.objects.filter(organisation=organisation, snapshot__payment__has_key="set_off")
    names = ("pk", "number", "gross", "snapshot__payment")
    for pk, number, gross, payment in claims.values_list(*names).iterator(chunk_size=500):
        said = {one["number"]: Decimal(one["amount"]) for one in payment["set_off"]}
        if stored.pop(pk, {}) != said or gross - sum(said.values(), ZERO) != Decimal(payment["payable"]):
            yield Fault("credits", number, _("What is set off is not what the document says."))
    for number in Invoice.objects.filter(pk__in=list(stored)).values_list("number", flat=True):
        yield Fault("credits", number, _("What is set off is not what the document says."))
    for number in every.exclude(credit__payer=F("invoice__payer")).values_list("invoice__number", flat=True):
        yield Fault("credits", number, _("The credit of somebody else was set off."))


def payouts(organisation: Organisation) -> Iterator[Fault]:
    """Each payout file holds its payments, goes to the payer of the credit, and is withdrawn as a whole."""
    rows = PayoutBatch.objects.filter(organisation=organisation).defer("content").annotate(
        rows=Count("payouts"), amount=Sum("payouts__amount"), alive=Count("payouts", filter=Q(payouts__withdrawn_at=None))
    )  # fmt: skip
    for batch in rows:
        if (batch.rows, total([batch.amount or ZERO])) != (batch.count, batch.total):
            yield Fault("payouts", batch.message_id, _("The file does not hold the payments that were stored for it."))
        if batch.alive != (0 if batch.withdrawn_at else batch.rows):
            yield Fault(
                "payouts", batch.message_id, _("A part of this file was withdrawn, or a withdrawn one is alive.")
            )


def receipts(organisation: Organisation) -> Iterator[Fault]:
    """Each receipt confirms the payments that it prints, keeps its duplicate, and is void as a whole or not at all."""
    rows = Receipt.objects.filter(organisation=organisation).annotate(
        amount=Sum("lines__amount"), freed=Count("lines__freed_on"), count=Count("lines"), kept=Count("pdf")
    )
    names = ("number", "total", "snapshot__total", "cancelled_on", "amount", "freed", "count", "kept")
    for number, stored, printed, cancelled_on, amount, freed, count, kept in rows.order_by("pk").values_list(*names):
        if not stored == Decimal(printed) == total([amount or ZERO]) or not kept:
            yield Fault(
                "receipts", number, _("The receipt does not confirm what it prints, or its duplicate is missing.")
            )
        if freed != (count if cancelled_on else 0):
            yield Fault(
                "receipts", number, _("A part of this receipt is void, or a cancelled one still confirms payments.")
            )


def files(organisation: Organisation) -> Iterator[Fault]:
    """Stored bytes have the hash they were stored with; papers of mandates that were erased are empty."""
    pdf, xml, stored = (
        _("The archived PDF was changed."),
        _("The archived e-invoice was changed."),
        _("The stored file was changed."),
    )
    kept: list[tuple[type[Model], str, Q, str]] = [
        (InvoiceFile, "invoice__number", Q(), pdf), (EInvoiceFile, "invoice__number", Q(), xml), (ReceiptFile, "receipt__number", Q(), pdf),
        (CollectionBatch, "message_id", ~Q(built_at=None), stored), (PayoutBatch, "message_id", ~Q(built_at=None), stored),
        (MandateDocument, "mandate__reference", Q(erased_on=None), stored), (BankReply, "message_id", Q(), stored),
        (PostingBatch, "month", Q(packed=False), stored),
    ]  # fmt: skip
    for model, name, which, message in kept:
        rows = model._default_manager.filter(which, organisation=organisation).values_list(name, "content", "sha256")
        for number, content, sha256 in rows.iterator(chunk_size=20):
            if hashlib.sha256(bytes(content or b"")).hexdigest() != sha256:
                yield Fault("files", str(number), message)


def packed_files(organisation: Organisation) -> Iterator[Fault]:
    """What the accountant got is what it was."""
    kept: list[tuple[QuerySet[Any], str, str]] = [
        (PostingBatch.objects.filter(organisation=organisation, packed=True), "content", "sha256"),
        (PostingBatch.objects.filter(organisation=organisation, packed=True), "debtors", "debtors_sha256"),
        (LedgerFile.objects.filter(organisation=organisation).exclude(content=None), "content", "sha256"),
    ]
    for rows, content, seal in kept:
        for pk, packed, sha256 in rows.values_list("pk", content, seal).iterator(chunk_size=1):
            if seal_of(unpack(bytes(packed))) != sha256:
                yield Fault("files", str(pk), _("The stored file was changed."))


def deferrals(organisation: Organisation) -> Iterator[Fault]:
    """What was deferred is dissolved by the same amount, on the same accounts, and nothing else is."""
    rows = Posting.objects.filter(organisation=organisation, case__startswith=f"{RELEASE}/").order_by("pk")
    names = ("document_id", "case", "amount", "debit_account", "credit_account")
    deferred = Posting.objects.filter(organisation=organisation, case__startswith=f"{CASE}/")
    known = {row[:2]: row[2:] for row in deferred.values_list(*names).iterator()}
    for document, case, amount, debit, credit in rows.values_list(*names).iterator():
        if known.get((document, case.replace(RELEASE, CASE, 1))) != (amount, credit, debit):
            yield Fault("postings", case, _("What was deferred and what was dissolved do not fit together."))


def bank_files(organisation: Organisation) -> Iterator[Fault]:
    """What came from the bank is what it was; that it adds up was proved before it was taken over."""
    for name, content, sha256 in (
        StatementFile.objects.filter(organisation=organisation)
        .values_list("name", "content", "sha256")
        .iterator(chunk_size=1)
    ):
        if hashlib.sha256(zlib.decompress(bytes(content))).hexdigest() != sha256:
            yield Fault("bank", name, _("The bank's file was changed."))


def bank_lines(organisation: Organisation) -> Iterator[Fault]:
    """A line has one outcome: what it settles is all of it, or nothing. Each allocation is posted; no claim gets too much."""
    entries = StatementEntry.objects.filter(organisation=organisation)
    standing = Allocation.objects.filter(organisation=organisation, undone_on=None).order_by()
    settled = dict(standing.values_list("entry").annotate(sum=Sum("amount")).values_list("entry", "sum").iterator())
    for pk, amount, text, done in entries.values_list("pk", "amount", "name", "settled_at").iterator():
        if total([settled.pop(pk, ZERO)]) != (amount if done else ZERO):
            yield Fault("bank", f"{pk} {text}", _("What this line settles is not its amount."))
    yield from unposted(organisation)
    yield from overpaid(organisation, standing)


def unposted(organisation: Organisation) -> Iterator[Fault]:
    """Each allocation is posted once, and once more the other way round when it was taken back."""
    rows = Allocation.objects.filter(organisation=organisation).annotate(
        posted=Count("postings", filter=~Q(postings__case="undone")), back=Count("postings", filter=Q(postings__case="undone"))
    )  # fmt: skip
    wrong = rows.exclude(posted=1, back=0, undone_on=None).exclude(posted=1, back=1, undone_on__isnull=False)
    for pk in wrong.values_list("pk", flat=True).iterator():
        yield Fault("bank", str(pk), _("This allocation is not posted as it must be."))


def overpaid(organisation: Organisation, standing: QuerySet[Allocation]) -> Iterator[Fault]:
    """Transfers pay a claim at most in full. A direct debit pays its claim even if it was paid already: that is to be seen."""
    paid: dict[int, Decimal] = {}
    free = standing.filter(kind="payment", ancillary=None, collection=None)
    for invoice, amount in free.values_list("invoice", "amount").iterator():
        paid[invoice] = paid.get(invoice, ZERO) + amount
    for pk, number, gross in (
        Invoice.objects.filter(pk__in=free.values("invoice")).values_list("pk", "number", "gross").iterator()
    ):
        if paid[pk] > gross:
            yield Fault("bank", number, _("More was paid for this invoice than it claims."))
