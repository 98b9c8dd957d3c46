"""Facts about money and the database's own guarantees, in the order of the month.

settings -> contracts -> usage -> invoices -> payments -> mandate_papers -> credits -> statements -> ledger;
`changes` is what was quoted and announced,
`declarations` what consumers declare, `sign_up` who wants to become a member, `donations` what was given, `receipts` what was confirmed of it, `analytics` what usage teaches,
`work` what is due, `mail` what leaves the house,
`access` which programs may come in.
"""

from billing.models.access import ApiKey
from billing.models.analytics import Scenario
from billing.models.ancillary import AncillaryClaim
from billing.models.changes import ContractQuote, PriceChange, PriceNotice, PriceObjection
from billing.models.contracts import Contract, ContractEvent, Tariff, TariffVersion
from billing.models.credits import Payout, PayoutBatch, SetOff
from billing.models.declarations import Declaration
from billing.models.donations import Donation, ReceiptSettings, TaxNotice
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
from billing.models.work import DueWork, Heartbeat, MemberImport, ParkedContract

__all__ = [
    "Allocation",
    "AncillaryClaim",
    "ApiKey",
    "Application",
    "BankReply",
    "BillingRun",
    "Bounce",
    "CaughtMail",
    "Collection",
    "CollectionBatch",
    "Contract",
    "ContractEvent",
    "ContractQuote",
    "Creditor",
    "DebtorAccount",
    "Declaration",
    "Donation",
    "DueWork",
    "EInvoiceFile",
    "Heartbeat",
    "ImportSettings",
    "Invoice",
    "InvoiceFile",
    "InvoiceLine",
    "LedgerAccount",
    "LedgerSettings",
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
]
