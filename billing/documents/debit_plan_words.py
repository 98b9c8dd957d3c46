"""The yearly plan of a member's debits: one message that announces all of them (EPC016-06, 4.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.documents.figures import long_day, money
from billing.documents.mails import Mail, listed


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan: `debits` are ISO day and amount; `again` says that it replaces an earlier one."""

    language: str
    payer: str
    organisation: str
    creditor_identifier: str
    mandate_reference: str
    account: str
    account_holder: str
    debits: Sequence[tuple[str, Decimal]]
    again: bool


def plan_mail(planned: Planned) -> Mail:
    """The words, in the payer's language."""
    with override(planned.language):
        rows = [(long_day(day, planned.language), money(amount, planned.language)) for day, amount in planned.debits]
        facts = [
            (_("Account"), planned.account),
            (_("Account holder"), planned.account_holder),
            (_("Mandate reference"), planned.mandate_reference),
            (_("Creditor identifier"), planned.creditor_identifier),
        ]
        opening = _("these are the days and amounts on which we collect from your account in the coming months:")
        parts = [
            _("Hello %(name)s,") % {"name": planned.payer},
            opening,
            listed(rows),
            _("This replaces what we told you before.") if planned.again else "",
            _(
                "These are SEPA direct debits; you need not do anything. This message announces all of them. If an amount or a "
                "day changes, we tell you before."
            ),
            listed(facts),
            _("Kind regards"),
            planned.organisation,
        ]
        subject = _("The direct debits of the coming months")
        return Mail(f"{subject} – {planned.organisation}", "\n\n".join(part for part in parts if part) + "\n")
