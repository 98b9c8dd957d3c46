"""The accountant's desk: what is new since the last export, which files the bank does not have yet, and every file ever made."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import CharField, Count, F, Max, Min, QuerySet, Sum, Value

from billing.models import CollectionBatch, FileDownload, LedgerFile, PayoutBatch, Posting, PostingBatch
from billing.pricing.money import total
from billing.services import images
from billing.services.vat import ZERO
from billing.services.work import enqueue
from members.models import Organisation, User

FEW_DRAWINGS = 100
DATEV, DEBITS, PAYOUTS, LEDGER = "datev", "debits", "payouts", "ledger"
FIELD_OF = {DATEV: "posting_batch", DEBITS: "collection_batch", PAYOUTS: "payout_batch", LEDGER: "ledger_file"}
Key = tuple[str, int]


@dataclass(frozen=True, slots=True)
class New:
    """Postings that no file holds yet."""

    count: int
    total: Decimal
    first: date | None
    last: date | None


@dataclass(slots=True)
class Taken:
    """How often one file was downloaded, by whom, and when last."""

    count: int = 0
    by: list[str] = field(default_factory=list)
    at: datetime | None = None

    def add(self, by: str, at: datetime) -> None:
        """One download more, in the order of time."""
        self.count, self.at = self.count + 1, at
        if by and by not in self.by:
            self.by.append(by)


@dataclass(slots=True)
class MadeFile:
    """A file as the desk lists it. `parts`: what can be downloaded of it, its hash, and who took it."""

    kind: str
    row: Any
    made_at: datetime
    made_by: str
    first: date | None
    last: date | None
    count: int
    total: Decimal | None
    state: str = ""
    parts: list[tuple[str, str, Taken]] = field(default_factory=list)


def new_postings(organisation: Organisation) -> New:
    """What the next package would hold."""
    rows = Posting.objects.filter(organisation=organisation, batch=None)
    found = rows.aggregate(count=Count("pk"), sum=Sum("amount"), first=Min("posted_on"), last=Max("posted_on"))
    return New(found["count"], total([found["sum"] or ZERO]), found["first"], found["last"])


def not_handed_in(organisation: Organisation) -> list[CollectionBatch | PayoutBatch]:
    """Files that lie here for the bank."""
    waiting = {"organisation": organisation, "submitted_at": None, "withdrawn_at": None}
    debits = CollectionBatch.objects.filter(**waiting).exclude(built_at=None).defer("content")
    payouts = PayoutBatch.objects.filter(**waiting).exclude(built_at=None).defer("content")
    return [*debits.order_by("collection_date", "pk"), *payouts.order_by("execute_on", "pk")]


def made_keys(organisation: Organisation) -> QuerySet[Any, Any]:
    """Kind and key of every file, the newest first."""
    found = [
        keys(PostingBatch.objects.filter(organisation=organisation), DATEV, "exported_at"),
        keys(CollectionBatch.objects.filter(organisation=organisation).exclude(built_at=None), DEBITS, "built_at"),
        keys(PayoutBatch.objects.filter(organisation=organisation).exclude(built_at=None), PAYOUTS, "built_at"),
        keys(LedgerFile.objects.filter(organisation=organisation), LEDGER, "made_at"),
    ]
    together: QuerySet[Any, Any] = found[0].union(*found[1:], all=True)
    return together.order_by("-at", "-source", "-pk")


def keys(rows: QuerySet[Any], source: str, at: str) -> QuerySet[Any, Any]:
    """One table's part of the list."""
    named = rows.order_by().annotate(source=Value(source, output_field=CharField()), at=F(at))
    told: QuerySet[Any, Any] = named.values_list("source", "pk", "at")
    return told


