"""Images of documents for the accountant: each posting of a document shows its PDF, and its e-invoice where it is one.

A document lies in the package of the first export that posts it. Packages are put together from the archive each time,
and give the same bytes: their hash is kept and checked.
"""

import tempfile
from collections.abc import Iterator
from datetime import datetime
from typing import IO

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from billing.formats import datev_documents
from billing.models import EInvoiceFile, Invoice, InvoiceFile, LedgerFile, Posting, PostingBatch
from billing.services import archive, bulk
from billing.services.packing import read, seal_of
from billing.services.vat import ZERO
from members.models import User

MOST_DOCUMENTS = 2_000  # about 100 MB, what DATEV advises at most
SLICE = 50
IN_MEMORY = 8 * 1024 * 1024


def guid_of(seal: str) -> str:
    """The GUID under which a document's image is found; `seal` is the document's hash."""
    return datev_documents.guid(seal)


def documents_of(batch: PostingBatch) -> QuerySet[Invoice]:
    """The documents that this export posts first."""
    posted = Posting.objects.filter(document=OuterRef("pk"))
    rows = Invoice.objects.filter(Exists(posted.filter(batch=batch)), organisation=batch.organisation_id)
    return rows.exclude(Exists(posted.filter(batch__lt=batch.pk))).exclude(kind=Invoice.Kind.OPENING).order_by("pk")


def undrawn(batch: PostingBatch) -> int:
    """How many of them have no PDF yet."""
    return documents_of(batch).filter(pdf__isnull=True).count()


def make(batch: PostingBatch, user: User | None, now: datetime) -> list[LedgerFile]:
    """The packages of an export, made once; PDFs that are missing are drawn."""
    found = list(LedgerFile.objects.filter(batch=batch).order_by("part"))
    if found:
        return found
    keys = list(documents_of(batch).values_list("pk", flat=True))
    try:
        with transaction.atomic():
            return [store(batch, part, ids, user, now) for part, ids in enumerate(bulk.slices(keys, MOST_DOCUMENTS), 1)]
    except IntegrityError:
        return list(LedgerFile.objects.filter(batch=batch).order_by("part"))


def store(batch: PostingBatch, part: int, ids: list[int], user: User | None, now: datetime) -> LedgerFile:
    """One package: its hash and what it is about; the images stay in the archive."""
    with put_together(batch, ids) as package:
        sha256 = seal_of(read(package))
    return LedgerFile.objects.create(
        organisation_id=batch.organisation_id, kind=LedgerFile.Kind.IMAGES, batch=batch, part=part, start=batch.first,
        end=batch.after, count=len(ids), total=ZERO, sha256=sha256, made_at=now, made_by=user,
    )  # fmt: skip


def opened(file: LedgerFile) -> IO[bytes]:
    """The package again, byte for byte as it was made."""
    if file.batch is None:
        raise ValueError(f"file {file.pk} holds no images")
    first = (file.part - 1) * MOST_DOCUMENTS
    ids = list(documents_of(file.batch).values_list("pk", flat=True)[first : first + MOST_DOCUMENTS])
    package = put_together(file.batch, ids)
    if seal_of(read(package)) != file.sha256:
        package.close()
        raise ValidationError(_("The archived documents are not those of this package any more."), code="changed")
    package.seek(0)
    return package


def put_together(batch: PostingBatch, ids: list[int]) -> IO[bytes]:
    """Writes the package to a file of its own, which vanishes when it is closed."""
    package: IO[bytes] = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 (given out open)
    for invoice in Invoice.objects.filter(pk__in=ids, pdf__isnull=True):
        archive.pdf_of(invoice)
    datev_documents.write(package, list(listed(ids)), contents(ids), batch.exported_at)
    package.seek(0)
    return package


def listed(ids: list[int]) -> Iterator[datev_documents.Document]:
    """Each document with its files."""
    for part in bulk.slices(ids, SLICE * 20):
        rows = Invoice.objects.filter(pk__in=part).order_by("pk").values_list("pk", "number", "hash")
        electronic = set(EInvoiceFile.objects.filter(invoice__in=part).values_list("invoice_id", flat=True))
        for pk, number, seal in rows:
            endings = ("pdf", "xml") if pk in electronic else ("pdf",)
            names = tuple(datev_documents.file_name(number, ending) for ending in endings)
            yield datev_documents.Document(guid_of(seal), number, names)


def contents(ids: list[int]) -> Iterator[tuple[str, bytes]]:
    """Every file, a few documents at a time."""
    for part in bulk.slices(ids, SLICE):
        for model, ending in ((InvoiceFile, "pdf"), (EInvoiceFile, "xml")):
            rows = model._default_manager.filter(invoice__in=part).order_by("invoice_id")
            for number, content in rows.values_list("invoice__number", "content"):
                yield datev_documents.file_name(number, ending), bytes(content)
