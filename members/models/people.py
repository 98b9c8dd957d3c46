"""The people on the books.

Member         a person or company; who pays for them is another member or they themselves
ContactEntry   what was said with a member: calls, notes, questions from the portal and their answers
"""

from typing import Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager
from simple_history.models import HistoricalRecords
from stdnum.eu import vat

from members.models.organisations import Organisation, User


def vat_id_is_valid(text: str) -> bool:
    """Form and check digits of a VAT id of an EU state, with its country; nobody is asked whether it is in use."""
    return bool(vat.is_valid(text))


class Member(models.Model):
    """A person or company on the books. `payer` empty: they pay themselves."""

    class Kind(models.TextChoices):
        PERSON = "person", _("person")
        COMPANY = "company", _("company")

    class Delivery(models.TextChoices):
        MAIL = "mail", _("e-mail")
        LETTER = "letter", _("letter")

    class EInvoice(models.TextChoices):
        ZUGFERD = "zugferd", _("ZUGFeRD: PDF with the data inside")
        CII = "cii", _("XRechnung (CII)")
        UBL = "ubl", _("XRechnung (UBL)")

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="members", verbose_name=_("organisation")
    )
    number = models.CharField(_("member number"), max_length=20)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind, default=Kind.PERSON)
    salutation = models.CharField(_("salutation"), max_length=20, blank=True)
    title = models.CharField(_("title"), max_length=30, blank=True)
    first_name = models.CharField(_("first name"), max_length=60, blank=True)
    last_name = models.CharField(_("last name"), max_length=60, blank=True)
    company = models.CharField(_("company"), max_length=120, blank=True)
    date_of_birth = models.DateField(_("date of birth"), null=True, blank=True)
    street = models.CharField(_("street"), max_length=70, blank=True)
    address_extra = models.CharField(_("address line 2"), max_length=70, blank=True)
    postal_code = models.CharField(_("postcode"), max_length=10, blank=True)
    city = models.CharField(_("town"), max_length=35, blank=True)
    country = models.CharField(_("country"), max_length=2, default="DE", validators=[RegexValidator(r"^[A-Z]{2}$")])
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    language = models.CharField(
        _("language"), max_length=2, choices=[("de", _("German")), ("en", _("English"))], default="de"
    )
    vat_id = models.CharField(
        _("VAT id"),
        max_length=20,
        blank=True,
        default="",
        db_default="",
        help_text=_("Of a company, such as DE123456789"),
    )
    buyer_reference = models.CharField(
        _("Leitweg-ID or buyer reference"), max_length=60, blank=True, default="", db_default="",
        help_text=_("For public authorities: their invoices are sent as XRechnung"),
    )  # fmt: skip
    invoice_format = models.CharField(
        _("e-invoice as"), max_length=8, choices=EInvoice, default=EInvoice.ZUGFERD, db_default="zugferd"
    )
    delivery = models.CharField(_("delivery"), max_length=6, choices=Delivery, default=Delivery.MAIL)
    joined_on = models.DateField(_("joined on"), null=True, blank=True)
    left_on = models.DateField(_("last day of membership"), null=True, blank=True)
    payer = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="pays_for",
        verbose_name=_("payer"),
        help_text=_("Who pays for this member; empty: they pay themselves"),
    )
    user = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="members", verbose_name=_("sign-in")
    )
    note = models.TextField(_("note"), blank=True)
    search = models.CharField(max_length=400, blank=True, editable=False, default="")

    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")
    history = HistoricalRecords(excluded_fields=["search"])

    def clean(self) -> None:
        self.vat_id = "".join(self.vat_id.split()).upper()
        if self.vat_id and not vat_id_is_valid(self.vat_id):
            raise ValidationError({"vat_id": _("This VAT id is not valid: check each character.")})
        self.buyer_reference = self.buyer_reference.strip()
        if self.invoice_format != self.EInvoice.ZUGFERD and not self.buyer_reference:
            raise ValidationError(
                {"buyer_reference": _("An XRechnung needs the Leitweg-ID or reference of its buyer.")}
            )

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        ordering = ("number",)
        indexes = [
            models.Index(fields=["organisation", "last_name"], name="member_by_name"),
            models.Index(fields=["organisation", "payer"], name="member_by_payer"),
            models.Index("organisation", Lower("email"), name="member_by_email"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "number"],
                name="member_number_once_per_organisation",
                violation_error_message=_("This member number is already taken."),
            ),
            models.CheckConstraint(
                condition=~Q(last_name="", company=""),
                name="member_has_a_name",
                violation_error_message=_("A member needs a last name or a company name."),
            ),
            models.CheckConstraint(
                condition=Q(payer__isnull=True) | ~Q(payer=models.F("id")),
                name="member_payer_is_another_member",
                violation_error_message=_("Leave the payer empty if the member pays themselves."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.number})"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.search = self.search_text()
        super().save(*args, **kwargs)

    @property
    def name(self) -> str:
        """The name as it stands in a letter's address."""
        person = " ".join(part for part in (self.title, self.first_name, self.last_name) if part)
        return person or self.company

    @property
    def paying(self) -> "Member":
        """Who pays: the payer, or the member themselves."""
        return self.payer or self

    def search_text(self) -> str:
        """What the search field of the office finds: one column, since a search over joins uses no index."""
        parts = (self.number, self.first_name, self.last_name, self.company, self.email, self.city)
        return " ".join(part for part in parts if part).upper()[:400]


class ContactEntry(models.Model):
    """Something said with a member that was no mail of its own; its words are never changed afterwards.

    A question from the portal begins a conversation; what follows names it in `question`. `open_since`, of the question only:
    since when the member waits for the office; empty once it was answered or settled. `read_at`, of an answer only: when the
    member first opened it in the portal.
    """

    class Kind(models.TextChoices):
        CALL = "call", _("telephone call")
        NOTE = "note", _("note of the office")
        QUESTION = "question", _("message from the portal")
        ANSWER = "answer", _("answer of the office")
        CHANGE = "change", _("changed in the portal")

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="contact_entries", verbose_name=_("organisation")
    )
    member = models.ForeignKey(Member, models.PROTECT, related_name="contact_entries", verbose_name=_("member"))
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    at = models.DateTimeField(_("when"))
    by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("by"))
    subject = models.CharField(_("subject"), max_length=120, blank=True)
    text = models.TextField(_("text"))
    about = models.CharField(_("about"), max_length=120, blank=True)
    question = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="replies", verbose_name=_("belongs to")
    )
    open_since = models.DateTimeField(_("waits since"), null=True, blank=True)
    read_at = models.DateTimeField(_("read"), null=True, blank=True)
    objects: ClassVar[models.Manager[Self]] = ScopedManager(organisation="organisation")

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        ordering = ("-at", "-id")
        indexes = [
            models.Index(fields=["member", "at"], name="contact_by_member"),
            models.Index(fields=["organisation", "at"], name="contact_by_day"),
            models.Index(
                fields=["organisation", "open_since"], name="contact_open", condition=Q(open_since__isnull=False)
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(text=""), name="contact_says_something",
                violation_error_message=_("Please write what was said."),
            ),
            models.CheckConstraint(
                condition=~Q(kind="answer") | Q(question__isnull=False), name="contact_answer_has_its_question",
                violation_error_message=_("An answer needs the question that it answers."),
            ),
            models.CheckConstraint(
                condition=Q(open_since__isnull=True) | Q(kind="question", question__isnull=True),
                name="contact_only_a_question_waits",
                violation_error_message=_("Only a question can wait for an answer."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.subject or self.text[:60]
