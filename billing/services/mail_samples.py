"""Values for the preview of a mail: of the organisation's latest document, change, question or member; examples where there is none."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.documents.dunning_words import placeholders
from billing.documents.mail_words import KINDS
from billing.documents.mails import invoice_values, signature_of
from billing.models import ContractQuote, DunningNotice, Invoice
from billing.services.addresses import portal_url
from billing.services.questions import answer_values
from billing.services.quote_words import confirmation_values
from members.models import ContactEntry, Member, Organisation

Values = dict[str, str]


@dataclass(frozen=True, slots=True)
class Sample:
    """Values of all placeholders of a kind. `real`: they come from the organisation's own data."""

    values: Mapping[str, str]
    real: bool


def sample(organisation: Organisation, kind: str, language: str) -> Sample:
    """What a mail of this kind would be filled with."""
    found = REAL[kind](organisation, language) if kind in REAL else None
    return Sample(found, real=True) if found else Sample(example(organisation, kind, language), real=False)


def latest_invoice(organisation: Organisation, language: str) -> Values | None:
    """Of the latest document."""
    invoice = Invoice.objects.filter(organisation=organisation, kind="invoice").order_by("-pk").first()
    return invoice_values(invoice.snapshot | {"language": language}) if invoice else None


def latest_change(organisation: Organisation, language: str) -> Values | None:
    """Of the latest confirmed change of a contract."""
    rows = ContractQuote.objects.filter(organisation=organisation).exclude(confirmed_at=None)
    quote = rows.select_related("contract__member", "contract__organisation").order_by("-pk").first()
    if quote is None or quote.confirmed_at is None:
        return None
    member = quote.contract.member
    member.language = language
    return confirmation_values(quote.contract, quote.answer, member, quote.confirmed_at)


def latest_answer(organisation: Organisation, language: str) -> Values | None:
    """Of the latest answer to a question."""
    rows = ContactEntry.objects.filter(organisation=organisation, kind=ContactEntry.Kind.ANSWER)
    entry = rows.select_related("question__member__organisation").order_by("-pk").first()
    return answer_values(entry.question, entry) if entry and entry.question else None


def latest_reminder(organisation: Organisation, language: str) -> Values | None:
    """Of the latest reminder."""
    notice = DunningNotice.objects.filter(organisation=organisation).order_by("-pk").first()
    if notice is None:
        return None
    with override(language):
        return placeholders(notice.snapshot | {"language": language}, signature_of(organisation))


REAL: dict[str, Callable[[Organisation, str], Values | None]] = {
    "invoice": latest_invoice,
    "contract": latest_change,
    "answer": latest_answer,
    "reminder": latest_reminder,
    "dunning": latest_reminder,
    "last_dunning": latest_reminder,
}


def example(organisation: Organisation, kind: str, language: str) -> Values:
    """Of a member with an e-mail address, where there is one; the rest is made up."""
    member = Member.objects.filter(organisation=organisation).exclude(email="").order_by("pk").first()
    with override(language):
        values = made_up(organisation) | {"organisation": organisation.name, "signature": signature_of(organisation)}
    if member:
        values |= {"name": member.name, "member": member.name, "email": member.email}
    return {name: values[name] for name in KINDS[kind].placeholders}


def made_up(organisation: Organisation) -> Values:
    """One value for every placeholder there is, in the language that is switched on."""
    return {
        "name": "Petra Muster", "member": "Petra Muster", "email": "petra@example.org", "number": "R2027-00042", "title": _("Invoice"),
        "date": "04.01.2027", "amount": "14,00 €", "set_off": "", "payment": _("We collect %(amount)s from your account on %(day)s") % {
            "amount": "14,00 €", "day": "18.01.2027"},
        "change": _("Adults becomes Family"), "received": "04.01.2027 12:00", "facts": _("Applies from") + ": 01.02.2027",
        "invoice_lines": "", "meter": _("Data volume"), "level": "80", "used": "80 GB / 100 GB", "left": _("6 days are left."),
        "address": portal_url(organisation), "subject": _("My address"), "answer": _("Thank you, we have changed your address."),
        "heading": _("Reminder"), "claims": "R2027-00042: 14,00 €", "costs": "", "deadline": "18.01.2027",
        "question": "> " + _("We have moved. Can you enter the new address?"),
    }  # fmt: skip
