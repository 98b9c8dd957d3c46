"""Whose books these are, and who signs in.

Organisation   the association or company whose books these are; every row of its own names it
User           one sign-in, by e-mail address
OfficeRole     what a user may do in the office of one organisation
"""

from typing import Any, ClassVar, Self

from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractUser, Group
from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager
from simple_history.models import HistoricalRecords

# A name of at least two labels (RFC 1123): no port, no scheme, no numbers alone.
HOST = r"^(?=.{4,120}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$"


class UserManager(BaseUserManager["User"]):
    """Creates users by e-mail address, since members know no user names."""

    use_in_migrations = True

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A user who may sign in to the portal."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """The operator of the installation."""
        return self.create_user(email, password, **fields | {"is_staff": True, "is_superuser": True})


class User(AbstractUser):
    """One sign-in. What it may do is in OfficeRole and in the members it belongs to."""

    username = None  # type: ignore[assignment]
    email = models.EmailField(_("e-mail address"), unique=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]

    organisation: "Organisation | None" = None

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")

    def __str__(self) -> str:
        return self.email


class Organisation(models.Model):
    """An association or company: the tenant. Its data is never seen by another one."""

    class Kind(models.TextChoices):
        ASSOCIATION = "association", _("association")
        COMPANY = "company", _("company")

    class LegalForm(models.TextChoices):
        OTHER = "", _("another, or a natural person")
        EV = "ev", _("registered association (e.V.)")
        GMBH = "gmbh", _("GmbH")
        UG = "ug", _("UG (limited)")

    slug = models.SlugField(_("short name"), unique=True)
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.ASSOCIATION)
    language = models.CharField(
        _("language"), max_length=2, choices=[("de", _("German")), ("en", _("English"))], default="de"
    )
    time_zone = models.CharField(_("time zone"), max_length=40, default="Europe/Berlin")
    street = models.CharField(_("street"), max_length=70, blank=True)
    postal_code = models.CharField(_("postcode"), max_length=10, blank=True)
    city = models.CharField(_("town"), max_length=35, blank=True)
    country = models.CharField(_("country"), max_length=2, default="DE", validators=[RegexValidator(r"^[A-Z]{2}$")])
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    website = models.URLField(_("website"), blank=True)
    tax_number = models.CharField(_("tax number"), max_length=20, blank=True)
    vat_id = models.CharField(_("VAT id"), max_length=20, blank=True)
    register_entry = models.CharField(
        _("register entry"), max_length=80, blank=True, help_text=_("Such as: VR 1234 KI, Amtsgericht Kiel")
    )
    board = models.CharField(
        _("board"), max_length=120, blank=True, help_text=_("Names printed in the footer of letters")
    )
    legal_form = models.CharField(
        _("legal form"), max_length=4, choices=LegalForm, blank=True, default="", db_default="",
        help_text=_("Decides what letters must name: register and board; of a GmbH or UG also the seat (GmbHG 35a)"),
    )  # fmt: skip
    seat = models.CharField(_("seat"), max_length=60, blank=True, default="", db_default="")
    supervisory_chair = models.CharField(
        _("chair of the supervisory board"), max_length=80, blank=True, default="", db_default="",
        help_text=_("Only of a company that has one, with first name (GmbHG 35a)"),
    )  # fmt: skip
    host = models.CharField(
        _("own web address of the portal"), max_length=120, blank=True, default="", db_default="",
        validators=[RegexValidator(HOST, _("Write the name alone, in small letters: portal.verein.de"))],
        help_text=_("Such as portal.verein.de, once it leads here. Empty: members use the common address."),
    )  # fmt: skip
    small_business = models.BooleanField(
        _("small business (section 19 UStG)"), default=False, db_default=False,
        help_text=_("Then no document shows VAT; its tariffs have rate 0 and the exemption “§ 19 Abs. 1 UStG”"),
    )  # fmt: skip
    logo = models.BinaryField(_("logo"), null=True, blank=True, editable=True)
    colour = models.CharField(
        _("colour"), max_length=7, default="#1b4d5c", validators=[RegexValidator(r"^#[0-9a-fA-F]{6}$")]
    )
    cancel_button = models.BooleanField(
        _("“Cancel contracts here” on every page of the portal"),
        default=True,
        help_text=_("Compulsory where consumers can conclude paid contracts online (BGB 312k)"),
    )
    withdraw_button = models.BooleanField(
        _("“Withdraw from contract” on every page of the portal"),
        default=True,
        help_text=_("Compulsory where contracts with a right of withdrawal are concluded online (BGB 356a)"),
    )
    no_button_reason = models.CharField(
        _("why a button is not needed"),
        max_length=300,
        blank=True,
        help_text=_("Such as: only memberships by our statutes, no contracts with consumers"),
    )
    names_wait = models.BooleanField(
        _("a new name waits for the office"), default=True, db_default=True,
        help_text=_("Members give the reason in the portal, such as marriage; otherwise the name is changed at once"),
    )  # fmt: skip
    proof_reminder_days = models.PositiveSmallIntegerField(
        _("remind of proofs: days before they lapse"), default=30, db_default=30, validators=[MaxValueValidator(365)]
    )
    proof_files_days = models.PositiveSmallIntegerField(
        _("erase papers of proofs: days after the decision"), default=30, db_default=30, validators=[MaxValueValidator(365)],
        help_text=_("So long a decision can be looked at again; afterwards only the day counts"),
    )  # fmt: skip
    history = HistoricalRecords(excluded_fields=["logo"])

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        ordering = ("name",)
        constraints = [
            models.UniqueConstraint(
                fields=["host"],
                condition=~Q(host=""),
                name="organisation_host_is_its_own",
                violation_error_message=_("Another organisation of this installation has this web address."),
            ),
            models.CheckConstraint(
                condition=~Q(legal_form="ev") | ~Q(register_entry="") & ~Q(board=""),
                name="organisation_association_names_register_and_board",
                violation_error_message=_(
                    "A registered association names its register court and number, and its board."
                ),
            ),
            models.CheckConstraint(
                condition=~Q(legal_form__in=("gmbh", "ug")) | ~Q(register_entry="") & ~Q(board="") & ~Q(seat=""),
                name="organisation_company_names_seat_register_and_directors",
                violation_error_message=_(
                    "A GmbH or UG names its seat, register court and number, and all managing directors (GmbHG 35a)."
                ),
            ),
            models.CheckConstraint(
                condition=Q(cancel_button=True, withdraw_button=True) | ~Q(no_button_reason=""),
                name="organisation_without_a_legal_button_says_why",
                violation_error_message=_(
                    "Please say why the button is not needed: without one consumers may leave at any time."
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class OfficeRole(models.Model):
    """A user's role in the office of one organisation."""

    organisation = models.ForeignKey(
        Organisation, models.CASCADE, related_name="office_roles", verbose_name=_("organisation")
    )
    user = models.ForeignKey(User, models.CASCADE, related_name="office_roles", verbose_name=_("user"))
    group = models.ForeignKey(Group, models.PROTECT, related_name="office_roles", verbose_name=_("role"))
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("office role")
        verbose_name_plural = _("office roles")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "user"],
                name="office_role_one_per_user",
                violation_error_message=_("This user already has a role in this organisation."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.group})"
