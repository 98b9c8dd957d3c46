"""Every rule that the database itself keeps, broken once."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.db.models import BaseConstraint, Model, UniqueConstraint
from django_scopes import scopes_disabled

from billing.models import (
    Allocation,
    AncillaryClaim,
    ApiKey,
    BankReply,
    BillingRun,
    Bounce,
    Collection,
    CollectionBatch,
    Contract,
    ContractEvent,
    ContractQuote,
    Creditor,
    DebtorAccount,
    Declaration,
    Donation,
    DueWork,
    FileDownload,
    FiscalYear,
    Invoice,
    InvoiceLine,
    LedgerAccount,
    LedgerFile,
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
    Posting,
    PostingBatch,
    PriceChange,
    PriceNotice,
    PriceObjection,
    Receipt,
    ReceiptLine,
    ReceiptSettings,
    RunSettings,
    Scenario,
    Series,
    SetOff,
    Statement,
    StatementEntry,
    StatementFile,
    Tariff,
    TariffVersion,
    TaxNotice,
    UsageEvent,
    VatCheck,
)
from members.models import ContactEntry, Member, OfficeRole, Organisation, User
from tests.models.breaking import Case, Step, twice, wrong
from tests.models.debt_cases import DEBT_CASES
from tests.models.dunning_cases import DUNNING_CASES
from tests.models.join_cases import JOIN_CASES
from tests.models.rows import DAY, LATER, NOON, organisation, row
from tests.models.wish_cases import WISH_CASES

pytestmark = [pytest.mark.both, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def everything_in_sight() -> Iterator[None]:
    with scopes_disabled():
        yield


def own_payer() -> Step:
    member = row(Member)
    return lambda: Member.objects.filter(pk=member.pk).update(payer=member.pk)


def merged_and_still_here() -> Step:
    member, other = row(Member), row(Member, number="M-other")
    return lambda: Member.objects.filter(pk=member.pk).update(merged_into=other.pk)


def reference_in_other_letters() -> Step:
    first = row(Mandate, reference="mandate-a")
    return lambda: row(Mandate, creditor=first.creditor, reference="MANDATE-A")


def cancelled_twice() -> Step:
    """A second cancellation of the same invoice."""
    cancelled = row(Invoice)
    row(Invoice, kind="cancellation", corrects=cancelled, reason="twice")
    return lambda: row(Invoice, kind="cancellation", corrects=cancelled, reason="twice")


def without_button() -> Step:
    house = organisation()
    return lambda: Organisation.objects.filter(pk=house.pk).update(cancel_button=False)


def of_the_same_host() -> Step:
    organisation()
    Organisation.objects.create(slug="a", name="A", host="portal.verein.example")
    return lambda: Organisation.objects.create(slug="b", name="B", host="portal.verein.example")


def wrong_organisation(**broken: Any) -> Case:
    def prepare() -> Step:
        house = organisation()
        return lambda: Organisation.objects.filter(pk=house.pk).update(**broken)

    return prepare


def of_the_same_allocation() -> Step:
    voucher = {"document": None, "allocation": row(Allocation), "case": "payment"}
    row(Posting, **voucher)
    return lambda: row(Posting, **voucher)


def allocated_twice(*names: str, **given: Any) -> Case:
    def prepare() -> Step:
        return twice(Allocation, *names, **given, collection=row(Collection), payout=row(Payout))()

    return prepare


def reversed_twice() -> Step:
    charge = row(InvoiceLine)
    row(InvoiceLine, kind="reversal", reverses=charge)
    return lambda: row(InvoiceLine, kind="reversal", reverses=charge)


def released_by_its_maker() -> Step:
    maker = row(User)
    row(CollectionBatch, made_by=maker, released_by=row(User), released_at=NOON)
    return lambda: row(CollectionBatch, made_by=maker, released_by=maker, released_at=NOON)


def part_of_itself() -> Step:
    one = row(Collection)
    row(Collection, part_of=one)
    return lambda: row(Collection, pk=one.pk + 1000, part_of_id=one.pk + 1000)


APPROVED = {"approved_at": NOON, "fingerprint": "f"}
CASES: dict[str, Case] = {
    "organisation_without_a_legal_button_says_why": without_button,
    "office_role_one_per_user": twice(OfficeRole, "user"),
    "member_number_once_per_organisation": twice(Member, "number"),
    "member_has_a_name": wrong(Member, last_name="", company=""),
    "member_payer_is_another_member": own_payer,
    "member_merged_into_another_has_left": merged_and_still_here,
    "tariff_code_once_per_organisation": twice(Tariff, "code"),
    "tariff_version_number_once": twice(TariffVersion, "tariff", "number", valid_from=None),
    "tariff_version_one_per_day": twice(TariffVersion, "tariff", "valid_from"),
    "contract_once_per_member_tariff_and_start": twice(Contract, "member", "tariff", "start"),
    "contract_interval_is_positive": wrong(Contract, interval_months=0),
    "contract_event_one_per_day_and_kind": twice(ContractEvent, "contract", "on", "kind"),
    "creditor_account_once": twice(Creditor, "identifier", "iban"),
    "series_one_per_kind": twice(Series, "kind"),
    "run_day_exists_in_every_month": lambda: lambda: row(RunSettings, day_of_month=29),
    "run_bills_a_year_ahead_at_most": lambda: lambda: row(RunSettings, months_ahead=13),
    "billing_run_once_per_days": twice(BillingRun, "on", "until", "sequence"),
    "billing_run_issued_only_when_approved": wrong(BillingRun, issued_at=NOON),
    "billing_run_collected_only_when_issued": wrong(BillingRun, collected_at=NOON, **APPROVED),
    "billing_run_approval_names_its_preview": wrong(BillingRun, approved_at=NOON),
    "number_range_one_per_series_and_year": twice(NumberRange, "kind", "year"),
    "invoice_running_number_once": twice(Invoice, "kind", "year", "sequence"),
    "invoice_number_once": twice(Invoice, "number"),
    "invoice_one_per_payer_and_run": twice(Invoice, "run", "payer", "kind"),
    "invoice_gross_is_net_plus_vat": wrong(Invoice, gross=12),
    "invoice_has_a_number": wrong(Invoice, number=""),
    "invoice_has_a_hash": wrong(Invoice, hash=""),
    "invoice_cancelled_at_most_once": cancelled_twice,
    "invoice_cancellation_names_its_invoice": wrong(Invoice, kind="cancellation"),
    "invoice_correction_says_why": wrong(Invoice, reason="twice"),
    "invoice_line_once_per_period_and_revision": twice(
        InvoiceLine, "contract", "component", "kind", "start", "revision"
    ),
    "invoice_line_reversed_at_most_once": reversed_twice,
    "invoice_line_period_starts_before_it_ends": wrong(InvoiceLine, end=DAY),
    "invoice_line_credit_names_its_charge": wrong(InvoiceLine, kind="credit"),
    "ledger_account_one_per_role": twice(LedgerAccount, "role"),
    "debtor_account_number_once": twice(DebtorAccount, "number"),
    "posting_batch_once_per_month_and_part": twice(PostingBatch, "month", "part"),
    "posting_batch_starts_before_it_ends": wrong(PostingBatch, start=LATER, end=DAY),
    "fiscal_year_starts_before_it_ends": wrong(FiscalYear, start=LATER, end=DAY),
    "period_lock_is_opened_with_a_reason": wrong(PeriodLock, before=LATER, closed_until=DAY),
    "ledger_file_images_once_per_export_and_part": twice(LedgerFile, "batch", "part"),
    "ledger_file_holds_its_bytes_or_names_its_images": wrong(LedgerFile, content=b"x"),
    "ledger_file_starts_before_it_ends": wrong(LedgerFile, start=LATER, end=DAY),
    "file_download_names_one_file": wrong(FileDownload, ledger_file=None),
    "posting_once_per_document_and_case": twice(Posting, "document", "case"),
    "posting_once_per_allocation_and_case": of_the_same_allocation,
    "posting_has_one_voucher": wrong(Posting, document=None),
    "posting_amount_is_positive": wrong(Posting, amount=0),
    "posting_accounts_differ": wrong(Posting, credit_account="10001"),
    "mail_once_per_cause": twice(Mail, "key"),
    "mail_has_a_recipient": wrong(Mail, recipient=""),
    "mail_template_one_per_kind_and_language": twice(MailTemplate, "kind"),
    "logo_file_kept_once": twice(LogoFile, "sha256"),
    "vat_check_names_the_id": wrong(VatCheck, vat_id=""),
    "vat_check_once_per_day": twice(VatCheck, "member", "vat_id", "asked_on"),
    "organisation_host_is_its_own": of_the_same_host,
    "organisation_association_names_register_and_board": wrong_organisation(legal_form="ev", board="A. Petersen"),
    "organisation_company_names_seat_register_and_directors": wrong_organisation(
        legal_form="gmbh", board="A. Petersen", register_entry="HRB 1 Kiel"
    ),
    "bounce_one_open_per_address": twice(Bounce, "address"),
    "contact_says_something": wrong(ContactEntry, text=""),
    "contact_answer_has_its_question": wrong(ContactEntry, kind="answer"),
    "contact_only_a_question_waits": wrong(ContactEntry, open_since=NOON),
    "mandate_reference_once_per_creditor": reference_in_other_letters,
    "mandate_one_in_use_per_member": twice(Mandate, "member"),
    "mandate_is_complete": wrong(Mandate, account_holder=""),
    "mandate_end_has_its_day": wrong(Mandate, ended_as="revoked"),
    "mandate_confirmed_by_the_bank_is_for_business": wrong(Mandate, bank_confirmed_on=DAY),
    "mandate_amendment_says_what_was_before": wrong(MandateAmendment, before_iban=""),
    "mandate_amendment_says_how_it_was_told": wrong(MandateAmendment, note=""),
    "mandate_document_once": twice(MandateDocument, "mandate", "sha256"),
    "mandate_document_online_has_its_evidence": wrong(MandateDocument, kind="online", evidence=None),
    "bank_reply_once": twice(BankReply, "sha256"),
    "collection_batch_checker_is_not_the_maker": released_by_its_maker,
    "collection_batch_answered_means_submitted": wrong(CollectionBatch, accepted_at=NOON),
    "collection_is_no_part_of_itself": part_of_itself,
    "collection_batch_built_means_bytes_and_hash": wrong(CollectionBatch, content=None),
    "collection_batch_submitted_means_built": wrong(
        CollectionBatch, submitted_at=NOON, built_at=None, content=None, sha256=""
    ),
    "collection_batch_submitted_or_withdrawn": wrong(CollectionBatch, submitted_at=NOON, withdrawn_at=NOON),
    "collection_one_live_per_claim": twice(Collection, "invoice", booked_on=DAY),
    "collection_end_to_end_id_once": twice(Collection, "end_to_end_id"),
    "collection_amount_is_positive": wrong(Collection, amount=0),
    "collection_failure_has_a_kind": wrong(Collection, failed_on=LATER),
    "meter_code_once_per_organisation": twice(Meter, "code"),
    "meter_counters_have_three_to_twelve_digits": wrong(Meter, digits=2),
    "usage_key_once_for_ever": twice(UsageEvent, "meter", "key"),
    "usage_is_an_amount_a_name_or_a_reading": wrong(UsageEvent, text="both"),
    "usage_initial_is_a_reading": wrong(UsageEvent, initial=True),
    "contract_quote_confirmed_with_its_event": wrong(ContractQuote, event=None),
    "price_change_gives_its_reason": wrong(PriceChange, reason=""),
    "price_change_rule_fits_its_basis": wrong(PriceChange, basis="consent", rule="end"),
    "price_change_names_the_last_day_to_object": wrong(PriceChange, object_until=None),
    "price_notice_once_per_contract": twice(PriceNotice, "change", "contract"),
    "price_objection_once_per_contract": twice(PriceObjection, "change", "contract"),
    "declaration_once_per_form": twice(Declaration, "key"),
    "declaration_of_withdrawal_needs_no_cause": wrong(Declaration, kind="withdraw", extraordinary=True),
    "declaration_ends_in_an_event_or_an_answer": wrong(Declaration, settled_at=NOON),
    **JOIN_CASES,
    "set_off_once_per_credit_and_invoice": twice(SetOff, "credit", "invoice"),
    "set_off_amount_is_positive": wrong(SetOff, amount=0),
    "payout_message_id_once": twice(PayoutBatch, "message_id"),
    "payout_batch_submitted_or_withdrawn": wrong(PayoutBatch, submitted_at=NOON, withdrawn_at=NOON),
    "payout_one_live_per_credit": twice(Payout, "credit"),
    "payout_end_to_end_id_once": twice(Payout, "end_to_end_id"),
    "payout_amount_is_positive": wrong(Payout, amount=0),
    "payout_pays_a_credit_or_a_balance": wrong(Payout, credit=None),
    **DEBT_CASES,
    "tax_notice_once_per_day": twice(TaxNotice, "issued_on"),
    "tax_notice_of_exemption_names_its_period": wrong(TaxNotice, period=""),
    "receipts_made_by_machine_show_a_signature": lambda: lambda: row(ReceiptSettings, notified_on=DAY),
    "donation_amount_is_positive": wrong(Donation, amount=0),
    "donation_is_for_the_ideal_sphere": wrong(Donation, sphere="zweckbetrieb"),
    "donation_by_waiver_names_an_earlier_claim": wrong(Donation, kind="waiver", claim="Travel", claim_on=LATER),
    "donation_in_kind_names_the_thing": wrong(Donation, kind="in_kind", item="Boat"),
    "donation_by_debit_is_money": wrong(Donation, kind="in_kind", item="Boat", origin="private", by_debit=True),
    "donation_is_withdrawn_with_a_reason": wrong(Donation, withdrawn_on=DAY),
    "donation_once_per_row_of_a_list": twice(Donation, "key"),
    "receipt_running_number_once": twice(Receipt, "year", "sequence"),
    "receipt_number_once": twice(Receipt, "number"),
    "receipt_confirms_something": wrong(Receipt, total=0),
    "receipt_for_a_thing_is_signed": wrong(Receipt, kind="in_kind", machine_made=True),
    "receipt_is_cancelled_with_a_reason_and_the_original": wrong(
        Receipt, cancelled_on=DAY, cancelled_reason="wrong donor"
    ),
    "receipt_line_one_valid_per_payment": twice(ReceiptLine, "payment"),
    "receipt_line_amount_is_positive": wrong(ReceiptLine, amount=0),
    "ancillary_claim_amount_is_positive": wrong(AncillaryClaim, amount=0),
    "ancillary_claim_one_return_fee_per_debit": twice(AncillaryClaim, "collection"),
    "ancillary_claim_return_fee_names_its_debit": wrong(AncillaryClaim, collection=None),
    **DUNNING_CASES,
    "statement_file_kept_once": twice(StatementFile, "sha256"),
    "statement_of_a_day_has_its_balances": wrong(Statement, closing=None),
    "statement_entry_once_per_account": twice(StatementEntry, "creditor", "key", "part"),
    "statement_entry_moves_money": wrong(StatementEntry, amount=0),
    "statement_entry_settled_or_replaced": wrong(StatementEntry, settled_at=NOON, resolved_at=NOON),
    "allocation_names_what_it_settles": wrong(Allocation, invoice=None),
    "allocation_debit_is_paid_once": allocated_twice("collection", "invoice"),
    "allocation_debit_is_returned_once": allocated_twice("collection", "invoice", kind="return", amount=-5),
    "allocation_payout_is_paid_once": allocated_twice("payout", kind="payout", amount=-2),
    "payer_account_known_once": twice(PayerAccount, "iban", "member"),
    "scenario_starts_before_it_ends": wrong(Scenario, end=DAY),
    "api_key_once": twice(ApiKey, "sha256"),
    "due_work_once": twice(DueWork, "kind", "key"),
    "parked_contract_once_per_run": twice(ParkedContract, "run", "contract"),
    **WISH_CASES,
}


def constraints() -> dict[str, tuple[type[Model], BaseConstraint]]:
    models = [model for label in ("members", "billing") for model in apps.get_app_config(label).get_models()]
    return {constraint.name: (model, constraint) for model in models for constraint in model._meta.constraints}


def test_every_constraint_of_the_models_has_its_case() -> None:
    assert set(CASES) == set(constraints())


@pytest.mark.parametrize("name", CASES)
def test_the_database_refuses(name: str) -> None:
    break_it = CASES[name]()
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        break_it()
    assert names_it(str(refused.value), name)


def names_it(message: str, name: str) -> bool:
    """PostgreSQL names every constraint; SQLite names the columns of a plain unique one."""
    model, constraint = constraints()[name]
    if connection.vendor == "postgresql" or not isinstance(constraint, UniqueConstraint) or constraint.expressions:
        return name in message
    columns = [f"{model._meta.db_table}.{model._meta.get_field(field).column}" for field in constraint.fields]  # type: ignore[union-attr]
    return name in message or message == f"UNIQUE constraint failed: {', '.join(columns)}"


def test_a_mandate_may_follow_one_that_ended_and_a_claim_be_collected_again_after_a_failure() -> None:
    ended = row(Mandate, ended_on=LATER)
    row(Mandate, member=ended.member)
    failed = row(Collection, failed_on=LATER, failed_as="returned")
    row(Collection, invoice=failed.invoice)


@pytest.mark.parametrize(
    "broken",
    [
        {"kind": "payment", "amount": -1},
        {"kind": "payment", "member": None},
        {"kind": "return", "amount": -1},
        {"kind": "return", "amount": 1, "collection": True},
        {"kind": "advance", "member": None},
        {"kind": "payout", "amount": -1},
        {"kind": "fee", "amount": 0},
        {"kind": "other", "amount": -1, "account": ""},
    ],
)
def test_an_allocation_names_all_that_its_kind_asks_for(broken: dict[str, Any]) -> None:
    given = broken | ({"collection": row(Collection)} if broken.get("collection") else {})
    with pytest.raises(IntegrityError, match="allocation_names_what_it_settles"), transaction.atomic():
        row(Allocation, **given)


def test_what_was_taken_back_may_come_again() -> None:
    debit = row(Collection)
    for kind, amount in (("payment", 5), ("return", -5)):
        undone = row(Allocation, kind=kind, amount=amount, collection=debit, invoice=debit.invoice, undone_on=LATER)
        row(Allocation, kind=kind, amount=amount, collection=debit, invoice=undone.invoice)
    waived = row(AncillaryClaim, waived_on=LATER)
    row(AncillaryClaim, collection=waived.collection)


@pytest.mark.parametrize(
    "net, vat, gross",
    [("25.13", "4.77", "29.90"), ("0.10", "0.20", "0.30"), ("8403361.34", "1596638.65", "9999999.99")],
)
def test_sums_that_are_odd_in_binary_numbers_are_accepted(net: str, vat: str, gross: str) -> None:
    assert row(Invoice, net=Decimal(net), vat=Decimal(vat), gross=Decimal(gross)).pk
    with pytest.raises(IntegrityError, match="invoice_gross_is_net_plus_vat"), transaction.atomic():
        row(Invoice, net=Decimal(net), vat=Decimal(vat), gross=Decimal(gross) + Decimal("0.01"))
