"""What was metered.

Meter        something that is counted: GB, cubic metres, downloads
UsageEvent   one amount, or one reading of a counter, that a contract used; stored once for ever per (organisation, meter, key)
UsageImport  an uploaded list of usage or readings between preview and taking over
"""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from billing.models.contracts import Contract
from members.models import Organisation, User


class Meter(models.Model):
    """Something that is counted. Tariffs name it by its code; `quota_mails` tells members when a free quota runs out.

    `digits`: a counter with so many digits before the point begins again at nothing after its highest number.
    """

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="meters", verbose_name=_("organisation")
    )
    code = models.CharField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=120)
    unit = models.CharField(_("unit"), max_length=20, blank=True, help_text=_("Such as GB, m³, kWh or hours"))
    digits = models.PositiveSmallIntegerField(
        _("digits of the counter"),
        null=True,
        blank=True,
        help_text=_(
            "Digits before the decimal point: after 99999 a counter with five shows 0 again. Empty: it never does"
        ),
    )
    quota_mails = models.BooleanField(_("tell members by e-mail when their free quota runs out"), default=True)
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("meter")
        verbose_name_plural = _("meters")
        ordering = ("code",)
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "code"],
                name="meter_code_once_per_organisation",
                violation_error_message=_("This code is already taken by another meter."),
            ),
            models.CheckConstraint(
                condition=Q(digits__isnull=True) | Q(digits__range=(3, 12)),
                name="meter_counters_have_three_to_twelve_digits",
                violation_error_message=_("A counter has 3 to 12 digits before the decimal point."),
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.code


class UsageEvent(models.Model):
    """One amount (`value`), one name to be counted (`text`), or what a counter showed (`reading`).

    `on` is the civil date of `at` in the organisation's time zone. A reading counts, on the day before it was taken, what
    went through since the reading before; the first one of a counter (`initial`: a new counter) counts nothing.
    Never edited; a wrong one is voided, and the next run settles the difference. Foreign keys have no index of their own:
    the unique key and `usage_by_contract` serve every question.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="usage_events", db_index=False)
    meter = models.ForeignKey(Meter, models.PROTECT, related_name="events", db_index=False, verbose_name=_("meter"))
    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="usage_events", db_index=False, verbose_name=_("contract")
    )
    key = models.CharField(_("key"), max_length=120)
    at = models.DateTimeField(_("at"))
    on = models.DateField(_("on"))
    value = models.DecimalField(_("amount"), max_digits=18, decimal_places=6, null=True, blank=True)
    text = models.CharField(_("name"), max_length=120, blank=True)
    reading = models.DecimalField(_("counter reading"), max_digits=18, decimal_places=6, null=True, blank=True)
    initial = models.BooleanField(_("first reading of a new counter"), default=False)
    received_at = models.DateTimeField(_("received"))
    voided_at = models.DateTimeField(_("voided"), null=True, blank=True)
    voided_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False)
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("usage")
        verbose_name_plural = _("usage")
        ordering = ("-at", "-id")
        indexes = [models.Index(fields=["contract", "on"], name="usage_by_contract")]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "meter", "key"], name="usage_key_once_for_ever"),
            models.CheckConstraint(
                condition=(Q(value__isnull=False) & Q(text="") & Q(reading__isnull=True))
                | (Q(value__isnull=True) & ~Q(text="") & Q(reading__isnull=True))
                | (Q(value__isnull=True) & Q(text="") & Q(reading__isnull=False)),
                name="usage_is_an_amount_a_name_or_a_reading",
            ),
            models.CheckConstraint(
                condition=Q(initial=False) | Q(reading__isnull=False), name="usage_initial_is_a_reading"
            ),
        ]

    def __str__(self) -> str:
        return self.key


class UsageImport(models.Model):
    """An uploaded file of usage or readings; it is planned again when it is taken over, so only its bytes are kept."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="usage_imports")
    name = models.CharField(_("file"), max_length=120)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    uploaded_at = models.DateTimeField(_("uploaded"))
    uploaded_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("uploaded by")
    )
    taken_at = models.DateTimeField(_("taken over"), null=True, blank=True)
    report = models.JSONField(null=True, blank=True)
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("usage import")
        verbose_name_plural = _("usage imports")
        ordering = ("-uploaded_at",)

    def __str__(self) -> str:
        return self.name
