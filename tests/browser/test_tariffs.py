"""The treasurer makes a gym's tariff: the example invoice follows the typing; and once without any script."""

import re
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django_scopes import scopes_disabled
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from billing.models import TariffVersion
from members.models import OfficeRole, Organisation, User
from tests.browser.album import DESK, seen
from tests.browser.looking import BACKEND
from tests.browser.test_january import complaints
from tests.services.club import small_club

pytestmark = pytest.mark.browser
TYPED_TIERS = (("100", "0,50"), ("", "0,40"))


@pytest.fixture
def club(live_server: LiveServer) -> Iterator[Organisation]:
    organisation = small_club()
    with scopes_disabled():
        user = User.objects.create_user("kasse@example.org")
        OfficeRole.objects.create(organisation=organisation, user=user, group=Group.objects.get(name="treasurer"))
        yield organisation


def office_page(browser: Browser, live_server: LiveServer, *, script: bool = True) -> Page:
    """The treasurer's window."""
    client = Client()
    client.force_login(User.objects.get(email="kasse@example.org"), backend=BACKEND)
    context = browser.new_context(locale="de-DE", viewport=DESK, java_script_enabled=script)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    return context.new_page()


def test_a_gym_tariff_from_its_template(browser: Browser, live_server: LiveServer, club: Organisation) -> None:
    page = office_page(browser, live_server)
    page.goto(f"{live_server.url}/office/tariffs/")
    found = complaints(page)
    seen(page, "tariffs")
    page.get_by_role("link", name="Neuer Tarif").click()
    found += complaints(page)
    page.get_by_role("link", name="Fitnessstudio").click()
    page.wait_for_url(re.compile("template="))
    answer = page.locator("#answer")
    page.get_by_label("Vertrag beginnt am").fill("2027-01-01")
    expect(answer).to_contain_text("Monatsbeitrag 15.01.2027 bis 14.02.2027 (Preis 14,95; Preisphase)")
    page.locator("#id_component-0-price").fill("39,90")
    expect(answer).to_contain_text("Preis 19,95; Preisphase")
    expect(answer).to_contain_text("Eine übliche Rechnung, 15.04.2027")
    page.locator("#id_minimum_term_0").fill("30")
    expect(page.locator("#id_minimum_term_faults")).to_contain_text("§ 309 Nr. 9 a BGB")
    page.locator("#id_minimum_term_0").fill("24")
    expect(page.locator("#id_minimum_term_faults")).to_be_empty()
    add_usage(page)
    expect(answer).to_contain_text("Menge 120")
    expect(answer).to_contain_text("100 × 0,50; 20 × 0,40")
    found += complaints(page)
    seen(page, "tariff-editor")
    page.get_by_role("button", name="Speichern").click()
    expect(page.get_by_text("Fitness Plus ist gespeichert.")).to_be_visible()
    found += complaints(page)
    seen(page, "tariff-page")
    assert found == []
    terms = TariffVersion.objects.get(tariff__code="FIT").terms
    assert terms["components"][0]["price"] == "39.90"
    tiers = [{"up_to": "100", "unit": "0.50"}, {"unit": "0.40"}]
    assert terms["components"][2] == {
        "code": "getranke-in-litern", "kind": "usage", "name": "Getränke in Litern", "model": "graduated", "meter": "getraenke",
        "aggregate": "sum", "tiers": tiers,
    }  # fmt: skip


def add_usage(page: Page) -> None:
    """Something by the meter, in two price steps."""
    page.get_by_role("button", name="Noch etwas berechnen").click()
    expect(page.locator("#id_component-2-name")).to_be_focused()
    page.locator("#id_component-2-name").fill("Getränke in Litern")
    page.locator("#id_component-2-kind").select_option("usage")
    page.locator("#id_component-2-meter").fill("getraenke")
    page.locator("#id_component-2-model").select_option("graduated")
    row = page.locator("#component-2")
    for number, (up_to, unit) in enumerate(TYPED_TIERS):
        row.get_by_role("button", name="Preisstufe hinzufügen").click()
        page.locator(f"#id_component-2-tier-{number}-up_to").fill(up_to)
        page.locator(f"#id_component-2-tier-{number}-unit").fill(unit)
    page.locator("#id_component-2-sample").fill("120")


def test_without_a_script_the_buttons_do_the_same(
    browser: Browser, live_server: LiveServer, club: Organisation
) -> None:
    page = office_page(browser, live_server, script=False)
    page.goto(f"{live_server.url}/office/tariffs/new/?template=downloads")
    page.get_by_role("button", name="Noch etwas berechnen").click()
    page.locator("#id_component-1-name").fill("Grundpreis")
    page.locator("#id_component-1-price").fill("2,50")
    page.locator("#id_component-0-sample").fill("14")
    page.locator("#id_example-start").fill("2027-01-01")
    page.locator("#id_name").press("Enter")
    expect(page.locator("#answer")).to_contain_text("Grundpreis 01.01.2027 bis 31.01.2027")
    expect(page.locator("#answer")).to_contain_text("2 × 4,90")
    page.locator("#id_component-1-price").fill("-1")
    page.get_by_role("button", name="Speichern").click()
    expect(page.locator("#id_component-1-price_faults")).to_contain_text("nicht weniger als 0")
    seen(page, "tariff-refused")
    page.get_by_role("button", name="Diesen Posten wegnehmen").nth(1).click()
    page.get_by_role("button", name="Speichern").click()
    expect(page.get_by_text("Downloads nach Verbrauch ist gespeichert.")).to_be_visible()
    assert TariffVersion.objects.filter(tariff__code="LADEN").count() == 1
