"""How an organisation collects, books, numbers and runs.

Creditor        who draws direct debits, from which account, under the bank's rules
LedgerSettings  chart of accounts and the accountant's numbers
Series          the pattern of document numbers, per kind
RunSettings     when the monthly run is prepared and what it may do without a person
"""

from typing import Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager
from simple_history.models import HistoricalRecords

from billing.formats.iban import creditor_identifier_fault, iban_fault, normalise_iban
from billing.formats.references import is_pattern
from members.models import Organisation


def check_pattern(pattern: str) -> None:
    """Refuses a pattern that would make references which banks refuse."""
    if not is_pattern(pattern):
        message = _("Write capital letters, digits and dashes, then {number:05d}; {member}- may stand before it.")
        raise ValidationError(message, code="pattern")


class Creditor(models.Model):
    """The party that collects: creditor identifier, account, and what its bank asks for (EPC130-08).

    `next_mandate` counts references up and never down, so that none is given twice.
    """

    class Profile(models.TextChoices):
        DEFAULT = "default", _("one booking for the whole file")
        SINGLE = "single", _("one booking for each debit")
        IBAN_ONLY = "iban_only", _("one booking, accounts by IBAN alone")

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="creditors", verbose_name=_("organisation")
    )
    name = models.CharField(_("account holder"), max_length=70)
    identifier = models.CharField(_("creditor identifier"), max_length=35)
    iban = models.CharField(_("IBAN"), max_length=34)
    bic = models.CharField(_("BIC"), max_length=11, blank=True)
    bank_profile = models.CharField(_("bank profile"), max_length=20, choices=Profile, default=Profile.DEFAULT)
    cut_off = models.TimeField(_("bank's cut-off time"), default="11:00")
    lead_days = models.PositiveSmallIntegerField(
        _("bank working days before collection"), default=1, validators=[MinValueValidator(1), MaxValueValidator(10)]
    )
    prenotification_days = models.PositiveSmallIntegerField(
        _("days of pre-notification"), default=14, validators=[MinValueValidator(1), MaxValueValidator(60)]
    )
    pain_version = models.CharField(_("file version"), max_length=20, default="pain.008.001.08")
    max_debits = models.PositiveIntegerField(
        _("largest number of debits in a file"), default=10_000, validators=[MinValueValidator(1)]
    )
    max_total = models.DecimalField(
        _("largest sum of a file"), max_digits=12, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(1)]
    )  # fmt: skip
    earliest_days = models.PositiveSmallIntegerField(
        _("earliest days before collection"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(60)],
        help_text=_("Only if the bank refuses files that come too early; many take them 14 days ahead at most"),
    )  # fmt: skip
    closed_days = models.CharField(
        _("closed besides"), max_length=80, blank=True,
        validators=[RegexValidator(r"^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(, ?(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01]))*$")],
        help_text=_("Month and day on which the bank takes no files though banks are open, such as 12-24, 12-31"),
    )  # fmt: skip
    mandate_pattern = models.CharField(
        _("pattern of mandate references"), max_length=40, default="M-{number:05d}", validators=[check_pattern]
    )
    next_mandate = models.PositiveIntegerField(_("next mandate number"), default=1, validators=[MinValueValidator(1)])
    electronic_mandates_since = models.DateField(
        _("the bank accepts electronic mandates since"), null=True, blank=True,
        help_text=_("Ask your bank first. Empty: mandates are given on paper only."),
    )  # fmt: skip
    history = HistoricalRecords()
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("creditor")
        verbose_name_plural = _("creditors")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "identifier", "iban"],
                name="creditor_account_once",
                violation_error_message=_("This creditor identifier already has this account."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.identifier})"

    def clean(self) -> None:
        self.iban = normalise_iban(self.iban)
        self.identifier = self.identifier.replace(" ", "").upper()
        faults: dict[str, Any] = {}
        if iban_fault(self.iban):
            faults["iban"] = _("This IBAN is not valid: check each digit.")
        if creditor_identifier_fault(self.identifier):
            faults["identifier"] = _("This creditor identifier is not valid: its check digits do not fit.")
        if faults:
            raise ValidationError(faults)

    @property
    def closed(self) -> frozenset[tuple[int, int]]:
        """Month and day of the bank's own closing days."""
        days = (day.strip().split("-") for day in self.closed_days.split(",") if day.strip())
        return frozenset((int(month), int(day)) for month, day in days)


