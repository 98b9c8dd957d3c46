"""What newcomers are written: the link that proves the mailbox, the receipt, the welcome, a question, a refusal. No advertising."""

from datetime import datetime

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from billing.documents import mandate_words
from billing.documents.mails import listed, one_line, signature_of
from billing.models import Application, Mail, Mandate
from billing.services import mandate_forms
from members.models import Organisation

CONFIRM, RECEIVED, WELCOME, REFUSED, ASKED = (
    "join_confirm",
    "join_received",
    "join_welcome",
    "join_refused",
    "join_asked",
)
ALL = (CONFIRM, RECEIVED, WELCOME, REFUSED)


def key(pk: int, what: str) -> str:
    """One mail for each cause."""
    return f"application:{pk}:{what}"


def confirm(row: Application, address: str, days: int, at: datetime) -> Mail:
    """Says who was named and where, and nothing else of what was typed: somebody else may have typed this address."""
    with override(row.language):
        subject = _("Please confirm your e-mail address – %(organisation)s") % {"organisation": row.organisation.name}
        parts = [
            _("Hello,"), _("with this e-mail address somebody wants to join %(organisation)s (%(tariff)s). Please confirm that it was you:") % {
                "organisation": row.organisation.name, "tariff": row.tariff.name},
            address,
            ngettext("The link is good for %(count)s day.", "The link is good for %(count)s days.", days) % {"count": days},
            _("If it was not you, you need not do anything: nothing happens without your confirmation, and what was entered is erased."),
        ]  # fmt: skip
        return mail(row, CONFIRM, subject, parts, at)


def received(row: Application, now: datetime) -> Mail:
    """The whole order in text form at once (BGB 312i Abs. 1 Satz 1 Nr. 3); the office decides."""
    with override(row.language):
        subject = _("Received: your application – %(organisation)s") % {"organisation": row.organisation.name}
        parts = [
            hello(row), _("we have received your application. You hear from us as soon as it is decided."), ordered(row), row.text,
        ]  # fmt: skip
        return mail(row, RECEIVED, subject, parts, now)


def welcome(row: Application, mandate: Mandate | None, now: datetime) -> Mail:
    """The confirmation on a durable medium: the contract with everything that was ordered, and the mandate (BGB 312f Abs. 2)."""
    with override(row.language):
        subject = _("Welcome – your confirmation of %(organisation)s") % {"organisation": row.organisation.name}
        number = row.member.number if row.member else ""
        parts = [
            hello(row), _("we confirm: %(tariff)s. Your member number is %(number)s.") % {"tariff": row.tariff.name, "number": number},
            ordered(row), row.text, *mandate_copy(mandate),
        ]  # fmt: skip
        return mail(row, WELCOME, subject, parts, now)


def mandate_copy(mandate: Mandate | None) -> list[str]:
    """The mandate as it was given, with its reference."""
    if mandate is None:
        return []
    terms = mandate_forms.terms_of(mandate)
    return [mandate_words.heading(terms), *mandate_words.text(terms), listed(mandate_words.facts(terms))]


def refused(row: Application, now: datetime) -> Mail:
    """Why not."""
    with override(row.language):
        subject = _("Your application – %(organisation)s") % {"organisation": row.organisation.name}
        parts = [
            hello(row), _("we cannot admit you: %(reason)s") % {"reason": row.reason},
            _("Nothing was collected, and a mandate that you gave with the application is void. What you entered is erased."),
        ]  # fmt: skip
        return mail(row, REFUSED, subject, parts, now)


def asked(row: Application, now: datetime) -> Mail:
    """A question before the decision; an answer goes to the organisation's own address."""
    with override(row.language):
        subject = _("A question about your application – %(organisation)s") % {"organisation": row.organisation.name}
        parts = [hello(row), row.question, _("Please answer this mail.")]
        return mail(row, ASKED, subject, parts, now, f":{now:%Y%m%d%H%M%S}")


def hello(row: Application) -> str:
    """To whoever signed."""
    return _("Hello %(name)s,") % {"name": row.data["guardian"] or row.name}


def ordered(row: Application) -> str:
    """Day and time of the order."""
    when = date_format(localtime(row.received_at), "DATETIME_FORMAT")
    return _("Ordered on %(when)s with the button “%(button)s”:") % {"when": when, "button": row.shown["button"]}


def mail(row: Application, what: str, subject: str, parts: list[str], at: datetime, more: str = "") -> Mail:
    """To the address of the application, once for each cause."""
    text = "\n\n".join(part.strip("\n") for part in [*parts, _("Kind regards"), signature_of(row.organisation)]) + "\n"
    return Mail(
        organisation=row.organisation, member=row.member, key=key(row.pk, what) + more, kind=what, recipient=row.email,
        subject=one_line(subject)[:200], text=text, created_at=at, next_at=at,
    )  # fmt: skip


def for_office(organisation: Organisation, count: int, address: str) -> tuple[str, str]:
    """What the office reads when somebody waits."""
    with override(organisation.language):
        subject = _("Somebody wants to become a member")
        text = ngettext(
            "%(count)s application waits for you: %(address)s\n", "%(count)s applications wait for you: %(address)s\n", count
        ) % {"count": count, "address": address}  # fmt: skip
    return subject, text
