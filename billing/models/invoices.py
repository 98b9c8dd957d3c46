"""What was billed. Every row of Invoice and InvoiceLine is issued: it refuses UPDATE and DELETE in the database itself.

BillingRun    one month's run: preview, approve, issue, collect, export
NumberRange   the next number and the head of the hash chain, per series and year
Invoice       one per payer and run, or what corrects one, with the snapshot that its PDF is drawn from
InvoiceLine   one per contract, component and period
InvoiceFile   the PDF as it was first made, with its hash
EInvoiceFile  the e-invoice as it was first made, with its hash
"""

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Round
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from billing.models.contracts import Contract
from billing.models.settings import Creditor
from members.models import Member, Organisation, User


class BillingRun(models.Model):
    """A billing run: what falls due until `until`, looked at on `on`, collected on `collect_on`.

    `preview` holds the report of the last preview, `amounts` what it bills to whom (payer to EUR) and `fingerprint` their
    hash: what a person approved. A payer who would be billed anything else is left out and shown. `sequence` counts follow-up runs of the same days (after a repair).
    """

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="billing_runs", verbose_name=_("organisation")
    )
    creditor = models.ForeignKey(Creditor, models.PROTECT, related_name="billing_runs", verbose_name=_("creditor"))
    on = models.DateField(_("invoice date"))
    until = models.DateField(_("bills what falls due until"))
    collect_on = models.DateField(_("collection date"))
    sequence = models.PositiveSmallIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    preview = models.JSONField(null=True, blank=True)
    amounts = models.JSONField(null=True, blank=True)
    fingerprint = models.CharField(max_length=64, blank=True)
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True)
    approved_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("approved by")
    )
    issued_at = models.DateTimeField(_("issued"), null=True, blank=True)
    collected_at = models.DateTimeField(_("collected"), null=True, blank=True)
    exported_at = models.DateTimeField(_("exported"), null=True, blank=True)
    objects = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("billing run")
        verbose_name_plural = _("billing runs")
        ordering = ("-on", "-until", "-sequence")
        permissions = [
            ("approve_billingrun", "Can approve and issue a billing run"),
            ("export_billingrun", "Can download files of a billing run"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "on", "until", "sequence"],
                name="billing_run_once_per_days",
                violation_error_message=_("There is already a run for these days."),
            ),
            models.CheckConstraint(
                condition=Q(issued_at__isnull=True) | Q(approved_at__isnull=False),
                name="billing_run_issued_only_when_approved",
            ),
            models.CheckConstraint(
                condition=Q(collected_at__isnull=True) | Q(issued_at__isnull=False),
                name="billing_run_collected_only_when_issued",
            ),
            models.CheckConstraint(
                condition=Q(approved_at__isnull=True) | ~Q(fingerprint=""),
                name="billing_run_approval_names_its_preview",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.on:%d.%m.%Y} – {self.until:%d.%m.%Y}" + (f" ({self.sequence})" if self.sequence > 1 else "")

    @property
    def state(self) -> str:
        """The latest step that was taken."""
        steps = ("exported", "collected", "issued", "approved")
        reached = next((step for step in steps if getattr(self, f"{step}_at")), "")
        return reached or ("previewed" if self.preview else "new")


