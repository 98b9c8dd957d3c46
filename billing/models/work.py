"""What is due and what got stuck.

DueWork         our own table of due work; the queue is only its motor
Heartbeat       when the worker last looked
ParkedContract  a contract that could not be billed, and why; it stops nobody else
MemberImport    an uploaded member list between preview and taking over
"""

from typing import ClassVar, Self

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from billing.models.contracts import Contract
from billing.models.invoices import BillingRun
from members.models import Organisation, User


class DueWork(models.Model):
    """One piece of work that is due at `due_at`. Taken by compare-and-set of `lease_until`; three failures park it."""

    organisation = models.ForeignKey(
        Organisation, models.CASCADE, related_name="due_work", verbose_name=_("organisation")
    )
    kind = models.CharField(_("kind"), max_length=30)
    key = models.CharField(_("for"), max_length=60)
    due_at = models.DateTimeField(_("due"))
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    done_at = models.DateTimeField(_("done"), null=True, blank=True)
    parked_at = models.DateTimeField(_("parked"), null=True, blank=True)
    error = models.CharField(_("error"), max_length=300, blank=True)
    progress = models.PositiveIntegerField(_("done so far"), default=0)
    total = models.PositiveIntegerField(_("of"), default=0)
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("due work")
        verbose_name_plural = _("due work")
        ordering = ("due_at", "id")
        indexes = [models.Index(fields=["done_at", "due_at"], name="due_work_by_day")]
        constraints = [models.UniqueConstraint(fields=["organisation", "kind", "key"], name="due_work_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class Heartbeat(models.Model):
    """The worker's last sign of life."""

    name = models.CharField(max_length=60, unique=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} {self.at:%Y-%m-%d %H:%M}"


class ParkedContract(models.Model):
    """Why a contract was left out of a run. The next run tries it again and removes the note when it succeeds."""

    organisation = models.ForeignKey(
        Organisation, models.CASCADE, related_name="parked_contracts", verbose_name=_("organisation")
    )
    run = models.ForeignKey(BillingRun, models.CASCADE, related_name="parked", verbose_name=_("billing run"))
    contract = models.ForeignKey(Contract, models.CASCADE, related_name="parked", verbose_name=_("contract"))
    reason = models.CharField(_("reason"), max_length=300)
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("parked contract")
        verbose_name_plural = _("parked contracts")
        constraints = [models.UniqueConstraint(fields=["run", "contract"], name="parked_contract_once_per_run")]

    def __str__(self) -> str:
        return self.reason


class MemberImport(models.Model):
    """A member list as it was uploaded, until somebody takes it over."""

    organisation = models.ForeignKey(
        Organisation, models.CASCADE, related_name="member_imports", verbose_name=_("organisation")
    )
    name = models.CharField(_("file"), max_length=120)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    bill_from = models.DateField(_("bill from"))
    uploaded_at = models.DateTimeField(_("uploaded"))
    uploaded_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("uploaded by")
    )
    taken_at = models.DateTimeField(_("taken over"), null=True, blank=True)
    report = models.JSONField(null=True, blank=True)
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("member import")
        verbose_name_plural = _("member imports")
        ordering = ("-uploaded_at",)

    def __str__(self) -> str:
        return self.name
