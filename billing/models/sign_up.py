"""Becoming a member on the organisation's own website.

SignUpSettings  whether it is open, who admits, and which websites may show it
SignUpText      statutes, conditions and privacy notice, each with its version
SignUpOffer     a tariff that newcomers may choose
Application     one order as it came in, and what became of it
"""

from typing import ClassVar, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager
from simple_history.models import HistoricalRecords

from billing.models.contracts import Tariff
from members.models import Member, Organisation, User

MOST_HOUSEHOLD = 8


class SignUpSettings(models.Model):
    """How newcomers come in. `origins`: websites (`https://verein.example`) that may show the form inside their pages."""

    class Begins(models.TextChoices):
        TODAY = "today", _("on the day of the order")
        NEXT_MONTH = "next_month", _("on the first day of the following month")

    organisation = models.OneToOneField(
        Organisation, models.PROTECT, related_name="sign_up_settings", verbose_name=_("organisation")
    )
    is_open = models.BooleanField(_("open for sign-up"), default=False)
    approval = models.BooleanField(
        _("the office admits each newcomer"), default=True,
        help_text=_("Otherwise whoever has confirmed their e-mail address is a member at once, unless somebody like them is on the books."),
    )  # fmt: skip
    begins = models.CharField(_("membership begins"), max_length=10, choices=Begins, default=Begins.NEXT_MONTH)
    transfer = models.BooleanField(
        _("newcomers may pay by transfer"),
        default=True,
        help_text=_("Otherwise by direct debit only, where your bank accepts electronic mandates."),
    )
    welcome = models.TextField(_("words above the tariffs"), max_length=2000, blank=True)
    origins = models.JSONField(_("websites that may show the form"), default=list, blank=True)
    confirm_days = models.PositiveSmallIntegerField(
        _("days until an order that nobody confirmed is erased"), default=7,
        validators=[MinValueValidator(1), MaxValueValidator(30)],
    )  # fmt: skip
    keep_days = models.PositiveSmallIntegerField(
        _("days until a refused application is erased"), default=30,
        validators=[MinValueValidator(0), MaxValueValidator(365)],
    )  # fmt: skip
    history = HistoricalRecords()
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("settings of the sign-up")
        verbose_name_plural = _("settings of the sign-up")
        constraints = [
            models.CheckConstraint(
                condition=Q(confirm_days__range=(1, 30), keep_days__lte=365), name="sign_up_keeps_nothing_for_ever"
            )
        ]

    def __str__(self) -> str:
        return str(self.organisation)


class SignUpText(models.Model):
    """What newcomers agree to or are told: in full, or as a link. An order keeps the version that was shown."""

    class Kind(models.TextChoices):
        STATUTES = "statutes", _("Statutes")
        CONDITIONS = "conditions", _("Terms and conditions")
        PRIVACY = "privacy", _("Privacy notice")

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="sign_up_texts", verbose_name=_("organisation")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    version = models.CharField(_("version"), max_length=40, help_text=_("Such as: 12 March 2026"))
    url = models.URLField(_("address on your website"), blank=True)
    text = models.TextField(_("or the text itself"), max_length=60_000, blank=True)
    history = HistoricalRecords()
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("text of the sign-up")
        verbose_name_plural = _("texts of the sign-up")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "kind"], name="sign_up_text_once_per_kind"),
            models.CheckConstraint(
                condition=~Q(version="") & ~Q(url="", text=""),
                name="sign_up_text_has_a_version_and_words",
                violation_error_message=_("Please give the version, and the address or the text."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.version})"


