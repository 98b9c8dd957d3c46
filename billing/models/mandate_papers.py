"""What proves a mandate, and what became of it. Added to, never changed.

MandateAmendment  a change of account, reference or creditor, and the collection that told the debtor's bank
MandateDocument   a scan, an electronic mandate with its evidence, a letter
BankReply         what the bank answered to a file (pain.002)
"""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from billing.models.payments import Collection, CollectionBatch, Mandate
from members.models import Organisation, User


class MandateAmendmentQuerySet(models.QuerySet["MandateAmendment"]):
    """Which changes the debtors' banks do not know yet."""

    def untold(self) -> "MandateAmendmentQuerySet":
        """Told by no collection, or by one that the bank rejected (EPC130-08, 2.104)."""
        return self.filter(Q(told_with__isnull=True) | Q(told_with__failed_as="rejected"))


AmendmentManager = models.Manager.from_queryset(MandateAmendmentQuerySet)


class MandateAmendment(models.Model):
    """What was before and what is after a change of a used mandate; the next collection tells it, once.

    Empty `before_…`: this did not change.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="mandate_amendments")
    mandate = models.ForeignKey(Mandate, models.PROTECT, related_name="amendments", verbose_name=_("mandate"))
    on = models.DateField(_("told on"), null=True, blank=True)
    before_reference = models.CharField(max_length=35, blank=True)
    after_reference = models.CharField(max_length=35, blank=True)
    before_iban = models.CharField(max_length=34, blank=True)
    after_iban = models.CharField(max_length=34, blank=True)
    before_creditor_identifier = models.CharField(max_length=35, blank=True)
    before_creditor_name = models.CharField(max_length=70, blank=True)
    note = models.CharField(_("how it was told"), max_length=300)
    noted_at = models.DateTimeField(_("noted"), auto_now_add=True)
    noted_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    told_with = models.ForeignKey(Collection, models.PROTECT, null=True, blank=True, related_name="told")
    objects: ClassVar[AmendmentManager[Self]] = ScopedManager(
        organisation="organisation", _manager_class=AmendmentManager
    )

    class Meta:
        verbose_name = _("change of a mandate")
        verbose_name_plural = _("changes of mandates")
        ordering = ("mandate", "id")
        constraints = [
            models.CheckConstraint(
                condition=~Q(
                    before_reference="", before_iban="", before_creditor_identifier="", before_creditor_name=""
                ),
                name="mandate_amendment_says_what_was_before",
            ),
            models.CheckConstraint(condition=~Q(note=""), name="mandate_amendment_says_how_it_was_told"),
        ]

    def __str__(self) -> str:
        return self.note


class MandateDocument(models.Model):
    """A paper of a mandate, as it came, with its hash. `evidence`: how an electronic mandate was given.

    Its bytes stay as long as the mandate can be disputed; afterwards they may be erased, the row stays (EPC173-14).
    """

    class Kind(models.TextChoices):
        PAPER = "paper", _("signed mandate (scan)")
        ONLINE = "online", _("electronic mandate")
        CHANGE = "change", _("message about a change")
        REVOCATION = "revocation", _("revocation")

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="mandate_documents")
    mandate = models.ForeignKey(Mandate, models.PROTECT, related_name="documents", verbose_name=_("mandate"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.PAPER)
    name = models.CharField(_("file"), max_length=120)
    content_type = models.CharField(max_length=40)
    content = models.BinaryField()
    sha256 = models.CharField(_("hash"), max_length=64)
    evidence = models.JSONField(null=True, blank=True)
    added_at = models.DateTimeField(_("added"))
    added_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    erased_on = models.DateField(_("erased on"), null=True, blank=True)
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("document of a mandate")
        verbose_name_plural = _("documents of mandates")
        ordering = ("mandate", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["mandate", "sha256"],
                name="mandate_document_once",
                violation_error_message=_("This file is there already."),
            ),
            models.CheckConstraint(
                condition=~Q(kind="online") | Q(evidence__isnull=False) | Q(erased_on__isnull=False),
                name="mandate_document_online_has_its_evidence",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class BankReply(models.Model):
    """The bank's answer to a direct debit file, as it came. The same bytes again are the same answer."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="bank_replies")
    batch = models.ForeignKey(CollectionBatch, models.PROTECT, related_name="replies", verbose_name=_("file"))
    name = models.CharField(_("file"), max_length=120)
    message_id = models.CharField(_("message id"), max_length=35)
    status = models.CharField(_("status"), max_length=8)
    rejected = models.PositiveIntegerField(_("rejected debits"), default=0)
    notes = models.JSONField(default=list)
    content = models.BinaryField()
    sha256 = models.CharField(_("hash"), max_length=64)
    received_at = models.DateTimeField(_("taken in"))
    received_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("answer of the bank")
        verbose_name_plural = _("answers of the bank")
        ordering = ("-received_at", "-id")
        constraints = [models.UniqueConstraint(fields=["organisation", "sha256"], name="bank_reply_once")]

    def __str__(self) -> str:
        return self.message_id
