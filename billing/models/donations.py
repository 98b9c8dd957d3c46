"""Donations, and by what right receipts over them are given.

TaxNotice        the tax office's notice of exemption, or its finding that the statutes are in order
ReceiptSettings  who signs receipts, and whether the tax office was told that they are made by machine
Donation         money, a waived claim or a thing that somebody gave
"""

from datetime import date
from typing import Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager
from simple_history.models import HistoricalRecords

from billing.models.purposes import dues_deductible, known
from billing.pricing.periods import add_months
from members.models import Member, Organisation, User


class TaxNotice(models.Model):
    """What the tax office has said about the organisation. Receipts rest on it for 5 or 3 years, to the day (AO 63 (5))."""

    class Kind(models.TextChoices):
        EXEMPTION = "exemption", _("notice of exemption, or annex to the corporation tax notice")
        STATUTES = "statutes", _("finding under § 60a AO (statutes are in order)")

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="tax_notices", verbose_name=_("organisation")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.EXEMPTION)
    tax_office = models.CharField(
        _("tax office"), max_length=60, help_text=_("As in the notice, without the word “Finanzamt”: Kiel")
    )
    tax_number = models.CharField(_("tax number"), max_length=20)
    issued_on = models.DateField(_("date of the notice"))
    period = models.CharField(
        _("last assessment period"),
        max_length=30,
        blank=True,
        help_text=_("As in the notice of exemption: 2022 bis 2024"),
    )
    purposes = models.JSONField(_("purposes"), default=list)
    revoked_on = models.DateField(_("no longer holds since"), null=True, blank=True)
    history = HistoricalRecords()
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("notice of the tax office")
        verbose_name_plural = _("notices of the tax office")
        ordering = ("-issued_on", "-id")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "kind", "issued_on"],
                name="tax_notice_once_per_day",
                violation_error_message=_("This notice is entered already."),
            ),
            models.CheckConstraint(
                condition=Q(kind="statutes") | ~Q(period=""),
                name="tax_notice_of_exemption_names_its_period",
                violation_error_message=_(
                    "A notice of exemption names its last assessment period, such as 2022 bis 2024."
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tax_office}, {self.issued_on:%d.%m.%Y}"

    @property
    def last_day(self) -> date:
        """The last day on which a receipt may be made: the same day five or three years later."""
        return add_months(self.issued_on, 60 if self.kind == self.Kind.EXEMPTION else 36)

    @property
    def dues_deductible(self) -> bool:
        """Whether dues may be confirmed at all (EStG 10b (1) sentence 8)."""
        return dues_deductible(self.purposes)

    def clean(self) -> None:
        if not isinstance(self.purposes, list) or not self.purposes or known(self.purposes) != self.purposes:
            raise ValidationError({"purposes": _("Choose at least one purpose, as the notice names them.")})


class ReceiptSettings(models.Model):
    """Machine-made receipts need no signature by hand once the tax office was told and a picture of it is printed."""

    organisation = models.OneToOneField(
        Organisation, models.PROTECT, related_name="receipt_settings", verbose_name=_("organisation")
    )
    signatory = models.CharField(
        _("who signs"), max_length=100, blank=True, help_text=_("Name and office: Anna Petersen, Schatzmeisterin")
    )
    notified_on = models.DateField(
        _("tax office told on"),
        null=True,
        blank=True,
        help_text=_("Empty: every receipt is signed by hand. Receipts over waived claims and things always are."),
    )
    signature = models.BinaryField(_("signature"), null=True, blank=True, editable=True)
    history = HistoricalRecords(excluded_fields=["signature"])
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("donation receipts")
        verbose_name_plural = _("donation receipts")
        constraints = [
            models.CheckConstraint(
                condition=Q(notified_on__isnull=True) | Q(signature__isnull=False) & ~Q(signatory=""),
                name="receipts_made_by_machine_show_a_signature",
                violation_error_message=_(
                    "Receipts without a signature by hand print a picture of it and name who signs."
                ),
            )
        ]

    def __str__(self) -> str:
        return str(self.organisation)


class Donation(models.Model):
    """`amount` EUR that a member gave on a day, for the ideal sphere. A wrong entry is withdrawn, never edited."""

    class Kind(models.TextChoices):
        MONEY = "money", _("money")
        WAIVER = "waiver", _("waived claim (expenses)")
        IN_KIND = "in_kind", _("thing")

    class Origin(models.TextChoices):
        PRIVATE = "private", _("private property")
        BUSINESS = "business", _("business property")
        UNKNOWN = "unknown", _("not told, although asked")

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="donations")
    member = models.ForeignKey(Member, models.PROTECT, related_name="donations", verbose_name=_("donor"))
    kind = models.CharField(_("kind"), max_length=8, choices=Kind, default=Kind.MONEY)
    given_on = models.DateField(_("given on"))
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    sphere = models.CharField(_("sphere"), max_length=20, default="ideell", editable=False)
    by_debit = models.BooleanField(
        _("by direct debit"), default=False, help_text=_("Confirmed only when it can no longer be returned (8 weeks).")
    )
    reference = models.CharField(
        _("bank reference or note"), max_length=140, blank=True, help_text=_("Where it is found: statement, date, text")
    )
    claim = models.CharField(
        _("claim that was waived"), max_length=200, blank=True,
        help_text=_("What was owed, and under which contract, rule of the statutes or resolution made before"),
    )  # fmt: skip
    claim_on = models.DateField(_("claim arose on"), null=True, blank=True)
    item = models.CharField(
        _("thing"), max_length=300, blank=True, help_text=_("Exact name with age, condition, price paid and so on")
    )
    origin = models.CharField(_("comes from"), max_length=8, choices=Origin, blank=True)
    valued_by_papers = models.BooleanField(
        _("papers on its value are at hand (invoice, expert opinion)"), default=False
    )
    key = models.CharField(max_length=64, blank=True, editable=False)
    recorded_at = models.DateTimeField(_("entered"))
    recorded_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("entered by")
    )
    withdrawn_on = models.DateField(_("withdrawn on"), null=True, blank=True)
    withdrawn_reason = models.CharField(_("why"), max_length=200, blank=True)
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("donation")
        verbose_name_plural = _("donations")
        ordering = ("-given_on", "-id")
        indexes = [models.Index(fields=["organisation", "given_on"], name="donation_by_day")]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0),
                name="donation_amount_is_positive",
                violation_error_message=_("A donation is more than nothing."),
            ),
            models.CheckConstraint(condition=Q(sphere="ideell"), name="donation_is_for_the_ideal_sphere"),
            models.CheckConstraint(
                condition=Q(kind="waiver", claim_on__isnull=False, claim_on__lte=F("given_on")) & ~Q(claim="")
                | ~Q(kind="waiver") & Q(claim="", claim_on__isnull=True),
                name="donation_by_waiver_names_an_earlier_claim",
                violation_error_message=_("A waiver names the claim, and the claim arose before it was waived."),
            ),
            models.CheckConstraint(
                condition=Q(kind="in_kind") & ~Q(item="") & ~Q(origin="")
                | ~Q(kind="in_kind") & Q(item="", origin="", valued_by_papers=False),
                name="donation_in_kind_names_the_thing",
                violation_error_message=_("A thing is named exactly, and where it comes from is said."),
            ),
            models.CheckConstraint(
                condition=Q(by_debit=False) | Q(kind="money"),
                name="donation_by_debit_is_money",
                violation_error_message=_("Only money comes by direct debit."),
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_on__isnull=True, withdrawn_reason="")
                | Q(withdrawn_on__isnull=False) & ~Q(withdrawn_reason=""),
                name="donation_is_withdrawn_with_a_reason",
                violation_error_message=_("Please say why it is withdrawn."),
            ),
            models.UniqueConstraint(
                fields=["organisation", "key"],
                condition=~Q(key="") & Q(withdrawn_on__isnull=True),
                name="donation_once_per_row_of_a_list",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.given_on:%d.%m.%Y} {self.amount}"

    def clean(self) -> None:
        """A waiver stands close to its claim: within a year (EStG 10b (3); BMF on waived expenses)."""
        faults: dict[str, Any] = {}
        if self.kind == self.Kind.WAIVER and self.claim_on and self.given_on > add_months(self.claim_on, 12):
            faults["claim_on"] = _("Between claim and waiver lies more than a year: this is not confirmed any more.")
        if faults:
            raise ValidationError(faults)
