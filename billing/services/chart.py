"""Which ledger account stands for what, per chart of accounts. Defaults only: the accountant's numbers win.

Roles: `bank`, `receivables`, and `revenue.<rate>` (rate `outside` for genuine dues, `exempt` for exempt supplies). Revenue
accounts of a rate are automatic accounts in DATEV: they carry the VAT themselves and take no tax key. `bank.fees` is what the
bank takes, `damages` what payers owe for it (no supply, no VAT), `suspense` what passes through and is not ours.
"""

from decimal import Decimal

from billing.models import LedgerAccount, LedgerSettings
from members.models import Organisation

BANK, OUTSIDE, EXEMPT = "bank", "revenue.outside", "revenue.exempt"
FEES, DAMAGES, SUSPENSE = "bank.fees", "damages", "suspense"

DEFAULTS: dict[str, dict[str, str]] = {
    "SKR03": {
        BANK: "1200", "revenue.19": "8400", "revenue.7": "8300", EXEMPT: "8100", OUTSIDE: "8200", FEES: "4970", DAMAGES: "2742",
        SUSPENSE: "1590",
    },
    "SKR04": {
        BANK: "1800", "revenue.19": "4400", "revenue.7": "4300", EXEMPT: "4100", OUTSIDE: "4200", FEES: "6855", DAMAGES: "4970",
        SUSPENSE: "1370",
    },
    "SKR42": {
        BANK: "1800", "revenue.19": "4400", "revenue.7": "4300", EXEMPT: "4100", OUTSIDE: "4200", FEES: "6855", DAMAGES: "4970",
        SUSPENSE: "1370",
    },
}  # fmt: skip
NAMES = {
    BANK: "Bank",
    "revenue.19": "Erlöse 19 % USt",
    "revenue.7": "Erlöse 7 % USt",
    EXEMPT: "Steuerfreie Umsätze",
    OUTSIDE: "Mitgliedsbeiträge",
    FEES: "Nebenkosten des Geldverkehrs",
    DAMAGES: "Schadenersatz",
    SUSPENSE: "Durchlaufende Posten",
}
SPHERES = {"ideell": "1", "vermoegensverwaltung": "2", "zweckbetrieb": "3", "geschaeftsbetrieb": "4"}


def accounts_of(settings: LedgerSettings) -> dict[str, str]:
    """Every role with its account, padded to the length of the organisation's accounts."""
    accounts = DEFAULTS[settings.chart] | settings.accounts
    return {role: str(number).ljust(settings.account_length, "0") for role, number in accounts.items()}


def revenue_role(rate: Decimal | None, exemption: str) -> str:
    """The role of the account that a sale is booked to."""
    if rate is None:
        return OUTSIDE
    return EXEMPT if exemption or not rate else f"revenue.{rate.normalize():f}"


def open_accounts(organisation: Organisation, settings: LedgerSettings) -> None:
    """Names the accounts in use, for lists and exports; harmless to repeat."""
    for role, number in accounts_of(settings).items():
        LedgerAccount.objects.update_or_create(
            organisation=organisation, role=role, defaults={"number": number, "name": NAMES.get(role, role)}
        )
