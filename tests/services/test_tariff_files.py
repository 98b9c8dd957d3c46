"""Tariffs as files and as templates: in and out without loss, all or nothing, never over one that is used."""

import json
from collections.abc import Iterator
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django_scopes import scope

from billing import pricing
from billing.demo.network import FILES
from billing.models import Meter, Tariff, TariffVersion
from billing.pricing.law import breaches
from billing.services import tariff_files
from billing.services.tariff_templates import TEMPLATES, Template
from members.models import Organisation
from tests.services.metered import FEE, customer, provider

pytestmark = [pytest.mark.both, pytest.mark.django_db]


@pytest.fixture
def house() -> Iterator[Organisation]:
    organisation = provider()
    with scope(organisation=organisation):
        yield organisation


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda one: one.key)
def test_each_template_is_lawful_and_has_a_price(template: Template) -> None:
    tariffs = pricing.parse_tariffs({template.code: template.terms})
    assert list(breaches(template.terms)) == []
    meters = {part.meter for part in tariffs[template.code].versions[0].metered}
    usage = [
        {"meter": meter, "at": "2027-01-20T12:00:00Z", "value": "40", "key": f"{meter}{n}"}
        for meter in meters
        for n in range(5)
    ]
    case: dict[str, Any] = {
        "tariffs": {template.code: template.terms}, "contract": {"start": "2027-01-01", "tariff": template.code}, "usage": usage,
        "until": "2027-12-31",
    }  # fmt: skip
    assert pricing.quote(case)["charges"]


def test_what_goes_out_comes_in_again_and_changes_nothing(house: Organisation) -> None:
    versions = [
        {"components": [FEE], "valid_from": "2026-01-01"},
        {"components": [FEE | {"price": "12"}], "valid_from": "2027-01-01"},
    ]
    tariff_files.import_tariffs(house, {"V": versions})
    tariff = Tariff.objects.get(code="V")
    out = json.loads(json.dumps(tariff_files.export_tariff(tariff)))
    report = tariff_files.import_tariffs(house, out)
    assert (report.tariffs, report.versions, report.unchanged) == ([], [], ["V", "V"])
    assert [version.valid_from for version in tariff.versions.order_by("number")] == [
        date(2026, 1, 1),
        date(2027, 1, 1),
    ]


def test_a_list_makes_tariffs_and_meters_and_customers_may_choose(house: Organisation) -> None:
    Meter.objects.all().delete()
    out = StringIO()
    call_command("import_tariffs", str(FILES / "tarife.json"), stdout=out)
    assert "S, M, L" in out.getvalue() or "M, L" in out.getvalue()
    assert Tariff.objects.get(code="L").offered
    assert Meter.objects.get().code == "gb"


def test_used_terms_are_never_overwritten(house: Organisation) -> None:
    customer(house, "1", "F")
    changed = {"F": {"components": [FEE | {"price": "99"}], "vat_rate": "19"}}
    with pytest.raises(ValidationError, match="valid_from"):
        tariff_files.import_tariffs(house, changed)
    changed["F"]["valid_from"] = "2028-01-01"
    assert tariff_files.import_tariffs(house, changed).versions == ["F"]
    assert TariffVersion.objects.filter(tariff__code="F").count() == 2


@pytest.mark.parametrize(
    "data",
    [
        5, "x", [5], [{}], {"A": 5}, {"A": {"components": []}}, {"A": {"components": [FEE], "surprise": 1}},
        {"B": {"components": [FEE]}, "A": {"components": [{"code": "x"}]}}, {"A": {"components": [FEE], "valid_from": "1.1.2027"}},
        {"A": {"components": [FEE], "legal_basis": "consumer", "minimum_term": {"months": 25}}},
    ],
)  # fmt: skip
def test_a_faulty_file_brings_nothing(house: Organisation, data: Any, tmp_path: Path) -> None:
    before = Tariff.objects.count()
    with pytest.raises(ValidationError):
        tariff_files.import_tariffs(house, data)
    (tmp_path / "t.json").write_text(json.dumps(data))
    with pytest.raises(CommandError):
        call_command("import_tariffs", str(tmp_path / "t.json"))
    assert Tariff.objects.count() == before
