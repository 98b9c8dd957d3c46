"""Which ledger account stands for what, per chart of accounts. Defaults only: the accountant's numbers win.

Roles: `bank`, and `revenue.<rate>`, where the rate may also be `outside` (genuine dues), `exempt`, `small` (UStG 19) or
`reverse` (UStG 13b). Revenue accounts of a rate are automatic accounts in DATEV: they carry the VAT
themselves and take no tax key; 16 and 5 % of 2020 stand on those of 19 and 7 %, told apart by the day of supply.
`bank.fees` is what the bank takes, `damages` what payers owe for it (no supply, no VAT); each kind of damages may have its
own account and stands on that one otherwise. `suspense` is what passes through and is not ours. What payers owe, paid too
much and get back stands on their own accounts, which the accountant's program sums up on `receivables`.
The sphere of an association is the cost centre KOST1 under every chart: SKR42 has no accounts of spheres any more.
"""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from billing.models import LedgerAccount, LedgerSettings
from billing.pricing.vat import HISTORY, REDUCED, STANDARD, treatment
from members.models import Organisation

BANK, TRANSIT, RECEIVABLES, OUTSIDE, EXEMPT = "bank", "transit", "receivables", "revenue.outside", "revenue.exempt"
SMALL, REVERSE = "revenue.small", "revenue.reverse"
FEES, DAMAGES, SUSPENSE = "bank.fees", "damages", "suspense"
PASSED_ON, DUNNING, LUMP, INTEREST = "damages.bank_fees", "damages.dunning", "damages.lump", "interest"
WRITE_OFF, WRITE_OFF_REDUCED, WRITE_OFF_STANDARD = "write_off", "write_off.7", "write_off.19"
DEFERRED, OPENING = "deferred", "opening"

