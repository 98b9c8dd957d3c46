"""The books.

LedgerAccount  an account of the chart, with its name
DebtorAccount  the personal account of a payer
Posting        one row: debit account, credit account, amount. An unbalanced one cannot be written
PostingBatch   one DATEV export of some days: the files as they were made first
"""

from calendar import monthrange
from datetime import date, timedelta
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from billing.models.invoices import Invoice
from billing.models.statements import Allocation
from members.models import Member, Organisation, User


class LedgerAccount(models.Model):
    """An account of the organisation's chart."""

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="ledger_accounts", verbose_name=_("organisation")
    )
    number = models.CharField(_("number"), max_length=9)
    name = models.CharField(_("name"), max_length=80)
    role = models.CharField(_("stands for"), max_length=40)
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("ledger account")
        verbose_name_plural = _("ledger accounts")
        ordering = ("number",)
        constraints = [models.UniqueConstraint(fields=["organisation", "role"], name="ledger_account_one_per_role")]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class DebtorAccount(models.Model):
    """The personal account (Debitor) of a payer, one digit longer than the chart's accounts."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="debtor_accounts")
    member = models.OneToOneField(Member, models.PROTECT, related_name="debtor_account")
    number = models.PositiveIntegerField(_("debtor account"))
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("debtor account")
        verbose_name_plural = _("debtor accounts")
        constraints = [models.UniqueConstraint(fields=["organisation", "number"], name="debtor_account_number_once")]

    def __str__(self) -> str:
        return str(self.number)


class PostingBatch(models.Model):
    """What was exported for the accountant: postings (EXTF 21) and debtors (EXTF 16) of the days from `start` until `end`.

    Files of earlier releases have no days: they hold the month, and lie there as they are (`packed` is false).
    `locked`: the books of these days were closed, so DATEV takes the postings as fixed.
    """

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="posting_batches", verbose_name=_("organisation")
    )
    month = models.DateField(_("month"))
    part = models.PositiveSmallIntegerField(_("part"), default=1)
    start = models.DateField(_("from"), null=True, blank=True)
    end = models.DateField(_("until (exclusive)"), null=True, blank=True)
    locked = models.BooleanField(_("fixed"), default=False)
    packed = models.BooleanField(default=False)
    count = models.PositiveIntegerField(_("postings"))
    total = models.DecimalField(_("total"), max_digits=14, decimal_places=2)
    content = models.BinaryField()
    sha256 = models.CharField(_("hash"), max_length=64)
    debtors = models.BinaryField()
    debtors_sha256 = models.CharField(_("hash of the debtors"), max_length=64, blank=True)
    exported_at = models.DateTimeField(_("exported"))
    exported_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("exported by")
    )
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("DATEV export")
        verbose_name_plural = _("DATEV exports")
        ordering = ("-month", "-part")
        permissions = [("export_postingbatch", "Can make and download DATEV files")]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "month", "part"], name="posting_batch_once_per_month_and_part"
            ),
            models.CheckConstraint(
                condition=Q(start__isnull=True, end__isnull=True) | Q(start__lt=F("end")),
                name="posting_batch_starts_before_it_ends",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%m/%Y} ({self.part})"

    @property
    def first(self) -> date:
        """The first day that it covers."""
        return self.start or self.month

    @property
    def after(self) -> date:
        """The first day that it does not cover any more."""
        return self.end or self.month + timedelta(days=monthrange(self.month.year, self.month.month)[1])

    @property
    def last(self) -> date:
        """The last day that it covers."""
        return self.after - timedelta(days=1)


class Posting(models.Model):
    """One booking: `amount` EUR > 0 from `credit_account` to `debit_account`. Only `batch` is ever set later, once.

    Its voucher is a document that was issued, or what a line of the bank statement settles.
    """

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="postings", verbose_name=_("organisation")
    )
    posted_on = models.DateField(_("posted on"))
    debit_account = models.CharField(_("debit"), max_length=9)
    credit_account = models.CharField(_("credit"), max_length=9)
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    case = models.CharField(_("case"), max_length=40)
    document = models.ForeignKey(
        Invoice, models.PROTECT, null=True, blank=True, related_name="postings", verbose_name=_("document")
    )
    allocation = models.ForeignKey(
        Allocation, models.PROTECT, null=True, blank=True, related_name="postings", verbose_name=_("bank statement")
    )
    reference = models.CharField(_("reference"), max_length=36)
    sphere = models.CharField(_("sphere"), max_length=20, blank=True)
    tax_key = models.CharField(_("tax key"), max_length=4, blank=True)
    text = models.CharField(_("text"), max_length=60)
    batch = models.ForeignKey(
        PostingBatch, models.PROTECT, null=True, blank=True, related_name="postings", verbose_name=_("export")
    )
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("posting")
        verbose_name_plural = _("postings")
        ordering = ("posted_on", "id")
        indexes = [models.Index(fields=["organisation", "posted_on"], name="posting_by_day")]
        constraints = [
            models.UniqueConstraint(fields=["document", "case"], name="posting_once_per_document_and_case"),
            models.UniqueConstraint(fields=["allocation", "case"], name="posting_once_per_allocation_and_case"),
            models.CheckConstraint(
                condition=Q(document__isnull=False, allocation__isnull=True)
                | Q(document__isnull=True, allocation__isnull=False),
                name="posting_has_one_voucher",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="posting_amount_is_positive"),
            models.CheckConstraint(condition=~Q(debit_account=F("credit_account")), name="posting_accounts_differ"),
        ]

    def __str__(self) -> str:
        return f"{self.debit_account}/{self.credit_account} {self.amount}"
