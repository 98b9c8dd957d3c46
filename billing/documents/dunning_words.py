"""What a reminder says: the unpaid claims, costs and interest as rows, and why there is a fee. Mail and letter speak these words."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.documents.figures import day, long_day, money, percent, period
from billing.documents.mails import listed
from billing.documents.payment_words import Fact, transfer_words

Snapshot = Mapping[str, Any]
# Stand in the letter's text where the table of claims and the panel with the code are drawn.
CLAIMS, PAYMENT = "[[claims]]", "[[payment]]"
COSTS = {
    "return_fee": gettext_lazy("bank's fee for a returned direct debit"),
    "costs": gettext_lazy("reminder fee"),
    "interest": gettext_lazy("interest on arrears"),
    "lump_sum": gettext_lazy("lump sum for arrears"),
}
GROUNDS = {
    "calendar": gettext_lazy("the day of payment is fixed (BGB 286 Abs. 2 Nr. 1)"),
    "thirty_days": gettext_lazy("thirty days after due day and receipt (BGB 286 Abs. 3)"),
    "reminder": gettext_lazy("after our reminder (BGB 286 Abs. 1)"),
}


def claim_rows(snapshot: Snapshot) -> list[Fact]:
    """Every amount that makes up the total, with what it is; in the language that is switched on."""
    language = snapshot["language"]
    rows = [row for item in snapshot["items"] for row in item_rows(item, language)]
    rows += [(label, money(amount, language)) for label, amount in added(snapshot)]
    return [*rows, (_("To pay"), money(snapshot["total"], language))]


def item_rows(item: Mapping[str, Any], language: str) -> list[Fact]:
    """A claim and what was paid of it."""
    named = {"number": item["number"], "day": day(item["due_on"], language)}
    rows = [(_("%(number)s, due on %(day)s") % named, money(item["payable"], language))]
    if Decimal(item["paid"]):
        rows.append((_("paid of %(number)s") % named, money(-Decimal(item["paid"]), language)))
    return rows


def added(snapshot: Snapshot) -> list[tuple[str, Decimal]]:
    """What is owed beside the claims: older costs and interest, the lump sum, new interest, the fee of this reminder."""
    language, rows = snapshot["language"], list[tuple[str, Decimal]]()
    for item in snapshot["items"]:
        about = {"number": item["number"]}
        for cost in item["costs"]:
            named = about | {"what": COSTS[cost["kind"]], "day": day(cost["on"], language)}
            rows.append((_("%(what)s of %(day)s (%(number)s)") % named, Decimal(cost["amount"])))
        if Decimal(item["lump"]):
            rows.append((_("lump sum for arrears, BGB 288 Abs. 5 (%(number)s)") % about, Decimal(item["lump"])))
        if Decimal(item["interest"]):
            rows.append((_("interest on arrears (%(number)s)") % about, Decimal(item["interest"])))
    if Decimal(snapshot["fee"]):
        rows.append((_("fee of this reminder"), Decimal(snapshot["fee"])))
    return rows


def cost_words(snapshot: Snapshot) -> str:
    """Why there is a fee and how the interest came about; empty where nothing was added."""
    parts = []
    if Decimal(snapshot["fee"]):
        words = {"fee": money(snapshot["fee"], snapshot["language"]), "basis": snapshot["fee_basis"]}
        parts.append(
            _("For this reminder we charge %(fee)s (%(basis)s). You are free to prove that our damage is lower or that there is none.") % words
        )  # fmt: skip
    if any(item["stretches"] for item in snapshot["items"]):
        parts.append(_("How the interest was reckoned stands at the end of the letter."))
    return " ".join(parts)


def placeholders(snapshot: Snapshot, signature: str) -> dict[str, str]:
    """What the placeholders of a reminder's mail stand for."""
    language, recipient = snapshot["language"], snapshot["recipient"]
    return {
        "name": recipient["name"] or recipient["company"], "organisation": snapshot["issuer"]["name"], "signature": signature,
        "heading": snapshot["heading"], "claims": listed(claim_rows(snapshot)), "costs": cost_words(snapshot),
        "amount": money(snapshot["total"], language), "deadline": long_day(snapshot["pay_until"], language),
        "payment": listed(transfer_words(paid_like(snapshot), money(snapshot["total"], language)).facts),
    }  # fmt: skip


def paid_like(snapshot: Snapshot) -> dict[str, Any]:
    """The reminder as the panel of payments reads an invoice."""
    payment = {"method": "transfer", "due_on": snapshot["pay_until"], "remittance": snapshot["remittance"]}
    return {
        "language": snapshot["language"], "gross": snapshot["total"],
        "payment": payment | {name: snapshot["creditor"][name] for name in ("name", "iban", "bic")},
    }  # fmt: skip


def reckoning_rows(stretches: Sequence[Mapping[str, Any]], number: str, language: str) -> list[list[str]]:
    """One row per half-year and sum: document, days, sum, rate, interest with four decimals."""
    return [
        [
            number, period(one["from"], one["to"], language), str(one["days"]), money(one["principal"], language),
            f"{percent(one['base'], language)} + {percent(one['points'], language)}", exact(one["amount"], language),
        ]
        for one in stretches
    ]  # fmt: skip


def exact(amount: str, language: str) -> str:
    """EUR with four decimals: what is not rounded yet."""
    figure = f"{Decimal(amount):.4f}"
    return f"{figure.replace('.', ',') if language == 'de' else figure} €"


def sum_row(amount: str, language: str) -> list[str]:
    """The end of such a table: rounded once."""
    return [_("Sum, rounded once"), "", "", "", "", money(amount, language)]


def reckoning_heads() -> list[str]:
    """Over those rows."""
    return [_("Document"), _("Period"), _("Days"), _("Sum"), _("Base rate and points"), _("Interest")]
