"""Collecting. Claim (Invoice), attempt to collect (Collection) and bank line are separate records.

Mandate          a debtor's permission to collect from an account
CollectionBatch  one pain.008 file: one creditor account, collection date, scheme and sequence type
Collection       one attempt to collect one invoice, or an instalment of it; at most one of them is alive
"""

from typing import ClassVar, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager
from simple_history.models import HistoricalRecords

from billing.formats.iban import iban_fault, normalise_iban
from billing.formats.sepa_text import is_reference
from billing.models.invoices import BillingRun, Invoice
from billing.models.settings import Creditor
from members.models import Member, Organisation, User


class MandateQuerySet(models.QuerySet["Mandate"]):
    """Which mandates may still be used."""

    def usable(self) -> "MandateQuerySet":
        """Neither revoked, ended nor suspended. The 36 months are asked per collection date (`lapses_on`)."""
        return self.filter(ended_on__isnull=True, suspended_on__isnull=True)


MandateManager = models.Manager.from_queryset(MandateQuerySet)


class Mandate(models.Model):
    """A SEPA direct debit mandate (EPC130-08). The debtor is the account holder, who need not be the member."""

    class Scheme(models.TextChoices):
        CORE = "CORE", _("core")
        B2B = "B2B", _("business")

    class Source(models.TextChoices):
        IMPORT = "import", _("taken over")
        PAPER = "paper", _("on paper")
        ONLINE = "online", _("online")

    class End(models.TextChoices):
        REVOKED = "revoked", _("revoked")
        REPLACED = "replaced", _("replaced by another mandate")
        SPENT = "spent", _("one-off, used")
        LAPSED = "lapsed", _("lapsed after 36 months")
        RETURNED = "returned", _("a debit came back")

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="mandates", verbose_name=_("organisation")
    )
    creditor = models.ForeignKey(Creditor, models.PROTECT, related_name="mandates", verbose_name=_("creditor"))
    member = models.ForeignKey(Member, models.PROTECT, related_name="mandates", verbose_name=_("member"))
    reference = models.CharField(_("mandate reference"), max_length=35)
    scheme = models.CharField(_("scheme"), max_length=4, choices=Scheme, default=Scheme.CORE)
    one_off = models.BooleanField(_("one-off"), default=False)
    source = models.CharField(_("source"), max_length=6, choices=Source, default=Source.PAPER)
    account_holder = models.CharField(_("account holder"), max_length=120)
    iban = models.CharField(_("IBAN"), max_length=34)
    bic = models.CharField(_("BIC"), max_length=11, blank=True)
    signed_on = models.DateField(_("signed on"))
    last_presented_on = models.DateField(_("last collection"), null=True, blank=True)
    suspended_on = models.DateField(
        _("suspended on"),
        null=True,
        blank=True,
        help_text=_(
            "After a return that asks for the payer's word first; another account settles it, or empty the field"
        ),
    )
    ended_on = models.DateField(_("ended on"), null=True, blank=True)
    ended_as = models.CharField(_("ended as"), max_length=8, choices=End, blank=True)
    bank_confirmed_on = models.DateField(
        _("confirmed by the debtor's bank on"), null=True, blank=True,
        help_text=_("Business mandates only: the debtor shows the mandate to their bank before the first debit."),
    )  # fmt: skip
    history = HistoricalRecords()
    objects: ClassVar[MandateManager[Self]] = ScopedManager(organisation="organisation", _manager_class=MandateManager)

    class Meta:
        verbose_name = _("mandate")
        verbose_name_plural = _("mandates")
        ordering = ("member", "-signed_on", "-id")
        constraints = [
            models.UniqueConstraint(
                F("creditor"),
                Upper("reference"),
                name="mandate_reference_once_per_creditor",
                violation_error_message=_("This mandate reference was used before; a reference is never used again."),
            ),
            models.UniqueConstraint(
                fields=["member"],
                condition=Q(ended_on__isnull=True),
                name="mandate_one_in_use_per_member",
                violation_error_message=_("End the member's present mandate first."),
            ),
            models.CheckConstraint(
                condition=~Q(iban="") & ~Q(reference="") & ~Q(account_holder=""), name="mandate_is_complete"
            ),
            models.CheckConstraint(
                condition=Q(ended_as="") | Q(ended_on__isnull=False), name="mandate_end_has_its_day"
            ),
            models.CheckConstraint(
                condition=Q(bank_confirmed_on__isnull=True) | Q(scheme="B2B"),
                name="mandate_confirmed_by_the_bank_is_for_business",
                violation_error_message=_("Only business mandates are confirmed by the debtor's bank."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} ({self.masked_iban})"

    def clean(self) -> None:
        self.iban = normalise_iban(self.iban)
        faults = {}
        if iban_fault(self.iban):
            faults["iban"] = _("This IBAN is not valid: check each digit.")
        if not is_reference(self.reference):
            faults["reference"] = _("A mandate reference has up to 35 letters, digits and + ? / - : ( ) . , '")
        if self.scheme == self.Scheme.B2B and self.member_id and self.member.kind == Member.Kind.PERSON:
            faults["scheme"] = _("A business mandate is only for companies; this member is entered as a person.")
        if faults:
            raise ValidationError(faults)

    @property
    def masked_iban(self) -> str:
        """Enough to recognise the account, not enough to use it."""
        return mask_iban(self.iban)


def mask_iban(iban: str) -> str:
    """`DE71 … 0519`."""
    return f"{iban[:4]} … {iban[-4:]}" if iban else ""


class CollectionBatch(models.Model):
    """One file for the bank. Built (bytes and hash stored), released (by a second person, where two are asked for),
    submitted (a person handed it in), then the bank's answer.

    Without a `run`: claims that are collected again. `replaces`: the withdrawn file that this one was built instead of.
    """

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="collection_batches", verbose_name=_("organisation")
    )
    creditor = models.ForeignKey(Creditor, models.PROTECT, related_name="batches", verbose_name=_("creditor"))
    run = models.ForeignKey(
        BillingRun, models.PROTECT, null=True, blank=True, related_name="batches", verbose_name=_("billing run")
    )
    replaces = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="replaced_by", verbose_name=_("built instead of")
    )
    creditor_name = models.CharField(max_length=70, blank=True)
    creditor_identifier = models.CharField(max_length=35, blank=True)
    collection_date = models.DateField(_("collection date"))
    scheme = models.CharField(_("scheme"), max_length=4)
    sequence_type = models.CharField(_("sequence type"), max_length=4)
    part = models.PositiveSmallIntegerField(_("part"), default=1)
    message_id = models.CharField(_("message id"), max_length=35, unique=True)
    version = models.CharField(_("file version"), max_length=20)
    count = models.PositiveIntegerField(_("number of debits"), default=0)
    total = models.DecimalField(_("total"), max_digits=12, decimal_places=2, default=0)
    built_at = models.DateTimeField(_("built"), null=True, blank=True)
    content = models.BinaryField(null=True)
    sha256 = models.CharField(_("hash"), max_length=64, blank=True)
    made_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("made by")
    )
    released_at = models.DateTimeField(_("released"), null=True, blank=True)
    released_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("released by")
    )
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True)
    submitted_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("submitted by")
    )
    notice_waiver = models.CharField(_("why the pre-notification was not needed"), max_length=200, blank=True)
    accepted_at = models.DateTimeField(_("accepted by the bank"), null=True, blank=True)
    rejected_at = models.DateTimeField(_("rejected by the bank"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("direct debit file")
        verbose_name_plural = _("direct debit files")
        ordering = ("-collection_date", "-id")
        permissions = [
            ("submit_collectionbatch", "Can mark a file as handed to the bank"),
            ("export_collectionbatch", "Can download direct debit files"),
            ("release_collectionbatch", "Can release a file that somebody else made"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(built_at__isnull=True, content__isnull=True, sha256="")
                | Q(built_at__isnull=False, content__isnull=False) & ~Q(sha256=""),
                name="collection_batch_built_means_bytes_and_hash",
            ),
            models.CheckConstraint(
                condition=Q(submitted_at__isnull=True) | Q(built_at__isnull=False),
                name="collection_batch_submitted_means_built",
            ),
            models.CheckConstraint(
                condition=Q(submitted_at__isnull=True) | Q(withdrawn_at__isnull=True),
                name="collection_batch_submitted_or_withdrawn",
            ),
            models.CheckConstraint(
                condition=Q(released_by__isnull=True) | Q(made_by__isnull=True) | ~Q(released_by=F("made_by")),
                name="collection_batch_checker_is_not_the_maker",
                violation_error_message=_("Whoever made a file cannot release it."),
            ),
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True, rejected_at__isnull=True) | Q(submitted_at__isnull=False),
                name="collection_batch_answered_means_submitted",
            ),
        ]

    def __str__(self) -> str:
        return self.message_id

    @property
    def state(self) -> str:
        """The latest dated fact."""
        if self.withdrawn_at:
            return "withdrawn"
        steps = ("rejected", "accepted", "submitted", "released", "built")
        return next((step for step in steps if getattr(self, f"{step}_at")), "new")


