"""Reminding those who have not paid.

DunningSettings  the organisation's own rules: smallest sum, interest, what may be charged
DunningLevel     one step: when, until when to pay, what it costs, what else follows
DunningRun       who reminded on which day
DunningNotice    one payer's letter of a run, as it was written
DunningItem      one claim in it, at one level, with its interest and how that came about
DunningStop      a member or a claim that is not reminded for a while, and why
HandedClaim      a claim that a lawyer or the court has: it is not reminded any more
DunningPause     a contract that was paused because its payer did not pay
"""

from decimal import Decimal
from typing import ClassVar, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Round
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager
from simple_history.models import HistoricalRecords

from billing.models.contracts import ContractEvent
from billing.models.invoices import Invoice
from members.models import Member, Organisation, User

CONSUMER_CAP = Decimal("2.50")


class DunningSettings(models.Model):
    """What an organisation may and wants to claim from those who pay late (BGB 286, 288, 309 Nr. 5)."""

    organisation = models.OneToOneField(
        Organisation, models.PROTECT, related_name="dunning_settings", verbose_name=_("organisation")
    )
    minimum = models.DecimalField(
        _("no reminder below (EUR)"), max_digits=12, decimal_places=2, default=Decimal("5.00"),
        help_text=_("All that one payer owes and would be reminded of"),
    )  # fmt: skip
    interest = models.BooleanField(
        _("claim interest"), default=True, help_text=_("By law: 5 or 9 percentage points above the base rate")
    )
    lump_sum = models.BooleanField(
        _("claim 40 EUR from companies"), default=False,
        help_text=_("Once per claim, only between companies, never from consumers or for membership dues (BGB 288 Abs. 5)"),
    )  # fmt: skip
    dues_basis = models.CharField(
        _("the statutes fix the day of dues in"), max_length=120, blank=True,
        help_text=_("Such as: § 6 Abs. 2 of the statutes. Then members are in default without a reminder (BGB 286 Abs. 2 Nr. 1)"),
    )  # fmt: skip
    consumer_cap = models.DecimalField(
        _("highest reminder fee for persons (EUR)"), max_digits=6, decimal_places=2, default=CONSUMER_CAP,
        help_text=_("Only what paper and postage cost: courts accept about 2.50 EUR"),
    )  # fmt: skip
    cap_reason = models.CharField(
        _("why more than 2.50 EUR"), max_length=200, blank=True, help_text=_("Such as: the fee stands in the statutes")
    )
    history = HistoricalRecords()
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("dunning settings")
        verbose_name_plural = _("dunning settings")
        constraints = [
            models.CheckConstraint(condition=Q(minimum__gte=0), name="dunning_minimum_is_not_negative"),
            models.CheckConstraint(
                condition=Q(consumer_cap__range=(0, CONSUMER_CAP)) | Q(consumer_cap__gte=0) & ~Q(cap_reason=""),
                name="dunning_fee_of_persons_above_its_cost_says_why",
                violation_error_message=_("Please say why persons pay more than 2.50 EUR for a reminder."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.organisation)


class DunningLevel(models.Model):
    """One step. `after_days` from the due day, later from the reminder before; its deadline must have passed, too.

    The first reminder is free: it only puts the debtor in default. `tone` chooses the words, which have a page of their own.
    """

    class Tone(models.TextChoices):
        FRIENDLY = "reminder", _("Friendly reminder")
        FIRM = "dunning", _("Reminder")
        LAST = "last_dunning", _("Last reminder")

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="dunning_levels", verbose_name=_("organisation")
    )
    level = models.PositiveSmallIntegerField(_("level"), validators=[MinValueValidator(1), MaxValueValidator(9)])
    name = models.CharField(
        _("heading"), max_length=60, blank=True, help_text=_("Empty: as the text calls it, in the language of who is reminded")
    )  # fmt: skip
    tone = models.CharField(_("text"), max_length=20, choices=Tone)
    after_days = models.PositiveSmallIntegerField(
        _("days later"), validators=[MinValueValidator(1), MaxValueValidator(365)],
        help_text=_("Level 1: days after the due day. Later ones: days after the reminder before"),
    )  # fmt: skip
    pay_within_days = models.PositiveSmallIntegerField(
        _("days to pay"), default=14, validators=[MinValueValidator(3), MaxValueValidator(60)]
    )
    fee = models.DecimalField(_("fee by letter (EUR)"), max_digits=6, decimal_places=2, default=Decimal("0.00"))
    mail_fee = models.DecimalField(
        _("fee by e-mail (EUR)"), max_digits=6, decimal_places=2, default=Decimal("0.00"),
        help_text=_("An e-mail costs nothing, so only the statutes or a contract can ask for a fee"),
    )  # fmt: skip
    fee_basis = models.CharField(
        _("why there is a fee"), max_length=200, blank=True, help_text=_("Paper and postage, or the paragraph of the statutes")
    )  # fmt: skip
    interest = models.BooleanField(_("with interest"), default=False)
    pause_days = models.PositiveSmallIntegerField(
        _("pause the contracts for days"), default=0, validators=[MaxValueValidator(365)],
        help_text=_("0: nothing is paused. Only with a ground in statutes or contract, and after a warning"),
    )  # fmt: skip
    pause_basis = models.CharField(_("ground of the pause"), max_length=200, blank=True)
    history = HistoricalRecords()
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("dunning level")
        verbose_name_plural = _("dunning levels")
        ordering = ("level",)
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "level"],
                name="dunning_level_once",
                violation_error_message=_("There is already such a level."),
            ),
            models.CheckConstraint(
                condition=Q(level__gte=1, after_days__gte=1, pay_within_days__gte=1), name="dunning_level_leaves_time"
            ),
            models.CheckConstraint(
                condition=Q(level__gt=1) | Q(fee=0, mail_fee=0),
                name="dunning_first_reminder_is_free",
                violation_error_message=_(
                    "The first reminder is free: it only puts the debtor in default, so its cost is no damage (BGB 286)."
                ),
            ),
            models.CheckConstraint(
                condition=Q(fee=0, mail_fee=0) | Q(fee__gte=0, mail_fee__gte=0) & ~Q(fee_basis=""),
                name="dunning_fee_names_its_ground",
                violation_error_message=_("A fee needs its ground: what it costs, or the paragraph that asks for it."),
            ),
            models.CheckConstraint(
                condition=Q(pause_days=0) | Q(level__gt=1) & ~Q(pause_basis=""),
                name="dunning_pause_has_a_ground_and_a_warning",
                violation_error_message=_(
                    "Contracts are paused from the second level on, and only with a ground in statutes or contract."
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.level}: {self.heading}"

    @property
    def heading(self) -> str:
        """What the letter is called, in the language that is switched on."""
        return self.name or str(self.Tone(self.tone).label)


class DunningRun(models.Model):
    """Reminders of one day. Never changed."""

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="dunning_runs", verbose_name=_("organisation")
    )
    on = models.DateField(_("day"))
    made_at = models.DateTimeField(_("made"))
    made_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("made by")
    )
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("dunning run")
        verbose_name_plural = _("dunning runs")
        ordering = ("-on", "-id")

    def __str__(self) -> str:
        return f"{self.on:%d.%m.%Y}"