class LedgerSettings(models.Model):
    """The accountant's side: chart, client numbers, and which account stands for what (`accounts`: role to number)."""

    class Chart(models.TextChoices):
        SKR03 = "SKR03", "SKR03"
        SKR04 = "SKR04", "SKR04"
        SKR42 = "SKR42", "SKR42"

    organisation = models.OneToOneField(
        Organisation, models.PROTECT, related_name="ledger_settings", verbose_name=_("organisation")
    )
    chart = models.CharField(_("chart of accounts"), max_length=5, choices=Chart, default=Chart.SKR03)
    account_length = models.PositiveSmallIntegerField(
        _("length of account numbers"), default=4, validators=[MinValueValidator(4), MaxValueValidator(8)]
    )
    consultant_number = models.CharField(
        _("consultant number"), max_length=7, default="1001", validators=[RegexValidator(r"^\d{4,7}$")]
    )
    client_number = models.CharField(
        _("client number"), max_length=5, default="1", validators=[RegexValidator(r"^\d{1,5}$")]
    )
    fiscal_year_start = models.CharField(
        _("start of the fiscal year"),
        max_length=5,
        default="01-01",
        validators=[RegexValidator(r"^(0[1-9]|1[0-2])-01$")],
        help_text=_("Month and day, such as 01-01"),
    )
    defers_income = models.BooleanField(
        _("we draw up a balance sheet: defer income"), default=False,
        help_text=_(
            "What is billed for days of a later fiscal year is posted to deferred income (HGB 250). Leave it off if you "
            "only keep receipts and expenses, as most associations do."
        ),
    )  # fmt: skip
    first_debtor = models.PositiveIntegerField(_("first debtor account"), default=10000)
    closed_until = models.DateField(
        _("books closed until"),
        null=True,
        blank=True,
        help_text=_(
            "Months are closed on the page of the fiscal years; what the bank tells later is posted on the first open day"
        ),
    )
    cash_basis_since = models.DateField(
        _("VAT by what was received, since"), null=True, blank=True,
        help_text=_("Only if the tax office allowed it (UStG 20). From 2028 on documents with VAT say so."),
    )  # fmt: skip
    accounts = models.JSONField(
        _("accounts"),
        default=dict,
        blank=True,
        help_text=_("Role of an account to its number, where it differs from the chart"),
    )
    history = HistoricalRecords()
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("ledger settings")
        verbose_name_plural = _("ledger settings")

    def __str__(self) -> str:
        return f"{self.organisation}: {self.chart}"


class Series(models.Model):
    """The pattern of numbers for one kind of document, such as `R{year}-{number:05d}`."""

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="series", verbose_name=_("organisation")
    )
    kind = models.CharField(_("kind"), max_length=20)
    pattern = models.CharField(
        _("pattern"),
        max_length=40,
        validators=[
            RegexValidator(
                r"^[A-Za-z0-9-]{0,10}\{year\}[-/]?\{number:0[1-9]d\}$",
                _("Write letters, {year}, a dash and {number:05d}."),
            )
        ],
    )
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("number series")
        verbose_name_plural = _("number series")
        constraints = [models.UniqueConstraint(fields=["organisation", "kind"], name="series_one_per_kind")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.pattern}"


class RunSettings(models.Model):
    """When the month is prepared, and how far it may go without a person."""

    organisation = models.OneToOneField(
        Organisation, models.PROTECT, related_name="run_settings", verbose_name=_("organisation")
    )
    day_of_month = models.PositiveSmallIntegerField(
        _("day of the month on which the run is prepared"),
        default=15,
        validators=[MinValueValidator(1), MaxValueValidator(28)],
    )
    collect_after_days = models.PositiveSmallIntegerField(
        _("days until collection"), default=16, validators=[MaxValueValidator(60)]
    )
    months_ahead = models.PositiveSmallIntegerField(
        _("months ahead that a run bills"), default=1, db_default=1, validators=[MaxValueValidator(12)],
        help_text=_("1: a run in December bills until the end of January. 0: until the end of December, for runs on the first of a month."),
    )  # fmt: skip
    automatic = models.BooleanField(_("issue and collect without approval"), default=False)
    unusual_factor = models.PositiveSmallIntegerField(
        _("an amount is unusual above this many times the usual one"), default=3, validators=[MinValueValidator(2)]
    )
    mail_invoices = models.BooleanField(_("send invoices by e-mail"), default=True)
    mails_per_hour = models.PositiveIntegerField(
        _("e-mails an hour at most"), null=True, blank=True, validators=[MinValueValidator(6)],
        help_text=_("Many providers allow 200 or 500 an hour; what is more goes later by itself. Empty: no limit."),
    )  # fmt: skip
    four_eyes = models.BooleanField(
        _("a second person releases files for the bank"), default=False,
        help_text=_("Who made a file cannot release it; only a released file can be downloaded and handed in."),
    )  # fmt: skip
    combine_debits = models.BooleanField(
        _("one debit for several invoices of a payer"), default=False,
        help_text=_("When open invoices are collected again, a payer's go into one debit."),
    )  # fmt: skip
    history = HistoricalRecords()
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("run settings")
        verbose_name_plural = _("run settings")
        constraints = [
            models.CheckConstraint(condition=Q(day_of_month__range=(1, 28)), name="run_day_exists_in_every_month"),
            models.CheckConstraint(condition=Q(months_ahead__lte=12), name="run_bills_a_year_ahead_at_most"),
        ]

    def __str__(self) -> str:
        return str(self.organisation)


class ImportSettings(models.Model):
    """What the words of an imported member list mean here: fee group and department to tariff code, rhythm to months."""

    organisation = models.OneToOneField(
        Organisation, models.PROTECT, related_name="import_settings", verbose_name=_("organisation")
    )
    fee_groups = models.JSONField(
        _("fee groups"), default=dict, blank=True, help_text=_("Word in the list to tariff code")
    )
    departments = models.JSONField(
        _("departments"), default=dict, blank=True, help_text=_("Word in the list to tariff code")
    )
    rhythms = models.JSONField(
        _("rhythms of payment"), default=dict, blank=True, help_text=_("Word in the list to months")
    )
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("import settings")
        verbose_name_plural = _("import settings")

    def __str__(self) -> str:
        return str(self.organisation)
