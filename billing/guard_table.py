"""Which rows are never changed or deleted, and what may still happen to them (AO 146 Abs. 4, HGB 239 Abs. 3)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Guard:
    """Rows of `model` for which `when` holds: no DELETE, and no UPDATE of any column but those in `may_change`.

    `when` is SQL over the row OLD. `refuse_update` is SQL over OLD and NEW that refuses an update of a column in `may_change`.
    `refuse_insert` is SQL over NEW that refuses a new row.
    """

    model: str
    message: str
    may_change: tuple[str, ...] = ()
    when: str = "1=1"
    refuse_update: str = "1=0"
    refuse_insert: str = ""
    insert_message: str = ""
    app: str = "billing"


# A file that the bank has takes the bank's answer, and nothing else; a withdrawn one takes nothing.
HANDED_IN = """OLD.withdrawn_at IS NOT NULL OR OLD.submitted_at IS NOT NULL AND (
    NEW.submitted_at IS NULL OR NEW.submitted_at <> OLD.submitted_at OR NEW.withdrawn_at IS NOT NULL
    OR NEW.notice_waiver <> OLD.notice_waiver OR OLD.accepted_at IS NOT NULL AND NEW.accepted_at IS NULL
    OR OLD.rejected_at IS NOT NULL AND NEW.rejected_at IS NULL)"""
# Another account or reference of a used mandate needs the row that notes this very change.
UNNOTED = """OLD.last_presented_on IS NOT NULL AND (NEW.last_presented_on IS NULL
    OR NEW.iban <> OLD.iban AND NOT EXISTS (SELECT 1 FROM billing_mandateamendment a
        WHERE a.mandate_id = OLD.id AND a.before_iban = OLD.iban AND a.after_iban = NEW.iban)
    OR NEW.reference <> OLD.reference AND NOT EXISTS (SELECT 1 FROM billing_mandateamendment a
        WHERE a.mandate_id = OLD.id AND a.before_reference = OLD.reference AND a.after_reference = NEW.reference))"""
# Bytes go only together with the day of their erasure, and never while the mandate is in use.
NOT_ERASED = """OLD.erased_on IS NOT NULL OR NEW.erased_on IS NULL AND (NEW.content <> OLD.content OR NEW.name <> OLD.name
    OR COALESCE(CAST(NEW.evidence AS text), '') <> COALESCE(CAST(OLD.evidence AS text), ''))
    OR NEW.erased_on IS NOT NULL AND EXISTS (SELECT 1 FROM billing_mandate m WHERE m.id = OLD.mandate_id AND m.ended_on IS NULL)"""
# Locked books: the settings hold until when, and the latest row of the log says who opened them and why.
LOCKED = """EXISTS (SELECT 1 FROM billing_ledgersettings s
    WHERE s.organisation_id = NEW.organisation_id AND s.closed_until >= NEW.posted_on)"""
OPENED_UNNOTED = """OLD.closed_until IS NOT NULL AND (NEW.closed_until IS NULL OR NEW.closed_until < OLD.closed_until)
    AND NOT EXISTS (SELECT 1 FROM billing_periodlock l WHERE l.organisation_id = OLD.organisation_id
        AND l.id = (SELECT MAX(m.id) FROM billing_periodlock m WHERE m.organisation_id = OLD.organisation_id)
        AND l."before" = OLD.closed_until AND l.closed_until IS NOT DISTINCT FROM NEW.closed_until)"""
OVERLAPS = """EXISTS (SELECT 1 FROM billing_fiscalyear y WHERE y.organisation_id = NEW.organisation_id
    AND y.start < NEW."end" AND y."end" > NEW.start AND y.id <> COALESCE(NEW.id, -1))"""
# What was ordered stays word for word as long as the row is there; its steps are taken once.
ORDERED = """NEW.data IS DISTINCT FROM OLD.data OR NEW.shown IS DISTINCT FROM OLD.shown OR NEW.text <> OLD.text OR NEW.email <> OLD.email
    OR NEW.name <> OLD.name OR NEW.iban <> OLD.iban OR NEW.tariff_id <> OLD.tariff_id OR NEW.received_at <> OLD.received_at
    OR OLD.confirmed_at IS NOT NULL AND NEW.confirmed_at IS DISTINCT FROM OLD.confirmed_at
    OR OLD.decided_at IS NOT NULL AND (NEW.decided_at IS DISTINCT FROM OLD.decided_at OR NEW.reason <> OLD.reason)"""

GUARDS = (
    Guard("Invoice", "an issued document is never changed or deleted; cancel it instead"),
    Guard("InvoiceLine", "a line of an issued document is never changed or deleted"),
    Guard("InvoiceFile", "an archived document is never changed or deleted"),
    Guard("LogoFile", "a logo that documents were printed with is never changed or deleted"),
    Guard("VatCheck", "an answer of the tax office is never changed or deleted", ("entered_by_id",)),
    Guard("EInvoiceFile", "an archived e-invoice is never changed or deleted"),
    Guard(
        "Posting",
        "a posting is never changed or deleted; reverse it instead",
        ("batch_id",),
        refuse_update="OLD.batch_id IS NOT NULL",
        refuse_insert=LOCKED,
        insert_message="nothing is posted into locked books; post on the first open day",
    ),
    Guard("PostingBatch", "an export is never changed or deleted"),
    Guard("LedgerFile", "a file that was made is never changed or deleted", ("made_by_id",)),
    Guard("FileDownload", "who took a file is never changed or deleted", ("by_id",)),
    Guard("PeriodLock", "the log of locked books is never changed or deleted", ("by_id",)),
    Guard(
        "FiscalYear",
        "a fiscal year with locked days is never changed or deleted",
        when="EXISTS (SELECT 1 FROM billing_ledgersettings s"
        " WHERE s.organisation_id = OLD.organisation_id AND s.closed_until >= OLD.start)",
        refuse_insert=OVERLAPS,
        insert_message="fiscal years do not overlap",
    ),
    Guard(
        "LedgerSettings",
        "locked books are opened only with a reason in the log",
        (
            *("chart", "account_length", "consultant_number", "client_number", "fiscal_year_start", "defers_income"),
            *("first_debtor", "closed_until", "accounts"),
        ),
        when="OLD.closed_until IS NOT NULL",
        refuse_update=OPENED_UNNOTED,
    ),
    Guard(
        "Collection",
        "what a direct debit collects is never changed; withdraw it instead",
        ("notified_on", "booked_on", "failed_on", "failed_as", "return_reason"),
    ),
    Guard(
        "CollectionBatch",
        "a built file is never changed; withdraw it and build a new one",
        (
            *("released_at", "released_by_id", "submitted_at", "submitted_by_id", "notice_waiver"),
            *("accepted_at", "rejected_at", "withdrawn_at"),
        ),
        when="OLD.built_at IS NOT NULL",
        refuse_update=HANDED_IN,
    ),
    Guard(
        "Mandate",
        "a mandate that was used keeps its reference, account and day of signature; note the change, or make a new mandate",
        (
            *("member_id", "scheme", "one_off", "source", "account_holder", "bic", "last_presented_on"),
            *("suspended_on", "ended_on", "ended_as", "bank_confirmed_on", "iban", "reference"),
        ),
        when="OLD.last_presented_on IS NOT NULL",
        refuse_update=UNNOTED,
    ),
    Guard("MandateAmendment", "a change of a mandate is never changed or deleted", ("told_with_id",)),
    Guard(
        "MandateDocument",
        "a document of a mandate is never changed; its bytes are erased when the mandate can no longer be disputed",
        ("name", "content", "evidence", "erased_on"),
        refuse_update=NOT_ERASED,
    ),
    Guard("BankReply", "an answer of the bank is never changed or deleted"),
    Guard(
        "TariffVersion",
        "terms that a contract uses are never edited; add a version",
        ("valid_from", "existing_from"),
        # A version of days to come, which no contract has begun under and no running one will get, may still be corrected.
        when="EXISTS (SELECT 1 FROM billing_contract c WHERE c.tariff_id = OLD.tariff_id"
        " AND (OLD.valid_from IS NULL OR OLD.existing_from IS NOT NULL OR c.start >= OLD.valid_from))",
        refuse_update="EXISTS (SELECT 1 FROM billing_pricechange p WHERE p.version_id = OLD.id) "
        "AND NEW.existing_from IS DISTINCT FROM OLD.existing_from",
    ),
    Guard("PriceChange", "what was announced is never changed; announce another version", ("announced_by_id",)),
    Guard(
        "PriceNotice",
        "what a member was told is never changed",
        ("consented_on", "consented_by_id"),
        refuse_update="OLD.consented_on IS NOT NULL AND NEW.consented_on IS DISTINCT FROM OLD.consented_on",
    ),
    Guard("PriceObjection", "an objection is never changed or deleted", ("entered_by_id",)),
    Guard(
        "UsageEvent",
        "usage is never changed or deleted; void it instead",
        ("voided_at", "voided_by_id"),
        refuse_update="OLD.voided_at IS NOT NULL AND NEW.voided_at IS NULL",
    ),
    Guard("SetOff", "a set-off is never changed or deleted"),
    Guard(
        "ContractQuote",
        "a confirmed quote is never changed or deleted",
        ("confirmed_by_id",),
        when="OLD.confirmed_at IS NOT NULL",
    ),
    Guard(
        "Declaration",
        "what somebody declared is never changed or deleted, and it is settled once",
        ("user_id", "contract_id", "event_id", "answer", "settled_at", "settled_by_id"),
        refuse_update="OLD.settled_at IS NOT NULL AND (NEW.settled_at IS DISTINCT FROM OLD.settled_at "
        "OR NEW.contract_id IS DISTINCT FROM OLD.contract_id OR NEW.event_id IS DISTINCT FROM OLD.event_id "
        "OR NEW.answer IS DISTINCT FROM OLD.answer)",
    ),
    Guard(
        "Application",
        "what somebody ordered is never changed, and it is decided once; an admitted one is kept",
        ("decided_by_id",),
        when="OLD.member_id IS NOT NULL",
        refuse_update=ORDERED,
    ),
    Guard(
        "Payout",
        "a payout is never changed or deleted; withdraw its file instead",
        ("withdrawn_at", "came_back_on"),
        refuse_update="OLD.withdrawn_at IS NOT NULL",
    ),
    Guard(
        "PayoutBatch",
        "a built file is never changed; withdraw it and build a new one",
        ("submitted_at", "withdrawn_at"),
        when="OLD.built_at IS NOT NULL",
        refuse_update="OLD.submitted_at IS NOT NULL OR OLD.withdrawn_at IS NOT NULL",
    ),
    Guard(
        "Donation",
        "a donation is never changed or deleted; withdraw it and enter it anew",
        ("withdrawn_on", "withdrawn_reason", "recorded_by_id"),
        refuse_update="OLD.withdrawn_on IS NOT NULL AND NEW.withdrawn_on IS DISTINCT FROM OLD.withdrawn_on",
    ),
    Guard(
        "Receipt",
        "a receipt is never changed or deleted; cancel it instead",
        ("cancelled_on", "cancelled_reason", "cancelled_by_id", "original_back", "issued_by_id"),
        refuse_update="OLD.cancelled_on IS NOT NULL AND NEW.cancelled_on IS DISTINCT FROM OLD.cancelled_on",
    ),
    Guard(
        "ReceiptLine",
        "what a receipt confirms is never changed or deleted",
        ("freed_on",),
        refuse_update="OLD.freed_on IS NOT NULL AND NEW.freed_on IS DISTINCT FROM OLD.freed_on",
    ),
    Guard("ReceiptFile", "an archived document is never changed or deleted"),
    Guard(
        "StatementFile",
        "a bank file that was taken over is never changed or deleted",
        ("received_by_id", "report"),
        when="OLD.taken_at IS NOT NULL",
    ),
    Guard("Statement", "a bank statement is never changed or deleted"),
    Guard(
        "StatementEntry",
        "a line of a bank statement is never changed or deleted",
        ("resolved_at", "settled_at", "settled_by_id"),
        refuse_update="OLD.resolved_at IS NOT NULL",
    ),
    Guard(
        "Allocation",
        "what a line of a bank statement settles is never changed or deleted; take it back instead",
        ("undone_on",),
        refuse_update="OLD.undone_on IS NOT NULL",
    ),
    Guard(
        "AncillaryClaim",
        "a fee, costs or interest are never changed or deleted; waive them instead",
        ("waived_on", "waived_by_id", "waived_reason"),
        refuse_update="OLD.waived_on IS NOT NULL AND NEW.waived_on IS NULL",
    ),
    Guard("DunningRun", "a dunning run is never changed or deleted", ("made_by_id",)),
    Guard("DunningNotice", "a reminder is never changed or deleted"),
    Guard("DunningItem", "what was reminded is never changed or deleted"),
    Guard(
        "DunningStop",
        "a stop of reminders is never changed or deleted; lift it instead",
        ("lifted_on", "lifted_by_id", "set_by_id"),
        refuse_update="OLD.lifted_on IS NOT NULL AND NEW.lifted_on IS DISTINCT FROM OLD.lifted_on",
    ),
    Guard(
        "HandedClaim",
        "a claim that was handed over stays so; take it back instead",
        ("taken_back_on", "handed_by_id"),
        refuse_update="OLD.taken_back_on IS NOT NULL AND NEW.taken_back_on IS DISTINCT FROM OLD.taken_back_on",
    ),
    Guard(
        "Discharge",
        "what was written off or set against a claim is never changed or deleted; take it back instead",
        ("on", "confirmed_by_id", "undone_on"),
        refuse_update='OLD.undone_on IS NOT NULL OR OLD."on" IS NOT NULL AND NEW."on" IS DISTINCT FROM OLD."on"',
    ),
    Guard(
        "InstalmentPlan",
        "an instalment agreement is never changed or deleted; end it and make a new one",
        ("ended_on", "ended_as"),
        refuse_update="OLD.ended_on IS NOT NULL",
    ),
    Guard(
        "InstalmentClaim",
        "a claim of an instalment agreement is never changed or deleted",
        ("freed_on",),
        refuse_update="OLD.freed_on IS NOT NULL",
    ),
    Guard("Instalment", "an instalment is never changed or deleted; end the agreement and make a new one"),
    Guard(
        "PlannedDebit",
        "what a payer was told is never changed or deleted; withdraw it instead",
        ("withdrawn_on",),
        refuse_update="OLD.withdrawn_on IS NOT NULL",
    ),
    Guard(
        "NumberRange",
        "numbers only go up",
        ("next_value", "last_hash"),
        refuse_update="NEW.next_value < OLD.next_value",
    ),
    Guard("ConsentText", "words that members agree to are never changed; add a version", app="members"),
    Guard(
        "Consent",
        "a consent is never changed or deleted; it is withdrawn",
        ("given_by_id", "given_how", "withdrawn_at", "withdrawn_by_id", "withdrawn_how"),
        # How it was given goes only after it was withdrawn.
        refuse_update="OLD.withdrawn_at IS NULL AND CAST(NEW.given_how AS text) <> CAST(OLD.given_how AS text) "
        "OR OLD.withdrawn_at IS NOT NULL AND NEW.withdrawn_at IS DISTINCT FROM OLD.withdrawn_at",
        app="members",
    ),
)
