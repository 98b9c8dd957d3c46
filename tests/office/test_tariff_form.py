"""The tariff editor's fields: every tariff comes out as it went in, numbers mean what they say, faults find their field."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from billing import pricing
from billing.demo.club import club
from billing.demo.network import FILES
from billing.office.tariff_editor import Editor, open_editor, with_row_action
from billing.office.tariff_fields import read_number, shown_number
from billing.office.tariff_flat import flat_days, flat_terms
from billing.office.tariff_places import place_of
from billing.services.tariff_templates import TEMPLATES

CASES = Path(__file__).parents[1] / "cases"
OUTSIDE = ("code", "name", "valid_from", "existing_from")
EVERYTHING: dict[str, Any] = {
    "interval": {"weeks": 2}, "anchor": {"day": 15, "month": 1}, "timing": "arrears", "proration": "none", "prices": "net",
    "vat_rate": "5.5", "legal_basis": "b2b", "sphere": "zweckbetrieb", "description": "Alles", "exemption": "§ 4 Nr. 22 b UStG",
    "resolution": {"body": "MV", "on": "2026-03-12", "reference": "TOP 4"}, "accounts": {"revenue": "8400"},
    "trial": {"weeks": 2, "then": "end"}, "minimum_term": {"months": 12}, "notice": {"days": 14}, "renewal": None, "ends": "any_day",
    "phases": [{"periods": 3, "factor": "0"}, {"months": 2, "factor": "0.333333"}, {"days": 10, "price": "9.90"}], "then": "end",
    "loyalty": [{"after": {"months": 12}, "percent": "2.5"}], "change": {"upgrade": "term_end"},
    "components": [
        {"code": "a", "kind": "flat", "price": 10, "name": "Grund", "accounts": {"revenue": "8401"}},
        {"code": "b", "kind": "per_unit", "model": "volume", "min": None, "max": "99", "included": "0",
         "tiers": [{"up_to": "5", "unit": "1.250", "flat": "0"}, {"up_to": "7.5", "flat": "3"}, {"unit": "0.123456"}]},
        {"code": "c", "kind": "usage", "meter": "m", "aggregate": "max", "model": "stairstep", "included_prorated": False,
         "tiers": [{"up_to": "5", "flat": "2"}, {"up_to": None, "flat": "3"}]},
        {"code": "d", "kind": "usage", "meter": "n", "aggregate": "sum", "model": "percentage", "percent": "1.5", "fixed": "0.25"},
        {"code": "e", "kind": "once", "price": "1000.00", "description": "Anfang"},
    ],
}  # fmt: skip
ODD: dict[str, Any] = {
    "components": [{"code": "a", "kind": "flat", "price": "1", "name": " mit Rand ", "description": {"de": "x"}}],
    "exemption": {"norm": "§ 4 Nr. 21 UStG"}, "resolution": {"body": "MV", "on": "im März"}, "legal_basis": "other",
}  # fmt: skip


def known() -> Iterator[tuple[str, dict[str, Any]]]:
    yield from ((template.key, template.terms) for template in TEMPLATES)
    yield from (("everything", EVERYTHING), ("odd", ODD))
    listed = [*club()["tariffs"], *json.loads((FILES / "tarife.json").read_text())]
    yield from ((one["code"], one) for one in listed)
    for file in sorted(CASES.glob("*.json")):
        for code, value in json.loads(file.read_text())["tariffs"].items():
            versions = value if isinstance(value, list) else [value]
            yield from ((f"{file.stem}-{code}-{number}", one) for number, one in enumerate(versions))


KNOWN = {name: {key: value for key, value in terms.items() if key not in OUTSIDE} for name, terms in known()}


def editor(data: dict[str, Any], base: dict[str, Any]) -> Editor:
    found = open_editor(data, base, [("b", "B")], None)
    assert found.is_valid(), [form.errors for form in found.each_form()]
    return found


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("name", KNOWN)
def test_every_tariff_comes_out_of_the_form_as_it_went_in(name: str, language: str) -> None:
    with override(language):
        data = flat_terms(KNOWN[name]) | flat_days(None, None)
        once = editor(data, KNOWN[name]).terms()
        assert once == KNOWN[name]
        assert flat_terms(once) | flat_days(None, None) == data


@pytest.mark.parametrize("name", [name for name in KNOWN if name not in ("odd", "everything")])
def test_without_the_words_of_the_first_it_still_means_the_same(name: str) -> None:
    with override("de"):
        again = editor(flat_terms(KNOWN[name]) | flat_days(None, None), {}).terms()
    first, second = (pricing.parse_tariffs({"t": terms, "b": terms}) for terms in (KNOWN[name], again))
    assert first["t"] == second["t"]
    assert {key: KNOWN[name].get(key) for key in ("legal_basis", "sphere")} == {
        key: again.get(key) for key in ("legal_basis", "sphere")
    }


def test_only_what_no_field_can_show_is_left_to_experts() -> None:
    assert [name for name, terms in KNOWN.items() if flat_terms(terms)["further"]] == ["everything", "odd"]
    assert json.loads(flat_terms(EVERYTHING)["further"]) == {"accounts": {"revenue": "8400"}}


prices = st.decimals(min_value=0, max_value=10**6, places=2).map(lambda number: f"{number:f}")
spans = st.one_of(st.integers(1, 99).map(lambda n: {"months": n}), st.integers(1, 400).map(lambda n: {"days": n}))
tiers = st.lists(prices, min_size=1, max_size=3).map(
    lambda units: (
        [{"up_to": str(n * 10), "unit": one} for n, one in enumerate(units, 1)] + [{"up_to": None, "unit": "1"}]
    )
)
flats = st.builds(lambda price: {"kind": "flat", "price": price}, prices)
stepped = st.builds(
    lambda found, model: {"kind": "usage", "meter": "m", "aggregate": "sum", "model": model, "tiers": found},
    tiers,
    st.sampled_from(["graduated", "volume"]),
)
bodies = st.lists(st.one_of(flats, stepped), min_size=1, max_size=4).map(
    lambda found: [{"code": f"c{number}", **one} for number, one in enumerate(found)]
)
drawn = st.fixed_dictionaries(
    {"components": bodies},
    optional={
        "interval": spans, "notice": spans, "minimum_term": spans, "timing": st.sampled_from(["advance", "arrears"]),
        "vat_rate": st.sampled_from([None, "19", "7", "0", "16"]), "trial": spans, "renewal": st.none() | spans,
        "phases": st.lists(st.builds(lambda span, price: {**span, "price": price}, spans, prices), max_size=2),
    },
)  # fmt: skip


@given(drawn)
def test_whatever_a_tariff_says_the_form_says_it_too(terms: dict[str, Any]) -> None:
    with override("de"):
        assert editor(flat_terms(terms) | flat_days(None, None), terms).terms() == terms


@given(st.decimals(min_value=0, max_value=10**9, places=6))
def test_a_number_is_read_as_it_is_shown(number: Decimal) -> None:
    for language in ("de", "en"):
        with override(language):
            assert read_number(shown_number(f"{number:f}")) == f"{number:f}"


@pytest.mark.parametrize(
    ("written", "meant"),
    [("29,90", "29.90"), ("29.90", "29.90"), ("1.234,50", "1234.50"), ("1,234.50", "1234.50"), ("1 234,50 €", "1234.50"),
     ("1.234.567", "1234567"), ("0.123", "0.123"), ("1,234", "1.234"), ("7", "7"), ("0,5 EUR", "0.5")],
)  # fmt: skip
def test_numbers_as_people_write_them(written: str, meant: str) -> None:
    with override("de"):
        assert read_number(written) == meant


@pytest.mark.parametrize("written", ["1.234", "12,34,5", "1.2.3", "x", "1e3", ",", "--1", "1.23,4.5"])
def test_what_could_mean_two_amounts_is_refused(written: str) -> None:
    with override("de"), pytest.raises(ValidationError):
        read_number(written)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("components[1].tiers[0].up_to", ("components", "up_to", 1, 0)), ("components[2].price", ("components", "price", 2, None)),
        ("components[0].tiers", ("components", "model", 0, None)), ("components", ("main", "", 0, None)),
        ("phases[1].factor", ("phases", "value", 1, None)), ("phases[0].months", ("phases", "length", 0, None)),
        ("loyalty[0].after.months", ("loyalty", "after", 0, None)), ("trial.then", ("main", "trial_then", 0, None)),
        ("renewal", ("main", "renewal", 0, None)), ("anchor.day", ("main", "anchor_day", 0, None)), ("vat_rate", ("main", "vat", 0, None)),
        ("resolution", ("main", "resolution_body", 0, None)), ("change.upgrade", ("main", "upgrade", 0, None)),
        ("valid_from", ("days", "valid_from", 0, None)), ("surprise", ("main", "", 0, None)), ("", ("main", "", 0, None)),
    ],
)  # fmt: skip
def test_each_fault_finds_its_field(path: str, found: tuple[str, str, int, int | None]) -> None:
    place = place_of(path)
    assert (place.part, place.field, place.row, place.tier) == found


def test_rows_come_and_go_and_the_others_stay() -> None:
    data: dict[str, Any] = flat_terms(EVERYTHING) | flat_days(None, None)
    data = with_row_action(with_row_action(data, "remove:component-1"), "add:component-2-tier")
    assert (data["component-rows"], data["component-2-tier-rows"], data["added"]) == (
        "0,2,3,4",
        "0,1,2",
        "component-2-tier-2",
    )
    terms = editor(data, EVERYTHING).terms()
    assert [one["code"] for one in terms["components"]] == ["a", "c", "d", "e"]
    assert terms["components"][1]["tiers"][:2] == EVERYTHING["components"][2]["tiers"]
