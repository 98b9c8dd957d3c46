"""Statements come in: whole or not at all, and never twice."""

import io
import os
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import override_settings
from django_scopes import scopes_disabled

from billing.benchmarks.measure import counted
from billing.demo.bank import BankLine, statement
from billing.models import Statement, StatementEntry, StatementFile
from billing.services import statement_folder, statement_import
from billing.services.audit import audit
from members.models import Organisation
from tests.services.bank import (
    LATER,
    NOW,
    STRANGER,
    batch,
    bring,
    claim,
    club,
    debit,
    paper,
    take,
    transfer,
    whole_file,
)
from tests.services.club import small_club

pytestmark = [pytest.mark.both, pytest.mark.django_db]
ONE = BankLine(Decimal("14.00"), LATER, "Erna", STRANGER, "Beitrag")


@pytest.fixture(autouse=True)
def everything_in_sight() -> Iterator[None]:
    with scopes_disabled():
        yield


@pytest.fixture
def bank() -> Organisation:
    return small_club("bank")


def amounts() -> list[Decimal]:
    return list(StatementEntry.objects.filter(resolved_at=None).order_by("pk").values_list("amount", flat=True))


def test_the_same_statement_again_adds_nothing(bank: Organisation) -> None:
    first = bring(bank, [ONE])
    again = bring(bank, [ONE])
    assert (first.new, again.new, again.known) == (1, 0, 1)
    assert (Statement.objects.count(), StatementFile.objects.count()) == (1, 1)


def test_in_other_bytes_it_adds_nothing_either(bank: Organisation) -> None:
    take(bank, statement(paper(bank), [ONE]))
    take(bank, statement(paper(bank), [ONE]).replace(b"><", b">\n  <"))
    assert amounts() == [ONE.amount]
    assert StatementFile.objects.count() == 2


def test_an_overlapping_statement_adds_what_is_new(bank: Organisation) -> None:
    other = BankLine(Decimal("7.00"), LATER, "Theo")
    bring(bank, [ONE])
    report = bring(bank, [ONE, other], identifier="S2")
    assert (report.new, report.known, amounts()) == (1, 1, [ONE.amount, other.amount])


def test_two_truly_equal_payments_both_stay(bank: Organisation) -> None:
    bring(bank, [ONE, ONE])
    bring(bank, [ONE, ONE], identifier="S2")
    assert amounts() == [ONE.amount, ONE.amount]


def test_the_intraday_report_and_the_days_statement_are_one(bank: Organisation) -> None:
    bring(bank, [ONE], kind="camt.052", version="02", balances=False)
    bring(bank, [ONE, ONE])
    assert amounts() == [ONE.amount, ONE.amount]


@pytest.mark.parametrize("reference", ["B1", ""])
@pytest.mark.parametrize("notice_first", [False, True])
def test_a_sum_and_its_notice_count_once_whichever_comes_first(
    bank: Organisation, notice_first: bool, reference: str
) -> None:
    parts = (BankLine(Decimal("5.00"), LATER, "A", text="1"), BankLine(Decimal("9.00"), LATER, "B", text="2"))
    whole = BankLine(Decimal("14.00"), LATER, batch="M1P1", count=2, reference=reference)
    told = BankLine(Decimal("14.00"), LATER, batch="M1P1", count=2, reference=reference, parts=parts)
    steps: list[tuple[list[BankLine], dict[str, Any]]] = [
        ([whole], {"identifier": "S1"}),
        ([told], {"identifier": "N1", "kind": "camt.054"}),
    ]
    for lines, given in reversed(steps) if notice_first else steps:
        bring(bank, lines, **given)
    for lines, given in steps:
        assert bring(bank, lines, **given).new == 0
    assert amounts() == [Decimal("5.00"), Decimal("9.00")]


def test_a_sum_that_was_settled_stays_settled(bank: Organisation) -> None:
    whole = BankLine(Decimal("14.00"), LATER, reference="B1", batch="X", count=2)
    bring(bank, [whole])
    StatementEntry.objects.update(settled_at=NOW)
    parts = (BankLine(Decimal("5.00"), LATER, "A"), BankLine(Decimal("9.00"), LATER, "B"))
    bring(bank, [BankLine(Decimal("14.00"), LATER, reference="B1", parts=parts)], kind="camt.054", identifier="N1")
    assert amounts() == [Decimal("14.00")]


def test_the_preview_writes_nothing(bank: Organisation) -> None:
    source = io.BytesIO(statement(paper(bank), [ONE]))
    file = statement_import.keep(bank, "a.xml", source, None, NOW)
    assert statement_import.preview(file, NOW).new == 1
    assert not StatementEntry.objects.exists()
    assert statement_import.take(file, NOW).new == 1
    assert audit(bank) == []


