"""What leaves the house: one row per message, written in the transaction of its cause, sent after commit by the worker."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from billing.models.invoices import Invoice
from billing.models.receipts import Receipt
from members.models import Member, Organisation


class Mail(models.Model):
    """An e-mail or letter. A repeat after a crash carries the same Message-ID, made from `key`."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")
        PRINT = "print", _("to be printed")
        PRINTED = "printed", _("printed")

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="mails", verbose_name=_("organisation"))
    member = models.ForeignKey(
        Member, models.PROTECT, null=True, blank=True, related_name="mails", verbose_name=_("member")
    )
    invoice = models.ForeignKey(
        Invoice, models.PROTECT, null=True, blank=True, related_name="mails", verbose_name=_("invoice")
    )
    receipt = models.ForeignKey(
        Receipt, models.PROTECT, null=True, blank=True, related_name="mails", verbose_name=_("donation receipt")
    )
    key = models.CharField(max_length=80)
    kind = models.CharField(_("kind"), max_length=20)
    recipient = models.EmailField(_("to"), blank=True)
    subject = models.CharField(_("subject"), max_length=200)
    text = models.TextField(_("text"))
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    error = models.CharField(_("error"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("written"))
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ("-created_at", "-id")
        indexes = [models.Index(fields=["state", "next_at"], name="mail_by_state")]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "key"], name="mail_once_per_cause"),
            models.CheckConstraint(
                condition=Q(state__in=("print", "printed")) | ~Q(recipient=""), name="mail_has_a_recipient"
            ),
        ]

    def __str__(self) -> str:
        return self.subject
