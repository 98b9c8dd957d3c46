"""Credit documents that are more than what was due: open credits, set off by a later run or paid out.

PayoutBatch  one pain.001 file of credit transfers to members
Payout       one open credit, or credit balance, that is paid out
SetOff       one open credit that a later invoice is reduced by
"""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from billing.models.invoices import Invoice
from billing.models.settings import Creditor
from members.models import Member, Organisation, User


class SetOff(models.Model):
    """`amount` (EUR) of the credit document `credit` is set off against the claim `invoice`."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="set_offs")
    credit = models.ForeignKey(Invoice, models.PROTECT, related_name="set_off_against", verbose_name=_("credit"))
    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="set_offs", verbose_name=_("invoice"))
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("set-off")
        verbose_name_plural = _("set-offs")
        constraints = [
            models.UniqueConstraint(fields=["credit", "invoice"], name="set_off_once_per_credit_and_invoice"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="set_off_amount_is_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.credit_id} {self.invoice_id}"


class PayoutBatch(models.Model):
    """One pain.001 file: who pays from which account on which day. Built once, never changed, withdrawn as a whole."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="payout_batches")
    creditor = models.ForeignKey(Creditor, models.PROTECT, related_name="payout_batches", verbose_name=_("account"))
    execute_on = models.DateField(_("execution date"))
    message_id = models.CharField(max_length=35)
    count = models.PositiveIntegerField(_("number"), default=0)
    total = models.DecimalField(_("sum"), max_digits=12, decimal_places=2, default=0)
    content = models.BinaryField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)
    built_at = models.DateTimeField(_("built"), null=True, blank=True)
    built_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    submitted_at = models.DateTimeField(_("handed to the bank"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("payout file")
        verbose_name_plural = _("payout files")
        ordering = ("-execute_on", "-id")
        permissions = [("export_payoutbatch", "Can download payout files")]
        constraints = [
            models.UniqueConstraint(fields=["message_id"], name="payout_message_id_once"),
            models.CheckConstraint(
                condition=Q(submitted_at__isnull=True) | Q(withdrawn_at__isnull=True),
                name="payout_batch_submitted_or_withdrawn",
            ),
        ]

    def __str__(self) -> str:
        return self.message_id


class PayoutQuerySet(models.QuerySet["Payout"]):
    """Which payouts give something back."""

    def live(self) -> "PayoutQuerySet":
        """Neither withdrawn nor sent back by the payee's bank."""
        return self.filter(withdrawn_at__isnull=True, came_back_on__isnull=True)


PayoutManager = models.Manager.from_queryset(PayoutQuerySet)


class Payout(models.Model):
    """One credit document, or a `member`'s credit balance, that is paid out to an account. At most one live payout per credit.

    `came_back_on`: the payee's bank sent it back, so that it gave nothing back.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="payouts")
    batch = models.ForeignKey(PayoutBatch, models.PROTECT, related_name="payouts")
    credit = models.ForeignKey(
        Invoice, models.PROTECT, null=True, blank=True, related_name="payouts", verbose_name=_("credit")
    )
    member = models.ForeignKey(
        Member, models.PROTECT, null=True, blank=True, related_name="payouts", verbose_name=_("payer")
    )
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    name = models.CharField(_("account holder"), max_length=120)
    iban = models.CharField(_("IBAN"), max_length=34)
    bic = models.CharField(_("BIC"), max_length=11, blank=True)
    end_to_end_id = models.CharField(max_length=35)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    came_back_on = models.DateField(_("came back on"), null=True, blank=True)
    objects: ClassVar[PayoutManager[Self]] = ScopedManager(organisation="organisation", _manager_class=PayoutManager)

    class Meta:
        verbose_name = _("payout")
        verbose_name_plural = _("payouts")
        constraints = [
            models.UniqueConstraint(
                fields=["credit"],
                condition=Q(withdrawn_at__isnull=True, came_back_on__isnull=True),
                name="payout_one_live_per_credit",
            ),
            models.UniqueConstraint(fields=["end_to_end_id"], name="payout_end_to_end_id_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payout_amount_is_positive"),
            models.CheckConstraint(
                condition=Q(credit__isnull=False, member__isnull=True) | Q(credit__isnull=True, member__isnull=False),
                name="payout_pays_a_credit_or_a_balance",
            ),
        ]

    def __str__(self) -> str:
        return self.end_to_end_id
