"""Facts about money and the database's own guarantees, in the order of the month.

settings -> contracts -> invoices -> payments -> ledger; `work` is what is due, `mail` what leaves the house.
"""

from billing.models.contracts import Contract, ContractEvent, Tariff, TariffVersion
from billing.models.invoices import BillingRun, Invoice, InvoiceFile, InvoiceLine, NumberRange
from billing.models.ledger import DebtorAccount, LedgerAccount, Posting, PostingBatch
from billing.models.mail import Mail
from billing.models.payments import Collection, CollectionBatch, Mandate
from billing.models.settings import Creditor, ImportSettings, LedgerSettings, RunSettings, Series
from billing.models.work import DueWork, Heartbeat, MemberImport, ParkedContract

__all__ = [
    "BillingRun",
    "Collection",
    "CollectionBatch",
    "Contract",
    "ContractEvent",
    "Creditor",
    "DebtorAccount",
    "DueWork",
    "Heartbeat",
    "ImportSettings",
    "Invoice",
    "InvoiceFile",
    "InvoiceLine",
    "LedgerAccount",
    "LedgerSettings",
    "Mail",
    "Mandate",
    "MemberImport",
    "NumberRange",
    "ParkedContract",
    "Posting",
    "PostingBatch",
    "RunSettings",
    "Series",
    "Tariff",
    "TariffVersion",
]
