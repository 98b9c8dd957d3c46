"""Programs that may speak to this house.

ApiKey  a key of another program; only its hash is kept
"""

from typing import ClassVar, Self

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from members.models import Organisation, User


class ApiKey(models.Model):
    """A secret that one program signs in with; shown once when it is made. `hint` is its beginning, to tell keys apart."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="api_keys")
    name = models.CharField(_("used by"), max_length=80)
    hint = models.CharField(_("begins with"), max_length=12)
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField(_("created"))
    created_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("created by")
    )
    last_used_on = models.DateField(_("last used"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        ordering = ("-created_at",)
        constraints = [models.UniqueConstraint(fields=["sha256"], name="api_key_once")]

    def __str__(self) -> str:
        return f"{self.name} ({self.hint}…)"
