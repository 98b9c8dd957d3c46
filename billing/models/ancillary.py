"""What a claim grows by when it is not paid as agreed: the bank's fee for a returned debit, dunning costs, interest.

AncillaryClaim  one such amount, owed beside an invoice; never part of it (damages carry no VAT, UStAE 1.3)
"""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from billing.models.dunning import DunningItem
from billing.models.invoices import Invoice
from billing.models.payments import Collection
from members.models import Organisation, User


class AncillaryClaim(models.Model):
    """`amount` EUR that the payer of `invoice` owes beside it since `on`. Waived once, never changed.

    A return fee is what the bank really took, never more, and at most once per direct debit (BGB 249, 280).
    """

    class Kind(models.TextChoices):
        RETURN_FEE = "return_fee", _("bank's fee for a returned direct debit")
        COSTS = "costs", _("dunning costs")
        INTEREST = "interest", _("interest")
        LUMP_SUM = "lump_sum", _("lump sum for arrears")

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="ancillary_claims")
    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="ancillary_claims", verbose_name=_("invoice"))
    collection = models.ForeignKey(
        Collection,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="ancillary_claims",
        verbose_name=_("direct debit"),
    )
    item = models.ForeignKey(
        DunningItem, models.PROTECT, null=True, blank=True, related_name="ancillary_claims", verbose_name=_("reminder")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    on = models.DateField(_("owed since"))
    waived_on = models.DateField(_("waived on"), null=True, blank=True)
    waived_reason = models.CharField(_("why it is waived"), max_length=200, blank=True, default="", db_default="")
    waived_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("ancillary claim")
        verbose_name_plural = _("ancillary claims")
        ordering = ("on", "id")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="ancillary_claim_amount_is_positive"),
            models.UniqueConstraint(
                fields=["collection"],
                condition=Q(kind="return_fee", waived_on__isnull=True),
                name="ancillary_claim_one_return_fee_per_debit",
                violation_error_message=_("The bank's fee for this direct debit is claimed already."),
            ),
            models.CheckConstraint(
                condition=~Q(kind="return_fee") | Q(collection__isnull=False),
                name="ancillary_claim_return_fee_names_its_debit",
            ),
            models.UniqueConstraint(
                fields=["item", "kind"],
                condition=Q(item__isnull=False),
                name="ancillary_claim_one_of_a_kind_per_reminded_claim",
            ),
            models.UniqueConstraint(
                fields=["invoice"],
                condition=Q(kind="lump_sum"),
                name="ancillary_claim_one_lump_sum_per_claim",
                violation_error_message=_("The lump sum is owed once per claim (BGB 288 Abs. 5)."),
            ),
            models.CheckConstraint(
                condition=Q(waived_reason="") | Q(waived_on__isnull=False),
                name="ancillary_claim_reason_of_a_waiver_has_its_day",
            ),
            models.CheckConstraint(
                condition=Q(waived_by__isnull=True) | ~Q(waived_reason=""),
                name="ancillary_claim_waived_by_a_person_says_why",
                violation_error_message=_("Please say why it is waived."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount}"
