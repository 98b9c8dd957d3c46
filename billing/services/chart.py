"""Which ledger account stands for what, per chart of accounts. Defaults only: the accountant's numbers win.

Roles: `bank`, `receivables`, and `revenue.<rate>`, where the rate may also be `outside` (genuine dues), `exempt`, `small`
(UStG 19) or `reverse` (UStG 13b). Revenue accounts of a rate are automatic accounts in DATEV: they carry the VAT
themselves and take no tax key; 16 and 5 % of 2020 stand on those of 19 and 7 %, told apart by the day of supply.
`write_off` and `write_off.<rate>` are losses of claims; those of a rate are automatic accounts too and correct the VAT (UStG 17).
`bank.fees` is what the bank takes, `damages` what payers owe for it (no supply, no VAT), `suspense` what passes through and is not ours.
"""

from decimal import Decimal

from billing.models import LedgerAccount, LedgerSettings
from billing.pricing.vat import HISTORY, REDUCED, STANDARD, treatment
from members.models import Organisation

BANK, OUTSIDE, EXEMPT = "bank", "revenue.outside", "revenue.exempt"
SMALL, REVERSE = "revenue.small", "revenue.reverse"
FEES, DAMAGES, SUSPENSE = "bank.fees", "damages", "suspense"
WRITE_OFF = "write_off"

DEFAULTS: dict[str, dict[str, str]] = {
    "SKR03": {
        BANK: "1200", "revenue.19": "8400", "revenue.7": "8300", EXEMPT: "8100", SMALL: "8195", REVERSE: "8337", OUTSIDE: "8200",
        FEES: "4970", DAMAGES: "2742", SUSPENSE: "1590", WRITE_OFF: "2400", "write_off.19": "2406", "write_off.7": "2401",
    },
    "SKR04": {
        BANK: "1800", "revenue.19": "4400", "revenue.7": "4300", EXEMPT: "4100", SMALL: "4185", REVERSE: "4337", OUTSIDE: "4200",
        FEES: "6855", DAMAGES: "4970", SUSPENSE: "1370", WRITE_OFF: "6930", "write_off.19": "6936", "write_off.7": "6931",
    },
    "SKR42": {
        BANK: "1800", "revenue.19": "4400", "revenue.7": "4300", EXEMPT: "4100", SMALL: "4185", REVERSE: "4337", OUTSIDE: "4200",
        FEES: "6855", DAMAGES: "4970", SUSPENSE: "1370", WRITE_OFF: "6930", "write_off.19": "6936", "write_off.7": "6931",
    },
}  # fmt: skip
NAMES = {
    BANK: "Bank",
    "revenue.19": "Erlöse 19 % USt",
    "revenue.7": "Erlöse 7 % USt",
    EXEMPT: "Steuerfreie Umsätze",
    SMALL: "Erlöse als Kleinunternehmer § 19 UStG",
    REVERSE: "Erlöse § 13b UStG",
    OUTSIDE: "Mitgliedsbeiträge",
    FEES: "Nebenkosten des Geldverkehrs",
    DAMAGES: "Schadenersatz",
    SUSPENSE: "Durchlaufende Posten",
    WRITE_OFF: "Forderungsverluste",
    "write_off.19": "Forderungsverluste 19 % USt",
    "write_off.7": "Forderungsverluste 7 % USt",
}
NOW = {one: now for past in HISTORY for one, now in ((past.standard, STANDARD), (past.reduced, REDUCED))}
SPHERES = {"ideell": "1", "vermoegensverwaltung": "2", "zweckbetrieb": "3", "geschaeftsbetrieb": "4"}


def accounts_of(settings: LedgerSettings) -> dict[str, str]:
    """Every role with its account, padded to the length of the organisation's accounts."""
    accounts = DEFAULTS[settings.chart] | settings.accounts
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
