"""Tariffs in the office: made from a template, refused with the paragraph at the field, versions, files, and who may do it."""

import json
import re
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.utils.translation import override

from billing.models import Contract, Meter, Tariff, TariffVersion
from billing.office.tariff_flat import flat_terms
from billing.services.tariff_templates import BY_KEY, TEMPLATES
from tests.office.world import House, rows

pytestmark = pytest.mark.django_db
RESOLUTION = {"resolution_body": "Mitgliederversammlung", "resolution_on": "2026-03-12"}


def filled(key: str, **changed: Any) -> dict[str, Any]:
    """The form of a template as a browser sends it back."""
    template = BY_KEY[key]
    with override("de"):
        data = flat_terms(template.terms) | {"name": template.name, "code": template.code, "do": "save"}
    return data | {"valid_from": "", "existing_from": "", "example-start": "2027-01-01", "example-rhythm": ""} | changed


def faults(answer: Any, field: str) -> str:
    """What stands beside a field."""
    found = re.search(rf'id="id_{field}_faults"[^>]*>(.*?)</div>', answer.content.decode(), re.DOTALL)
    return re.sub(r"<[^>]+>", " ", found.group(1)).strip() if found else "no such field"


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda one: one.key)
def test_each_template_is_saved_as_it_is(treasurer: Client, house: House, template: Any) -> None:
    page = f"/office/tariffs/new/?template={template.key}"
    assert f'value="{template.code}"' in treasurer.get(page).content.decode()
    more = RESOLUTION if template.terms["legal_basis"] == "membership" else {}
    answer = treasurer.post(page, filled(template.key, code="NEU", **more))
    assert answer.status_code == 302, answer.context["problems"]
    version = rows(TariffVersion).get(tariff__code="NEU")
    resolution = {"resolution": {"body": "Mitgliederversammlung", "on": "2026-03-12"}} if more else {}
    assert version.terms == template.terms | resolution
    named = {one["meter"] for one in template.terms["components"] if "meter" in one}
    assert named <= set(rows(Meter).values_list("code", flat=True))


def test_the_example_is_the_invoice(treasurer: Client, house: House) -> None:
    answer = treasurer.post(
        "/office/tariffs/new/?template=internet", filled("internet", do="live") | {"component-2-sample": "120"}
    )
    text = answer.content.decode()
    assert "Grundpreis 01.01.2027 bis 31.01.2027" in text
    assert "Menge 120, davon 100 frei" in text
    assert "Umsatzsteuer 19" in text
    assert "78,90" in text  # 29.90 + 49.00 once
    assert "33,90" in text  # 29.90 + 20 units at 0.20
    assert "451,80" in text  # 12 x 29.90 + 49.00 + 11 x 4.00, the twelfth is billed in the year after
    assert "31.12.2028" in text
    assert rows(Tariff).filter(code="NETZ").count() == 0


@pytest.mark.parametrize(
    ("changed", "field", "words"),
    [
        ({"minimum_term_0": "25"}, "minimum_term", "§ 309 Nr. 9 a BGB"), ({"renewal_0": "12"}, "renewal", "§ 309 Nr. 9 b BGB"),
        ({"notice_0": "3"}, "notice", "§ 309 Nr. 9 c BGB"), ({"component-0-price": ""}, "component-0-price", "Bitte ausfüllen."),
        ({"component-0-price": "x"}, "component-0-price", "Bitte eine Zahl wie 29,90"), ({"interval_0": "0"}, "interval", "ganze Zahl von 1"),
        ({"component-1-code": "grundpreis"}, "component-1-code", "steht zweimal"), ({"legal_basis": ""}, "legal_basis", "was das Gesetz erlaubt"),
        ({"component-2-tier-0-up_to": ""}, "component-2-tier-0-up_to", "Nur die letzte Stufe ist offen"),
        ({"component-2-meter": ""}, "component-2-meter", "Bitte einen Text eingeben."), ({"vat": "other", "vat_other": "101"}, "vat", "nicht mehr als 100"),
        ({"example-rhythm": "3"}, "example-rhythm", "lässt der Tarif nicht zu"), ({"name": ""}, "name", "erforderlich"),
        ({"code": "ERW"}, "code", "hat schon ein anderer"), ({"further": "{"}, "further", "kein JSON"), ({"anchor": "day"}, "anchor_day", "Bitte ausfüllen."),
    ],
)  # fmt: skip
def test_what_is_wrong_stands_at_its_field(
    treasurer: Client, house: House, changed: Any, field: str, words: str
) -> None:
    before = rows(TariffVersion).count()
    answer = treasurer.post("/office/tariffs/new/?template=internet", filled("internet", **changed))
    assert answer.status_code == 200
    assert words in faults(answer, field)
    assert any(words in message for _id, _label, message in answer.context["problems"])
    assert rows(TariffVersion).count() == before


def test_members_are_told_who_decided(treasurer: Client) -> None:
    answer = treasurer.post("/office/tariffs/new/?template=club", filled("club", code="NEU"))
    assert "§ 58 Nr. 2 BGB" in faults(answer, "resolution_body")
    typing = treasurer.post("/office/tariffs/new/?template=club", filled("club", code="NEU", do="live"))
    assert faults(typing, "resolution_body") == ""


