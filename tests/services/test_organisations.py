"""An organisation from its file: made once, brought up to date, or refused with every fault at its place."""

import copy
import json
from collections.abc import Iterator
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.utils.translation import override
from django_scopes import scope, scopes_disabled

from billing.models import (
    Contract,
    Creditor,
    ImportSettings,
    LedgerSettings,
    RunSettings,
    Series,
    Tariff,
    TariffVersion,
)
from billing.services.organisations import apply_file, setup_organisation
from members.models import Member, Organisation
from tests.musterverein import FOLDER

pytestmark = pytest.mark.django_db
FILE: dict[str, Any] = json.loads((FOLDER / "organisation.json").read_text())
TABLES = (Organisation, Creditor, LedgerSettings, RunSettings, Series, ImportSettings, Tariff, TariffVersion)


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with override("en"):
        yield


def file(**given: Any) -> dict[str, Any]:
    """The club's file with some values put elsewhere; `__` stands for a step down."""
    data = copy.deepcopy(FILE)
    for path, value in given.items():
        node: Any = data
        *steps, last = path.split("__")
        for step in steps:
            node = node[int(step)] if step.isdigit() else node[step]
        node[last] = value
    return data


def faults(data: object) -> list[str]:
    with pytest.raises(ValidationError) as refused:
        setup_organisation(data)
    return refused.value.messages


def rows() -> list[Any]:
    with scopes_disabled():
        return [list(table._base_manager.order_by("pk").values()) for table in TABLES]


def tariff_in_use(organisation: Organisation, code: str) -> Tariff:
    with scopes_disabled():
        tariff = Tariff.objects.get(organisation=organisation, code=code)
        member = Member.objects.create(organisation=organisation, number="1", last_name="Krüger")
        Contract.objects.create(organisation=organisation, member=member, tariff=tariff, start=date(2027, 1, 1))
    return tariff


def test_the_file_becomes_an_organisation_with_everything_it_says() -> None:
    organisation, created = setup_organisation(FILE)
    assert created
    assert (organisation.city, organisation.tax_number) == ("Neumünster", "20/290/12345")
    with scope(organisation=organisation):
        creditor, series = Creditor.objects.get(), dict(Series.objects.values_list("kind", "pattern"))
        assert (creditor.identifier, creditor.iban) == ("DE98ZZZ09999999999", "DE89370400440532013000")
        assert creditor.name == "Musterverein Neumünster von 1898 e.V."
        assert series == {"invoice": "R{year}-{number:05d}", "cancellation": "S{year}-{number:05d}"}
        assert LedgerSettings.objects.get().client_number == "10001"
        assert RunSettings.objects.get().collect_after_days == 16
        assert ImportSettings.objects.get().rhythms["vierteljährlich"] == 3
        assert Tariff.objects.count() == TariffVersion.objects.count() == 10


def test_the_same_file_again_changes_nothing() -> None:
    setup_organisation(FILE)
    before = rows()
    again = apply_file(file())
    assert (again.created, again.changes) == (False, [])
    assert rows() == before


def test_a_changed_file_says_what_differs_and_changes_it() -> None:
    organisation, _created = setup_organisation(FILE)
    setup = apply_file(
        file(email="neu@musterverein.example", run__day_of_month=20, member_import__Abteilungen={"Tennis": "TENNIS"})
    )
    assert setup.changes == [
        ("$.email", "kasse@musterverein.example", "neu@musterverein.example"),
        ("$.run.day_of_month", "15", "20"),
        ("$.member_import.Abteilungen.Schwimmen", "SCHWIMMEN", ""),
        ("$.member_import.Abteilungen.Turnen", "TURNEN", ""),
    ]
    with scope(organisation=organisation):
        assert RunSettings.objects.get().day_of_month == 20
        assert ImportSettings.objects.get().departments == {"Tennis": "TENNIS"}


def test_a_section_that_the_file_does_not_have_stays_as_it_is() -> None:
    organisation, _created = setup_organisation(FILE)
    setup_organisation({key: value for key, value in FILE.items() if key != "member_import"})
    with scope(organisation=organisation):
        assert ImportSettings.objects.get().departments["Tennis"] == "TENNIS"


def test_new_terms_of_a_tariff_in_use_are_a_new_version_from_their_day() -> None:
    organisation, _created = setup_organisation(FILE)
    tariff = tariff_in_use(organisation, "ERW")
    dearer = [{"code": "beitrag", "kind": "flat", "price": "13.00"}]
    assert faults(file(tariffs__0__components=dearer)) == [
        "$.tariffs[0]: contracts use this tariff; its new terms need `valid_from`, the day from which they hold"
    ]
    data = file(
        tariffs__0__components=dearer, tariffs__0__valid_from="2028-01-01", tariffs__0__existing_from="2028-01-01"
    )
    assert [path for path, _old, _new in apply_file(data).changes] == [
        "$.tariffs[0].existing_from", "$.tariffs[0].components", "$.tariffs[0].valid_from",
    ]  # fmt: skip
    with scope(organisation=organisation):
        prices = [version.terms["components"][0]["price"] for version in tariff.versions.order_by("number")]
        assert prices == ["12.00", "13.00"]
    assert apply_file(data).changes == []


