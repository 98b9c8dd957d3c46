"""How a document is paid, in words: the pre-notification of a direct debit, the request for a transfer, or nothing to pay.

A pre-notification names amount, collection date, creditor identifier and mandate reference (EPC016-06, 4.3). The PDF and
the mail both speak these words.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from billing.documents.figures import day, grouped_iban, long_day, money

Fact = tuple[str, str]


@dataclass(frozen=True, slots=True)
class PaymentWords:
    """What happens in one line, what else there is to say, and the facts as label and value."""

    headline: str
    text: str = ""
    facts: tuple[Fact, ...] = ()


def payment_words(snapshot: Mapping[str, Any]) -> PaymentWords:
    """The words in the language that is switched on; an amount decides before the method does."""
    gross, payable = Decimal(snapshot["gross"]), payable_of(snapshot)
    if "corrects" in snapshot:
        return correction_words(snapshot)
    if gross < 0:
        return credit_words(money(-gross, snapshot["language"]))
    if payable == 0 or snapshot["payment"]["method"] not in ("debit", "transfer"):
        covered = _("Your credit covers the whole amount.") if payable < gross else ""
        return PaymentWords(_("There is nothing to pay."), covered)
    say = debit_words if snapshot["payment"]["method"] == "debit" else transfer_words
    return say(snapshot, money(payable, snapshot["language"]))


def payable_of(snapshot: Mapping[str, Any]) -> Decimal:
    """What is to be paid: the gross amount, less the credits that are set off."""
    return Decimal(snapshot["payment"].get("payable") or snapshot["gross"])


def set_off_rows(snapshot: Mapping[str, Any]) -> list[Fact]:
    """The credits that are taken off the total, and what is left to pay; nothing where there are none."""
    language, given = snapshot["language"], snapshot["payment"].get("set_off", ())
    rows = [
        (
            _("less credit %(number)s of %(day)s") % {"number": one["number"], "day": day(one["issued_on"], language)},
            money(-Decimal(one["amount"]), language),
        )
        for one in given
    ]
    return [*rows, (_("To pay"), money(payable_of(snapshot), language))] if rows else []


def credit_words(amount: str) -> PaymentWords:
    """Money that goes the other way."""
    text = _("We set this amount off against what you owe us, or pay it out to you.")
    return PaymentWords(_("Your credit: %(amount)s") % {"amount": amount}, text)


def correction_words(snapshot: Mapping[str, Any]) -> PaymentWords:
    """What a correction does to the invoice that is not paid yet, and what comes back of what was."""
    language, payment = snapshot["language"], snapshot["payment"]
    given, settles = Decimal(payment["given"]), payment.get("settles")
    back = credit_words(money(given, language)) if given else PaymentWords("")
    if not settles:
        return back
    words = {"number": settles["number"], "amount": money(settles["amount"], language)}
    if Decimal(settles["left"]):
        left = words | {"left": money(settles["left"], language)}
        due = PaymentWords(
            _("Of invoice %(number)s %(left)s are still to pay") % left,
            _("This takes %(amount)s off it. How and when the rest is paid stays as the invoice says.") % words,
        )
    else:
        due = PaymentWords(
            _("Invoice %(number)s need not be paid any more") % words,
            _("This takes %(amount)s off it, which is all that was open. Nothing will be debited for it.") % words,
        )
    return PaymentWords(back.headline or due.headline, " ".join(part for part in (back.text, due.text) if part))


def debit_words(snapshot: Mapping[str, Any], amount: str) -> PaymentWords:
    """The pre-notification."""
    payment = snapshot["payment"]
    when = long_day(payment["collection_date"], snapshot["language"])
    headline = _("We collect %(amount)s from your account on %(day)s") % {"amount": amount, "day": when}
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
    when = long_day(payment["due_on"], snapshot["language"])
    headline = _("Please transfer %(amount)s by %(day)s") % {"amount": amount, "day": when}
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