def made_files(keys: Sequence[tuple[str, int, datetime]]) -> list[MadeFile]:
    """These files with their downloads, in the same order; a constant number of queries."""
    wanted: dict[str, list[int]] = defaultdict(list)
    for source, pk, _at in keys:
        wanted[source].append(pk)
    taken = downloads(wanted)
    found: dict[Key, MadeFile] = {}
    exports = PostingBatch.objects.filter(pk__in=wanted[DATEV]).defer("content", "debtors")
    for export in exports.select_related("exported_by"):
        found[DATEV, export.pk] = of_postings(export, taken)
    for debits in CollectionBatch.objects.filter(pk__in=wanted[DEBITS]).defer("content").select_related("made_by"):
        found[DEBITS, debits.pk] = for_bank(DEBITS, debits, debits.collection_date, str(debits.made_by or ""), taken)
    for payouts in PayoutBatch.objects.filter(pk__in=wanted[PAYOUTS]).defer("content"):
        found[PAYOUTS, payouts.pk] = for_bank(PAYOUTS, payouts, payouts.execute_on, "", taken)
    for file in LedgerFile.objects.filter(pk__in=wanted[LEDGER]).defer("content").select_related("made_by"):
        found[LEDGER, file.pk] = of_ledger(file, taken)
    return [found[source, pk] for source, pk, _at in keys if (source, pk) in found]


Downloads = dict[tuple[str, int, str], Taken]


def downloads(wanted: dict[str, list[int]]) -> Downloads:
    """Who took these files, by kind, key and part."""
    found: Downloads = defaultdict(Taken)
    for source, name in FIELD_OF.items():
        if wanted[source]:
            rows = FileDownload.objects.filter(**{f"{name}__in": wanted[source]}).order_by("pk")
            for pk, part, at, by in rows.values_list(name, "part", "at", "by__email"):
                found[source, pk, part].add(by or "", at)
    return found


def of_postings(row: PostingBatch, taken: Downloads) -> MadeFile:
    """A DATEV export: two files."""
    parts = [
        (part, seal, taken[DATEV, row.pk, part])
        for part, seal in (("postings", row.sha256), ("debtors", row.debtors_sha256))
    ]
    return MadeFile(
        DATEV, row, row.exported_at, str(row.exported_by or ""), row.first, row.last, row.count, row.total,
        "fixed" if row.locked else "", parts,
    )  # fmt: skip


def for_bank(source: str, row: Any, day: date, by: str, taken: Downloads) -> MadeFile:
    """A file for the bank."""
    state = "withdrawn" if row.withdrawn_at else "submitted" if row.submitted_at else "built"
    if source == DEBITS:
        state = row.state
    return MadeFile(
        source, row, row.built_at, by, day, day, row.count, row.total, state, [("", row.sha256, taken[source, row.pk, ""])]
    )  # fmt: skip


def of_ledger(row: LedgerFile, taken: Downloads) -> MadeFile:
    """Images of documents, or the ledger for another program."""
    amount = None if row.kind == LedgerFile.Kind.IMAGES else row.total
    parts = [("", row.sha256, taken[LEDGER, row.pk, ""])]
    last = date.fromordinal(row.end.toordinal() - 1)
    return MadeFile(LEDGER, row, row.made_at, str(row.made_by or ""), row.start, last, row.count, amount, "", parts)


def without_images(organisation: Organisation, batches: Iterable[PostingBatch]) -> set[int]:
    """Those of these exports whose documents have no package of images yet."""
    ids = [batch.pk for batch in batches]
    done = set(LedgerFile.objects.filter(organisation=organisation, batch__in=ids).values_list("batch_id", flat=True))
    posted = Posting.objects.filter(batch__in=ids).exclude(document=None).values_list("batch_id", flat=True)
    return set(posted.distinct()) - done


def add_images(batch: PostingBatch, user: User | None, now: datetime) -> bool:
    """Makes an export's images at once if few are still to be drawn; else the worker does it, and this says so."""
    if images.undrawn(batch) > FEW_DRAWINGS:
        enqueue(batch.organisation, "document_images", str(batch.pk), now)
        return False
    images.make(batch, user, now)
    return True


def note_download(organisation: Organisation, user: User | None, now: datetime, part: str = "", **file: Any) -> None:
    """Somebody took a file."""
    FileDownload.objects.create(organisation=organisation, by=user, at=now, part=part, **file)
