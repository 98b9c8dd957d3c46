"""What members agree to beyond their contract: newsletter, photos (GDPR art. 6 (1) a, 7).

ConsentPurpose  what for; the office decides which are offered
ConsentText     the words of a purpose, by version; what somebody agreed to never changes
Consent         a member said yes to one text, and perhaps no again later; both are proven
"""

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from members.models.organisations import Organisation, User
from members.models.people import Member


class ConsentPurpose(models.Model):
    """What a consent is for, such as a newsletter."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="consent_purposes")
    name = models.CharField(_("purpose"), max_length=80)
    offered = models.BooleanField(_("members are asked"), default=True)
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("purpose of consents")
        verbose_name_plural = _("purposes of consents")
        ordering = ("name",)
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "name"], name="consent_purpose_once",
                violation_error_message=_("There is such a purpose already."),
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name


class ConsentText(models.Model):
    """The words that members agree to. Other words are a new version; who agreed to the old ones agreed to those."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="consent_texts")
    purpose = models.ForeignKey(ConsentPurpose, models.PROTECT, related_name="texts", verbose_name=_("purpose"))
    number = models.PositiveSmallIntegerField(_("version"))
    text = models.TextField(_("text"))
    since = models.DateTimeField(_("since"))
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("text of a consent")
        verbose_name_plural = _("texts of consents")
        ordering = ("purpose", "number")
        constraints = [
            models.UniqueConstraint(fields=["purpose", "number"], name="consent_text_number_once"),
            models.CheckConstraint(
                condition=~Q(text=""), name="consent_text_says_something",
                violation_error_message=_("Please write what members agree to."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.purpose} v{self.number}"


class Consent(models.Model):
    """One yes, from `given_at` to `withdrawn_at`; `given_how` and `withdrawn_how` say how we know."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="consents")
    member = models.ForeignKey(Member, models.PROTECT, related_name="consents", verbose_name=_("member"))
    purpose = models.ForeignKey(ConsentPurpose, models.PROTECT, related_name="consents", verbose_name=_("purpose"))
    text = models.ForeignKey(ConsentText, models.PROTECT, related_name="consents", verbose_name=_("text"))
    given_at = models.DateTimeField(_("given"))
    given_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    given_how = models.JSONField(_("how it was given"), default=dict)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)
    withdrawn_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    withdrawn_how = models.JSONField(_("how it was withdrawn"), null=True, blank=True)
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        ordering = ("purpose", "given_at", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["member", "purpose"], condition=Q(withdrawn_at__isnull=True), name="consent_one_holds_per_purpose",
                violation_error_message=_("This consent holds already."),
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gte=F("given_at")), name="consent_is_withdrawn_after_it_was_given",
                violation_error_message=_("A consent can be withdrawn only after it was given."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.purpose}: {self.member}"
