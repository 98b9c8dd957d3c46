"""The pre-notification of a debit that no invoice announces: it is collected again, on another day, or with another mandate.

Amount, day, creditor identifier and mandate reference stand in it (EPC016-06, 4.3), and which documents it is for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from billing.documents.figures import long_day, money
from billing.documents.mails import Mail, listed
from billing.documents.payment_words import Fact


@dataclass(frozen=True, slots=True)
class Announced:
    """One debit: `documents` are number and amount of each claim, `day` the ISO date of the collection."""

    language: str
    payer: str
    organisation: str
    creditor_identifier: str
    mandate_reference: str
    account: str
    account_holder: str
    day: str
    amount: Decimal
    documents: Sequence[tuple[str, Decimal]]


def announcement(debit: Announced) -> Mail:
    """The words, in the payer's language."""
    with override(debit.language):
        parts = [
            _("Hello %(name)s,") % {"name": debit.payer},
            headline(debit),
            _("This is a SEPA direct debit; you need not do anything. Please see that the account holds the amount."),
            listed(facts(debit)),
            documents(debit),
            _("Kind regards"),
            debit.organisation,
        ]
        subject = _("We collect %(amount)s on %(day)s") % words(debit)
        return Mail(f"{subject} – {debit.organisation}", "\n\n".join(parts) + "\n")


def words(debit: Announced) -> dict[str, str]:
    """Amount and day as people read them."""
    return {"amount": money(debit.amount, debit.language), "day": long_day(debit.day, debit.language)}


def headline(debit: Announced) -> str:
    """What happens, in one line."""
    return _("We collect %(amount)s from your account on %(day)s") % words(debit) + "."


def facts(debit: Announced) -> list[Fact]:
    """What a payer needs to recognise the debit."""
    return [
        (_("Account"), debit.account),
        (_("Account holder"), debit.account_holder),
        (_("Mandate reference"), debit.mandate_reference),
        (_("Creditor identifier"), debit.creditor_identifier),
    ]


def documents(debit: Announced) -> str:
    """What it is for. The day that the document itself names no longer holds."""
    intro = ngettext(
        "It is for this document, whose earlier day of collection no longer holds:",
        "It is for these documents, whose earlier days of collection no longer hold:",
        len(debit.documents),
    )
    rows = [(number, money(amount, debit.language)) for number, amount in debit.documents]
    return f"{intro}\n{listed(rows)}"