class DunningNotice(models.Model):
    """What one payer was written: `principal + costs + interest = total`, EUR, to be paid until `pay_until`.

    `snapshot` is what the letter is drawn from.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="dunning_notices")
    run = models.ForeignKey(DunningRun, models.PROTECT, related_name="notices", verbose_name=_("dunning run"))
    member = models.ForeignKey(Member, models.PROTECT, related_name="dunning_notices", verbose_name=_("payer"))
    level = models.PositiveSmallIntegerField(_("level"))
    name = models.CharField(_("heading"), max_length=60)
    pay_until = models.DateField(_("to be paid until"))
    principal = models.DecimalField(_("claims"), max_digits=12, decimal_places=2)
    costs = models.DecimalField(_("costs"), max_digits=12, decimal_places=2)
    interest = models.DecimalField(_("interest"), max_digits=12, decimal_places=2)
    total = models.DecimalField(_("total"), max_digits=12, decimal_places=2)
    snapshot = models.JSONField(_("document"))
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("reminder of payment")
        verbose_name_plural = _("reminders of payment")
        ordering = ("-run", "member")
        constraints = [
            models.UniqueConstraint(fields=["run", "member"], name="dunning_notice_one_per_payer_and_run"),
            models.CheckConstraint(
                condition=Q(total=Round(F("principal") + F("costs") + F("interest"), 2)),
                name="dunning_notice_total_is_the_sum_of_its_parts",
            ),
            models.CheckConstraint(
                condition=Q(principal__gt=0, costs__gte=0, interest__gte=0), name="dunning_notice_claims_something"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.total}"


class DunningItem(models.Model):
    """One claim of a notice. `interest` EUR for the days from `interest_from` up to (not including) `interest_to`; `reckoning` says how."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="dunning_items")
    notice = models.ForeignKey(DunningNotice, models.PROTECT, related_name="items", verbose_name=_("reminder"))
    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="dunning_items", verbose_name=_("invoice"))
    level = models.PositiveSmallIntegerField(_("level"))
    principal = models.DecimalField(_("claim"), max_digits=12, decimal_places=2)
    default_from = models.DateField(_("in default from"), null=True, blank=True)
    default_reason = models.CharField(_("why in default"), max_length=12, blank=True)
    interest = models.DecimalField(_("interest"), max_digits=12, decimal_places=2, default=Decimal("0.00"))
    interest_from = models.DateField(_("interest from"), null=True, blank=True)
    interest_to = models.DateField(_("interest up to"), null=True, blank=True)
    reckoning = models.JSONField(_("how the interest was reckoned"), default=list, blank=True)
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("reminded claim")
        verbose_name_plural = _("reminded claims")
        ordering = ("notice", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["invoice", "level"],
                name="dunning_one_claim_at_one_level_once",
                violation_error_message=_("This claim was reminded at this level already."),
            ),
            models.CheckConstraint(condition=Q(principal__gt=0, level__gte=1), name="dunning_item_claims_something"),
            models.CheckConstraint(
                condition=Q(interest=0, interest_from__isnull=True, interest_to__isnull=True)
                | Q(interest__gt=0, interest_from__gte=F("default_from"), interest_from__lt=F("interest_to")),
                name="dunning_interest_names_its_days_and_follows_default",
            ),
            models.CheckConstraint(
                condition=Q(default_from__isnull=True, default_reason="")
                | Q(default_from__isnull=False) & ~Q(default_reason=""),
                name="dunning_default_has_its_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.invoice_id} ({self.level})"


class DunningStop(models.Model):
    """Not reminded up to and including `until`: a member with all that they owe, or one claim. Never changed, only lifted."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="dunning_stops")
    member = models.ForeignKey(
        Member, models.PROTECT, null=True, blank=True, related_name="dunning_stops", verbose_name=_("member")
    )
    invoice = models.ForeignKey(
        Invoice, models.PROTECT, null=True, blank=True, related_name="dunning_stops", verbose_name=_("invoice")
    )
    reason = models.CharField(_("reason"), max_length=200)
    set_on = models.DateField(_("set on"))
    until = models.DateField(_("until"))
    set_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("set by"))
    lifted_on = models.DateField(_("lifted on"), null=True, blank=True)
    lifted_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("lifted by")
    )
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("stop of reminders")
        verbose_name_plural = _("stops of reminders")
        ordering = ("-set_on", "-id")
        constraints = [
            models.CheckConstraint(
                condition=Q(member__isnull=False, invoice__isnull=True) | Q(member__isnull=True, invoice__isnull=False),
                name="dunning_stop_is_for_a_member_or_a_claim",
            ),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="dunning_stop_says_why",
                violation_error_message=_("Please say why nothing is reminded."),
            ),
            models.CheckConstraint(
                condition=Q(until__gte=F("set_on")),
                name="dunning_stop_ends_after_it_begins",
                violation_error_message=_("The last day of the stop lies in the past."),
            ),
        ]

    def __str__(self) -> str:
        return self.reason


class HandedClaim(models.Model):
    """A claim that was handed over to `to`, a lawyer or the court; until it is taken back it is not reminded."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="handed_claims")
    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="handed", verbose_name=_("invoice"))
    to = models.CharField(_("handed over to"), max_length=120)
    on = models.DateField(_("handed over on"))
    handed_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("handed over by")
    )
    taken_back_on = models.DateField(_("taken back on"), null=True, blank=True)
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("claim handed over")
        verbose_name_plural = _("claims handed over")
        ordering = ("-on", "-id")
        constraints = [
            models.UniqueConstraint(
                fields=["invoice"],
                condition=Q(taken_back_on__isnull=True),
                name="handed_claim_once_at_a_time",
                violation_error_message=_("This claim is handed over already."),
            ),
            models.CheckConstraint(
                condition=~Q(to=""),
                name="handed_claim_says_to_whom",
                violation_error_message=_("Please say who gets the claim."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.to} {self.on:%d.%m.%Y}"


class DunningPause(models.Model):
    """A contract paused by a run, by an event that ends itself; `resumed_on`: ended earlier, because the payer has paid."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="dunning_pauses")
    run = models.ForeignKey(DunningRun, models.PROTECT, related_name="pauses", verbose_name=_("dunning run"))
    event = models.OneToOneField(
        ContractEvent, models.PROTECT, related_name="dunning_pause", verbose_name=_("contract event")
    )
    resumed_on = models.DateField(_("resumed on"), null=True, blank=True)
    resumed_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("resumed by")
    )
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("pause for arrears")
        verbose_name_plural = _("pauses for arrears")

    def __str__(self) -> str:
        return str(self.event)
