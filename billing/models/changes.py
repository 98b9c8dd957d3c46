"""What people were told and agreed to about the terms of a contract.

ContractQuote   what a change would cost, as it was shown and confirmed; the next run bills exactly this
PriceChange     a new version of a tariff that was announced to running contracts
PriceNotice     what one contract was told: the old and the new amount, from which day, and whether the member agreed
PriceObjection  a contract whose member said no to a price change
"""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from billing.models.contracts import Contract, ContractEvent, TariffVersion
from members.models import Organisation, User


class ContractQuote(models.Model):
    """A quote for a change of tariff: `action` is what was asked, `answer` what was shown (EUR as text, two decimals).

    Confirmed at most once, and only together with the event that it made.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="contract_quotes")
    contract = models.ForeignKey(Contract, models.PROTECT, related_name="quotes", verbose_name=_("contract"))
    made_at = models.DateTimeField(_("made"))
    on = models.DateField(_("received on"))
    action = models.JSONField(_("wish"))
    answer = models.JSONField(_("quote"))
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    confirmed_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("confirmed by")
    )
    event = models.OneToOneField(ContractEvent, models.PROTECT, null=True, blank=True, related_name="quote")
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("quote")
        verbose_name_plural = _("quotes")
        ordering = ("-made_at", "-id")
        constraints = [
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True, event__isnull=True)
                | Q(confirmed_at__isnull=False, event__isnull=False),
                name="contract_quote_confirmed_with_its_event",
            )
        ]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.made_at:%Y-%m-%d %H:%M}"


class PriceChange(models.Model):
    """The announcement of a tariff version to running contracts: why it may change the price, and who may say no until when.

    Consumers are not bound by an announcement alone (BGB 307, 309; law.md CON-13): `basis` names the clause, the
    resolution of the association, or that each one has to consent. `told_on`: the day on which people were told, here or
    (`elsewhere`) by other means. `early_reason`: why it begins without the usual notice, or in the past.
    """

    class Basis(models.TextChoices):
        RESOLUTION = "resolution", _("resolution of the association")
        CLAUSE = "clause", _("price clause of the contract")
        CONSENT = "consent", _("consent of each member")

    class Rule(models.TextChoices):
        KEEP = "keep", _("keeps the old price")
        END = "end", _("the contract ends")
        NONE = "none", _("nobody can object")

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="price_changes")
    version = models.OneToOneField(
        TariffVersion, models.PROTECT, related_name="price_change", verbose_name=_("tariff version")
    )
    basis = models.CharField(_("may be changed by"), max_length=10, choices=Basis)
    reason = models.CharField(_("reason"), max_length=300)
    object_until = models.DateField(_("objections until"), null=True, blank=True)
    rule = models.CharField(_("who objects"), max_length=4, choices=Rule, default=Rule.KEEP)
    told_on = models.DateField(_("told on"))
    elsewhere = models.BooleanField(_("announced by other means"), default=False)
    early_reason = models.CharField(_("why so soon"), max_length=300, blank=True)
    announced_at = models.DateTimeField(_("announced"))
    announced_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("announced by")
    )
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("price change")
        verbose_name_plural = _("price changes")
        ordering = ("-announced_at", "-id")
        constraints = [
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="price_change_gives_its_reason",
                violation_error_message=_("Please say why the price changes."),
            ),
            models.CheckConstraint(
                condition=Q(basis="resolution", rule__in=("end", "none"))
                | Q(basis="clause", rule__in=("keep", "end"))
                | Q(basis="consent", rule="keep"),
                name="price_change_rule_fits_its_basis",
                violation_error_message=_(
                    "A resolution holds for everybody: members may leave, but not keep the old price. By a clause, who "
                    "objects keeps it or leaves. Where each one consents, who does not keeps it."
                ),
            ),
            models.CheckConstraint(
                condition=Q(rule="none", object_until__isnull=True) | ~Q(rule="none") & Q(object_until__isnull=False),
                name="price_change_names_the_last_day_to_object",
                violation_error_message=_("Please say until when members may answer."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.version)


class PriceNotice(models.Model):
    """What one contract was told: a whole period costs `new` instead of `old` (EUR with VAT, None: nothing fixed) from `starts_on`.

    `consented_on` counts where each one has to consent; until then the contract keeps its price.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="price_notices")
    change = models.ForeignKey(PriceChange, models.PROTECT, related_name="notices", verbose_name=_("price change"))
    contract = models.ForeignKey(Contract, models.PROTECT, related_name="price_notices", verbose_name=_("contract"))
    replaces = models.ForeignKey(TariffVersion, models.PROTECT, related_name="+", verbose_name=_("old terms"))
    starts_on = models.DateField(_("holds from"))
    old = models.DecimalField(_("old amount"), max_digits=12, decimal_places=2, null=True, blank=True)
    old_every = models.JSONField(_("old rhythm"), default=dict, blank=True)
    new = models.DecimalField(_("new amount"), max_digits=12, decimal_places=2, null=True, blank=True)
    every = models.JSONField(_("rhythm"), default=dict, blank=True)
    consented_on = models.DateField(_("agreed on"), null=True, blank=True)
    consented_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("entered by")
    )
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("price notice")
        verbose_name_plural = _("price notices")
        ordering = ("change", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["change", "contract"],
                name="price_notice_once_per_contract",
                violation_error_message=_("This contract has been told already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.change_id} {self.contract_id}"


class PriceObjection(models.Model):
    """A member's no. What follows is an event of the contract: it keeps its price or it ends."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="price_objections")
    change = models.ForeignKey(PriceChange, models.PROTECT, related_name="objections", verbose_name=_("price change"))
    contract = models.ForeignKey(Contract, models.PROTECT, related_name="objections", verbose_name=_("contract"))
    received_on = models.DateField(_("received on"))
    entered_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("entered by")
    )
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("objection")
        verbose_name_plural = _("objections")
        ordering = ("-received_on", "-id")
        constraints = [
            models.UniqueConstraint(
                fields=["change", "contract"],
                name="price_objection_once_per_contract",
                violation_error_message=_("This contract has already objected."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.change_id} {self.contract_id}"
