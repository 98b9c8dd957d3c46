"""Every way to change what was issued that Django or the database offers, tried on the database itself."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import DEFAULT_DB_ALIAS, IntegrityError, connection, transaction
from django.db.models import F, Model, UniqueConstraint
from django_scopes import scopes_disabled

from billing.guard_table import GUARDS, Guard
from billing.guards import frozen_columns
from billing.models import (
    Allocation,
    AncillaryClaim,
    Collection,
    CollectionBatch,
    Contract,
    Declaration,
    Donation,
    DunningStop,
    HandedClaim,
    Invoice,
    Mandate,
    MandateAmendment,
    MandateDocument,
    NumberRange,
    Posting,
    PostingBatch,
    PriceChange,
    PriceNotice,
    Receipt,
    ReceiptLine,
    StatementEntry,
    TariffVersion,
)
from tests.models.guarded import GUARD_OF, another_value, execute, handed_in, model_of, protected
from tests.models.rows import LATER, NOON, row

pytestmark = [pytest.mark.both, pytest.mark.django_db]
every_guard = pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.model)
CHANGED = {
    "Invoice": ("number", "R2027-99999"),
    "InvoiceLine": ("text", "another"),
    "InvoiceFile": ("sha256", "1" * 64),
    "EInvoiceFile": ("sha256", "1" * 64),
    "LogoFile": ("sha256", "1" * 64),
    "VatCheck": ("result", "invalid"),
    "Posting": ("amount", 1),
    "PostingBatch": ("count", 7),
    "LedgerFile": ("sha256", "1" * 64),
    "FileDownload": ("part", "other"),
    "PeriodLock": ("reason", "another"),
    "FiscalYear": ("end", LATER),
    "LedgerSettings": ("closed_until", None),
    "Collection": ("amount", 1),
    "CollectionBatch": ("content", b"<other/>"),
    "Mandate": ("iban", "DE89370400440532013000"),
    "MandateAmendment": ("before_iban", "DE89370400440532013000"),
    "MandateDocument": ("content", b"%PDF-other"),
    "BankReply": ("content", b"<other/>"),
    "TariffVersion": ("terms", {"other": 1}),
    "PriceChange": ("reason", "another"),
    "PriceNotice": ("new", 1),
    "PriceObjection": ("received_on", LATER),
    "UsageEvent": ("value", 7),
    "SetOff": ("amount", 1),
    "ContractQuote": ("answer", {"other": 1}),
    "Declaration": ("text", "another"),
    "Application": ("text", "another"),
    "Payout": ("amount", 1),
    "PayoutBatch": ("content", b"<other/>"),
    "Donation": ("amount", 1),
    "Receipt": ("total", 1),
    "ReceiptLine": ("amount", 1),
    "ReceiptFile": ("sha256", "1" * 64),
    "StatementFile": ("sha256", "1" * 64),
    "Statement": ("closing", 7),
    "StatementEntry": ("amount", 7),
    "Allocation": ("amount", 7),
    "AncillaryClaim": ("amount", 7),
    "Discharge": ("amount", 7),
    "InstalmentPlan": ("grace_days", 7),
    "InstalmentClaim": ("amount", 7),
    "Instalment": ("amount", 7),
    "PlannedDebit": ("amount", 7),
    "DunningRun": ("on", "2020-01-01"),
    "DunningNotice": ("name", "another"),
    "DunningItem": ("level", 7),
    "DunningStop": ("reason", "another"),
    "HandedClaim": ("to", "another"),
    "NumberRange": ("year", 1999),
    "ConsentText": ("text", "another"),
    "Consent": ("given_at", NOON + timedelta(days=1)),
}


@pytest.fixture(autouse=True)
def everything_in_sight() -> Iterator[None]:
    with scopes_disabled():
        yield


def save(instance: Any, name: str, value: Any) -> None:
    setattr(instance, name, value)
    instance.save(force_update=True)


def update(instance: Any, name: str, value: Any) -> None:
    type(instance).objects.filter(pk=instance.pk).update(**{name: value})


def bulk_update(instance: Any, name: str, value: Any) -> None:
    setattr(instance, name, value)
    type(instance).objects.bulk_update([instance], [name])


def bulk_create_over_it(instance: Any, name: str, value: Any) -> None:
    setattr(instance, name, value)
    type(instance).objects.bulk_create([instance], update_conflicts=True, unique_fields=["pk"], update_fields=[name])


def save_without_the_model(instance: Any, name: str, value: Any) -> None:
    setattr(instance, name, value)
    Model.save_base(instance, raw=True, force_update=True)


def delete(instance: Any, _name: str, _value: Any) -> None:
    instance.delete()


def delete_all(instance: Any, _name: str, _value: Any) -> None:
    type(instance).objects.all().delete()


def delete_behind_djangos_back(instance: Any, _name: str, _value: Any) -> None:
    rows = type(instance).objects.filter(pk=instance.pk)
    rows._raw_delete(DEFAULT_DB_ALIAS)


def delete_by_sql(instance: Any, _name: str, _value: Any) -> None:
    execute(f"DELETE FROM {instance._meta.db_table} WHERE id = %s", instance.pk)


def replace_by_key(instance: Any, _name: str, _value: Any) -> None:
    copy_over(instance, with_id=True)


def replace_by_another_unique_column(instance: Any, _name: str, _value: Any) -> None:
    second = any(isinstance(one, UniqueConstraint) for one in instance._meta.constraints)
    if not (second or any(field.unique for field in instance._meta.fields[1:])):
        pytest.skip("no second key")
    copy_over(instance, with_id=False)


def copy_over(instance: Any, with_id: bool) -> None:
    """SQLite's INSERT OR REPLACE deletes whatever stands in its way."""
    table = instance._meta.db_table
    columns = ", ".join(
        f'"{field.column}"' for field in instance._meta.concrete_fields if with_id or not field.primary_key
    )
    execute(f"INSERT OR REPLACE INTO {table} ({columns}) SELECT {columns} FROM {table} WHERE id = %s", instance.pk)


