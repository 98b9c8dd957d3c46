"""The years of the books, and what of them is locked.

FiscalYear  a year that differs from the usual twelve months: a short first one, or one that moves the start
PeriodLock  who closed the books until which day, and who opened them again and why; the latest row is what holds
"""

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from members.models import Organisation, User


class FiscalYear(models.Model):
    """A year of the books that is not the usual one, half-open (HGB 240 Abs. 2: twelve months at most).

    Every other year has twelve months from the month in the ledger settings. No two lie over each other (a guard).
    """

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="fiscal_years", verbose_name=_("organisation")
    )
    start = models.DateField(_("from"))
    end = models.DateField(_("until (exclusive)"))
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("fiscal year")
        verbose_name_plural = _("fiscal years")
        ordering = ("start",)
        constraints = [
            models.CheckConstraint(
                condition=Q(start__lt=F("end")),
                name="fiscal_year_starts_before_it_ends",
                violation_error_message=_("A fiscal year starts before it ends."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.start:%d.%m.%Y} – {self.end:%d.%m.%Y}"


class PeriodLock(models.Model):
    """The books were closed until `closed_until` (inclusive), or opened from the day after it; before, until `before`.

    Closing only goes forward. Opening needs a reason (AO 146 Abs. 4).
    """

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="period_locks", verbose_name=_("organisation")
    )
    before = models.DateField(_("closed until, before"), null=True, blank=True)
    closed_until = models.DateField(_("closed until"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("by"))
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("lock of the books")
        verbose_name_plural = _("locks of the books")
        ordering = ("-id",)
        permissions = [("unlock_periodlock", "Can open locked books again")]
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_until__isnull=False, before__isnull=True)
                | Q(closed_until__gt=F("before"))
                | ~Q(reason=""),
                name="period_lock_is_opened_with_a_reason",
                violation_error_message=_("Please say why the books are opened again."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.before} → {self.closed_until}"

    @property
    def opens(self) -> bool:
        """Whether days became open again."""
        return self.before is not None and (self.closed_until is None or self.closed_until < self.before)
