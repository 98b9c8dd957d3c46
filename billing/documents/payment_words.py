"""How a document is paid, in words: the pre-notification of a direct debit, the request for a transfer, or nothing to pay.

A pre-notification names amount, collection date, creditor identifier and mandate reference (EPC016-06, 4.3). The PDF and
the mail both speak these words.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from billing.documents.figures import grouped_iban, long_day, money

Fact = tuple[str, str]


@dataclass(frozen=True, slots=True)
class PaymentWords:
    """What happens in one line, what else there is to say, and the facts as label and value."""

    headline: str
    text: str = ""
    facts: tuple[Fact, ...] = ()


def payment_words(snapshot: Mapping[str, Any]) -> PaymentWords:
    """The words in the language that is switched on; an amount decides before the method does."""
    gross = Decimal(snapshot["gross"])
    if gross < 0:
        return credit_words(money(-gross, snapshot["language"]))
    if gross == 0 or snapshot["payment"]["method"] not in ("debit", "transfer"):
        return PaymentWords(_("There is nothing to pay."))
    say = debit_words if snapshot["payment"]["method"] == "debit" else transfer_words
    return say(snapshot, money(gross, snapshot["language"]))


def credit_words(amount: str) -> PaymentWords:
    """Money that goes the other way."""
    text = _("We set this amount off against what you owe us, or pay it out to you.")
    return PaymentWords(_("Your credit: %(amount)s") % {"amount": amount}, text)


def debit_words(snapshot: Mapping[str, Any], amount: str) -> PaymentWords:
    """The pre-notification."""
    payment = snapshot["payment"]
    day = long_day(payment["collection_date"], snapshot["language"])
    headline = _("We collect %(amount)s from your account on %(day)s") % {"amount": amount, "day": day}
    text = _("SEPA direct debit: this letter is also your pre-notification. You need not do anything.")
    facts = (
        (_("Account"), payment["debtor_iban"]),
        (_("Account holder"), payment["account_holder"] or payer_name(snapshot)),
        (_("Mandate reference"), payment["mandate_reference"]),
        (_("Creditor identifier"), payment["creditor_identifier"]),
    )
    return PaymentWords(headline, text, facts)


def transfer_words(snapshot: Mapping[str, Any], amount: str) -> PaymentWords:
    """The request to pay."""
    payment = snapshot["payment"]
    day = long_day(payment["due_on"], snapshot["language"])
    headline = _("Please transfer %(amount)s by %(day)s") % {"amount": amount, "day": day}
    facts = (
        (_("Recipient"), payment["name"]),
        (_("IBAN"), grouped_iban(payment["iban"])),
        (_("BIC"), payment["bic"]),
        (_("Remittance information"), payment["remittance"]),
    )
    text = _(
        "Please give the remittance information exactly as it stands here, so that your payment finds its invoice."
    )
    return PaymentWords(headline, text, tuple(fact for fact in facts if fact[1]))


def payer_name(snapshot: Mapping[str, Any]) -> str:
    """Who the document is addressed to."""
    recipient = snapshot["recipient"]
    return str(recipient["name"] or recipient["company"])
