"""What is handed to the bank and the accountant, beside the DATEV postings and the debits.

LedgerFile    document images for DATEV, or the whole ledger as CSV or as a journal
FileDownload  somebody took a file
"""

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from billing.models.credits import PayoutBatch
from billing.models.ledger import PostingBatch
from billing.models.payments import CollectionBatch
from members.models import Organisation, User

FILES = ("posting_batch", "collection_batch", "payout_batch", "ledger_file")


def names_one_file() -> Q:
    """Exactly one of the files."""
    found = Q()
    for name in FILES:
        found |= Q(**{f"{other}__isnull": other != name for other in FILES})
    return found


class LedgerFile(models.Model):
    """A file that was made once; `content` is packed.

    The images of documents have none: each image lies in the archive, and the same package is put together from there.
    """

    class Kind(models.TextChoices):
        IMAGES = "images", _("document images")
        CSV = "csv", _("ledger as CSV")
        JOURNAL = "ledger", _("ledger as a journal")

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="ledger_files", verbose_name=_("organisation")
    )
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    batch = models.ForeignKey(PostingBatch, models.PROTECT, null=True, blank=True, related_name="images")
    part = models.PositiveSmallIntegerField(_("part"), default=1)
    start = models.DateField(_("from"))
    end = models.DateField(_("until (exclusive)"))
    count = models.PositiveIntegerField(_("number"))
    total = models.DecimalField(_("total"), max_digits=14, decimal_places=2)
    content = models.BinaryField(null=True, blank=True)
    sha256 = models.CharField(_("hash"), max_length=64)
    made_at = models.DateTimeField(_("made"))
    made_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("made by")
    )
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("file of the ledger")
        verbose_name_plural = _("files of the ledger")
        ordering = ("-made_at", "-id")
        constraints = [
            models.UniqueConstraint(fields=["batch", "part"], name="ledger_file_images_once_per_export_and_part"),
            models.CheckConstraint(
                condition=Q(kind="images", batch__isnull=False, content__isnull=True)
                | ~Q(kind="images") & Q(batch__isnull=True, content__isnull=False),
                name="ledger_file_holds_its_bytes_or_names_its_images",
            ),
            models.CheckConstraint(condition=Q(start__lt=F("end")), name="ledger_file_starts_before_it_ends"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.start:%d.%m.%Y}"


class FileDownload(models.Model):
    """Who took which file when; `part` tells the two files of a DATEV export apart."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="file_downloads")
    posting_batch = models.ForeignKey(PostingBatch, models.PROTECT, null=True, related_name="downloads")
    collection_batch = models.ForeignKey(CollectionBatch, models.PROTECT, null=True, related_name="downloads")
    payout_batch = models.ForeignKey(PayoutBatch, models.PROTECT, null=True, related_name="downloads")
    ledger_file = models.ForeignKey(LedgerFile, models.PROTECT, null=True, related_name="downloads")
    part = models.CharField(max_length=10, blank=True)
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("by"))
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("download")
        verbose_name_plural = _("downloads")
        ordering = ("-id",)
        constraints = [models.CheckConstraint(condition=names_one_file(), name="file_download_names_one_file")]

    def __str__(self) -> str:
        return f"{self.at:%d.%m.%Y %H:%M} {self.by}"
