"""Valid rows of every table, each different from the last, for tests that then break exactly one thing about them."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from typing import Any

from django.contrib.auth.models import Group
from django.db.models import Model

from billing.models import (
    Allocation,
    AncillaryClaim,
    ApiKey,
    Application,
    BankReply,
    BillingRun,
    Bounce,
    Branding,
    CaughtMail,
    Collection,
    CollectionBatch,
    Contract,
    ContractEvent,
    ContractQuote,
    Creditor,
    DebtorAccount,
    DebtSettings,
    Declaration,
    Discharge,
    Donation,
    DueWork,
    DunningItem,
    DunningLevel,
    DunningNotice,
    DunningPause,
    DunningRun,
    DunningSettings,
    DunningStop,
    EInvoiceFile,
    FileDownload,
    FiscalYear,
    HandedClaim,
    Instalment,
    InstalmentClaim,
    InstalmentPlan,
    Invoice,
    InvoiceFile,
    InvoiceLine,
    LedgerAccount,
    LedgerFile,
    LedgerSettings,
    LogoFile,
    Mail,
    MailTemplate,
    Mandate,
    MandateAmendment,
    MandateDocument,
    Meter,
    NumberRange,
    ParkedContract,
    PayerAccount,
    Payout,
    PayoutBatch,
    PeriodLock,
    PlannedDebit,
    Posting,
    PostingBatch,
    PriceChange,
    PriceNotice,
    PriceObjection,
    Receipt,
    ReceiptFile,
    ReceiptLine,
    ReceiptSettings,
    RunSettings,
    Scenario,
    Series,
    SetOff,
    SignUpOffer,
    SignUpSettings,
    SignUpText,
    Statement,
    StatementEntry,
    StatementFile,
    Tariff,
    TariffVersion,
    TaxNotice,
    UsageEvent,
    VatCheck,
)
from members.models import (
    Consent,
    ConsentPurpose,
    ConsentText,
    ContactEntry,
    DataChange,
    ErasureRequest,
    Member,
    OfficeRole,
    Organisation,
    Proof,
    ProofFile,
    User,
)

DAY, LATER, NOON = date(2027, 1, 1), date(2027, 2, 1), datetime(2027, 1, 1, 11, tzinfo=UTC)
Fields = dict[str, Any]
numbers = count(1)


def fields(model: type[Model], **given: Any) -> Fields:
    """The fields of a row that every constraint accepts."""
    number = next(numbers)
    base: Fields = (
        {} if model in (Organisation, User, Group) else {"organisation": given.get("organisation") or organisation()}
    )
    return base | MAKERS[model](number) | given


def row(model: type[Model], **given: Any) -> Any:
    """Such a row, written."""
    return model._default_manager.create(**fields(model, **given))


def organisation() -> Organisation:
    """All rows belong to the same one."""
    return Organisation.objects.first() or Organisation.objects.create(slug="verein", name="Verein")


def consent(text: ConsentText) -> Fields:
    """A yes to one text."""
    return {
        "member": row(Member),
        "text": text,
        "purpose": text.purpose,
        "given_at": NOON,
        "given_how": {"by": "portal"},
    }


MAKERS: dict[type[Model], Callable[[int], Fields]] = {
    User: lambda n: {"email": f"user{n}@example.org"},
    Group: lambda n: {"name": f"group {n}"},
    OfficeRole: lambda n: {"user": row(User), "group": row(Group)},
    Member: lambda n: {"number": str(n), "last_name": "Krüger"},
    Tariff: lambda n: {"code": f"T{n}", "name": "Fee"},
    TariffVersion: lambda n: {"tariff": row(Tariff), "number": n, "valid_from": DAY, "terms": {}},
    Contract: lambda n: {"member": row(Member), "tariff": row(Tariff), "start": DAY},
    ContractEvent: lambda n: {"contract": row(Contract), "on": DAY, "known_on": DAY, "kind": "pause"},
    Creditor: lambda n: {"name": "Verein", "identifier": f"DE98ZZZ{n:011d}", "iban": "DE89370400440532013000"},
    Series: lambda n: {"kind": f"kind {n}", "pattern": "R{year}-{number:05d}"},
    RunSettings: lambda n: {},
    BillingRun: lambda n: {"creditor": row(Creditor), "on": DAY, "until": DAY, "collect_on": LATER, "sequence": n},
    NumberRange: lambda n: {"kind": "invoice", "year": 2000 + n, "next_value": 5},
    Invoice: lambda n: {
        "run": row(BillingRun), "payer": row(Member), "year": 2027, "sequence": n, "number": f"R2027-{n:05d}", "issued_on": DAY,
        "due_on": LATER, "net": Decimal("10.00"), "vat": Decimal("1.90"), "gross": Decimal("11.90"), "method": "debit", "snapshot": {"n": n},
        "hash": "h",
    },
    InvoiceLine: lambda n: {
        "invoice": row(Invoice), "position": n, "contract": row(Contract), "tariff": "T", "component": "fee", "kind": "charge",
        "start": DAY, "end": LATER, "quantity": Decimal(1), "amount": Decimal("11.90"), "vat_rate": Decimal(19), "text": "Fee",
    },
    EInvoiceFile: lambda n: {"invoice": row(Invoice), "format": "zugferd", "content": b"<xml/>", "sha256": "0" * 64},
    InvoiceFile: lambda n: {"invoice": row(Invoice), "content": b"%PDF", "sha256": "0" * 64},
    LedgerAccount: lambda n: {"number": "8400", "name": "Revenue", "role": f"role {n}"},
    FiscalYear: lambda n: {"start": date(1000 + n % 8000, 1, 1), "end": date(1000 + n % 8000, 7, 1)},
    PeriodLock: lambda n: {"closed_until": DAY, "at": NOON},
    LedgerSettings: lambda n: {"organisation": Organisation.objects.create(slug=f"books{n}", name="Verein"), "closed_until": DAY},
    LedgerFile: lambda n: {
        "kind": "images", "batch": row(PostingBatch), "start": DAY, "end": LATER, "count": 1, "total": Decimal(0), "sha256": "0" * 64,
        "made_at": NOON,
    },
    FileDownload: lambda n: {"ledger_file": row(LedgerFile), "at": NOON},
    DebtorAccount: lambda n: {"member": row(Member), "number": 10000 + n},
    PostingBatch: lambda n: {
        "month": DAY, "part": n, "count": 1, "total": Decimal("11.90"), "content": b"x", "sha256": "0" * 64, "debtors": b"x",
        "exported_at": NOON,
    },
    Posting: lambda n: {
        "posted_on": DAY, "debit_account": "10001", "credit_account": "8400", "amount": Decimal("11.90"), "case": f"case {n}",
        "document": row(Invoice), "reference": f"R2027-{n:05d}", "text": "Krüger",
    },
    Mail: lambda n: {"key": f"invoice:{n}", "kind": "invoice", "recipient": "a@example.org", "subject": "Fee", "text": "", "created_at": NOON},
    MailTemplate: lambda n: {"kind": "invoice", "language": "de", "subject": "Fee", "text": "{payment}"},
    Branding: lambda n: {},
    LogoFile: lambda n: {"sha256": f"{n:064d}", "content": b"\x89PNG"},
    VatCheck: lambda n: {"member": row(Member), "vat_id": "ATU12345675", "asked_on": DAY, "result": "valid"},
    Bounce: lambda n: {"address": f"a{n}@example.org", "reason": "550", "at": NOON},
    CaughtMail: lambda n: {"recipient": "a@example.org", "subject": "Fee", "content": b"Subject: Fee", "caught_at": NOON},
    ContactEntry: lambda n: {"member": row(Member), "kind": "note", "at": NOON, "text": "Called."},
    DataChange: lambda n: {
        "member": row(Member), "kind": "name", "before": {"last_name": "Krüger"}, "after": {"last_name": "Kruse"}, "reason": "marriage",
        "asked_at": NOON,
    },
    Proof: lambda n: {"member": row(Member), "what_for": "School", "valid_until": LATER, "sent_at": NOON},
    ProofFile: lambda n: {
        "proof": row(Proof), "name": "school.pdf", "content_type": "application/pdf", "content": b"%PDF-", "sha256": f"{n:064d}", "added_at": NOON,
    },
    ErasureRequest: lambda n: {"member": row(Member), "asked_at": NOON},
    ConsentPurpose: lambda n: {"name": f"Purpose {n}"},
    ConsentText: lambda n: {"purpose": row(ConsentPurpose), "number": 1, "text": "I agree.", "since": NOON},
    Consent: lambda n: consent(row(ConsentText)),
    Mandate: lambda n: {
        "creditor": row(Creditor), "member": row(Member), "reference": f"m-{n}", "account_holder": "Krüger", "iban": "DE71110220330123456789",
        "signed_on": DAY,
    },
    CollectionBatch: lambda n: {
        "creditor": row(Creditor), "run": row(BillingRun), "collection_date": LATER, "scheme": "CORE", "sequence_type": "RCUR",
        "message_id": f"M{n}", "version": "pain.008.001.08", "built_at": NOON, "content": b"<xml/>", "sha256": "0" * 64,
    },
    Collection: lambda n: {
        "batch": row(CollectionBatch), "invoice": row(Invoice), "mandate": row(Mandate), "amount": Decimal("11.90"),
        "end_to_end_id": f"E{n}", "mandate_reference": f"m-{n}", "signed_on": DAY, "debtor_name": "Krüger",
        "debtor_iban": "DE71110220330123456789", "remittance": "Fee",
    },
    MandateAmendment: lambda n: {
        "mandate": row(Mandate, last_presented_on=LATER), "on": DAY, "before_iban": "DE71110220330123456789",
        "after_iban": "DE89370400440532013000", "note": "letter",
    },
    MandateDocument: lambda n: {
        "mandate": row(Mandate, ended_on=LATER), "name": "scan.pdf", "content_type": "application/pdf", "content": b"%PDF-", "sha256": f"{n:064d}",
        "evidence": {"n": n}, "added_at": NOON,
    },
    BankReply: lambda n: {
        "batch": row(CollectionBatch), "name": "reply.xml", "message_id": f"B{n}", "status": "accepted", "content": b"<xml/>",
        "sha256": f"{n:064d}", "received_at": NOON,
    },
    Meter: lambda n: {"code": f"m{n}", "name": "Volume", "unit": "GB"},
    UsageEvent: lambda n: {
        "meter": row(Meter), "contract": row(Contract), "key": f"k{n}", "at": NOON, "on": DAY, "value": Decimal("1.5"), "received_at": NOON,
    },
    ContractQuote: lambda n: {
        "contract": row(Contract), "made_at": NOON, "on": DAY, "action": {"change_tariff": "M"}, "answer": {"n": n}, "confirmed_at": NOON,
        "event": row(ContractEvent),
    },
    PriceChange: lambda n: {
        "version": row(TariffVersion), "basis": "clause", "reason": "§ 5", "object_until": LATER, "told_on": DAY,
        "announced_at": NOON,
    },
    PriceNotice: lambda n: {
        "change": row(PriceChange), "contract": row(Contract), "replaces": row(TariffVersion), "starts_on": LATER, "old": Decimal("9.90"),
        "new": Decimal("11.90"),
    },
    PriceObjection: lambda n: {"change": row(PriceChange), "contract": row(Contract), "received_on": DAY},
    SetOff: lambda n: {"credit": row(Invoice), "invoice": row(Invoice), "amount": Decimal("2.00")},
    PayoutBatch: lambda n: {
        "creditor": row(Creditor), "execute_on": LATER, "message_id": f"P{n}", "count": 1, "total": Decimal("2.00"), "content": b"<xml/>",
        "sha256": "0" * 64, "built_at": NOON,
    },
    Payout: lambda n: {
        "batch": row(PayoutBatch), "credit": row(Invoice), "amount": Decimal("2.00"), "name": "Krüger", "iban": "DE71110220330123456789",
        "end_to_end_id": f"PO{n}",
    },
    TaxNotice: lambda n: {
        "tax_office": "Kiel", "tax_number": "20/290/54321", "issued_on": date(2000 + n % 8000, 1, 1), "period": "2022 bis 2024",
        "purposes": ["5"],
    },
    ReceiptSettings: lambda n: {},
    Donation: lambda n: {"member": row(Member), "given_on": DAY, "amount": Decimal("50.00"), "key": f"row {n}", "recorded_at": NOON},
    Receipt: lambda n: {
        "member": row(Member), "notice": row(TaxNotice), "kind": "money", "year": 2027, "sequence": n, "number": f"Z2027-{n:05d}",
        "issued_on": DAY, "given_in": 2026, "total": Decimal("50.00"), "machine_made": False, "snapshot": {"n": n}, "hash": "h",
    },
    ReceiptLine: lambda n: {
        "receipt": row(Receipt), "payment": f"donation:{n}", "kind": "money", "given_on": DAY, "amount": Decimal("50.00"),
    },
    ReceiptFile: lambda n: {"receipt": row(Receipt), "content": b"%PDF", "sha256": "0" * 64, "made_at": NOON},
    StatementFile: lambda n: {
        "name": "camt.xml", "content": b"x", "sha256": f"{n:064d}", "received_at": NOON, "taken_at": NOON,
    },
    Statement: lambda n: {
        "creditor": row(Creditor), "file": row(StatementFile), "kind": "camt.053", "identifier": f"S{n}", "opening": Decimal(0), "closing": Decimal(5),
    },
    StatementEntry: lambda n: {
        "creditor": row(Creditor), "statement": row(Statement), "key": f"{n:064d}", "booked_on": DAY, "amount": Decimal("11.90"),
    },
    Allocation: lambda n: {
        "entry": row(StatementEntry), "kind": "payment", "amount": Decimal("11.90"), "on": DAY, "member": row(Member), "invoice": row(Invoice),
    },
    AncillaryClaim: lambda n: {
        "invoice": row(Invoice), "collection": row(Collection), "kind": "return_fee", "amount": Decimal("3.00"), "on": LATER,
    },
    Discharge: lambda n: {
        "invoice": row(Invoice), "kind": "write_off", "amount": Decimal("11.90"), "reason": "insolvent", "asked_on": DAY, "on": DAY,
    },
    InstalmentPlan: lambda n: {"member": row(Member), "reference": f"RZ-{n:05d}", "agreed_on": DAY, "grace_days": 10},
    InstalmentClaim: lambda n: {"plan": row(InstalmentPlan), "invoice": row(Invoice), "amount": Decimal("11.90")},
    Instalment: lambda n: {"plan": row(InstalmentPlan), "number": n, "due_on": LATER, "amount": Decimal("5.95")},
    PlannedDebit: lambda n: {
        "member": row(Member), "mail": row(Mail), "mandate_reference": f"M-{n}", "day": LATER, "amount": Decimal("5.95"),
    },
    DebtSettings: lambda n: {},
    DunningSettings: lambda n: {},
    DunningLevel: lambda n: {"level": n + 1, "name": "Reminder", "tone": "dunning", "after_days": 14},
    DunningRun: lambda n: {"on": LATER, "made_at": NOON},
    DunningNotice: lambda n: {
        "run": row(DunningRun), "member": row(Member), "level": 1, "name": "Reminder", "pay_until": LATER, "principal": Decimal("11.90"),
        "costs": Decimal("0.00"), "interest": Decimal("0.00"), "total": Decimal("11.90"), "snapshot": {"n": n},
    },
    DunningItem: lambda n: {"notice": row(DunningNotice), "invoice": row(Invoice), "level": 1, "principal": Decimal("11.90")},
    DunningStop: lambda n: {"member": row(Member), "reason": "ill", "set_on": DAY, "until": LATER},
    HandedClaim: lambda n: {"invoice": row(Invoice), "to": "lawyer", "on": DAY},
    DunningPause: lambda n: {"run": row(DunningRun), "event": row(ContractEvent)},
    PayerAccount: lambda n: {"member": row(Member), "iban": "DE71110220330123456789", "learned_on": DAY},
    Scenario: lambda n: {
        "name": "Other prices", "selection": {}, "start": DAY, "end": LATER, "variants": [], "created_at": NOON,
    },
    ApiKey: lambda n: {"name": "Meter", "hint": "kw_x", "sha256": f"{n:064d}", "created_at": NOON},
    DueWork: lambda n: {"kind": "prepare_run", "key": str(n), "due_at": NOON},
    Declaration: lambda n: {
        "kind": "cancel", "received_at": NOON, "name": "Krüger", "about": "1001", "email": "a@example.org", "language": "de", "text": "x",
        "key": f"form {n}",
    },
    SignUpSettings: lambda n: {},
    SignUpText: lambda n: {"kind": f"kind {n}", "version": "1", "text": "x"},
    SignUpOffer: lambda n: {"tariff": row(Tariff)},
    Application: lambda n: {
        "tariff": row(Tariff), "key": f"form {n}", "received_at": NOON, "name": "Krüger", "email": "a@example.org", "language": "de",
        "data": {"n": n}, "shown": {"n": n}, "text": "x", "confirmed_at": NOON, "member": row(Member), "decided_at": NOON,
    },
    ParkedContract: lambda n: {"run": row(BillingRun), "contract": row(Contract), "reason": "no tariff"},
}  # fmt: skip
