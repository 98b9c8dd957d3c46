"""What consumers declare without signing in: that they cancel a contract (BGB 312k), or withdraw from it (BGB 356a)."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from billing.models.contracts import Contract, ContractEvent
from members.models import Organisation, User


class Declaration(models.Model):
    """One declaration as it came in; what was written never changes, what became of it is added once.

    `text`: what was confirmed to the sender, word for word. `key`: the form that was sent, so that a second press sends
    nothing twice. Settled with the event that it made on a contract, or with an answer to the sender.
    """

    class Kind(models.TextChoices):
        CANCEL = "cancel", _("notice of cancellation")
        WITHDRAW = "withdraw", _("withdrawal")

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="declarations", verbose_name=_("organisation")
    )
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    received_at = models.DateTimeField(_("received"))
    name = models.CharField(_("name"), max_length=120)
    about = models.CharField(_("contract"), max_length=200)
    email = models.EmailField(_("e-mail"))
    extraordinary = models.BooleanField(_("for good cause"), default=False)
    reason = models.TextField(_("reason"), max_length=1000, blank=True)
    wished_on = models.DateField(_("last day wished for"), null=True, blank=True)
    language = models.CharField(_("language"), max_length=2)
    text = models.TextField(_("text"))
    key = models.CharField(max_length=64)
    user = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("signed in as")
    )
    contract = models.ForeignKey(
        Contract, models.PROTECT, null=True, blank=True, related_name="declarations", verbose_name=_("contract")
    )
    event = models.OneToOneField(ContractEvent, models.PROTECT, null=True, blank=True, related_name="declaration")
    answer = models.TextField(_("answer"), max_length=2000, blank=True)
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)
    settled_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("settled by")
    )
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("declaration")
        verbose_name_plural = _("declarations")
        ordering = ("-received_at", "-id")
        indexes = [models.Index(fields=["organisation", "settled_at"], name="declaration_by_state")]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "key"], name="declaration_once_per_form"),
            models.CheckConstraint(
                condition=Q(kind="cancel") | Q(extraordinary=False), name="declaration_of_withdrawal_needs_no_cause"
            ),
            models.CheckConstraint(
                condition=Q(settled_at__isnull=True, event__isnull=True, contract__isnull=True, answer="")
                | Q(settled_at__isnull=False, event__isnull=False, contract__isnull=False, answer="")
                | Q(settled_at__isnull=False, event__isnull=True, contract__isnull=True) & ~Q(answer=""),
                name="declaration_ends_in_an_event_or_an_answer",
                violation_error_message=_("A declaration is entered on a contract, or answered."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.name}"