def push_aside(instance: Any, _name: str, _value: Any) -> None:
    """SQLite's UPDATE OR REPLACE of another row, onto this row's key."""
    other = row(type(instance))
    execute(f"UPDATE OR REPLACE {instance._meta.db_table} SET id = %s WHERE id = %s", instance.pk, other.pk)


def truncate(instance: Any, _name: str, _value: Any) -> None:
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    execute(f"TRUNCATE {instance._meta.db_table} CASCADE")


EVERYWHERE = (
    save, update, bulk_update, bulk_create_over_it, save_without_the_model, delete, delete_all, delete_behind_djangos_back, delete_by_sql,
)  # fmt: skip
SQLITE_ONLY = (replace_by_key, replace_by_another_unique_column, push_aside)
ATTACKS = (*EVERYWHERE, *(SQLITE_ONLY if connection.vendor == "sqlite" else (truncate,)))


@every_guard
@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_the_database_refuses(attack: Any, guard: Guard) -> None:
    instance = protected(guard)
    before = stored(instance)
    with pytest.raises(IntegrityError), transaction.atomic():
        attack(instance, *CHANGED[guard.model])
    assert stored(instance) == before


def stored(instance: Any) -> list[tuple[Any, ...]]:
    return [
        tuple(bytes(value) if isinstance(value, memoryview) else value for value in found)
        for found in type(instance).objects.order_by("pk").values_list()
    ]


@every_guard
def test_every_column_but_the_allowed_ones_is_frozen(guard: Guard) -> None:
    instance = protected(guard)
    columns = {field.column for field in instance._meta.concrete_fields}
    assert set(guard.may_change) <= columns
    assert set(frozen_columns(guard)) == columns - set(guard.may_change)
    for column in frozen_columns(guard):
        with pytest.raises(IntegrityError, match=guard.message), transaction.atomic():
            execute(
                f'UPDATE {instance._meta.db_table} SET "{column}" = %s WHERE id = %s',
                another_value(instance, column),
                instance.pk,
            )


