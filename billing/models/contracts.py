"""What was agreed.

Tariff         a named offer
TariffVersion  its terms as data (the JSON of the pricing core) and from when they hold; never edited once used
Contract       a member has a tariff from a day on
ContractEvent  what happened to a contract later: cancelled, changed, paused; the next run settles the difference
"""

from typing import Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q, Value
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager
from simple_history.models import HistoricalRecords

from billing.models.fault_words import told
from billing.models.law_words import legal_faults
from billing.pricing import PricingFaults, parse_tariffs
from members.models import Member, Organisation, User


class Tariff(models.Model):
    """A named offer of an organisation."""

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="tariffs", verbose_name=_("organisation")
    )
    code = models.CharField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=120)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    offered = models.BooleanField(
        _("members may choose it themselves"),
        default=False,
        help_text=_("Shown in the portal as a choice to members whose tariff is of the same family"),
    )
    family = models.CharField(
        _("family"),
        max_length=40,
        blank=True,
        help_text=_("Tariffs of one family can replace each other; tariffs without a family replace each other, too"),
    )
    falls_back_to = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="reduced_as", verbose_name=_("needs a proof; without it becomes"),
        help_text=_("For reduced fees: when a member's proof lapses, the next period is billed by this tariff"),
    )  # fmt: skip
    pause_months = models.PositiveSmallIntegerField(
        _("members may pause it: months a year"), default=0, db_default=0, validators=[MaxValueValidator(12)],
        help_text=_("0: only the office can enter a pause"),
    )  # fmt: skip
    choose_rhythm = models.BooleanField(
        _("members may choose how often they pay"), default=False, db_default=False,
        help_text=_("Among the rhythms that the terms allow"),
    )  # fmt: skip
    pieces_most = models.JSONField(
        _("members may choose how many"), default=dict, blank=True, db_default=Value({}, models.JSONField())
    )
    history = HistoricalRecords()
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("tariff")
        verbose_name_plural = _("tariffs")
        ordering = ("position", "code")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "code"],
                name="tariff_code_once_per_organisation",
                violation_error_message=_("This code is already taken by another tariff."),
            ),
            models.CheckConstraint(
                condition=Q(falls_back_to__isnull=True) | ~Q(falls_back_to=models.F("id")),
                name="tariff_falls_back_to_another",
                violation_error_message=_("A reduced tariff falls back to another tariff, not to itself."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"


class TariffVersion(models.Model):
    """The terms of a tariff: `valid_from` for new contracts, `existing_from` for running ones (empty: they keep theirs)."""

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="tariff_versions", verbose_name=_("organisation")
    )
    tariff = models.ForeignKey(Tariff, models.PROTECT, related_name="versions", verbose_name=_("tariff"))
    number = models.PositiveSmallIntegerField(_("version"), default=1)
    valid_from = models.DateField(_("for new contracts from"), null=True, blank=True)
    existing_from = models.DateField(_("for running contracts from"), null=True, blank=True)
    terms = models.JSONField(_("terms"))
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("tariff version")
        verbose_name_plural = _("tariff versions")
        ordering = ("tariff", "number")
        constraints = [
            models.UniqueConstraint(fields=["tariff", "number"], name="tariff_version_number_once"),
            models.UniqueConstraint(
                fields=["tariff", "valid_from"],
                name="tariff_version_one_per_day",
                violation_error_message=_("This tariff already has a version from this day on."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tariff.code} v{self.number}"

    def clean(self) -> None:
        try:
            parse_tariffs({self.tariff.code: self.as_data()})
        except PricingFaults as refused:
            raise ValidationError({"terms": told(refused.faults)}) from refused
        if faults := legal_faults(self.terms, self.valid_from):
            raise ValidationError({"terms": [f"{self.tariff.code}.{one.path}: {one.message}" for one in faults]})
        self.refuse_reaching_back()

    def refuse_reaching_back(self) -> None:
        """What is billed stays as it is: the day for running contracts reaches no billed period, and once announced it stays.

        An announcement is the explicit act that may reach back, and says why. What consumers were never told reaches nobody.
        """
        stored = TariffVersion._base_manager.filter(pk=self.pk).values("existing_from", "price_change").first()
        if stored and stored["existing_from"] == self.existing_from:
            return
        if stored and stored["price_change"]:
            message = _("This day was announced to the members. Announce another version instead.")
            raise ValidationError({"existing_from": message}, code="announced")
        if self.existing_from and self.terms.get("legal_basis") != "consumer" and self.bills_already():
            message = _(
                "Invoices already bill days from this one on at the old price. Choose a later day, or leave it empty and "
                "announce the version on the page of price changes, which asks for the reason."
            )
            raise ValidationError({"existing_from": message}, code="billed")

    def bills_already(self) -> bool:
        """Whether a running contract has paid a period that this version would price anew."""
        running = Contract._base_manager.filter(organisation=self.organisation_id, start__lt=self.existing_from)
        lines = {"tariff": self.tariff.code, "kind": "charge", "start__gte": self.existing_from}
        return running.filter(**{f"invoice_lines__{name}": value for name, value in lines.items()}).exists()

    def as_data(self) -> dict[str, Any]:
        """The terms as the pricing core reads them."""
        days = {"valid_from": self.valid_from, "existing_from": self.existing_from}
        terms: dict[str, Any] = self.terms | {key: day.isoformat() for key, day in days.items() if day}
        return terms | {"components": self.named_components()} if isinstance(terms.get("components"), list) else terms

    def named_components(self) -> list[Any]:
        """Components as invoices name them: the only one of a tariff is called what the tariff is called."""
        components = self.terms["components"]
        if len(components) != 1 or not isinstance(components[0], dict):
            return list(components)
        return [{"name": self.tariff.name} | components[0]]


class Contract(models.Model):
    """A member has a tariff from `start` on.

    `bill_from`: days before it were billed by an older program. `settled_to`: periods that begin before it are billed and
    untouched. `due_on`: no charge falls due before it; the run passes over a contract whose day has not come.
    """

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="contracts", verbose_name=_("organisation")
    )
    member = models.ForeignKey(Member, models.PROTECT, related_name="contracts", verbose_name=_("member"))
    tariff = models.ForeignKey(Tariff, models.PROTECT, related_name="contracts", verbose_name=_("tariff"))
    start = models.DateField(_("start"))
    bill_from = models.DateField(
        _("billed here from"), null=True, blank=True, help_text=_("Earlier days were billed by an older program")
    )
    interval_months = models.PositiveSmallIntegerField(_("rhythm of payment in months"), null=True, blank=True)
    quantities = models.JSONField(_("quantities"), default=dict, blank=True)
    discounts = models.JSONField(_("discounts"), default=list, blank=True)
    settled_to = models.DateField(null=True, blank=True, editable=False)
    due_on = models.DateField(null=True, blank=True, editable=False)
    history = HistoricalRecords(excluded_fields=["settled_to", "due_on"])
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("contract")
        verbose_name_plural = _("contracts")
        ordering = ("member", "start", "id")
        indexes = [models.Index(fields=["organisation", "due_on"], name="contract_by_due_day")]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "member", "tariff", "start"],
                name="contract_once_per_member_tariff_and_start",
                violation_error_message=_("This member already has this tariff from this day on."),
            ),
            models.CheckConstraint(
                condition=Q(interval_months__isnull=True) | Q(interval_months__gte=1),
                name="contract_interval_is_positive",
                violation_error_message=_("The rhythm of payment is at least one month."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tariff.name}: {self.member}"


class ContractEvent(models.Model):
    """Something that happened to a contract: kind `cancel`, `change_tariff`, `quantity`, `pause`, `rhythm` or `keep_price`, with the data of the pricing core."""

    class Kind(models.TextChoices):
        CANCEL = "cancel", _("cancellation")
        CHANGE_TARIFF = "change_tariff", _("change of tariff")
        QUANTITY = "quantity", _("change of quantity")
        PAUSE = "pause", _("pause")
        KEEP_PRICE = "keep_price", _("keeps the old price")
        RHYTHM = "rhythm", _("rhythm of payment")

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="contract_events", verbose_name=_("organisation")
    )
    contract = models.ForeignKey(Contract, models.PROTECT, related_name="events", verbose_name=_("contract"))
    on = models.DateField(_("effective on"))
    known_on = models.DateField(_("entered on"))
    kind = models.CharField(_("kind"), max_length=14, choices=Kind)
    data = models.JSONField(_("details"), default=dict, blank=True)
    user = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("entered by")
    )
    created_at = models.DateTimeField(_("entered"), auto_now_add=True)
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("contract event")
        verbose_name_plural = _("contract events")
        ordering = ("contract", "on", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "on", "kind"],
                name="contract_event_one_per_day_and_kind",
                violation_error_message=_("This contract already has such an event on this day."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.on:%d.%m.%Y}"
