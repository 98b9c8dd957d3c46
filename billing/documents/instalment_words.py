"""What an instalment agreement says: what is owed, when which part is paid and how, and that it is no new claim."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.documents.figures import long_day, money
from billing.documents.mails import Mail, listed
from billing.documents.payment_words import Fact


@dataclass(frozen=True, slots=True)
class Agreed:
    """An agreement: `claims` are number and amount owed, `parts` ISO day and amount. Of `transfer` and `debit` one is filled.

    `transfer`: account holder, IBAN, BIC; `debit`: masked account, account holder, mandate reference, creditor identifier.
    """

    language: str
    payer: str
    organisation: str
    reference: str
    claims: Sequence[tuple[str, Decimal]]
    parts: Sequence[tuple[str, Decimal]]
    grace_days: int
    transfer: tuple[str, str, str] | None = None
    debit: tuple[str, str, str, str] | None = None

    @property
    def total(self) -> Decimal:
        """All of it, EUR."""
        return sum((amount for _number, amount in self.claims), Decimal(0))


def title(agreed: Agreed) -> str:
    """The heading."""
    return _("Instalment agreement %(reference)s") % {"reference": agreed.reference}


def greeting(agreed: Agreed) -> str:
    """Whom it speaks to."""
    return _("Hello %(name)s,") % {"name": agreed.payer}


def opening(agreed: Agreed) -> str:
    """What was agreed, in one sentence."""
    words = {"amount": money(agreed.total, agreed.language), "count": len(agreed.parts)}
    return _("we have agreed that you pay %(amount)s in %(count)s instalments. It is for:") % words


def claim_rows(agreed: Agreed) -> list[Fact]:
    """The claims."""
    return [(number, money(amount, agreed.language)) for number, amount in agreed.claims]


def part_rows(agreed: Agreed) -> list[Fact]:
    """Day and amount of every part."""
    return [(long_day(day, agreed.language), money(amount, agreed.language)) for day, amount in agreed.parts]


def how(agreed: Agreed) -> str:
    """How the parts are paid."""
    if agreed.debit:
        return _(
            "We collect each instalment on its day by SEPA direct debit from the account below. This letter announces all of "
            "these debits; you need not do anything. Please see that the account holds the amount."
        )
    words = {"reference": agreed.reference}
    return _("Please transfer each instalment so that it is there on its day, and write %(reference)s with it.") % words


def account_rows(agreed: Agreed) -> list[Fact]:
    """The account: theirs for a debit, ours for a transfer."""
    if agreed.debit:
        labels = (_("Account"), _("Account holder"), _("Mandate reference"), _("Creditor identifier"))
        return list(zip(labels, agreed.debit, strict=True))
    if agreed.transfer:
        named = zip((_("Recipient"), "IBAN", "BIC"), agreed.transfer, strict=True)
        return [*((label, text) for label, text in named if text), (_("Remittance"), agreed.reference)]
    return []


def rules(agreed: Agreed) -> list[str]:
    """What holds while it is kept, and after."""
    return [
        _("This agreement is no new claim and changes none of the invoices that it names; it only says when they are paid."),
        _("As long as the instalments come in on their days we neither send reminders for these invoices nor collect them otherwise."),
        _("If an instalment is more than %(days)s days late, the agreement ends, and all that is still open is due at once.")
        % {"days": agreed.grace_days},
        _("You may pay more or earlier at any time."),
    ]  # fmt: skip


def agreement_mail(agreed: Agreed) -> Mail:
    """The words of the mail, or of the letter, in the payer's language."""
    with override(agreed.language):
        parts = [
            greeting(agreed),
            opening(agreed),
            listed(claim_rows(agreed)),
            how(agreed),
            listed(part_rows(agreed)),
            listed(account_rows(agreed)),
            *rules(agreed),
            _("Kind regards"),
            agreed.organisation,
        ]
        return Mail(f"{title(agreed)} – {agreed.organisation}", "\n\n".join(part for part in parts if part) + "\n")
