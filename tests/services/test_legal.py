"""What the law forbids in a tariff is refused with its paragraph, where tariffs and contracts are made."""

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override
from django_scopes import scope

from billing.demo.club import club
from billing.models import Contract, Tariff, TariffVersion
from billing.services import legal
from billing.services.contracts import create_contract
from billing.services.organisations import setup_organisation
from members.models import Member, Organisation
from tests.services.club import small_club

MONTHLY: dict[str, Any] = {"interval": {"months": 1}, "components": [{"code": "fee", "kind": "flat", "price": "10"}]}
A, B, C, P39 = "§ 309 Nr. 9 a BGB", "§ 309 Nr. 9 b BGB", "§ 309 Nr. 9 c BGB", "§ 39 Abs. 2 BGB"
OLD = date(2021, 5, 1)


def months(count: int) -> dict[str, int]:
    return {"months": count}


def faults(basis: str | None, made: date | None = None, **terms: Any) -> list[tuple[str, str]]:
    data = MONTHLY | terms | ({"legal_basis": basis} if basis else {})
    return [(fault.path, fault.paragraph) for fault in legal.tariff_faults(data, made)]


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ({"minimum_term": months(24)}, []),
        ({"minimum_term": months(25)}, [("minimum_term", A)]),
        ({"minimum_term": {"weeks": 105}}, [("minimum_term", A)]),
        ({"interval": months(36)}, [("interval", A)]),
        ({"interval": months(36), "ends": "any_day"}, []),
        ({"renewal": months(1), "minimum_term": months(12)}, []),
        ({"renewal": months(12), "minimum_term": months(12)}, [("renewal", B)]),
        ({"renewal": {"weeks": 5}, "minimum_term": months(12)}, [("renewal", B)]),
        ({"interval": months(12), "minimum_term": months(12)}, [("renewal", B)]),
        ({"intervals": [1, 12], "minimum_term": months(12)}, [("renewal", B)]),
        ({"interval": months(12), "minimum_term": months(12), "renewal": months(1)}, []),
        ({"interval": months(12)}, []),
        ({"notice": months(1)}, []),
        ({"notice": {"days": 31}}, []),
        ({"notice": {"days": 32}}, [("notice", C)]),
        ({"notice": {"weeks": 4}}, []),
        ({"notice": {"weeks": 5}}, [("notice", C)]),
        ({"notice": months(3), "renewal": months(12), "minimum_term": months(25)},
         [("minimum_term", A), ("renewal", B), ("notice", C)]),
        ({"trial": {"months": 1, "then": "OTHER"}, "minimum_term": months(25)}, [("minimum_term", A)]),
    ],
)  # fmt: skip
def test_a_consumer_is_bound_for_two_years_and_then_for_a_month(terms: dict[str, Any], expected: list[Any]) -> None:
    assert faults("consumer", **terms) == expected
    assert faults("b2b", **terms) == []
    assert faults(None, **terms) == []


def test_an_instalment_sale_of_three_years_is_no_continuing_obligation() -> None:
    sale: dict[str, Any] = {"phases": [{"months": 36, "factor": "1"}], "then": "end"}
    assert faults("consumer", **sale) == []
    assert faults("consumer", interval=months(30), **sale) == []
    assert faults("consumer", **sale, minimum_term=months(36)) == [("minimum_term", A)]


def test_contracts_from_before_march_2022_keep_the_rules_of_their_time() -> None:
    old = {"minimum_term": months(24), "renewal": months(12), "notice": months(3), "interval": months(12)}
    assert faults("consumer", OLD, **old) == []
    assert faults("consumer", date(2022, 2, 28), **old) == []
    assert faults("consumer", date(2022, 3, 1), **old) == [("renewal", B), ("notice", C)]
    assert faults("consumer", OLD, **old | {"minimum_term": months(25)}) == [("minimum_term", A)]
    assert faults("consumer", OLD, **old | {"renewal": months(13), "notice": months(4)}) == [
        ("renewal", B),
        ("notice", C),
    ]


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ({"notice": months(24)}, []),
        ({"notice": months(25)}, [("notice", P39)]),
        ({"notice": {"days": 731}}, [("notice", P39)]),
        ({"minimum_term": months(12), "notice": months(3), "renewal": months(12)}, []),
        ({"minimum_term": months(25)}, [("minimum_term", P39)]),
        ({"minimum_term": months(12), "renewal": months(25)}, [("renewal", P39)]),
        ({"minimum_term": months(18), "notice": months(7)}, [("notice", P39)]),
        ({"minimum_term": months(6), "renewal": months(12), "notice": months(13)}, [("notice", P39)]),
        ({"interval": months(36)}, [("interval", P39)]),
        ({"interval": months(12), "notice": months(3)}, []),
    ],
)
def test_a_member_is_out_after_two_years_at_most(terms: dict[str, Any], expected: list[Any]) -> None:
    assert faults("membership", **terms) == expected


def test_an_unknown_basis_is_refused_lest_nothing_be_checked() -> None:
    assert faults("consumers") == [("legal_basis", "")]


