"""Facts about money and the database's own guarantees, in the order of the month.

settings -> contracts -> usage -> invoices -> payments -> mandate_papers -> credits -> statements -> debts -> ledger ->
handover;
`changes` is what was quoted and announced,
`dunning` who was reminded of what, `fiscal` which years and what is locked, `declarations` what consumers declare,
`donations` what was given, `receipts` what was confirmed of it, `analytics` what usage teaches,
`branding` how the house looks, `vat_checks` what the tax office said of VAT ids, `work` what is due, `mail` what leaves the house,
`sign_up` who wants to become a member,
`access` which programs may come in.
"""

from billing.models.access import ApiKey
from billing.models.analytics import Scenario
from billing.models.ancillary import AncillaryClaim
from billing.models.branding import Branding, LogoFile
from billing.models.changes import ContractQuote, PriceChange, PriceNotice, PriceObjection
from billing.models.contracts import Contract, ContractEvent, Tariff, TariffVersion
from billing.models.credits import Payout, PayoutBatch, SetOff
from billing.models.debts import (
    DebtSettings,
    Discharge,
    Instalment,
    InstalmentClaim,
    InstalmentPlan,
    PlannedDebit,
)
from billing.models.declarations import Declaration
from billing.models.donations import Donation, ReceiptSettings, TaxNotice
from billing.models.dunning import (
    DunningItem,
    DunningLevel,
    DunningNotice,
    DunningPause,
    DunningRun,
    DunningSettings,
    DunningStop,
    HandedClaim,
)
from billing.models.fiscal import FiscalYear, PeriodLock
from billing.models.handover import FileDownload, LedgerFile
from billing.models.invoices import BillingRun, EInvoiceFile, Invoice, InvoiceFile, InvoiceLine, NumberRange
from billing.models.ledger import DebtorAccount, LedgerAccount, Posting, PostingBatch
from billing.models.mail import Bounce, CaughtMail, Mail, MailTemplate
from billing.models.mandate_papers import BankReply, MandateAmendment, MandateDocument
from billing.models.payments import Collection, CollectionBatch, Mandate
from billing.models.receipts import Receipt, ReceiptFile, ReceiptLine
from billing.models.settings import Creditor, ImportSettings, LedgerSettings, RunSettings, Series
from billing.models.sign_up import Application, SignUpOffer, SignUpSettings, SignUpText
from billing.models.statements import Allocation, PayerAccount, Statement, StatementEntry, StatementFile
from billing.models.usage import Meter, UsageEvent, UsageImport
from billing.models.vat_checks import VatCheck
from billing.models.work import DueWork, Heartbeat, MemberImport, ParkedContract

__all__ = [
    "Allocation",
    "AncillaryClaim",
    "ApiKey",
    "Application",
    "BankReply",
    "BillingRun",
    "Bounce",
    "Branding",
    "CaughtMail",
    "Collection",
    "CollectionBatch",
    "Contract",
    "ContractEvent",
    "ContractQuote",
    "Creditor",
    "DebtSettings",
    "DebtorAccount",
    "Declaration",
    "Discharge",
    "Donation",
    "DueWork",
    "DunningItem",
    "DunningLevel",
    "DunningNotice",
    "DunningPause",
    "DunningRun",
    "DunningSettings",
    "DunningStop",
    "EInvoiceFile",
    "FileDownload",
    "FiscalYear",
    "HandedClaim",
    "Heartbeat",
    "ImportSettings",
    "Instalment",
    "InstalmentClaim",
    "InstalmentPlan",
    "Invoice",
    "InvoiceFile",
    "InvoiceLine",
    "LedgerAccount",
    "LedgerFile",
    "LedgerSettings",
    "LogoFile",
    "Mail",
    "MailTemplate",
    "Mandate",
    "MandateAmendment",
    "MandateDocument",
    "MemberImport",
    "Meter",
    "NumberRange",
    "ParkedContract",
    "PayerAccount",
    "Payout",
    "PayoutBatch",
    "PeriodLock",
    "PlannedDebit",
    "Posting",
    "PostingBatch",
    "PriceChange",
    "PriceNotice",
    "PriceObjection",
    "Receipt",
    "ReceiptFile",
    "ReceiptLine",
    "ReceiptSettings",
    "RunSettings",
    "Scenario",
    "Series",
    "SetOff",
    "SignUpOffer",
    "SignUpSettings",
    "SignUpText",
    "Statement",
    "StatementEntry",
    "StatementFile",
    "Tariff",
    "TariffVersion",
    "TaxNotice",
    "UsageEvent",
    "UsageImport",
    "VatCheck",
]