@pytest.mark.parametrize("harm", [
    lambda data: data.replace(b"1014.00", b"1015.00"),
    lambda data: data[:-40],
    lambda data: data.replace(b"DE89370400440532013000", b"DE02120300000000202051").replace(b"DE71570642210231530419", b"DE02120300000000202051"),
    lambda data: data.replace(b"<?xml", b"<!DOCTYPE x><?xml"),
    lambda data: b"",
])  # fmt: skip
def test_of_a_refused_file_nothing_stays(bank: Organisation, harm: object) -> None:
    data = harm(statement(paper(bank), [ONE]))  # type: ignore[operator]
    own = paper(bank).iban.encode()
    if data and b"DOCTYPE" not in data and own in data and b"1015" not in data and data.endswith(b">"):
        data = data.replace(own, STRANGER.encode())
    with pytest.raises(ValidationError):
        take(bank, data)
    assert not StatementEntry.objects.exists()
    assert not Statement.objects.exists()
    assert not StatementFile.objects.exists()


def test_the_account_of_another_house_is_refused(bank: Organisation) -> None:
    foreign = statement(paper(bank), [ONE]).replace(paper(bank).iban.encode(), STRANGER.encode())
    with pytest.raises(ValidationError) as refused:
        take(bank, foreign)
    assert refused.value.code == "own_account"


def test_a_missing_statement_is_told_but_stops_nothing(bank: Organisation) -> None:
    assert bring(bank, [ONE]).warnings == []
    following = BankLine(Decimal("1.00"), LATER + timedelta(days=3), "Theo")
    assert bring(bank, [following], identifier="S2", opening=Decimal("1014.00")).warnings == []
    late = BankLine(Decimal("2.00"), LATER + timedelta(days=9), "Theo")
    assert len(bring(bank, [late], identifier="S9", opening=Decimal("5000.00")).warnings) == 1
    assert len(amounts()) == 3


def test_the_number_of_queries_does_not_depend_on_the_number_of_lines() -> None:
    organisation = club(debits=0, transfers=3)
    number = claim(organisation, "T0").number

    def cost(count: int, name: str) -> int:
        lines = [transfer(organisation, "0.01", number, on=LATER, reference=f"{name}{place}") for place in range(count)]
        with counted() as counter:
            bring(organisation, lines, identifier=name)
        return counter.queries

    cost(1, "A")
    assert cost(20, "B") <= cost(2, "C") + 2


def test_the_command_takes_files_and_books_what_is_certain(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    organisation = club()
    good, bad = tmp_path / "good.xml", tmp_path / "bad.xml"
    good.write_bytes(statement(paper(organisation), [whole_file(organisation)]))
    bad.write_text("<html/>")
    with pytest.raises(CommandError, match=r"bad\.xml"):
        call_command("import_statement", str(bad), str(good))
    assert debit(organisation, "D0").state == "booked"
    assert "good.xml: 1" in capsys.readouterr().out


def test_the_folder_is_read_put_away_and_what_is_refused_says_why(tmp_path: Path) -> None:
    organisation = club()
    folder = tmp_path / organisation.slug
    folder.mkdir()
    (folder / "1.xml").write_bytes(statement(paper(organisation), [whole_file(organisation)]))
    (folder / "2.xml").write_text("<html/>")
    (folder / "3.xml").write_text("half a fi")
    (folder / "4.xml").symlink_to("/etc/passwd")
    for name in ("1.xml", "2.xml"):
        os.utime(folder / name, (0, 0))
    os.utime(folder / "3.xml", (NOW.timestamp(), NOW.timestamp()))
    with override_settings(STATEMENTS_FOLDER=str(tmp_path)):
        assert statement_folder.read_folder(organisation, NOW) == 1
        assert statement_folder.read_folder(organisation, NOW) == 0
    assert batch(organisation).collections.filter(booked_on=date(2027, 1, 4)).count() == 2
    assert [path.name[16:] for path in (folder / "done").iterdir()] == ["1.xml"]
    assert sorted(path.name[16:] for path in (folder / "refused").iterdir()) == ["2.reason.txt", "2.xml"]
    assert sorted(path.name for path in folder.iterdir()) == ["3.xml", "4.xml", "done", "refused"]


def test_without_a_folder_nothing_is_looked_for() -> None:
    with override_settings(STATEMENTS_FOLDER=""):
        assert statement_folder.read_folder(small_club(), NOW) == 0