@every_guard
def test_a_change_of_nothing_is_no_change(guard: Guard) -> None:
    instance = protected(guard)
    type(instance).objects.filter(pk=instance.pk).update(id=F("id"))


def test_a_posting_is_exported_once_and_never_taken_back() -> None:
    posting, first, second = row(Posting), row(PostingBatch), row(PostingBatch)
    Posting.objects.filter(pk=posting.pk).update(batch=first)
    for batch in (None, second):
        with pytest.raises(IntegrityError, match="reverse it"), transaction.atomic():
            Posting.objects.filter(pk=posting.pk).update(batch=batch)


def test_a_file_is_handed_in_or_withdrawn_once() -> None:
    batch = handed_in(row(CollectionBatch))
    for change in ({"submitted_at": None}, {"withdrawn_at": NOON}, {"notice_waiver": "told by phone"}):
        with pytest.raises(IntegrityError, match="built file"), transaction.atomic():
            CollectionBatch.objects.filter(pk=batch.pk).update(**change)


def test_a_file_may_be_built_once_it_is_there() -> None:
    empty = row(CollectionBatch, built_at=None, content=None, sha256="")
    CollectionBatch.objects.filter(pk=empty.pk).update(built_at=NOON, content=b"<xml/>", sha256="0" * 64)
    with pytest.raises(IntegrityError, match="built file"), transaction.atomic():
        CollectionBatch.objects.filter(pk=empty.pk).update(built_at=None, content=None, sha256="")


def test_the_fate_of_a_debit_is_added_to_it() -> None:
    debit = row(Collection)
    assert Collection.objects.filter(pk=debit.pk).update(
        notified_on=LATER, failed_on=LATER, failed_as="returned", return_reason="AM04"
    )


def test_a_used_mandate_is_not_made_an_unused_one() -> None:
    mandate = protected(GUARD_OF["Mandate"])
    with pytest.raises(IntegrityError, match="mandate that was used"), transaction.atomic():
        Mandate.objects.filter(pk=mandate.pk).update(last_presented_on=None)
    assert Mandate.objects.filter(pk=mandate.pk).update(ended_on=LATER)


def test_an_announced_day_and_a_consent_stay() -> None:
    change, notice = row(PriceChange), row(PriceNotice)
    with pytest.raises(IntegrityError, match="never edited"), transaction.atomic():
        TariffVersion.objects.filter(pk=change.version_id).update(existing_from=LATER)
    assert PriceNotice.objects.filter(pk=notice.pk).update(consented_on=LATER)
    with pytest.raises(IntegrityError, match="was told"), transaction.atomic():
        PriceNotice.objects.filter(pk=notice.pk).update(consented_on=None)


def test_a_used_mandate_changes_only_as_it_was_noted() -> None:
    noted = row(MandateAmendment)
    mandates = Mandate.objects.filter(pk=noted.mandate_id)
    for change in ({"iban": "DE02120300000000202051"}, {"reference": "another"}):
        with pytest.raises(IntegrityError, match="note the change"), transaction.atomic():
            mandates.update(**change)
    assert mandates.update(iban=noted.after_iban)
    row(
        MandateAmendment,
        mandate=noted.mandate,
        before_iban="",
        before_reference=noted.mandate.reference,
        after_reference="new",
    )
    assert mandates.update(reference="new")


def test_a_file_that_the_bank_has_takes_its_answer_once() -> None:
    batches = CollectionBatch.objects.filter(pk=handed_in(row(CollectionBatch)).pk)
    assert batches.update(accepted_at=NOON)
    assert batches.update(rejected_at=NOON)
    for change in ({"accepted_at": None}, {"rejected_at": None}):
        with pytest.raises(IntegrityError, match="built file"), transaction.atomic():
            batches.update(**change)


