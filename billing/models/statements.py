"""What the bank says. Claim (Invoice), attempt to collect (Collection) and bank line (StatementEntry) are separate records.

StatementFile   the bytes that came from the bank, kept as they are
Statement       one statement of one account in it: opening balance plus entries is the closing balance
StatementEntry  the smallest movement the bank tells: one row per payment, return or fee
Allocation      what an entry settles. All of an entry is allocated at once, or nothing of it
PayerAccount    an account that a member paid from before
"""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from billing.models.ancillary import AncillaryClaim
from billing.models.credits import Payout
from billing.models.invoices import Invoice
from billing.models.payments import Collection
from billing.models.settings import Creditor
from members.models import Member, Organisation, User


class StatementFile(models.Model):
    """A file as it came, compressed (zlib); `sha256` is that of the bytes before. Kept for good once it is taken over (AO 147)."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="statement_files")
    name = models.CharField(_("file"), max_length=120)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    received_at = models.DateTimeField(_("received"))
    received_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("received from")
    )
    taken_at = models.DateTimeField(_("taken over"), null=True, blank=True)
    report = models.JSONField(null=True, blank=True)
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("statement file")
        verbose_name_plural = _("statement files")
        ordering = ("-received_at", "-id")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "sha256"], name="statement_file_kept_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Statement(models.Model):
    """One account's statement. Balances in EUR; notices (camt.054) and some intraday reports (camt.052) have none."""

    class Kind(models.TextChoices):
        DAY = "camt.053", _("statement")
        INTRADAY = "camt.052", _("intraday report")
        NOTICE = "camt.054", _("notice of single amounts")
        MT940 = "MT940", "MT940"

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="statements")
    creditor = models.ForeignKey(Creditor, models.PROTECT, related_name="statements", verbose_name=_("account"))
    file = models.ForeignKey(StatementFile, models.PROTECT, related_name="statements", verbose_name=_("file"))
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    identifier = models.CharField(_("identifier"), max_length=70)
    number = models.CharField(_("number"), max_length=35, blank=True)
    start_on = models.DateField(_("from"), null=True, blank=True)
    end_on = models.DateField(_("until"), null=True, blank=True)
    opening = models.DecimalField(_("opening balance"), max_digits=14, decimal_places=2, null=True, blank=True)
    closing = models.DecimalField(_("closing balance"), max_digits=14, decimal_places=2, null=True, blank=True)
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("bank statement")
        verbose_name_plural = _("bank statements")
        ordering = ("-end_on", "-id")
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind__in=("camt.053", "MT940")) | Q(opening__isnull=False, closing__isnull=False),
                name="statement_of_a_day_has_its_balances",
            ),
        ]

    def __str__(self) -> str:
        return self.identifier


class StatementEntryQuerySet(models.QuerySet["StatementEntry"]):
    """Which lines still want an answer."""

    def open(self) -> "StatementEntryQuerySet":
        """Neither settled nor replaced by the single amounts that it is made of."""
        return self.filter(settled_at__isnull=True, resolved_at__isnull=True)


StatementEntryManager = models.Manager.from_queryset(StatementEntryQuerySet)


