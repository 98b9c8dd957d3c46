"""How an organisation looks, on paper and on screen.

Branding   second colour, sender line, own lines of the footer, own words around documents and mails, welcome of the portal
LogoFile   every logo that a document was ever printed with, by its hash
"""

from typing import Any, ClassVar, Self

from django.core.validators import MaxLengthValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager
from simple_history.models import HistoricalRecords

from members.models import Organisation


def column(label: Any) -> Any:
    """What stands below the facts in a column of the footer."""
    return models.TextField(label, blank=True, default="", validators=[MaxLengthValidator(180)])


class Branding(models.Model):
    """`texts`: own words by kind, language and place, such as `invoice.de.closing`."""

    organisation = models.OneToOneField(
        Organisation, models.CASCADE, related_name="branding", verbose_name=_("organisation")
    )
    second_colour = models.CharField(
        _("second colour"), max_length=7, blank=True, default="", validators=[RegexValidator(r"^#[0-9a-fA-F]{6}$")],
        help_text=_("For lines and bars. Empty: the first one."),
    )  # fmt: skip
    sender_line = models.CharField(
        _("sender line"), max_length=90, blank=True, default="",
        help_text=_("Above the address in the window. Empty: name and address."),
    )  # fmt: skip
    footer_contact = column(_("below the address"))
    footer_register = column(_("below register and board"))
    footer_bank = column(_("below the bank account"))
    welcome = models.TextField(
        _("welcome of the portal"), blank=True, default="", validators=[MaxLengthValidator(600)],
        help_text=_("Shown before signing in, where the portal knows whose it is. Empty: a standard sentence."),
    )  # fmt: skip
    texts = models.JSONField(_("texts"), default=dict, blank=True)
    history = HistoricalRecords()
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("letterhead")
        verbose_name_plural = _("letterheads")

    def __str__(self) -> str:
        return str(self.organisation)


class LogoFile(models.Model):
    """A logo as documents were printed with it. It is never changed, so that an old document can be drawn as it was."""

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="logo_files", verbose_name=_("organisation")
    )
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField()
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("kept logo")
        verbose_name_plural = _("kept logos")
        constraints = [models.UniqueConstraint(fields=["organisation", "sha256"], name="logo_file_kept_once")]

    def __str__(self) -> str:
        return self.sha256[:12]
