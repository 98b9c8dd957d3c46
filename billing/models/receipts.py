"""Donation receipts as they were given: numbered, frozen, each payment in one valid receipt at most.

Receipt      one receipt with the snapshot that its PDF is drawn from; cancelled, it stays
ReceiptLine  one payment that it confirms
ReceiptFile  the duplicate (EStDV 50 (7)), with its hash
"""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from billing.models.donations import TaxNotice
from members.models import Member, Organisation, User


class Receipt(models.Model):
    """A receipt over `total` EUR. `machine_made`: valid without a signature by hand."""

    class Kind(models.TextChoices):
        MONEY = "money", _("receipt")
        COLLECTIVE = "collective", _("collective receipt")
        IN_KIND = "in_kind", _("receipt for a thing")

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="receipts")
    member = models.ForeignKey(Member, models.PROTECT, related_name="receipts", verbose_name=_("donor"))
    notice = models.ForeignKey(TaxNotice, models.PROTECT, related_name="receipts", verbose_name=_("notice"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    year = models.PositiveSmallIntegerField(_("year"))
    sequence = models.PositiveIntegerField(_("running number"))
    number = models.CharField(_("number"), max_length=30)
    issued_on = models.DateField(_("issued on"))
    issued_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    given_in = models.PositiveSmallIntegerField(_("for the year"))
    total = models.DecimalField(_("total"), max_digits=12, decimal_places=2)
    machine_made = models.BooleanField(_("made by machine"))
    snapshot = models.JSONField(_("document"))
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)
    cancelled_on = models.DateField(_("cancelled on"), null=True, blank=True)
    cancelled_reason = models.CharField(_("why"), max_length=200, blank=True)
    cancelled_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    original_back = models.BooleanField(_("the original came back or is destroyed"), default=False)
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("donation receipt")
        verbose_name_plural = _("donation receipts")
        ordering = ("-year", "-sequence")
        permissions = [("export_receipt", "Can download donation receipts")]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "year", "sequence"], name="receipt_running_number_once"),
            models.UniqueConstraint(fields=["organisation", "number"], name="receipt_number_once"),
            models.CheckConstraint(condition=Q(total__gt=0), name="receipt_confirms_something"),
            models.CheckConstraint(
                condition=Q(machine_made=False) | ~Q(kind="in_kind"), name="receipt_for_a_thing_is_signed"
            ),
            models.CheckConstraint(
                condition=Q(cancelled_on__isnull=True, cancelled_reason="", original_back=False)
                | Q(cancelled_on__isnull=False, original_back=True) & ~Q(cancelled_reason=""),
                name="receipt_is_cancelled_with_a_reason_and_the_original",
                violation_error_message=_("Please say why, and make sure that the original is back or destroyed."),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class ReceiptLine(models.Model):
    """One payment. `payment` names it for ever; `freed_on` says that its receipt was cancelled."""

    class Kind(models.TextChoices):
        MONEY = "money", _("money")
        WAIVER = "waiver", _("waived claim (expenses)")
        IN_KIND = "in_kind", _("thing")
        DUES = "dues", _("dues")

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="receipt_lines")
    receipt = models.ForeignKey(Receipt, models.PROTECT, related_name="lines")
    payment = models.CharField(max_length=40)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    given_on = models.DateField(_("given on"))
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    freed_on = models.DateField(null=True, blank=True)
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("confirmed payment")
        verbose_name_plural = _("confirmed payments")
        ordering = ("given_on", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "payment"],
                condition=Q(freed_on__isnull=True),
                name="receipt_line_one_valid_per_payment",
                violation_error_message=_("This payment is confirmed already."),
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="receipt_line_amount_is_positive"),
        ]

    def __str__(self) -> str:
        return self.payment


class ReceiptFile(models.Model):
    """The PDF as it was handed out; it is served from here, never drawn again."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="receipt_files")
    receipt = models.OneToOneField(Receipt, models.PROTECT, related_name="pdf")
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("receipt file")
        verbose_name_plural = _("receipt files")

    def __str__(self) -> str:
        return f"{self.receipt_id}.pdf"