def test_terms_that_nobody_uses_yet_are_replaced() -> None:
    organisation, _created = setup_organisation(FILE)
    setup_organisation(file(tariffs__0__components=[{"code": "beitrag", "kind": "flat", "price": "13.00"}]))
    with scope(organisation=organisation):
        version = TariffVersion.objects.get(tariff__code="ERW")
        assert version.terms["components"][0]["price"] == "13.00"


def test_a_tariff_in_use_may_get_another_name() -> None:
    organisation, _created = setup_organisation(FILE)
    tariff_in_use(organisation, "ERW")
    assert apply_file(file(tariffs__0__name="Vollzahler")).changes == [
        ("$.tariffs[0].name", "Erwachsene", "Vollzahler")
    ]


def test_all_faults_are_told_at_once_with_their_places_and_nothing_is_written() -> None:
    found = faults(
        file(email="kasse", creditor__iban="DE00370400440532013000", creditor__identifier="DE99ZZZ09999999999", creditor__cut_off="25:00",
             series__invoice="R{number}", ledger__chart="SKR99", run__day_of_month=31)
    )  # fmt: skip
    assert [fault.partition(":")[0] for fault in found] == [
        "$.email", "$.creditor.cut_off", "$.creditor.iban", "$.creditor.identifier", "$.ledger.chart", "$.run.day_of_month",
        "$.series.invoice",
    ]  # fmt: skip
    assert rows() == [[] for _table in TABLES]


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"bogus": 1}, "$.bogus: this key is not known"),
        ({"creditor__bogus": 1}, "$.creditor.bogus: this key is not known"),
        ({"series__letter": "L{year}-{number:05d}"}, "$.series.letter: this key is not known"),
        ({"name": " "}, "$.name: a text is needed"),
        ({"slug": 7}, "$.slug: a text is needed"),
        ({"creditor": []}, "$.creditor: a JSON object is expected"),
        ({"creditor__cut_off": ["11:00"]}, "$.creditor.cut_off: a text or a whole number is expected"),
        ({"creditor__lead_days": 1.5}, "$.creditor.lead_days: a text or a whole number is expected"),
        ({"city": "Kiel"}, "$.city: this key is not known"),
        ({"address__city": "Ki\0el"}, "$.address.city: a text or a whole number is expected"),
        ({"creditor__pain_version": "pain.008.001.02"}, "$.creditor.pain_version: banks do not take pain.008.001.02"),
        ({"time_zone": "Europe/Kiel"}, "$.time_zone: there is no time zone Europe/Kiel"),
        ({"run__automatic": "no"}, "$.run.automatic: true or false is expected"),
        ({"ledger__accounts": ["1200"]}, "$.ledger.accounts: a JSON object is expected"),
        ({"ledger__accounts": {"bank": 1200}}, "$.ledger.accounts.bank: an account number as text is expected"),
        ({"tariffs": {"ERW": {}}}, "$.tariffs: a list is expected"),
        ({"tariffs__1__code": "ERW"}, "$.tariffs[1].code: ERW stands here twice"),
        ({"tariffs__1__name": None}, "$.tariffs[1]: code and name are needed"),
        ({"tariffs__4__bogus": 1}, "$.tariffs[4].bogus: There is no such entry here."),
        ({"member_import__Abteilungen": {"Tennis": "GOLF"}}, "$.member_import.Abteilungen.Tennis: no tariff has the code GOLF"),
        ({"member_import__Zahlungsrhythmus": {"nie": 0}}, "$.member_import.Zahlungsrhythmus.nie: a number of months is expected"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place(given: dict[str, Any], fault: str) -> None:
    assert faults(file(**given)) == [fault]
    assert not Organisation.objects.exists()


@pytest.mark.parametrize("data", [[], "x", None, 7])
def test_what_is_no_object_is_refused(data: object) -> None:
    assert faults(data) == ["$: a JSON object is expected"]


def test_a_fault_of_the_address_is_told_at_its_place() -> None:
    assert faults(file(address__country="Deutschland"))[0].startswith("$.address.country: ")


def test_the_command_says_what_it_did(tmp_path: Path) -> None:
    path = tmp_path / "organisation.json"
    said = []
    for data in (file(), file(), file(phone="04321 12")):
        path.write_text(json.dumps(data), encoding="utf-8")
        call_command("setup_organisation", path, stdout=(out := StringIO()))
        said.append(out.getvalue().splitlines()[0])
    assert said[0].startswith("musterverein: ")
    assert said[1].startswith("musterverein: ")
    assert said[0] != said[1]
    assert said[2] == "$.phone: - -> 04321 12"


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, '{"slug": "x"}'])
def test_the_command_refuses_what_is_no_such_file(tmp_path: Path, text: str) -> None:
    path = tmp_path / "organisation.json"
    path.write_text(text)
    with pytest.raises(CommandError):
        call_command("setup_organisation", path)