def test_a_refusal_says_what_stands_there_and_what_to_do_in_german() -> None:
    with override("de"):
        [fault] = legal.tariff_faults(MONTHLY | {"legal_basis": "consumer", "minimum_term": months(25)})
    assert fault.message == (
        "Verbraucher dürfen höchstens zwei Jahre gebunden werden, hier wären es 25 Monate (§ 309 Nr. 9 a BGB). "
        "Bitte 24 Monate oder weniger eintragen."
    )


@pytest.mark.parametrize(
    ("resolution", "paths"),
    [
        (None, []),
        ({"body": "Vorstand", "on": "2026-03-12"}, []),
        ({"body": "Vorstand", "on": "2026-03-12", "reference": "TOP 5"}, []),
        ({"body": "Vorstand", "on": "12.03.2026"}, ["resolution.on"]),
        ({"body": "", "on": "2026-02-30", "who": "?"}, ["resolution.who", "resolution.body", "resolution.on"]),
        ({}, ["resolution.body", "resolution.on"]),
        ("TOP 5", ["resolution"]),
    ],
)
def test_a_resolution_names_its_body_and_day(resolution: Any, paths: list[str]) -> None:
    found = faults("membership", resolution=resolution)
    assert sorted(path for path, _paragraph in found) == sorted(paths)


def test_forms_ask_for_the_resolution_of_a_tariff_for_members() -> None:
    fault = legal.resolution_fault({"legal_basis": "membership"})
    assert fault is not None
    assert fault.paragraph == "§ 58 Nr. 2 BGB"
    assert (
        legal.resolution_fault({"legal_basis": "membership", "resolution": {"body": "MV", "on": "2026-03-12"}}) is None
    )
    assert legal.resolution_fault({"legal_basis": "consumer"}) is None


@pytest.mark.django_db
def test_a_file_with_forbidden_terms_sets_nothing_up_and_one_without_a_resolution_does() -> None:
    data = club() | {"slug": "neu"}
    tariff = {**data["tariffs"][0], "notice": months(25)}
    with pytest.raises(ValidationError) as refused:
        setup_organisation(data | {"tariffs": [tariff], "member_import": {}})
    [message] = refused.value.messages
    assert message.startswith("$.tariffs[0]: ERW.notice: ")
    assert P39 in message
    assert not Organisation.objects.filter(slug="neu").exists()
    del tariff["notice"], tariff["resolution"]
    _organisation, created = setup_organisation(data | {"tariffs": [tariff], "member_import": {}})
    assert created


@pytest.fixture
def house(db: None) -> Any:
    organisation = small_club()
    with scope(organisation=organisation):
        yield organisation


def tariff_of(house: Organisation, code: str, basis: str, *versions: tuple[date | None, dict[str, Any]]) -> Tariff:
    tariff = Tariff.objects.create(organisation=house, code=code, name=code)
    for number, (valid_from, terms) in enumerate(versions, 1):
        data = MONTHLY | terms | {"legal_basis": basis}
        TariffVersion.objects.create(
            organisation=house, tariff=tariff, number=number, valid_from=valid_from, terms=data
        )
    return tariff


def taken(house: Organisation, tariff: Tariff, start: date, **fields: Any) -> Contract:
    member = Member.objects.create(organisation=house, number=f"{tariff.code}{start}", last_name="Muster", **fields)
    return create_contract(house, member, tariff, start)


def test_old_terms_are_kept_by_old_contracts_and_refused_to_new_ones(house: Organisation) -> None:
    tariff = tariff_of(house, "FIT", "consumer", (OLD, {"minimum_term": months(12), "renewal": months(12)}))
    assert taken(house, tariff, date(2021, 6, 1)).pk
    with pytest.raises(ValidationError, match=r"309 Nr\. 9 b") as refused:
        taken(house, tariff, date(2026, 6, 1))
    assert refused.value.code == "unlawful"
    assert Contract.objects.count() == 1


def test_a_contract_of_25_months_is_refused_to_a_consumer_however_it_came_in(house: Organisation) -> None:
    tariff = tariff_of(house, "LANG", "consumer", (None, {"minimum_term": months(25)}))
    with pytest.raises(ValidationError, match=r"309 Nr\. 9 a"):
        taken(house, tariff, date(2026, 6, 1))


def test_terms_for_companies_are_not_for_a_person(house: Organisation) -> None:
    tariff = tariff_of(house, "PRO", "b2b", (None, {"minimum_term": months(36)}))
    assert taken(house, tariff, date(2026, 6, 1), kind="company", company="Muster GmbH").pk
    with pytest.raises(ValidationError, match=r"309 Nr\. 9 a"):
        taken(house, tariff, date(2026, 7, 1), kind="person")
    mild = tariff_of(house, "MILD", "b2b", (None, {"minimum_term": months(12), "renewal": months(1)}))
    assert taken(house, mild, date(2026, 6, 1), kind="person").pk


def test_the_terms_that_count_are_those_of_the_first_day(house: Organisation) -> None:
    first, second = (
        (OLD, {"minimum_term": months(12), "renewal": months(12)}),
        (date(2024, 1, 1), {"renewal": months(1)}),
    )
    tariff = tariff_of(house, "NEU", "consumer", first, second)
    assert taken(house, tariff, date(2025, 1, 1)).pk
    with pytest.raises(ValidationError, match=r"309 Nr\. 9 b"):
        taken(house, tariff, date(2023, 1, 1))
