"""From the notice of the tax office to the receipt in the member's hands, with the mouse."""

import pytest
from django_scopes import scope
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from members.models import Organisation, User
from tests.browser.test_january import OURS, complaints, downloaded, office_user, page_of, press
from tests.services.club import small_club
from tests.services.giving import by_machine, donor

pytestmark = pytest.mark.browser
LIST = "Mitgliedsnummer;Datum;Betrag;Verwendungszweck\n1;04.05.2025;250,00;Jugendboot\n1;02.06.2025;50;\n2;04.05.2025;30;\n"


@pytest.fixture
def club() -> Organisation:
    organisation = small_club("spenden")
    with scope(organisation=organisation):
        anna = donor(organisation, "1")
        anna.user = User.objects.create_user("anna@example.org", "secret-enough")
        anna.save()
        donor(organisation, "2", email="", street="")
        by_machine(organisation)
    return organisation


def enter_notice(page: Page, base: str) -> None:
    page.goto(f"{base}/office/receipts/?year=2025")
    assert "Tragen Sie zuerst den Bescheid des Finanzamts ein" in page.locator(OURS).inner_text()
    page.goto(f"{base}/office/billing/taxnotice/add/")
    fields = {"tax_office": "Kiel", "tax_number": "20/290/54321", "issued_on": "03.06.2024", "period": "2021 bis 2023"}
    for name, value in fields.items():
        page.fill(f"input[name={name}]", value)
    page.check("input[name=purposes][value='4']")
    page.check("input[name=purposes][value='21']")
    page.locator("button[name=_save]").first.click()
    page.wait_for_load_state()


def take_list(page: Page, base: str) -> None:
    page.goto(f"{base}/office/donations/import/")
    page.set_input_files("input[type=file]", {"name": "spenden.csv", "mimeType": "text/csv", "buffer": LIST.encode()})
    page.locator(f"{OURS} form[enctype] button").click()
    page.wait_for_load_state()
    assert "3 neue Spenden, 330,00 €" in page.locator(OURS).inner_text()


def test_receipts_with_the_mouse(browser: Browser, live_server: LiveServer, club: Organisation) -> None:
    base, page = live_server.url, page_of(browser, live_server, office_user(club, "treasurer"))
    enter_notice(page, base)
    take_list(page, base)
    found = complaints(page)
    press(page, "donations/import/take")
    page.goto(f"{base}/office/receipts/?year=2025")
    text = page.locator(OURS).inner_text()
    assert "Mitgliedsbeiträge werden nicht bestätigt" in text
    assert "Die Anschrift ist unvollständig" in text
    found += complaints(page)
    assert downloaded(page, "a[href*='/preview/']").startswith(b"%PDF-")
    press(page, "make")
    assert "1 Bestätigung wurde ausgestellt" in page.locator("body").inner_text()
    found += complaints(page)
    kept = downloaded(page, "a[href$='/pdf/']")
    member_downloads(page_of(browser, live_server, User.objects.get(email="anna@example.org")), base, kept)
    page.locator("a[href$='/cancel/']").click()
    page.wait_for_load_state()
    found += complaints(page)
    page.fill("input[name=reason]", "Falscher Name")
    page.locator(f"{OURS} form button").click()
    page.wait_for_load_state()
    assert "Holen Sie zuerst das Original zurück" in page.locator(OURS).inner_text()
    page.check("input[name=original_back]")
    page.locator(f"{OURS} form button").click()
    page.wait_for_load_state()
    assert "storniert" in page.locator(OURS).inner_text()
    assert found == []


def member_downloads(page: Page, base: str, kept: bytes) -> None:
    """The same bytes as the office keeps."""
    page.goto(f"{base}/")
    page.locator("nav a[href='/receipts/']").click()
    page.wait_for_load_state()
    assert "300,00" in page.locator("main").inner_text()
    assert downloaded(page, "a[href$='/pdf']") == kept