class Collection(models.Model):
    """One attempt to collect one invoice. Debtor data is frozen as it stood when the batch was assembled.

    Alive until it failed (returned, rejected, withdrawn); `booked_on` says that the bank line arrived. `amendment`: what
    the debtor's bank is told of a mandate that changed. `part_of`: carried by that collection's debit, whose amount in the
    file is the sum of all of them; it lives and fails with it. `instalment`: collects only that part of its claim.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="collections")
    batch = models.ForeignKey(CollectionBatch, models.PROTECT, related_name="collections", verbose_name=_("file"))
    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="collections", verbose_name=_("invoice"))
    mandate = models.ForeignKey(Mandate, models.PROTECT, related_name="collections", verbose_name=_("mandate"))
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    end_to_end_id = models.CharField(_("end-to-end id"), max_length=35)
    mandate_reference = models.CharField(max_length=35)
    signed_on = models.DateField()
    debtor_name = models.CharField(max_length=120)
    debtor_iban = models.CharField(max_length=34)
    debtor_bic = models.CharField(max_length=11, blank=True)
    remittance = models.CharField(max_length=140)
    amendment = models.JSONField(null=True, blank=True)
    part_of = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="parts")
    instalment = models.ForeignKey(
        "Instalment", models.PROTECT, null=True, blank=True, related_name="collections", verbose_name=_("instalment")
    )
    notified_on = models.DateField(_("announced on"), null=True, blank=True)
    booked_on = models.DateField(_("booked on"), null=True, blank=True)
    failed_on = models.DateField(_("failed on"), null=True, blank=True)
    failed_as = models.CharField(_("failed as"), max_length=10, blank=True)
    return_reason = models.CharField(_("return reason"), max_length=4, blank=True)
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("direct debit")
        verbose_name_plural = _("direct debits")
        ordering = ("batch", "id")
        indexes = [
            models.Index(fields=["instalment"], name="collection_by_instalment", condition=Q(instalment__isnull=False)),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["invoice"],
                condition=Q(failed_on__isnull=True, instalment__isnull=True),
                name="collection_one_live_per_claim",
                violation_error_message=_("This invoice is already being collected."),
            ),
            models.UniqueConstraint(
                fields=["invoice"],
                condition=Q(failed_on__isnull=True, booked_on__isnull=True),
                name="collection_one_under_way_per_claim",
                violation_error_message=_("This invoice is already being collected."),
            ),
            models.UniqueConstraint(
                fields=["invoice", "instalment"],
                condition=Q(failed_on__isnull=True, instalment__isnull=False),
                name="collection_one_live_per_instalment",
                violation_error_message=_("This instalment is already being collected."),
            ),
            models.UniqueConstraint(fields=["end_to_end_id"], name="collection_end_to_end_id_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="collection_amount_is_positive"),
            models.CheckConstraint(
                condition=Q(failed_on__isnull=True, failed_as="")
                | Q(failed_on__isnull=False, failed_as__in=("returned", "rejected", "withdrawn")),
                name="collection_failure_has_a_kind",
            ),
            models.CheckConstraint(
                condition=Q(part_of__isnull=True) | ~Q(part_of=F("id")), name="collection_is_no_part_of_itself"
            ),
        ]

    def __str__(self) -> str:
        return self.end_to_end_id

    @property
    def state(self) -> str:
        """The latest dated fact: failed (returned, rejected, withdrawn), booked, submitted or built."""
        if self.failed_on:
            return self.failed_as
        return "booked" if self.booked_on else self.batch.state
