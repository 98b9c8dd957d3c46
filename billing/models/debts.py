"""What becomes of a claim that is not paid as it was billed, beside the bank's lines.

DebtSettings      what the organisation wants: how small a difference is given up, who looks twice, how long is waited
Discharge         a part of a claim that no bank line pays: written off, a difference given up, paid from the payer's credit balance
InstalmentPlan    an agreement to pay claims in parts; it is no new claim
InstalmentClaim   a claim in such an agreement
Instalment        one part, with its day
PlannedDebit      a debit that the payer was told of long before, with its day, amount and mandate
"""

from typing import ClassVar, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager
from simple_history.models import HistoricalRecords

from billing.models.ancillary import AncillaryClaim
from billing.models.invoices import Invoice
from billing.models.mail import Mail
from billing.models.payments import Mandate
from members.models import Member, Organisation, User


class DebtSettings(models.Model):
    """What an organisation does with open claims; who has set nothing has the defaults."""

    organisation = models.OneToOneField(
        Organisation, models.PROTECT, related_name="debt_settings", verbose_name=_("organisation")
    )
    small_difference = models.DecimalField(
        _("a difference that is given up, EUR"), max_digits=5, decimal_places=2, default="0.50",
        validators=[MinValueValidator(0), MaxValueValidator(20)],
        help_text=_("Where a payment is short by no more than this, the rest can be given up with one click; 0: never"),
    )  # fmt: skip
    write_off_four_eyes = models.BooleanField(
        _("a second person confirms what is written off"), default=False,
        help_text=_("Until then it stays a proposal, and the claim stays open."),
    )  # fmt: skip
    grace_days = models.PositiveSmallIntegerField(
        _("days that an instalment may be late"), default=10, validators=[MaxValueValidator(60)],
        help_text=_("After them the agreement is broken, and the rest is due again."),
    )  # fmt: skip
    yearly_plan = models.BooleanField(
        _("one announcement a year for all debits"), default=False,
        help_text=_("Members are told all days and amounts of a year at once; what differs is announced by itself."),
    )  # fmt: skip
    history = HistoricalRecords()
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("settings for open claims")
        verbose_name_plural = _("settings for open claims")
        constraints = [
            models.CheckConstraint(
                condition=Q(small_difference__gte=0), name="debt_settings_difference_is_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return str(self.organisation)


class Discharge(models.Model):
    """`amount` EUR of a claim, or of a cost beside it, that is settled from the day `on` without a line of the bank.

    While `on` is empty it is a proposal that waits for a second person. Taken back at most once, never changed. What is
    written off is not forgiven: the payer still owes it, the books expect it no longer (HGB 253; UStG 17 Abs. 2 Nr. 1).
    """

    class Kind(models.TextChoices):
        WRITE_OFF = "write_off", _("written off")
        DIFFERENCE = "difference", _("small difference")
        ADVANCE = "advance", _("paid from the credit balance")

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="discharges")
    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="discharges", verbose_name=_("invoice"))
    ancillary = models.ForeignKey(
        AncillaryClaim, models.PROTECT, null=True, blank=True, related_name="discharges", verbose_name=_("ancillary claim")
    )  # fmt: skip
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    asked_on = models.DateField(_("proposed on"))
    asked_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("proposed by")
    )
    on = models.DateField(_("on"), null=True, blank=True)
    confirmed_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("confirmed by")
    )
    undone_on = models.DateField(_("taken back on"), null=True, blank=True)
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("discharge")
        verbose_name_plural = _("discharges")
        ordering = ("asked_on", "id")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="discharge_amount_is_positive"),
            models.CheckConstraint(
                condition=~Q(kind="write_off") | ~Q(reason=""),
                name="discharge_write_off_says_why",
                violation_error_message=_("Please say why: the reason stands in the books."),
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | Q(asked_by__isnull=True) | ~Q(confirmed_by=F("asked_by")),
                name="discharge_checker_is_not_the_maker",
                violation_error_message=_("Whoever proposed to write something off cannot confirm it."),
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | Q(on__isnull=False), name="discharge_confirmed_means_booked"
            ),
            models.UniqueConstraint(
                fields=["invoice"],
                condition=Q(on__isnull=True, undone_on__isnull=True, ancillary__isnull=True),
                name="discharge_one_proposal_per_claim",
                violation_error_message=_("It is proposed already to write this claim off."),
            ),
            models.UniqueConstraint(
                fields=["ancillary"],
                condition=Q(on__isnull=True, undone_on__isnull=True, ancillary__isnull=False),
                name="discharge_one_proposal_per_cost",
                violation_error_message=_("It is proposed already to write this claim off."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount}"


class InstalmentPlan(models.Model):
    """An agreement to pay open claims in parts. The claims stay what they are; while it is kept nobody asks for more.

    `mandate`: the parts are debited with it. What it says is fixed; only its end is added.
    """

    class End(models.TextChoices):
        KEPT = "kept", _("paid")
        BROKEN = "broken", _("broken")
        ENDED = "ended", _("ended by the office")

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="instalment_plans")
    member = models.ForeignKey(Member, models.PROTECT, related_name="instalment_plans", verbose_name=_("payer"))
    reference = models.CharField(_("reference"), max_length=20)
    agreed_on = models.DateField(_("day of the agreement"))
    mandate = models.ForeignKey(
        Mandate, models.PROTECT, null=True, blank=True, related_name="instalment_plans", verbose_name=_("mandate")
    )
    grace_days = models.PositiveSmallIntegerField(_("days that an instalment may be late"))
    made_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("made by")
    )
    ended_on = models.DateField(_("ended on"), null=True, blank=True)
    ended_as = models.CharField(_("ended as"), max_length=6, choices=End, blank=True)
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("instalment agreement")
        verbose_name_plural = _("instalment agreements")
        ordering = ("-agreed_on", "-id")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "reference"], name="instalment_plan_reference_once"),
            models.UniqueConstraint(
                fields=["member"],
                condition=Q(ended_on__isnull=True),
                name="instalment_plan_one_running_per_payer",
                violation_error_message=_("This payer has a running instalment agreement; end it first."),
            ),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True, ended_as="") | Q(ended_on__isnull=False) & ~Q(ended_as=""),
                name="instalment_plan_end_has_its_kind",
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class InstalmentClaim(models.Model):
    """A claim that is paid in parts: `amount` EUR is what was owed for it, costs included, when that was agreed.

    `settled_before`: what had come in for it until then, so that later payments are told from earlier ones.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="instalment_claims")
    plan = models.ForeignKey(InstalmentPlan, models.PROTECT, related_name="claims", verbose_name=_("agreement"))
    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="instalment_claims", verbose_name=_("invoice"))
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    settled_before = models.DecimalField(_("paid before"), max_digits=12, decimal_places=2, default=0)
    freed_on = models.DateField(_("freed on"), null=True, blank=True)
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("claim paid in instalments")
        verbose_name_plural = _("claims paid in instalments")
        ordering = ("plan", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["invoice"],
                condition=Q(freed_on__isnull=True),
                name="instalment_claim_in_one_agreement",
                violation_error_message=_("This claim is in a running instalment agreement."),
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="instalment_claim_amount_is_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.invoice_id}"


class Instalment(models.Model):
    """`amount` EUR, to be there on `due_on`. Whether it is paid follows from what came in for the claims, in order."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="instalments")
    plan = models.ForeignKey(InstalmentPlan, models.PROTECT, related_name="instalments", verbose_name=_("agreement"))
    number = models.PositiveSmallIntegerField(_("number"))
    due_on = models.DateField(_("due on"))
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("instalment")
        verbose_name_plural = _("instalments")
        ordering = ("plan", "number")
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="instalment_once_per_agreement_and_number"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="instalment_amount_is_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.plan_id}/{self.number}"


class PlannedDebit(models.Model):
    """A debit that `mail` announces: `amount` EUR on `day` with this mandate (EPC016-06, 4.3). Withdrawn when the plan changes."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="planned_debits")
    member = models.ForeignKey(Member, models.PROTECT, related_name="planned_debits", verbose_name=_("payer"))
    mail = models.ForeignKey(Mail, models.PROTECT, related_name="planned_debits", verbose_name=_("message"))
    mandate_reference = models.CharField(_("mandate reference"), max_length=35)
    day = models.DateField(_("day"))
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    withdrawn_on = models.DateField(_("withdrawn on"), null=True, blank=True)
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("planned debit")
        verbose_name_plural = _("planned debits")
        ordering = ("day", "id")
        indexes = [models.Index(fields=["organisation", "day"], name="planned_debit_by_day")]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="planned_debit_amount_is_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.amount}"