class NumberRange(models.Model):
    """The next number of one series in one year. Its row is locked while numbers are taken, so there is never a gap."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="number_ranges")
    kind = models.CharField(max_length=20)
    year = models.PositiveSmallIntegerField()
    next_value = models.PositiveIntegerField(default=1)
    last_hash = models.CharField(max_length=64, blank=True)
    objects = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("number range")
        verbose_name_plural = _("number ranges")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "kind", "year"], name="number_range_one_per_series_and_year"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.year}: {self.next_value}"


class InvoiceQuerySet(models.QuerySet["Invoice"]):
    """Questions about claims."""

    def for_members(self, members: models.QuerySet[Member]) -> "InvoiceQuerySet":
        """What these members see: the invoices that they pay."""
        return self.filter(payer__in=members)


class Invoice(models.Model):
    """An issued document. What happens to it later (collected, paid, returned) lives in other tables.

    `net + vat = gross`, EUR with 2 decimals. A cancellation invoice and a correction name the invoice they correct and why
    (UStDV 31 Abs. 5); what they take back is negative. A claim carried over is no invoice of ours: it bears the number of the
    document that another program issued, and has neither lines nor a PDF. `hash` covers the snapshot and the hash before it (AO 146 Abs. 4, HGB 239 Abs. 3).
    """

    class Kind(models.TextChoices):
        INVOICE = "invoice", _("invoice")
        CANCELLATION = "cancellation", _("cancellation invoice")
        CREDIT = "credit", _("correction invoice")
        OPENING = "opening", _("claim carried over")

    class Method(models.TextChoices):
        DEBIT = "debit", _("direct debit")
        TRANSFER = "transfer", _("bank transfer")
        NONE = "none", _("nothing to pay")
        CREDIT = "credit", _("credit balance")

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="invoices", verbose_name=_("organisation")
    )
    run = models.ForeignKey(
        BillingRun, models.PROTECT, null=True, related_name="invoices", verbose_name=_("billing run")
    )
    payer = models.ForeignKey(Member, models.PROTECT, related_name="invoices", verbose_name=_("payer"))
    kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.INVOICE)
    year = models.PositiveSmallIntegerField(_("year"))
    sequence = models.PositiveIntegerField(_("running number"))
    number = models.CharField(_("number"), max_length=30)
    issued_on = models.DateField(_("issued on"))
    due_on = models.DateField(_("due on"))
    net = models.DecimalField(_("net"), max_digits=12, decimal_places=2)
    vat = models.DecimalField(_("VAT"), max_digits=12, decimal_places=2)
    gross = models.DecimalField(_("gross"), max_digits=12, decimal_places=2)
    method = models.CharField(_("paid by"), max_length=8, choices=Method)
    corrects = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="corrections", verbose_name=_("corrects")
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True, default="", db_default="")
    snapshot = models.JSONField(_("document"))
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)
    objects = ScopedManager(organisation="organisation", _manager_class=models.Manager.from_queryset(InvoiceQuerySet))

    class Meta:
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")
        ordering = ("-issued_on", "-id")
        indexes = [
            models.Index(fields=["payer", "-issued_on"], name="invoice_by_payer"),
            models.Index(fields=["organisation", "issued_on", "id"], name="invoice_by_day"),
            models.Index(fields=["corrects"], name="invoice_by_corrected", condition=Q(corrects__isnull=False)),
        ]
        permissions = [("correct_invoice", "Can cancel and correct invoices")]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "kind", "year", "sequence"], name="invoice_running_number_once"
            ),
            models.UniqueConstraint(fields=["organisation", "number"], name="invoice_number_once"),
            models.UniqueConstraint(fields=["run", "payer", "kind"], name="invoice_one_per_payer_and_run"),
            # Rounded, because SQLite adds decimals as binary numbers: 25.13 + 4.77 is not 29.90 there.
            models.CheckConstraint(
                condition=Q(gross=Round(F("net") + F("vat"), 2)), name="invoice_gross_is_net_plus_vat"
            ),
            models.CheckConstraint(condition=~Q(number="") & Q(sequence__gte=1), name="invoice_has_a_number"),
            models.CheckConstraint(condition=~Q(hash=""), name="invoice_has_a_hash"),
            models.UniqueConstraint(
                fields=["corrects"],
                condition=Q(kind="cancellation"),
                name="invoice_cancelled_at_most_once",
                violation_error_message=_("This invoice is cancelled already."),
            ),
            models.CheckConstraint(
                condition=Q(kind="cancellation", corrects__isnull=False) | ~Q(kind="cancellation"),
                name="invoice_cancellation_names_its_invoice",
            ),
            models.CheckConstraint(
                condition=Q(corrects__isnull=True, reason="") | Q(corrects__isnull=False) & ~Q(reason=""),
                name="invoice_correction_says_why",
                violation_error_message=_("A correction needs a reason."),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_ours(self) -> bool:
        """Whether we issued it, so that there is a PDF of it."""
        return self.kind != self.Kind.OPENING

    @property
    def payable(self) -> Decimal:
        """What is to be paid: gross, less the credits that the document sets off. EUR with 2 decimals."""
        left = self.snapshot.get("payment", {}).get("payable")
        return Decimal(left) if left else self.gross


class InvoiceLine(models.Model):
    """One charge, credit or reversal of a contract's component for a half-open period.

    `amount` is in the tariff's own price mode (`prices` in the snapshot). `revision` counts how often the same period was
    charged anew; a line is reversed at most once. What a person takes off (`reduced`) or takes back for good (`waiver`) is
    never billed again by a run.
    """

    class Kind(models.TextChoices):
        CHARGE = "charge", _("charge")
        CREDIT = "credit", _("credit for the days taken away")
        REVERSAL = "reversal", _("reversal")
        WAIVER = "waiver", _("taken back for good")
        REDUCED = "reduced", _("reduction")

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="invoice_lines")
    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="lines", verbose_name=_("invoice"))
    position = models.PositiveSmallIntegerField(_("position"))
    contract = models.ForeignKey(Contract, models.PROTECT, related_name="invoice_lines", verbose_name=_("contract"))
    tariff = models.CharField(_("tariff"), max_length=40)
    component = models.CharField(_("component"), max_length=40)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    start = models.DateField(_("from"))
    end = models.DateField(_("until (exclusive)"))
    revision = models.PositiveSmallIntegerField(default=1)
    quantity = models.DecimalField(_("quantity"), max_digits=16, decimal_places=6)
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    vat_rate = models.DecimalField(_("VAT rate"), max_digits=5, decimal_places=2, null=True)
    text = models.CharField(_("text"), max_length=300)
    reverses = models.ForeignKey("self", models.PROTECT, null=True, related_name="reversed_by")
    objects = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("invoice line")
        verbose_name_plural = _("invoice lines")
        ordering = ("invoice", "position")
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "component", "kind", "start", "revision"],
                name="invoice_line_once_per_period_and_revision",
            ),
            models.UniqueConstraint(
                fields=["reverses"],
                condition=Q(kind__in=["reversal", "waiver"]),
                name="invoice_line_reversed_at_most_once",
            ),
            models.CheckConstraint(condition=Q(start__lt=F("end")), name="invoice_line_period_starts_before_it_ends"),
            models.CheckConstraint(
                condition=Q(kind="charge") | Q(reverses__isnull=False), name="invoice_line_credit_names_its_charge"
            ),
        ]

    def __str__(self) -> str:
        return self.text


class InvoiceFile(models.Model):
    """The PDF as it was made first; it is served from here, never drawn again."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="invoice_files")
    invoice = models.OneToOneField(Invoice, models.PROTECT, related_name="pdf")
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    made_at = models.DateTimeField(auto_now_add=True)
    objects = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("invoice file")
        verbose_name_plural = _("invoice files")

    def __str__(self) -> str:
        return f"{self.invoice_id}.pdf"


class EInvoiceFile(models.Model):
    """The structured invoice (EN 16931), which is the invoice in the sense of the law (UStG 14 Abs. 1); served from here."""

    class Format(models.TextChoices):
        ZUGFERD = "zugferd", _("ZUGFeRD")
        CII = "cii", _("XRechnung (CII)")
        UBL = "ubl", _("XRechnung (UBL)")

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="einvoice_files")
    invoice = models.OneToOneField(Invoice, models.PROTECT, related_name="xml")
    format = models.CharField(_("format"), max_length=8, choices=Format)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    made_at = models.DateTimeField(auto_now_add=True)
    objects = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("e-invoice")
        verbose_name_plural = _("e-invoices")

    def __str__(self) -> str:
        return f"{self.invoice_id}.xml"