SKR04 = {
    BANK: "1800", TRANSIT: "1460", RECEIVABLES: "1200", "revenue.19": "4400", "revenue.7": "4300", EXEMPT: "4100", SMALL: "4185",
    REVERSE: "4337", OUTSIDE: "4200", FEES: "6855", DAMAGES: "4970", INTEREST: "7100", WRITE_OFF: "6930", WRITE_OFF_REDUCED: "6931",
    WRITE_OFF_STANDARD: "6936", SUSPENSE: "1370", DEFERRED: "3900", OPENING: "9008",
}  # fmt: skip
DEFAULTS: dict[str, dict[str, str]] = {
    "SKR03": {
        BANK: "1200", TRANSIT: "1360", RECEIVABLES: "1400", "revenue.19": "8400", "revenue.7": "8300", EXEMPT: "8100", SMALL: "8195",
        REVERSE: "8337", OUTSIDE: "8200", FEES: "4970", DAMAGES: "2742", INTEREST: "2650", WRITE_OFF: "2400", WRITE_OFF_REDUCED: "2401",
        WRITE_OFF_STANDARD: "2406", SUSPENSE: "1590", DEFERRED: "0990", OPENING: "9008",
    },
    "SKR04": SKR04,
    "SKR42": SKR04,
}  # fmt: skip
# Kinds of damages stand on the account of damages as long as they have none of their own.
INHERITED = {PASSED_ON: DAMAGES, DUNNING: DAMAGES, LUMP: DAMAGES}
NAMES = {
    BANK: "Bank",
    TRANSIT: "Geldtransit",
    RECEIVABLES: "Forderungen aus Lieferungen und Leistungen",
    "revenue.19": "Erlöse 19 % USt",
    "revenue.7": "Erlöse 7 % USt",
    EXEMPT: "Steuerfreie Umsätze",
    SMALL: "Erlöse als Kleinunternehmer § 19 UStG",
    REVERSE: "Erlöse § 13b UStG",
    OUTSIDE: "Mitgliedsbeiträge",
    FEES: "Nebenkosten des Geldverkehrs",
    DAMAGES: "Schadenersatz",
    PASSED_ON: "Weitergegebene Bankgebühren",
    DUNNING: "Mahngebühren",
    LUMP: "Verzugspauschale § 288 Abs. 5 BGB",
    INTEREST: "Verzugszinsen",
    WRITE_OFF: "Forderungsverluste ohne USt",
    WRITE_OFF_REDUCED: "Forderungsverluste 7 % USt",
    WRITE_OFF_STANDARD: "Forderungsverluste 19 % USt",
    SUSPENSE: "Durchlaufende Posten",
    DEFERRED: "Passive Rechnungsabgrenzung",
    OPENING: "Saldenvorträge Debitoren",
}
HELP = {
    BANK: _("Where money comes in and goes out. A second account: bank.IBAN on the page of the settings."),
    TRANSIT: _("Money that left one account of yours and has not reached the other yet."),
    RECEIVABLES: _(
        "The sum of all members' accounts. Nothing is posted to it directly: invoices, payments, overpayments and refunds "
        "stand on each member's own account, and the accountant's program adds them up here."
    ),
    "revenue.19": _("What you sell at the full rate. The accountant's program takes the VAT out by itself."),
    "revenue.7": _("What you sell at the reduced rate. The accountant's program takes the VAT out by itself."),
    EXEMPT: _("What you sell free of VAT (UStG 4)."),
    SMALL: _("What you sell as a small business (UStG 19)."),
    REVERSE: _("Services for which the customer owes the VAT (UStG 13b)."),
    OUTSIDE: _("Genuine membership dues: no supply, no VAT."),
    FEES: _("What the bank takes for itself, such as for a returned direct debit: your own cost."),
    DAMAGES: _(
        "What members owe because they paid late or not at all: damages, no VAT. Used where nothing else is named."
    ),
    PASSED_ON: _("The bank's fee for a returned debit that you pass on. Empty: as damages."),
    DUNNING: _("What you charge for a reminder. Empty: as damages."),
    LUMP: _("The 40 euros that a company owes when it is late (BGB 288). Empty: as damages."),
    INTEREST: _("Interest for late payment that you receive."),
    WRITE_OFF: _("Claims without VAT that you give up, such as dues."),
    WRITE_OFF_REDUCED: _("Claims at the reduced rate that you give up; the VAT comes back with the next return."),
    WRITE_OFF_STANDARD: _("Claims at the full rate that you give up; the VAT comes back with the next return."),
    SUSPENSE: _("What passes through your account and is not yours, or waits to be explained."),
    DEFERRED: _("What was billed in this year for days of the next one. Only used if you draw up a balance sheet."),
    OPENING: _("The other side of claims that came over from your old program."),
}
NOW = {one: now for past in HISTORY for one, now in ((past.standard, STANDARD), (past.reduced, REDUCED))}
SPHERES = {"ideell": "1", "vermoegensverwaltung": "2", "zweckbetrieb": "3", "geschaeftsbetrieb": "4"}


def ledger_settings(organisation: Organisation) -> LedgerSettings:
    """The settings of the books; who has none gets the defaults."""
    return LedgerSettings.objects.get_or_create(organisation=organisation)[0]


def accounts_of(settings: LedgerSettings) -> dict[str, str]:
    """Every role with its account, padded to the length of the organisation's accounts."""
    accounts = DEFAULTS[settings.chart] | settings.accounts
    accounts = {role: accounts[parent] for role, parent in INHERITED.items()} | accounts
    return {role: str(number).ljust(settings.account_length, "0") for role, number in accounts.items()}


def revenue_role(rate: Decimal | None, exemption: str) -> str:
    """The role of the account that a sale is booked to."""
    how = treatment(rate, exemption)
    if rate and how == "taxed":
        return f"revenue.{NOW.get(rate, rate).normalize():f}"
    return {"outside": OUTSIDE, "reverse": REVERSE, "small": SMALL}.get(how, EXEMPT)


def write_off_role(rate: Decimal | None) -> str:
    """The role of the account that a lost claim of this rate is booked to; without VAT there is nothing to correct."""
    return f"{WRITE_OFF}.{NOW.get(rate, rate).normalize():f}" if rate else WRITE_OFF


def open_accounts(organisation: Organisation, settings: LedgerSettings) -> None:
    """Names the accounts in use, for lists and exports; harmless to repeat."""
    for role, number in accounts_of(settings).items():
        LedgerAccount.objects.update_or_create(
            organisation=organisation, role=role, defaults={"number": number, "name": NAMES.get(role, role)}
        )
