"""What usage teaches.

Scenario  a what-if: some contracts, a past span, up to five changed tariffs, and what they would have billed
"""

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from members.models import Organisation, User


class Scenario(models.Model):
    """`selection` says which contracts, `variants` which terms are tried (label, tariff, terms), `result` what came out.

    `rows` is the CSV of every contract. Computed in the background; `result` is empty until then.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="scenarios")
    name = models.CharField(_("name"), max_length=120)
    selection = models.JSONField(_("contracts"))
    start = models.DateField(_("from"))
    end = models.DateField(_("until (exclusive)"))
    variants = models.JSONField(_("scenarios"))
    result = models.JSONField(null=True, blank=True)
    rows = models.BinaryField(null=True)
    created_at = models.DateTimeField(_("created"))
    created_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("created by")
    )
    computed_at = models.DateTimeField(_("computed"), null=True, blank=True)
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("what-if")
        verbose_name_plural = _("what-ifs")
        ordering = ("-created_at", "-id")
        constraints = [models.CheckConstraint(condition=Q(start__lt=F("end")), name="scenario_starts_before_it_ends")]

    def __str__(self) -> str:
        return self.name
