"""Mails in plain text. The mail of an invoice is at the same time the SEPA pre-notification, or the request for a transfer."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.documents.figures import day, money
from billing.documents.mail_words import KINDS, Words
from billing.documents.payment_words import Fact, payer_name, payment_words, set_off_rows
from billing.documents.placeholders import filled
from members.models import Organisation

LONGEST_SUBJECT = 200
# Standard texts close in more than one way.
OTHER_CLOSES = ("Freundliche Grüße", "Mit freundlichen Grüßen")
SIGNED = ("name", "street", "postal_code", "city", "email", "phone", "website")


@dataclass(frozen=True, slots=True)
class Mail:
    """What a mail says."""

    subject: str
    text: str


def composed(kind: str, language: str, values: Mapping[str, str], own: Words | None = None) -> Mail:
    """A mail in the organisation's own words, else in ours. The subject is one line without control characters."""
    with override(language):
        words = own or KINDS[kind].default
    return Mail(one_line(filled(words.subject, values))[:LONGEST_SUBJECT], tidy(filled(words.text, values)))


def housed(text: str, language: str, own: tuple[str, str]) -> str:
    """A mail in which our greeting and our close give way to the organisation's own (`{name}` is who was greeted)."""
    greeting, closing = own
    with override(language):
        greeted = re.escape(_("Hello %(name)s,")).replace(re.escape("%(name)s"), "(.+)")
        closes = {_("Kind regards"), *OTHER_CLOSES}
    if greeting:
        text = re.sub(
            rf"\A{greeted}$", lambda found: greeting.replace("{name}", found[1]), text, count=1, flags=re.MULTILINE
        )
    if closing:
        text = "\n".join(closing if line.strip() in closes else line for line in text.split("\n"))
    return text


def one_line(text: str) -> str:
    """What may stand in a header: no line break, nothing invisible."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())


def tidy(text: str) -> str:
    """Without the gaps that empty placeholders leave."""
    parts = text.replace("\r\n", "\n").split("\n\n")
    return "\n\n".join(part.strip("\n") for part in parts if part.strip()) + "\n"


def invoice_mail(snapshot: Mapping[str, Any], own: Words | None = None) -> Mail:
    """The words that go with the PDF, in the recipient's language."""
    return composed("invoice", snapshot["language"], invoice_values(snapshot), own)


def invoice_values(snapshot: Mapping[str, Any]) -> dict[str, str]:
    """What the placeholders of an invoice's mail stand for."""
    language, issuer = snapshot["language"], snapshot["issuer"]
    with override(language):
        return {
            "name": payer_name(snapshot), "organisation": issuer["name"], "signature": signature(issuer),
            "title": snapshot["title"], "number": snapshot["number"], "date": day(snapshot["issued_on"], language),
            "amount": money(snapshot["gross"], language), "set_off": listed(set_off_rows(snapshot)),
            "payment": "\n\n".join(part for part in paid(snapshot) if part),
        }  # fmt: skip


def paid(snapshot: Mapping[str, Any]) -> list[str]:
    """How it is paid."""
    words = payment_words(snapshot)
    headline = f"{words.headline.rstrip('.')}."
    return ["\n".join(part for part in (headline, words.text) if part), listed(words.facts)]


def listed(facts: Sequence[Fact]) -> str:
    """Label and value, one a line, the values below each other."""
    longest = max((len(label) for label, _value in facts), default=0)
    return "\n".join(f"  {label + ':':<{longest + 2}} {value}" for label, value in facts)


def signature(issuer: Mapping[str, str]) -> str:
    """Who writes, and how to reach them."""
    town = f"{issuer['postal_code']} {issuer['city']}".strip()
    address = ", ".join(part for part in (issuer["street"], town) if part)
    reach = " · ".join(part for part in (issuer["email"], issuer["phone"], issuer["website"]) if part)
    return "\n".join(part for part in (issuer["name"], address, reach) if part)


def signature_of(organisation: Organisation) -> str:
    """The same, as the organisation is now."""
    return signature({name: getattr(organisation, name) for name in SIGNED})
