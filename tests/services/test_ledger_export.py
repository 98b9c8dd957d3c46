"""Nobody is locked in: the tables and the journal hold all that was posted, and they balance."""

import csv
import io
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django_scopes import scope, scopes_disabled

from billing.benchmarks.measure import counted
from billing.formats.journal import Entry, journal
from billing.models import LedgerFile, Posting
from billing.services import audit, ledger_export
from billing.services.ledger_export import cell
from billing.services.open_items import open_items
from billing.services.packing import pack
from members.models import Organisation
from tests.services.bank import NOW, accept_all, bring, club, returned, whole_file

pytestmark = [pytest.mark.both, pytest.mark.django_db]
START, END = date(2026, 1, 1), date(2028, 1, 1)
SIDE = re.compile(r"    (Mitglieder|Konten):(\d+)  (-?\d+\.\d\d) EUR")


@pytest.fixture
def bank() -> Iterator[Organisation]:
    """Invoices, a file that was credited, and a debit that came back with a fee."""
    organisation = small()
    with scope(organisation=organisation):
        yield organisation


def small() -> Organisation:
    with scopes_disabled():
        organisation = club()
    with scope(organisation=organisation):
        bring(organisation, [whole_file(organisation), returned(organisation, "D0")])
        accept_all(organisation)
    return organisation


def made(organisation: Organisation, kind: str) -> LedgerFile:
    return ledger_export.make(organisation, kind, START, END, None, NOW)


def text_of(file: LedgerFile) -> str:
    return b"".join(ledger_export.content(file)).decode()


def tables(file: LedgerFile) -> dict[str, list[dict[str, str]]]:
    with zipfile.ZipFile(io.BytesIO(b"".join(ledger_export.content(file)))) as archive:
        return {
            name: list(csv.DictReader(io.StringIO(archive.read(name).decode("utf-8-sig")), delimiter=";"))
            for name in archive.namelist()
        }


def books() -> dict[str, Decimal]:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for debit, credit, amount in Posting.objects.values_list("debit_account", "credit_account", "amount"):
        sums[debit] += amount
        sums[credit] -= amount
    return dict(sums)


def test_every_transaction_of_the_journal_balances_and_the_accounts_are_those_of_the_books(bank: Organisation) -> None:
    transactions = text_of(made(bank, "ledger")).split("\n\n")[1:]
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for one in transactions:
        sides = [(account, Decimal(amount)) for _group, account, amount in SIDE.findall(one)]
        assert len(sides) == 2
        assert sum(amount for _account, amount in sides) == 0
        for account, amount in sides:
            sums[account] += amount
    assert len(transactions) == Posting.objects.count()
    assert dict(sums) == books()


def test_the_tables_hold_accounts_postings_open_items_and_members(bank: Organisation) -> None:
    found = tables(made(bank, "csv"))
    assert sorted(found) == ["buchungen.csv", "konten.csv", "mitgliederkonten.csv", "offene_posten.csv"]
    assert {row["Name"] for row in found["konten.csv"]} >= {"Bank", "Mitgliedsbeiträge", "Passive Rechnungsabgrenzung"}
    booked = [(row["Soll"], row["Haben"], amount(row["Betrag"])) for row in found["buchungen.csv"]]
    assert booked == list(
        Posting.objects.order_by("posted_on", "pk").values_list("debit_account", "credit_account", "amount")
    )
    owed = {row["Beleg"]: amount(row["Offen"]) for row in found["offene_posten.csv"]}
    assert owed == {item.number: item.open for item in open_items(bank, NOW.date())}
    for row in found["mitgliederkonten.csv"]:
        assert amount(row["Saldo"]) == amount(row["Soll"]) - amount(row["Haben"]) == books()[row["Konto"]]


def amount(text: str) -> Decimal:
    return Decimal(text.replace(",", "."))


@pytest.mark.parametrize("kind", ["csv", "ledger"])
def test_equal_days_give_the_file_that_is_there_until_something_is_posted(bank: Organisation, kind: str) -> None:
    first = made(bank, kind)
    assert made(bank, kind).pk == first.pk
    assert (first.count, first.total) == (
        Posting.objects.count(),
        sum(Posting.objects.values_list("amount", flat=True)),
    )
    Posting.objects.create(
        organisation=bank, posted_on=date(2027, 3, 1), debit_account="10000", credit_account="8200", amount=1, case="x",
        document=Posting.objects.exclude(document=None)[0].document, reference="R", text="x",
    )  # fmt: skip
    assert made(bank, kind).pk != first.pk


def test_days_the_wrong_way_round_are_refused(bank: Organisation) -> None:
    with pytest.raises(ValidationError):
        ledger_export.make(bank, "csv", END, START, None, NOW)


def test_the_audit_finds_a_file_that_was_changed(bank: Organisation) -> None:
    file = made(bank, "csv")
    LedgerFile.objects.create(
        organisation=bank, kind="csv", start=START, end=END, count=1, total=1, content=pack([b"other"]).content,
        sha256=file.sha256, made_at=NOW,
    )  # fmt: skip
    assert [fault.check for fault in audit.audit(bank)] == ["files"]


def test_a_text_never_ends_a_line_or_begins_a_comment() -> None:
    entry = Entry(7, START, "10000", "8200", Decimal("1.00"), "R (1)", "Weiß\n; x | y", "revenue")
    assert list(journal([], 4, [entry]))[1:3] == ["2026-01-01 * (R1) Weiß x y", "    ; posting: 7, case: revenue"]


@pytest.mark.parametrize("text", ["=1+1", "+49", "-x", "@x"])
def test_a_text_never_begins_a_formula(text: str) -> None:
    assert cell(text) == f"'{text}"


def test_the_command_writes_both(bank: Organisation, tmp_path: Path) -> None:
    for kind in ("csv", "ledger"):
        call_command("export_ledger", organisation=bank.slug, format=kind, output=tmp_path, stdout=io.StringIO())
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".ledger", ".zip"]


def test_it_takes_few_queries(bank: Organisation) -> None:
    for kind in ("csv", "ledger"):
        with counted() as counter:
            made(bank, kind)
        assert counter.queries <= 17
