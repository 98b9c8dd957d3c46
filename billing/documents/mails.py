"""Mails in plain text. The mail of an invoice is at the same time the SEPA pre-notification, or the request for a transfer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.documents.figures import day, money
from billing.documents.payment_words import Fact, payer_name, payment_words, set_off_rows


@dataclass(frozen=True, slots=True)
class Mail:
    """What a mail says."""

    subject: str
    text: str


def invoice_mail(snapshot: Mapping[str, Any]) -> Mail:
    """The words that go with the PDF, in the recipient's language."""
    with override(snapshot["language"]):
        subject = f"{snapshot['title']} {snapshot['number']} – {snapshot['issuer']['name']}"
        parts = [
            greeting(snapshot),
            enclosed(snapshot),
            listed(set_off_rows(snapshot)),
            *paid(snapshot),
            _("Kind regards"),
            signature(snapshot["issuer"]),
        ]
        return Mail(" ".join(subject.split()), "\n\n".join(part for part in parts if part) + "\n")


def greeting(snapshot: Mapping[str, Any]) -> str:
    """By name, which fits everybody."""
    return _("Hello %(name)s,") % {"name": payer_name(snapshot)}


def enclosed(snapshot: Mapping[str, Any]) -> str:
    """What is attached."""
    language = snapshot["language"]
    return _("please find attached: %(title)s %(number)s of %(day)s, %(amount)s.") % {
        "title": snapshot["title"], "number": snapshot["number"], "day": day(snapshot["issued_on"], language),
        "amount": money(snapshot["gross"], language),
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
