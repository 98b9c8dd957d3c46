"""What a list cannot say: faulty rows are told and the others taken; an unusable file writes nothing."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import ModuleType

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override
from django_scopes import scope

from billing.formats import member_csv, member_values
from billing.models import Creditor, ImportSettings, TariffVersion
from billing.services import member_import, member_words
from billing.services.member_plan import check_bill_from
from members.models import Member, Organisation
from tests.members.lists import ANNA, BEN, BILL_FROM, COLUMNS, codes, contracts, listed, mandates, planned, row, taken
from tests.services.club import small_club

pytestmark = pytest.mark.django_db
HEAD = ";".join(COLUMNS)


@pytest.fixture
def club() -> Iterator[Organisation]:
    organisation = small_club()
    with override("en"):
        yield organisation


def unusable(club: Organisation, data: bytes) -> ValidationError:
    with scope(organisation=club), pytest.raises(ValidationError) as refused:
        member_import.plan(club, data, BILL_FROM)
    return refused.value


@pytest.mark.parametrize(
    ("given", "column", "code"),
    [
        ({"Beitragsgruppe": "GOLD"}, "Beitragsgruppe", "fee_group"),
        ({"Beitragsgruppe": ""}, "Beitragsgruppe", "fee_group"),
        ({"Abteilungen": "Tennis, Golf"}, "Abteilungen", "department"),
        ({"Zahlungsrhythmus": "wöchentlich"}, "Zahlungsrhythmus", "rhythm"),
        ({"Zahler": "77"}, "Zahler", "payer"),
        ({"Mandatsdatum": ""}, "Mandatsdatum", "mandate_date"),
        ({"Mandatsreferenz": "M/#1"}, "Mandatsreferenz", "mandate_reference"),
        ({"E_Mail": "keine"}, "E-Mail", "email"),
        ({"Eintritt": "31.02.2020"}, "Eintritt", "impossible_date"),
        ({"Nachname": ""}, "Nachname", "no_name"),
        ({"Mitgliedsnummer": ""}, "Mitgliedsnummer", "number_missing"),
    ],
)  # fmt: skip
def test_a_faulty_row_is_refused_at_its_column_and_the_others_come_in(
    club: Organisation, given: dict[str, str], column: str, code: str
) -> None:
    good = row(ANNA, Mitgliedsnummer="8", Mandatsreferenz="M-8")
    plan = planned(club, good, row(ANNA, **given))
    assert codes(plan) == [(3, column, code)]
    assert [one.row.number for one in plan.new] == ["8"]


def test_words_are_known_in_any_case(club: Organisation) -> None:
    taken(club, row(ANNA, Beitragsgruppe="erw", Abteilungen="TENNIS", Zahlungsrhythmus="Jährlich"))
    assert [(code, months) for code, _start, months, _end in contracts(club, "1")] == [("ERW", 12), ("TENNIS", 12)]


def test_a_payer_whose_own_row_is_refused_pays_for_nobody(club: Organisation) -> None:
    plan = planned(club, BEN, row(ANNA, Abteilungen="Golf"))
    assert codes(plan) == [(2, "Zahler", "payer"), (3, "Abteilungen", "department")]


def test_a_payer_who_is_paid_for_is_refused(club: Organisation) -> None:
    third = row(BEN, Mitgliedsnummer="3", Zahler="2")
    assert codes(planned(club, third, BEN, ANNA)) == [(2, "Zahler", "payer_of_payer")]
    taken(club, BEN, ANNA)
    assert codes(planned(club, third)) == [(2, "Zahler", "payer_of_payer")]


def test_two_who_pay_for_each_other_are_refused(club: Organisation) -> None:
    plan = planned(club, row(ANNA, Zahler="2"), BEN)
    assert [code for _line, _column, code in codes(plan)] == ["payer_of_payer", "payer_of_payer"]


def test_who_names_themselves_as_payer_pays_for_themselves(club: Organisation) -> None:
    taken(club, row(ANNA, Zahler="1"))
    with scope(organisation=club):
        assert Member.objects.get().payer is None


def test_the_second_of_two_same_rows_is_refused(club: Organisation) -> None:
    assert codes(planned(club, ANNA, ANNA)) == [(3, "Mitgliedsnummer", "number_twice")]


def test_a_mandate_reference_belongs_to_one_member(club: Organisation) -> None:
    second = row(ANNA, Mitgliedsnummer="3", Mandatsreferenz="m-1")
    assert codes(planned(club, ANNA, second)) == [(3, "Mandatsreferenz", "mandate_twice")]
    taken(club, ANNA)
    assert codes(planned(club, second)) == [(2, "Mandatsreferenz", "mandate_taken")]


def test_a_word_for_a_tariff_that_does_not_exist_is_refused(club: Organisation) -> None:
    with scope(organisation=club):
        ImportSettings.objects.update(fee_groups={"ERW": "NONE"})
    assert codes(planned(club, ANNA)) == [(2, "Beitragsgruppe", "no_tariff")]


def test_what_no_run_could_bill_is_refused(club: Organisation) -> None:
    with scope(organisation=club):
        version = TariffVersion.objects.get(tariff__code="ERW")
        version.terms["intervals"] = [1]
        version.save()
        assert codes(planned(club, ANNA)) == [(2, "Zahlungsrhythmus", "interval")]
        version.valid_from = date(2020, 1, 1)
        version.save()
    assert codes(planned(club, row(ANNA, Zahlungsrhythmus="monatlich"))) == [(2, "Eintritt", "no_version")]


@pytest.mark.parametrize(
    ("way", "has_mandate"),
    [("Lastschrift", True), ("SEPA-Basislastschrift", True), ("Abbuchung", True), ("", True), ("Überweisung", False), ("SEPA-Überweisung", False),
     ("Rechnung", False), ("bar", False), ("Muscheln", False)],
)  # fmt: skip
def test_a_mandate_is_made_for_who_pays_by_debit(club: Organisation, way: str, has_mandate: bool) -> None:
    plan = planned(club, row(ANNA, Zahlungsart=way))
    assert [one.code for one in plan.warnings] == (["payment_method"] if way == "Muscheln" else [])
    taken(club, row(ANNA, Zahlungsart=way))
    assert bool(mandates(club, "1")) == has_mandate


def test_mandates_without_a_creditor_are_refused_and_nothing_is_written(club: Organisation) -> None:
    with scope(organisation=club):
        Creditor.objects.all().delete()
        with pytest.raises(ValidationError) as refused:
            taken(club, ANNA)
        assert refused.value.code == "no_creditor"
        assert not Member.objects.exists()


def test_formulas_stay_the_text_they_are(club: Organisation) -> None:
    taken(club, row(ANNA, Nachname='=HYPERLINK("http://x.example";"x")', Bemerkung="@SUM(A1)"))
    with scope(organisation=club):
        member = Member.objects.get()
    assert (member.last_name, member.note) == ('=HYPERLINK("http://x.example";"x")', "@SUM(A1)")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b" \n\n", "empty"),
        (HEAD.encode("cp1252"), "no_rows"),
        (b"Vorname;Nachname\nAnna;Krause\n", "no_number_column"),
        (b"Mitgliedsnummer;Nachname\n1;Krause\n", "no_fee_group_column"),
        (b"Nr;Nr\n1;2\n", "column_twice"),
        (b"Mitgliedsnummer;Beitragsgruppe\n1;ER\0W\n", "binary"),
        (b"\xff\xfe\x00\xd8\x00", "encoding"),
        (b"Mitgliedsnummer;Beitragsgruppe\n" + b"1" * 60_000, "line_too_long"),
        (b'Mitgliedsnummer;Beitragsgruppe\n1;"ERW\n', "quotes"),
        (b"x" * (10 * 1024 * 1024 + 1), "too_large"),
        (b"Mitgliedsnummer;Beitragsgruppe\n" + b"1;E\n" * 100_001, "too_many_rows"),
        (b"PK\x03\x04\x14\x00\x06\x00", "binary"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_an_unusable_file_is_refused_with_what_is_wrong(club: Organisation, data: bytes, code: str) -> None:
    refused = unusable(club, data)
    assert refused.code == code
    assert "%" not in refused.messages[0]


def test_every_code_of_the_reader_has_its_words() -> None:
    unusable_codes = set(re.findall(r'MemberFileError\("(\w+)"', source_of(member_csv)))
    assert unusable_codes
    assert unusable_codes <= set(member_words.UNUSABLE)
    pattern = r'(?:Value\(.*?, |CsvFault\(.*?, |or |else )"([a-z_]{5,})"'
    given = re.findall(pattern, source_of(member_csv) + source_of(member_values))
    assert {"email", "too_long"} <= set(given)
    kinds_of_member = {"person", "company"}
    assert set(given) - kinds_of_member <= set(member_words.REASONS)


def source_of(module: ModuleType) -> str:
    return Path(module.__file__ or "").read_text()


@pytest.mark.parametrize("day", [date(2017, 1, 1), date(2037, 1, 1)])
def test_billing_from_years_away_is_refused(day: date) -> None:
    with pytest.raises(ValidationError):
        check_bill_from(day, date(2027, 1, 1))
    check_bill_from(date(2026, 1, 1), date(2027, 1, 1))


def test_a_list_in_utf_8_with_commas_and_other_headers_says_the_same(club: Organisation) -> None:
    out = io.StringIO()
    csv.writer(out).writerows(
        [["mitglieds-nr.", "NAME", "Beitragsart", "Sparten"], ["1", "Øster", "ERW", "Tennis/Rudern"]]
    )
    with scope(organisation=club):
        plan = member_import.plan(club, ("\ufeff" + out.getvalue()).encode(), BILL_FROM)
    assert [(one.row.last_name, one.tariffs) for one in plan.new] == [("Øster", ["ERW", "TENNIS", "RUDERN"])]


def test_lists_of_one_organisation_do_not_see_those_of_another(club: Organisation) -> None:
    other = small_club("anders")
    taken(other, ANNA, BEN)
    with scope(organisation=club):
        plan = member_import.plan(club, listed(ANNA, BEN), BILL_FROM)
    assert (len(plan.new), plan.refused) == (2, [])
    taken(club, ANNA, BEN)
    with scope(organisation=other):
        assert Member.objects.count() == 2