class StatementEntry(models.Model):
    """One movement of the account: `amount` EUR, received (> 0) or taken (< 0). Never changed; only its outcome is added.

    `key` names the bank's booking and `part` the single amount within it (0: the booking as a whole), so that the same or an
    overlapping statement adds nothing while two equal payments both stay. `original_amount` is what a returned debit had
    collected, `charges` what the bank keeps for it. `batch_reference` is the message id of a file that was booked as one sum.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="statement_entries", db_index=False)
    creditor = models.ForeignKey(Creditor, models.PROTECT, related_name="statement_entries", db_index=False)
    statement = models.ForeignKey(Statement, models.PROTECT, related_name="entries", verbose_name=_("statement"))
    key = models.CharField(max_length=64)
    part = models.PositiveIntegerField(default=0)
    booked_on = models.DateField(_("booked on"))
    valued_on = models.DateField(_("value date"), null=True, blank=True)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    name = models.CharField(_("name"), max_length=140, blank=True)
    iban = models.CharField(_("IBAN"), max_length=34, blank=True)
    remittance = models.TextField(_("remittance information"), blank=True)
    end_to_end_id = models.CharField(_("end-to-end id"), max_length=35, blank=True)
    mandate_reference = models.CharField(_("mandate reference"), max_length=35, blank=True)
    creditor_reference = models.CharField(_("creditor reference"), max_length=35, blank=True)
    batch_reference = models.CharField(_("file"), max_length=35, blank=True)
    batch_count = models.PositiveIntegerField(_("number"), null=True, blank=True)
    returned = models.BooleanField(_("returned"), default=False)
    return_reason = models.CharField(_("return reason"), max_length=35, blank=True)
    original_amount = models.DecimalField(_("collected before"), max_digits=14, decimal_places=2, null=True, blank=True)
    charges = models.DecimalField(_("bank's fee"), max_digits=14, decimal_places=2, null=True, blank=True)
    bank_code = models.CharField(_("transaction code"), max_length=35, blank=True)
    bank_reference = models.CharField(_("bank's reference"), max_length=35, blank=True)
    resolved_at = models.DateTimeField(_("replaced by single amounts"), null=True, blank=True)
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)
    settled_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False)
    objects: ClassVar[StatementEntryManager[Self]] = ScopedManager(
        organisation="organisation", _manager_class=StatementEntryManager
    )

    class Meta:
        verbose_name = _("statement entry")
        verbose_name_plural = _("statement entries")
        ordering = ("booked_on", "id")
        indexes = [
            models.Index(
                fields=["organisation", "booked_on"],
                condition=Q(settled_at__isnull=True, resolved_at__isnull=True),
                name="statement_entry_open",
            ),
            models.Index(fields=["creditor", "booked_on", "amount"], name="statement_entry_by_day"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["creditor", "key", "part"], name="statement_entry_once_per_account"),
            models.CheckConstraint(condition=~Q(amount=0), name="statement_entry_moves_money"),
            models.CheckConstraint(
                condition=Q(settled_at__isnull=True) | Q(resolved_at__isnull=True),
                name="statement_entry_settled_or_replaced",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.booked_on:%d.%m.%Y} {self.amount} {self.name}"


class Allocation(models.Model):
    """`amount` EUR of an entry, signed as the entry, that settles one thing from the day `on`. Taken back at most once.

    payment  pays a claim (an invoice, or the ancillary claim beside it)
    return   a collected debit goes back: its claim is open again
    advance  more than was owed; stands to the member's credit (< 0: given back to them)
    fee      the bank's own fee
    payout   a credit that was paid out
    other    nothing of ours; booked to `account`
    """

    class Kind(models.TextChoices):
        PAYMENT = "payment", _("payment")
        RETURN = "return", _("return")
        ADVANCE = "advance", _("credit balance")
        FEE = "fee", _("bank fee")
        PAYOUT = "payout", _("payout")
        OTHER = "other", _("other")

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="allocations", db_index=False)
    entry = models.ForeignKey(StatementEntry, models.PROTECT, related_name="allocations", verbose_name=_("entry"))
    kind = models.CharField(_("kind"), max_length=7, choices=Kind)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    on = models.DateField(_("on"))
    member = models.ForeignKey(
        Member, models.PROTECT, null=True, blank=True, related_name="allocations", verbose_name=_("payer")
    )
    invoice = models.ForeignKey(
        Invoice, models.PROTECT, null=True, blank=True, related_name="allocations", verbose_name=_("invoice")
    )
    ancillary = models.ForeignKey(
        AncillaryClaim,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="allocations",
        verbose_name=_("ancillary claim"),
    )
    collection = models.ForeignKey(
        Collection, models.PROTECT, null=True, blank=True, related_name="allocations", verbose_name=_("direct debit")
    )
    payout = models.ForeignKey(
        Payout, models.PROTECT, null=True, blank=True, related_name="allocations", verbose_name=_("payout")
    )
    account = models.CharField(_("ledger account"), max_length=9, blank=True)
    found_by = models.CharField(_("found by"), max_length=20, blank=True)
    undone_on = models.DateField(_("taken back on"), null=True, blank=True)
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("allocation")
        verbose_name_plural = _("allocations")
        ordering = ("on", "id")
        # Most rows have none of these: an index of the others alone is the one that is taken.
        indexes = [
            models.Index(fields=["ancillary"], name="allocation_by_ancillary", condition=Q(ancillary__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="payment", amount__gt=0, invoice__isnull=False, member__isnull=False)
                | Q(kind="return", amount__lt=0, invoice__isnull=False, member__isnull=False, collection__isnull=False)
                | Q(kind="advance", member__isnull=False) & ~Q(amount=0)
                | Q(kind="payout", payout__isnull=False, member__isnull=False) & ~Q(amount=0)
                | Q(kind="fee") & ~Q(amount=0)
                | Q(kind="other") & ~Q(amount=0) & ~Q(account=""),
                name="allocation_names_what_it_settles",
            ),
            models.UniqueConstraint(
                fields=["collection", "invoice"],
                condition=Q(kind="payment", undone_on__isnull=True),
                name="allocation_debit_is_paid_once",
                violation_error_message=_("This direct debit was credited already."),
            ),
            models.UniqueConstraint(
                fields=["collection", "invoice"],
                condition=Q(kind="return", undone_on__isnull=True),
                name="allocation_debit_is_returned_once",
                violation_error_message=_("This direct debit was returned already."),
            ),
            models.UniqueConstraint(
                fields=["payout"],
                condition=Q(kind="payout", amount__lt=0, undone_on__isnull=True),
                name="allocation_payout_is_paid_once",
                violation_error_message=_("This payout was made already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount}"


class PayerAccount(models.Model):
    """An account that a person once assigned to this member; money from it is proposed to them again."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="payer_accounts")
    member = models.ForeignKey(Member, models.CASCADE, related_name="payer_accounts", verbose_name=_("payer"))
    iban = models.CharField(_("IBAN"), max_length=34)
    learned_on = models.DateField(_("learned on"))
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("account a member paid from")
        verbose_name_plural = _("accounts members paid from")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "iban", "member"], name="payer_account_known_once")
        ]

    def __str__(self) -> str:
        return f"{self.iban[:4]} … {self.iban[-4:]}"
