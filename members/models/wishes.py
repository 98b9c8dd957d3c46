"""What a member asks for in the portal, and the office decides.

DataChange      another name, or other data of an invoice's recipient; entered when the office says yes
Proof           why a fee is reduced, and until when that is proven
ProofFile       the paper itself; its bytes go when they are no longer needed
ErasureRequest  "delete my data": what can go at once, and what when its time is over
"""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from members.models.organisations import Organisation, User
from members.models.people import Member


class DataChange(models.Model):
    """Other data that waits for the office: `before` and `after` hold the fields of the member that would change."""

    class Kind(models.TextChoices):
        NAME = "name", _("name")
        INVOICE = "invoice", _("recipient of invoices")

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="data_changes")
    member = models.ForeignKey(Member, models.PROTECT, related_name="data_changes", verbose_name=_("member"))
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    before = models.JSONField(_("until now"))
    after = models.JSONField(_("new"))
    reason = models.CharField(_("reason"), max_length=300)
    asked_at = models.DateTimeField(_("asked"))
    asked_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    accepted = models.BooleanField(_("accepted"), null=True, blank=True)
    answer = models.CharField(_("answer"), max_length=500, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("change of data")
        verbose_name_plural = _("changes of data")
        ordering = ("asked_at", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["member", "kind"], condition=Q(decided_at__isnull=True), name="data_change_one_waits_per_kind",
                violation_error_message=_("A change of this kind waits for the office already."),
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="data_change_gives_its_reason",
                violation_error_message=_("Please say why it changes."),
            ),
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True, accepted__isnull=True)
                | Q(decided_at__isnull=False, accepted__isnull=False, accepted=True) | Q(decided_at__isnull=False, accepted__isnull=False, accepted=False) & ~Q(answer=""),
                name="data_change_refused_with_an_answer",
                violation_error_message=_("Please tell the member why not."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.member}"


class Proof(models.Model):
    """Why a member's fee is reduced, `valid_until` a day; that day is the member's until the office has accepted it.

    `lapsed_at`: its time was over and what followed for the fee was done.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="proofs")
    member = models.ForeignKey(Member, models.PROTECT, related_name="proofs", verbose_name=_("member"))
    what_for = models.CharField(_("what for"), max_length=80)
    valid_until = models.DateField(_("valid until"))
    sent_at = models.DateTimeField(_("sent"))
    sent_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    accepted = models.BooleanField(_("accepted"), null=True, blank=True)
    answer = models.CharField(_("answer"), max_length=500, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    reminded_on = models.DateField(_("reminded"), null=True, blank=True)
    lapsed_at = models.DateTimeField(_("lapsed"), null=True, blank=True)
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("proof")
        verbose_name_plural = _("proofs")
        ordering = ("-sent_at", "-id")
        indexes = [models.Index(fields=["organisation", "valid_until"], name="proof_by_last_day")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(what_for=""), name="proof_says_what_for", violation_error_message=_("Please say what it proves."),
            ),
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True, accepted__isnull=True)
                | Q(decided_at__isnull=False, accepted__isnull=False, accepted=True) | Q(decided_at__isnull=False, accepted__isnull=False, accepted=False) & ~Q(answer=""),
                name="proof_refused_with_an_answer",
                violation_error_message=_("Please tell the member why the proof is refused."),
            ),
            models.CheckConstraint(
                condition=Q(lapsed_at__isnull=True) | Q(accepted__isnull=False, accepted=True), name="proof_lapses_only_if_accepted",
                violation_error_message=_("Only an accepted proof can lapse."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.what_for}: {self.member}"


class ProofFile(models.Model):
    """A paper that proves something. After the decision only the day counts: the bytes are erased, the row stays (GDPR art. 5)."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="proof_files")
    proof = models.ForeignKey(Proof, models.PROTECT, related_name="files", verbose_name=_("proof"))
    name = models.CharField(_("file"), max_length=120)
    content_type = models.CharField(max_length=40)
    content = models.BinaryField()
    sha256 = models.CharField(_("hash"), max_length=64)
    added_at = models.DateTimeField(_("added"))
    erased_on = models.DateField(_("erased on"), null=True, blank=True)
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("file of a proof")
        verbose_name_plural = _("files of proofs")
        ordering = ("proof", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["proof", "sha256"], name="proof_file_once",
                violation_error_message=_("This file is there already."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name


class ErasureRequest(models.Model):
    """A member wants their data erased (GDPR art. 17). `purge_on`: when the last period of keeping is over."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="erasure_requests")
    member = models.ForeignKey(Member, models.PROTECT, related_name="erasure_requests", verbose_name=_("member"))
    text = models.CharField(_("message"), max_length=1000, blank=True)
    asked_at = models.DateTimeField(_("asked"))
    asked_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    accepted = models.BooleanField(_("accepted"), null=True, blank=True)
    answer = models.TextField(_("answer"), blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    purge_on = models.DateField(_("anonymised from"), null=True, blank=True)
    purged_at = models.DateTimeField(_("anonymised"), null=True, blank=True)
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("request for erasure")
        verbose_name_plural = _("requests for erasure")
        ordering = ("asked_at", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["member"], condition=Q(decided_at__isnull=True), name="erasure_request_one_waits",
                violation_error_message=_("Your request is with the office already."),
            ),
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True, accepted__isnull=True)
                | Q(decided_at__isnull=False, accepted__isnull=False) & ~Q(answer=""),
                name="erasure_request_decided_with_an_answer",
                violation_error_message=_("A decision on erasure is told to the member."),
            ),
            models.CheckConstraint(
                condition=Q(purge_on__isnull=True, purged_at__isnull=True) | Q(accepted__isnull=False, accepted=True, purge_on__isnull=False),
                name="erasure_request_purges_what_was_accepted",
                violation_error_message=_("Only an accepted request has a day of its end."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return str(self.member)