class SignUpOffer(models.Model):
    """A tariff that newcomers may choose. `youngest` and `oldest`: whole years of age on the first day.

    `household`: how many more people may join with the one who pays, each under `household_tariff`.
    """

    class Takers(models.TextChoices):
        PERSONS = "persons", _("for persons")
        COMPANIES = "companies", _("for companies")
        BOTH = "both", _("for persons and companies")

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="sign_up_offers", verbose_name=_("organisation")
    )
    tariff = models.OneToOneField(Tariff, models.PROTECT, related_name="sign_up_offer", verbose_name=_("tariff"))
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    text = models.CharField(
        _("short text"), max_length=300, blank=True, help_text=_("What is included, in one or two sentences")
    )
    takers = models.CharField(_("for whom"), max_length=9, choices=Takers, default=Takers.PERSONS)
    youngest = models.PositiveSmallIntegerField(_("youngest age"), null=True, blank=True)
    oldest = models.PositiveSmallIntegerField(_("oldest age"), null=True, blank=True)
    household = models.PositiveSmallIntegerField(
        _("further people of the household"), default=0, validators=[MaxValueValidator(MOST_HOUSEHOLD)]
    )
    household_tariff = models.ForeignKey(
        Tariff, models.PROTECT, null=True, blank=True, related_name="household_offers", verbose_name=_("their tariff")
    )
    history = HistoricalRecords()
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("tariff for newcomers")
        verbose_name_plural = _("tariffs for newcomers")
        ordering = ("position", "pk")
        constraints = [
            models.CheckConstraint(
                condition=Q(youngest__isnull=True) | Q(oldest__isnull=True) | Q(youngest__lte=F("oldest")),
                name="sign_up_offer_ages_are_in_order",
                violation_error_message=_("The youngest age is above the oldest one."),
            ),
            models.CheckConstraint(
                condition=Q(household=0, household_tariff__isnull=True)
                | Q(household__range=(1, MOST_HOUSEHOLD), household_tariff__isnull=False),
                name="sign_up_offer_household_has_its_tariff",
                violation_error_message=_("Further people need a number of at most 8 and the tariff that they get."),
            ),
            models.CheckConstraint(
                condition=Q(household=0) | Q(takers="persons"),
                name="sign_up_offer_household_is_of_persons",
                violation_error_message=_("Only persons have a household."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.tariff)


class Application(models.Model):
    """One order as it came in; what was ordered never changes, what became of it is added.

    `data`: what was typed. `shown`: what was read before the button was pressed, with the versions of all texts and where the
    order came from. `text`: the same in words, as it is confirmed. `key`: the form that was sent, so that a second press
    orders nothing twice. It ends in the member that it made, or in the reason of a refusal.
    """

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="applications", verbose_name=_("organisation")
    )
    tariff = models.ForeignKey(Tariff, models.PROTECT, related_name="applications", verbose_name=_("tariff"))
    key = models.CharField(max_length=64)
    received_at = models.DateTimeField(_("ordered"))
    name = models.CharField(_("name"), max_length=190)
    email = models.EmailField(_("e-mail"))
    iban = models.CharField(_("IBAN"), max_length=34, blank=True)
    language = models.CharField(_("language"), max_length=2)
    data = models.JSONField(_("what was typed"))
    shown = models.JSONField(_("what was shown"))
    text = models.TextField(_("text"))
    confirmed_at = models.DateTimeField(_("e-mail address confirmed"), null=True, blank=True)
    asked_at = models.DateTimeField(_("asked back"), null=True, blank=True)
    question = models.TextField(_("question"), max_length=2000, blank=True)
    member = models.OneToOneField(
        Member, models.PROTECT, null=True, blank=True, related_name="application", verbose_name=_("member")
    )
    reason = models.TextField(_("reason"), max_length=2000, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("application")
        verbose_name_plural = _("applications")
        ordering = ("-received_at", "-id")
        indexes = [
            models.Index(fields=["organisation", "decided_at", "confirmed_at"], name="application_by_state"),
            models.Index(fields=["organisation", "email"], name="application_by_email"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "key"], name="application_once_per_form"),
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True) | Q(confirmed_at__isnull=False),
                name="application_is_confirmed_before_it_is_decided",
                violation_error_message=_(
                    "The e-mail address was not confirmed yet: nobody can be admitted or refused."
                ),
            ),
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True, member__isnull=True, reason="")
                | Q(decided_at__isnull=False, member__isnull=False, reason="")
                | Q(decided_at__isnull=False, member__isnull=True) & ~Q(reason=""),
                name="application_ends_in_a_member_or_a_reason",
                violation_error_message=_("An application makes a member, or is refused with a reason."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def state(self) -> str:
        """Where it stands: unconfirmed, waits, asked, admitted, refused."""
        if self.decided_at:
            return "admitted" if self.member_id else "refused"
        if not self.confirmed_at:
            return "unconfirmed"
        return "asked" if self.asked_at else "waits"
