"""A real export of 1,208 rows: what it says, what is refused, and that it can be taken again and again."""

from collections.abc import Iterator
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils.translation import override
from django_scopes import scope

from billing.models import Contract, ContractEvent, Mandate
from billing.services import member_import
from billing.services.organisations import setup_organisation
from members.models import Member, Organisation
from tests.musterverein import EXPECTED, FOLDER, member_file, noon, setup
from tests.services.test_organisations import FILE

BILL_FROM = date(2027, 1, 1)
CODES = {
    "impossible date": "impossible_date", "unknown fee group": "fee_group", "iban checksum": "iban_checksum", "e-mail": "email",
    "no name": "no_name", "payer not in file": "payer", "member number twice": "number_twice",
}  # fmt: skip
LIST = FOLDER / "mitglieder.csv"
LINES = member_file().decode("cp1252").splitlines()


@pytest.fixture(scope="module")
def imported_club(django_db_setup: None, django_db_blocker: Any) -> Iterator[Organisation]:
    """Made once for all tests of this file, each of which is rolled back to it."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield setup()
        transaction.set_rollback(True)


@pytest.fixture
def club(imported_club: Organisation, db: None) -> Iterator[Organisation]:
    with scope(organisation=imported_club):
        yield imported_club


@pytest.fixture
def empty_club(db: None) -> Iterator[Organisation]:
    organisation, _created = setup_organisation(FILE | {"slug": "leer"})
    with scope(organisation=organisation):
        yield organisation


def history(model: type) -> int:
    return int(model.history.count())  # type: ignore[attr-defined]


def test_as_many_rows_come_in_as_were_expected_and_the_others_are_told_by_line(empty_club: Organisation) -> None:
    plan = member_import.plan(empty_club, member_file(), BILL_FROM)
    assert (plan.count, len(plan.new), plan.changed, plan.unchanged) == (EXPECTED["rows"], EXPECTED["imported"], [], 0)
    expected = [(line, CODES[reason]) for line, _number, reason in EXPECTED["faulty_rows"]]
    assert [(one.line, one.code) for one in plan.refused] == expected
    assert plan.refused_rows == 13
    assert Member.objects.count() == Contract.objects.count() == Mandate.objects.count() == 0


def test_a_refused_row_is_told_with_column_value_and_reason_in_german(empty_club: Organisation) -> None:
    with override("de"):
        refused = {one.line: one for one in member_import.plan(empty_club, member_file(), BILL_FROM).refused}
    assert (refused[24].column, refused[24].value, refused[24].reason) == (
        "Eintritt",
        "31.02.2020",
        "diesen Tag gibt es nicht",
    )
    assert (refused[91].column, refused[91].value) == ("Beitragsgruppe", "XXX")
    assert (refused[1101].column, refused[1101].value) == ("Zahler", "999999")


def test_a_member_comes_in_with_name_address_and_history(club: Organisation) -> None:
    finn = Member.objects.get(number="1001")
    assert (finn.first_name, finn.last_name, finn.date_of_birth, finn.street) == (
        "Finn", "Krüger", date(1946, 4, 3), "An der Öhe 16",
    )  # fmt: skip
    assert (finn.city, finn.email, finn.joined_on, finn.payer) == (
        "Neumünster",
        "mitglied1001@example.org",
        date(2011, 10, 1),
        None,
    )
    assert "KRÜGER" in finn.search
    assert Member.objects.count() == history(Member) - Member.objects.exclude(payer=None).count() == 1195


def test_contracts_are_the_fee_group_and_one_for_each_department(club: Organisation) -> None:
    found = Contract.objects.filter(member__number="1001").order_by("pk")
    assert [(one.tariff.code, one.start, one.bill_from, one.interval_months, one.due_on) for one in found] == [
        (code, date(2011, 10, 1), BILL_FROM, 1, BILL_FROM) for code in ("ERW", "TENNIS", "TURNEN")
    ]
    assert Contract.objects.count() == history(Contract) == 1837


def test_whoever_joins_after_billing_begins_is_due_from_their_first_day(club: Organisation) -> None:
    contract = Contract.objects.get(member__number="2207", tariff__code="ERW")
    assert (contract.start, contract.bill_from, contract.due_on) == (date(2027, 2, 1), None, date(2027, 2, 1))


def test_the_rhythm_is_that_of_whoever_pays(club: Organisation) -> None:
    paid_for = Member.objects.exclude(payer=None).select_related("payer")
    assert paid_for.count() > 200
    for member in paid_for:
        assert member.payer is not None
        own = set(member.contracts.values_list("interval_months", flat=True))
        assert own <= set(member.payer.contracts.values_list("interval_months", flat=True)), member


def test_whoever_leaves_is_covered_until_their_last_day(club: Organisation) -> None:
    leaving = Member.objects.exclude(left_on=None)
    assert leaving.count() > 20
    for member in leaving:
        assert member.left_on is not None
        ends = ContractEvent.objects.filter(contract__member=member).values_list("data", flat=True)
        assert {one["value"] for one in ends} <= {(member.left_on + timedelta(days=1)).isoformat()}
        assert ends.count() == member.contracts.count()


def test_whoever_left_before_joining_is_kept_without_contract(club: Organisation) -> None:
    number = LINES[447].split(";")[0]
    assert Member.objects.get(number=number).contracts.count() == 0


def test_mandates_keep_their_signature_and_last_collection(club: Organisation) -> None:
    mandate = Mandate.objects.get(reference="MV-1001")
    assert (mandate.signed_on, mandate.last_presented_on, mandate.source) == (
        date(2014, 2, 1),
        date(2026, 11, 2),
        "import",
    )
    assert mandate.account_holder == "Finn Krüger"
    assert Mandate.objects.get(reference="MV-1004").account_holder == "Erziehungsberechtigte Schröder"
    assert Mandate.objects.count() == history(Mandate) == 862


def test_who_pays_by_transfer_has_no_mandate(club: Organisation) -> None:
    numbers = [line.split(";")[0] for line in LINES if ";Überweisung;" in line]
    assert len(numbers) >= 20
    assert not Mandate.objects.filter(member__number__in=numbers).exists()


def test_the_same_file_again_changes_nothing(club: Organisation) -> None:
    plan = member_import.plan(club, member_file(), BILL_FROM)
    assert (plan.new, plan.changed, plan.unchanged, plan.refused_rows) == ([], [], 1195, 13)
    before = [history(model) for model in (Member, Contract, Mandate)]
    report = member_import.take(plan, noon(date(2026, 12, 2)), None)
    assert (report.new, report.changed, report.contracts, report.mandates) == (0, 0, 0, 0)
    assert [history(model) for model in (Member, Contract, Mandate)] == before


def test_a_later_first_day_of_billing_changes_nothing_for_those_who_are_in(club: Organisation) -> None:
    assert member_import.plan(club, member_file(), date(2027, 7, 1)).changed == []


def test_a_whole_list_is_written_in_few_queries(empty_club: Organisation, django_assert_max_num_queries: Any) -> None:
    plan = member_import.plan(empty_club, member_file(), BILL_FROM)
    with django_assert_max_num_queries(250):
        member_import.take(plan, noon(date(2026, 12, 1)), None)


def test_the_command_tells_each_refused_row_and_takes_the_others(empty_club: Organisation) -> None:
    said = imported("--bill-from", "2027-01-01")
    assert sum("Zeile " in line for line in said) == 14
    assert any("Zeile 287, IBAN" in line and "Prüfziffern" in line for line in said)
    assert "1195" in said[-2]
    assert Member.objects.count() == 1195


def test_a_dry_run_writes_nothing(empty_club: Organisation) -> None:
    assert "1195" in imported("--bill-from", "2027-01-01", "--dry-run")[-2]
    assert not Member.objects.exists()


def imported(*options: str) -> list[str]:
    call_command("import_members", LIST, "--organisation", "leer", *options, stdout=(out := StringIO()))
    return out.getvalue().splitlines()


@pytest.mark.parametrize(
    ("path", "organisation", "day"),
    [
        (LIST, "nobody", "2027-01-01"),
        (Path("there-is-no-such-file.csv"), "leer", "2027-01-01"),
        (LIST, "leer", "1927-01-01"),
        (FOLDER / "organisation.json", "leer", "2027-01-01"),
    ],
)
def test_the_command_fails_for_what_it_cannot_use(
    empty_club: Organisation, path: Path, organisation: str, day: str
) -> None:
    with pytest.raises(CommandError):
        call_command("import_members", path, "--organisation", organisation, "--bill-from", day, stdout=StringIO())
    assert not Member.objects.exists()
