"""What leaves the house: one row per message, written in the transaction of its cause, sent after commit by the worker.

Mail          an e-mail or letter
MailTemplate  the organisation's own words for one kind of mail in one language
Bounce        an address that takes no mail
CaughtMail    what a demo would have sent: kept in place of a mail server
"""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager
from simple_history.models import HistoricalRecords

from billing.models.dunning import DunningNotice
from billing.models.invoices import Invoice
from billing.models.receipts import Receipt
from members.models import ContactEntry, Member, Organisation, User


class Mail(models.Model):
    """An e-mail or letter. A repeat after a crash carries the same Message-ID, made from `key`."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")
        BOUNCED = "bounced", _("came back")
        PRINT = "print", _("to be printed")
        PRINTED = "printed", _("printed")

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="mails", verbose_name=_("organisation"))
    member = models.ForeignKey(
        Member, models.PROTECT, null=True, blank=True, related_name="mails", verbose_name=_("member")
    )
    invoice = models.ForeignKey(
        Invoice, models.PROTECT, null=True, blank=True, related_name="mails", verbose_name=_("invoice")
    )
    contact = models.ForeignKey(
        ContactEntry, models.PROTECT, null=True, blank=True, related_name="mails", verbose_name=_("contact")
    )
    receipt = models.ForeignKey(
        Receipt, models.PROTECT, null=True, blank=True, related_name="mails", verbose_name=_("donation receipt")
    )
    notice = models.ForeignKey(
        DunningNotice,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="mails",
        verbose_name=_("reminder of payment"),
    )
    key = models.CharField(max_length=80)
    message_id = models.CharField(max_length=120, blank=True, default="", db_default="")
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
        indexes = [
            models.Index(fields=["state", "next_at"], name="mail_by_state"),
            models.Index(fields=["member", "created_at"], name="mail_by_member"),
            models.Index(fields=["organisation", "created_at"], name="mail_by_day"),
            models.Index(
                fields=["sent_at", "organisation"], name="mail_by_sending", condition=Q(sent_at__isnull=False)
            ),
            models.Index(fields=["message_id"], name="mail_by_message_id", condition=~Q(message_id="")),
            models.Index(fields=["contact"], name="mail_by_contact", condition=Q(contact__isnull=False)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "key"], name="mail_once_per_cause"),
            models.CheckConstraint(
                condition=Q(state__in=("print", "printed")) | ~Q(recipient=""), name="mail_has_a_recipient"
            ),
        ]

    def __str__(self) -> str:
        return self.subject


class MailTemplate(models.Model):
    """Subject and text with placeholders in braces; only names of a fixed list, which is checked before it is stored."""

    class Kind(models.TextChoices):
        INVOICE = "invoice", _("Invoice")
        CONTRACT = "contract", _("Confirmation of a change")
        QUOTA = "quota", _("Free quota nearly used")
        INVITATION = "invitation", _("Invitation to the portal")
        ANSWER = "answer", _("Answer to a question")
        REMINDER = "reminder", _("Friendly reminder")
        DUNNING = "dunning", _("Reminder")
        LAST_DUNNING = "last_dunning", _("Last reminder")

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="mail_templates", verbose_name=_("organisation")
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    language = models.CharField(_("language"), max_length=2, choices=[("de", _("German")), ("en", _("English"))])
    subject = models.CharField(_("subject"), max_length=200)
    text = models.TextField(_("text"))
    history = HistoricalRecords()
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("mail template")
        verbose_name_plural = _("mail templates")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "kind", "language"],
                name="mail_template_one_per_kind_and_language",
                violation_error_message=_("There is already a text for this mail in this language."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.get_language_display()})"


class Bounce(models.Model):
    """An address whose server said that it takes no mail. Who has it gets letters until it is corrected or cleared."""

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="bounces", verbose_name=_("organisation")
    )
    address = models.CharField(_("address"), max_length=254)
    reason = models.CharField(_("reason"), max_length=300)
    at = models.DateTimeField(_("came back"))
    mail = models.ForeignKey(
        Mail, models.PROTECT, null=True, blank=True, related_name="bounces", verbose_name=_("message")
    )
    cleared_at = models.DateTimeField(_("cleared"), null=True, blank=True)
    cleared_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("cleared by")
    )
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("returned address")
        verbose_name_plural = _("returned addresses")
        ordering = ("-at", "-id")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "address"], condition=Q(cleared_at__isnull=True),
                name="bounce_one_open_per_address",
                violation_error_message=_("This address is known to take no mail."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.address


class CaughtMail(models.Model):
    """A message as it would have gone to the mail server. `organisation` is empty for sign-in codes and the like."""

    organisation = models.ForeignKey(
        Organisation, models.CASCADE, null=True, related_name="caught_mails", verbose_name=_("organisation")
    )
    recipient = models.CharField(_("to"), max_length=254)
    subject = models.CharField(_("subject"), max_length=300)
    content = models.BinaryField()
    caught_at = models.DateTimeField(_("caught"))

    class Meta:
        verbose_name = _("caught message")
        verbose_name_plural = _("caught messages")
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.subject
