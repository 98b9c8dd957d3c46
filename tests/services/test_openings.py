"""Open items of another program become claims: owed, found by their old number, paid; and no invoice of ours."""

import io
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django_scopes import scope

from billing.benchmarks.measure import counted
from billing.models import Allocation, Invoice, LedgerSettings, Mail, Posting, StatementEntry
from billing.services import audit, collect_again, openings, reconciliation
from billing.services.number_report import number_report
from billing.services.open_items import open_items
from members.models import Organisation
from tests.services.bank import NOW, bring, transfer
from tests.services.club import join, small_club

pytestmark = [pytest.mark.both, pytest.mark.django_db]
ON = date(2027, 1, 1)
HEAD = "Mitgliedsnummer;Belegnummer;Belegdatum;Fällig;Offen;Text\n"
LIST = (HEAD + "1;RE 2025/0117;12.11.2025;26.11.2025;84,00;Beitrag\n2;ALT-99;01.12.2025;;1.036,50;\n").encode()


@pytest.fixture
def club() -> Iterator[Organisation]:
    organisation = small_club()
    with scope(organisation=organisation):
        join(organisation, "1")
        join(organisation, "2", debit=False)
        yield organisation


def faults(organisation: Organisation, rows: str) -> list[tuple[int, str, str]]:
    found = openings.look(organisation, (HEAD + rows).encode(), ON)
    return [(fault.line, fault.column, fault.code) for fault, _reason in found.faults]


def test_each_row_becomes_a_claim_that_is_owed(club: Organisation) -> None:
    assert openings.take(club, LIST, ON) == 2
    assert [(one.number, one.due_on, one.open, one.method) for one in open_items(club, ON)] == [
        ("RE 2025/0117", date(2025, 11, 26), Decimal("84.00"), "transfer"),
        ("ALT-99", date(2025, 12, 1), Decimal("1036.50"), "transfer"),
    ]  # fmt: skip
    rows = Posting.objects.order_by("pk").values_list("posted_on", "debit_account", "credit_account", "amount")
    assert list(rows) == [(ON, "10000", "9008", Decimal("84.00")), (ON, "10001", "9008", Decimal("1036.50"))]
    assert audit.audit(club) == []


def test_it_is_no_invoice_of_ours(club: Organisation) -> None:
    openings.take(club, LIST, ON)
    claim = Invoice.objects.order_by("pk")[0]
    assert (claim.kind, claim.is_ours, claim.vat, claim.lines.count()) == ("opening", False, Decimal("0.00"), 0)
    assert number_report(club) == []
    assert not Mail.objects.exists()
    assert collect_again.open_again(club, ON) == []


def test_the_same_list_again_adds_nothing(club: Organisation) -> None:
    assert [openings.take(club, LIST, ON) for _twice in range(2)] == [2, 0]
    longer = LIST + b"2;ALT-100;02.12.2025;;5,00;\n"
    assert openings.look(club, longer, ON).known == 2
    assert openings.take(club, longer, ON) == 1
    assert Invoice.objects.count() == Posting.objects.count() == 3
    assert audit.audit(club) == []


def test_the_faults_of_a_list_are_told_by_row_and_nothing_is_written(club: Organisation) -> None:
    openings.take(club, LIST, ON)
    rows = (
        "9;A1;01.12.2025;;5,00;\n1;;01.12.2025;;5,00;\n1;A3;31.02.2025;;5,00;\n1;A4;01.12.2025;soon;5,00;\n1;A5;01.12.2025;;-5,00;\n"
        "1;A6;01.02.2027;;5,00;\n1;A7;01.12.2025;30.11.2025;5,00;\n1;A8;01.12.2025;;5,00;\n1;A8;01.12.2025;;5,00;\n1;ALT-99;01.12.2025;;5,00;\n"
    )  # fmt: skip
    assert faults(club, rows) == [
        (2, "member", "member"), (3, "number", "number"), (4, "day", "day"), (5, "due", "due"), (6, "amount", "amount"),
        (7, "day", "future"), (8, "due", "early"), (10, "number", "twice"), (11, "number", "taken"),
    ]  # fmt: skip
    with pytest.raises(ValidationError):
        openings.take(club, (HEAD + rows).encode(), ON)
    assert Invoice.objects.count() == 2


@pytest.mark.parametrize(
    ("data", "code"), [(b"", "empty"), (b"a\0b", "binary"), (b"Name\nx\n", "columns"), (HEAD.encode(), "no_rows")]
)
def test_a_file_that_is_no_list_is_refused(club: Organisation, data: bytes, code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        openings.look(club, data, ON)
    assert refused.value.code == code


@pytest.mark.parametrize("text", ["RE2025/0117", "Beitrag re-2025-0117 danke", "Rechnung RE 2025 0117"])
def test_a_transfer_that_names_the_old_number_pays_it_by_itself(club: Organisation, text: str) -> None:
    openings.take(club, LIST, ON)
    bring(club, [transfer(club, "84.00", text)])
    assert StatementEntry.objects.get().settled_at
    [paid] = Allocation.objects.all()
    assert (paid.kind, paid.invoice.number if paid.invoice else "", paid.found_by) == (
        "payment",
        "RE 2025/0117",
        "number",
    )
    assert [item.number for item in open_items(club, NOW.date())] == ["ALT-99"]
    assert audit.audit(club) == []


def test_a_short_old_number_is_not_looked_for_in_texts(club: Organisation) -> None:
    openings.take(club, (HEAD + "1;17;12.11.2025;;84,00;\n").encode(), ON)
    bring(club, [transfer(club, "84.00", "Spende 17")])
    assert not StatementEntry.objects.get().settled_at


def test_in_locked_books_they_are_posted_on_the_first_open_day(club: Organisation) -> None:
    LedgerSettings.objects.filter(organisation=club).update(closed_until=date(2027, 1, 31))
    openings.take(club, LIST, ON)
    assert set(Posting.objects.values_list("posted_on", flat=True)) == {date(2027, 2, 1)}


def test_a_long_list_takes_few_queries(club: Organisation) -> None:
    rows = "".join(f"1;OLD-{number};01.12.2025;;5,00;\n" for number in range(900))
    with counted() as counter:
        openings.take(club, (HEAD + rows).encode(), ON)
    assert counter.queries <= 25


def test_the_command_tells_faults_and_takes_the_list_over(club: Organisation, tmp_path: Path) -> None:
    path, out = tmp_path / "offen.csv", io.StringIO()
    path.write_bytes(LIST)
    options = {"organisation": club.slug, "on": ON, "stdout": out}
    call_command("import_opening_balances", path, dry_run=True, **options)
    assert not Invoice.objects.exists()
    for _twice in range(2):
        call_command("import_opening_balances", path, **options)
    assert Invoice.objects.count() == 2
    assert "2 neue Forderungen, 1120.50 EUR" in out.getvalue()
    path.write_bytes((HEAD + "9;A1;01.12.2025;;5,00;\n").encode())
    with pytest.raises(CommandError):
        call_command("import_opening_balances", path, **options)
    assert "Zeile 2, member: „9“" in out.getvalue()


def test_reconciliation_knows_the_claims_of_this_house_only(club: Organisation) -> None:
    openings.take(club, LIST, ON)
    other = small_club("andere")
    with scope(organisation=other):
        join(other, "1")
        assert reconciliation.match_open(other, NOW) == 0
        assert openings.look(other, LIST, ON).faults[0][0].line == 3
