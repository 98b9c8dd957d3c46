"""Guards that got lost are put back, and until then they are missed: by the check, by the audit and by the run."""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connection
from django.db.models import CharField
from django_scopes import scopes_disabled

from billing.guard_table import GUARDS
from billing.guards import (
    check_guards,
    expected,
    install_guards,
    lift_guards,
    missing_guards,
    remove_guards,
    table_of,
)
from billing.models import BillingRun, Invoice, Mandate, MandateAmendment
from billing.services import audit, invoicing, work
from tests.models.guarded import execute
from tests.models.rows import NOON, organisation, row

pytestmark = pytest.mark.both
KINDS = ("change", "truncate") if connection.vendor == "postgresql" else ("update", "delete", "replace")
OF_INVOICES = [f"guard_billing_invoice_{kind}" for kind in KINDS]


@pytest.fixture(autouse=True)
def everything_in_sight() -> Iterator[None]:
    with scopes_disabled():
        yield


@pytest.fixture
def lost(db: None) -> str:
    """One trigger is gone."""
    on = " ON billing_invoice" if connection.vendor == "postgresql" else ""
    execute(f"DROP TRIGGER {OF_INVOICES[0]}{on}")
    return OF_INVOICES[0]


def test_migrate_brings_every_guard(db: None) -> None:
    assert missing_guards() == []
    of_new_rows = [guard for guard in GUARDS if guard.refuse_insert]
    assert len(list(expected(connection))) == len(GUARDS) * len(KINDS) + len(of_new_rows)


def test_a_guard_can_be_installed_twice(db: None) -> None:
    install_guards()
    install_guards()
    assert missing_guards() == []


def test_a_lost_guard_is_named(lost: str) -> None:
    assert missing_guards() == [lost]


def test_the_system_check_names_it(lost: str) -> None:
    assert [(fault.id, lost in fault.msg) for fault in check_guards(databases=["default"])] == [("billing.E001", True)]
    with pytest.raises(SystemCheckError, match=lost):
        call_command("check", databases=["default"])


def test_the_audit_names_it(lost: str) -> None:
    assert [(fault.check, fault.where) for fault in audit.audit(organisation())] == [("guards", lost)]


def test_a_run_issues_nothing_without_it(lost: str) -> None:
    run = row(BillingRun, approved_at=NOON, fingerprint="f", amounts={})
    with pytest.raises(ValidationError, match=lost) as refused:
        invoicing.issue(run, NOON)
    assert refused.value.code == "guards"
    run.refresh_from_db()
    assert run.issued_at is None


def test_the_worker_does_nothing_without_it(lost: str) -> None:
    work.enqueue(organisation(), "draw_pdfs", "1", NOON)
    assert work.tick(NOON) == 0
    assert organisation().due_work.get().attempts == 0


def test_guards_that_were_taken_away_for_a_restore_come_back(db: None) -> None:
    remove_guards()
    assert missing_guards() == [name for name, _table in expected(connection)]
    install_guards()
    assert missing_guards() == []


def test_migrate_is_not_stopped_by_the_guards_that_it_brings(lost: str) -> None:
    call_command("migrate", verbosity=0, skip_checks=False)
    assert missing_guards() == []


@pytest.mark.django_db(transaction=True)
def test_migrate_puts_back_what_rebuilding_a_table_took_away() -> None:
    rebuild("method", CharField(max_length=9))
    lost = [] if connection.vendor == "postgresql" else OF_INVOICES
    assert missing_guards() == lost
    call_command("migrate", verbosity=0)
    assert missing_guards() == []


@pytest.mark.django_db(transaction=True)
def test_tables_that_other_guards_name_can_be_rebuilt_by_a_migration() -> None:
    lift_guards(sender=apps.get_app_config("billing"))
    for model in (Mandate, MandateAmendment):
        with connection.schema_editor() as editor:
            field = model._meta.get_field("organisation")
            editor.alter_field(model, field, field)
            if connection.vendor == "sqlite":
                editor._remake_table(model)  # type: ignore[attr-defined]
    call_command("migrate", verbosity=0)
    assert missing_guards() == []


def rebuild(name: str, wider: "CharField[str, str]") -> None:
    """SQLite copies a table to change a column of it, and forgets the triggers; here, there and back again."""
    field = Invoice._meta.get_field(name)
    assert isinstance(field, CharField)
    wider.set_attributes_from_name(name)
    wider.model = Invoice
    with connection.schema_editor() as editor:
        editor.alter_field(Invoice, field, wider)
    with connection.schema_editor() as editor:
        editor.alter_field(Invoice, wider, field)


@pytest.mark.postgres
def test_a_guard_that_was_switched_off_is_missed(db: None) -> None:
    execute(f"ALTER TABLE {table_of(GUARDS[0])} DISABLE TRIGGER guard_{table_of(GUARDS[0])}_change")
    assert missing_guards() == ["guard_billing_invoice_change"]
