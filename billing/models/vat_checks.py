"""VatCheck: what the tax office answered when somebody asked whether a VAT id is in use (UStG 18e)."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from members.models import Member, Organisation, User


class VatCheck(models.Model):
    """The answer as it was entered; asking itself happens at the tax office's own page."""

    class Result(models.TextChoices):
        VALID = "valid", _("valid, name and address agree")
        PARTLY = "partly", _("valid, but name or address differ")
        INVALID = "invalid", _("not valid")

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="vat_checks", verbose_name=_("organisation")
    )
    member = models.ForeignKey(Member, models.PROTECT, related_name="vat_checks", verbose_name=_("member"))
    vat_id = models.CharField(_("VAT id"), max_length=20)
    asked_on = models.DateField(_("asked on"))
    result = models.CharField(_("answer"), max_length=8, choices=Result)
    note = models.CharField(_("reference of the answer"), max_length=120, blank=True)
    entered_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("entered by")
    )
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("check of a VAT id")
        verbose_name_plural = _("checks of VAT ids")
        ordering = ("-asked_on", "-id")
        constraints = [
            models.CheckConstraint(
                condition=~Q(vat_id=""), name="vat_check_names_the_id",
                violation_error_message=_("Enter the VAT id of the member first."),
            ),
            models.UniqueConstraint(
                fields=["member", "vat_id", "asked_on"], name="vat_check_once_per_day",
                violation_error_message=_("The answer of this day is entered already."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.vat_id}: {self.get_result_display()}"