def test_rows_are_added_and_taken_away_without_a_script(treasurer: Client) -> None:
    page = "/office/tariffs/new/?template=gym"
    data = filled("gym", do="add:component")
    assert 'id="component-2"' in treasurer.post(page, data).content.decode()
    assert 'id="component-1"' not in treasurer.post(page, data | {"do": "remove:component-1"}).content.decode()
    stepped = {
        "component-rows": "0,1,2",
        "component-2-kind": "usage",
        "component-2-model": "graduated",
        "do": "add:component-2-tier",
    }
    assert 'id="component-2-tier-0"' in treasurer.post(page, data | stepped).content.decode()


def test_used_terms_stay_and_a_new_version_begins_on_its_day(treasurer: Client, house: House) -> None:
    tariff = house.tariff
    base = f"/office/tariffs/{tariff.pk}"
    before = rows(TariffVersion).get(tariff=tariff).terms
    assert treasurer.get(f"{base}/edit/")["Location"] == f"{base}/version/"
    with override("de"):
        data = flat_terms(before) | RESOLUTION | {"component-0-price": "99,00", "do": "save", "existing_from": ""}
    assert "ab welchem Tag" in faults(treasurer.post(f"{base}/version/", data | {"valid_from": ""}), "valid_from")
    assert treasurer.post(f"{base}/version/", data | {"valid_from": "2027-04-01"}).status_code == 302
    first, second = rows(TariffVersion).filter(tariff=tariff).order_by("number")
    assert (first.terms, second.valid_from, second.number) == (before, date(2027, 4, 1), 2)
    assert second.terms["components"][0]["price"] == "99.00"
    assert "später beginnen" in faults(
        treasurer.post(f"{base}/version/", data | {"valid_from": "2027-03-01"}), "valid_from"
    )
    # Nobody has the new one yet: it may be corrected, until a contract begins under it.
    assert (
        treasurer.post(f"{base}/edit/", data | {"component-0-price": "98,00", "valid_from": "2027-04-01"}).status_code
        == 302
    )
    second.refresh_from_db()
    assert second.terms["components"][0]["price"] == "98.00"
    rows(Contract).filter(pk=house.contract.pk).update(start=date(2027, 5, 1))
    assert treasurer.get(f"{base}/edit/")["Location"] == f"{base}/version/"


def test_a_copy_and_the_name(treasurer: Client, house: House) -> None:
    text = treasurer.get(f"/office/tariffs/new/?copy={house.tariff.pk}").content.decode()
    assert "(Kopie)" in text
    page = f"/office/tariffs/{house.tariff.pk}/"
    assert (
        treasurer.post(page, {"name": "Erwachsene", "offered": "on", "family": "dues", "position": ""}).status_code
        == 302
    )
    tariff = rows(Tariff).get(pk=house.tariff.pk)
    assert (tariff.name, tariff.offered, tariff.family) == ("Erwachsene", True, "dues")


def test_a_file_out_and_in_again(treasurer: Client, house: House, other: House) -> None:
    out = treasurer.get(f"/office/tariffs/{house.tariff.pk}/json/").content
    everything = json.loads(treasurer.get("/office/tariffs/json/").content)
    assert json.loads(out)[house.tariff.code] == everything[house.tariff.code]
    page = "/office/tariffs/import/"
    answer = treasurer.post(page, {"text": out.decode(), "do": "preview"})
    assert answer.context["plan"].report.unchanged == [house.tariff.code]
    new = json.dumps({"NEU": {"name": "Neu", "components": [{"code": "a", "kind": "flat", "price": 9.9}]}})
    assert treasurer.post(page, {"text": new, "do": "preview"}).context["plan"].report.tariffs == ["NEU"]
    assert rows(Tariff).filter(code="NEU").count() == 0
    assert treasurer.post(page, {"text": new, "do": "take"}).status_code == 302
    assert rows(TariffVersion).get(tariff__code="NEU").terms["components"][0]["price"] == "9.9"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "Das ist kein JSON"), ("", "Bitte wählen Sie eine Datei"), ("5", "keine Tarife"),
        ('{"A": {"components": [{"code": "a", "kind": "flat", "price": "-1"}], "surprise": 1}}', "A.components[0].price: Das darf nicht weniger als 0 sein."),
        ('{"A": {"legal_basis": "consumer", "minimum_term": {"months": 25}, "components": [{"code": "a", "kind": "flat", "price": "1"}]}}', "§ 309 Nr. 9 a BGB"),
    ],
)  # fmt: skip
def test_a_faulty_file_is_told_with_its_places_and_brings_nothing(treasurer: Client, text: str, words: str) -> None:
    before = rows(TariffVersion).count()
    for do in ("preview", "take"):
        answer = treasurer.post("/office/tariffs/import/", {"text": text, "do": do})
        assert words in answer.content.decode()
    assert rows(TariffVersion).count() == before


def test_the_office_and_the_accountant_look_and_change_nothing(
    office: Client, accountant: Client, house: House
) -> None:
    for client in (office, accountant):
        page = f"/office/tariffs/{house.tariff.pk}/"
        assert "Neuer Tarif" not in client.get("/office/tariffs/").content.decode()
        assert client.get(page).status_code == 200
        client.post(page, {"name": "Anders"})
        assert rows(Tariff).get(pk=house.tariff.pk).name == house.tariff.name
        assert client.post("/office/tariffs/new/?template=gym", filled("gym")).status_code == 403