def test_a_paper_is_erased_with_its_day_once_and_not_while_the_mandate_is_in_use() -> None:
    paper = row(MandateDocument)
    papers = MandateDocument.objects.filter(pk=paper.pk)
    with pytest.raises(IntegrityError, match="disputed"), transaction.atomic():
        papers.update(content=b"")
    assert papers.update(content=b"", evidence=None, name="erased", erased_on=LATER)
    with pytest.raises(IntegrityError, match="disputed"), transaction.atomic():
        papers.update(erased_on=None)
    used = row(MandateDocument, mandate=row(Mandate))
    with pytest.raises(IntegrityError, match="disputed"), transaction.atomic():
        MandateDocument.objects.filter(pk=used.pk).update(content=b"", erased_on=LATER)


def test_a_declaration_is_settled_once() -> None:
    settled = row(Declaration, settled_at=NOON, answer="No such contract.")
    for change in ({"answer": "another"}, {"settled_at": None}, {"contract": row(Contract)}):
        with pytest.raises(IntegrityError, match="settled once"), transaction.atomic():
            Declaration.objects.filter(pk=settled.pk).update(**change)


def test_what_nobody_used_yet_may_be_corrected() -> None:
    mandate = row(Mandate)
    assert Mandate.objects.filter(pk=mandate.pk).update(iban="DE89370400440532013000")
    version = row(model_of(GUARD_OF["TariffVersion"]))
    assert type(version).objects.filter(pk=version.pk).update(terms={"other": 1})


def test_what_a_line_settles_is_taken_back_once() -> None:
    one = row(Allocation)
    assert Allocation.objects.filter(pk=one.pk).update(undone_on=LATER)
    for day in (None, NOON.date()):
        with pytest.raises(IntegrityError, match="take it back"), transaction.atomic():
            Allocation.objects.filter(pk=one.pk).update(undone_on=day)


def test_a_line_is_settled_and_opened_again_until_single_amounts_replace_it() -> None:
    entry = row(StatementEntry)
    mine = StatementEntry.objects.filter(pk=entry.pk)
    assert mine.update(settled_at=NOON)
    assert mine.update(settled_at=None)
    assert mine.update(resolved_at=NOON)
    with pytest.raises(IntegrityError, match="bank statement"), transaction.atomic():
        mine.update(resolved_at=None)


def test_a_fee_that_was_waived_stays_waived() -> None:
    fee = row(AncillaryClaim, waived_on=LATER)
    with pytest.raises(IntegrityError, match="waive"), transaction.atomic():
        AncillaryClaim.objects.filter(pk=fee.pk).update(waived_on=None)


def test_a_lifted_stop_and_a_claim_taken_back_stay_so() -> None:
    for made, name in ((row(DunningStop), "lifted_on"), (row(HandedClaim), "taken_back_on")):
        mine = type(made).objects.filter(pk=made.pk)
        assert mine.update(**{name: LATER})
        with pytest.raises(IntegrityError), transaction.atomic():
            mine.update(**{name: None})


def test_numbers_only_go_up() -> None:
    one = row(NumberRange, next_value=5)
    assert NumberRange.objects.filter(pk=one.pk).update(next_value=6)
    with pytest.raises(IntegrityError, match="only go up"), transaction.atomic():
        NumberRange.objects.filter(pk=one.pk).update(next_value=5)


def test_new_documents_are_not_refused() -> None:
    assert row(Invoice).pk != row(Invoice).pk


def test_a_cancelled_receipt_a_freed_payment_and_a_withdrawn_donation_stay_so() -> None:
    receipt, line, donation = row(Receipt), row(ReceiptLine), row(Donation)
    Receipt.objects.filter(pk=receipt.pk).update(cancelled_on=LATER, cancelled_reason="twice", original_back=True)
    ReceiptLine.objects.filter(pk=line.pk).update(freed_on=LATER)
    Donation.objects.filter(pk=donation.pk).update(withdrawn_on=LATER, withdrawn_reason="returned")
    undo = {"cancelled_on": None, "cancelled_reason": "", "original_back": False}
    for instance, values in (
        (receipt, undo),
        (line, {"freed_on": None}),
        (donation, {"withdrawn_on": None, "withdrawn_reason": ""}),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            type(instance).objects.filter(pk=instance.pk).update(**values)
