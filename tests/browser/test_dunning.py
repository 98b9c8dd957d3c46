"""From the first level to the letter in the printer's tray, with the mouse, and once more on a phone."""

from datetime import date

import pytest
from django_scopes import scope
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from members.models import Organisation, User
from tests.browser.looking import violations
from tests.browser.test_january import OURS, complaints, downloaded, office_user, page_of
from tests.services.club import join, small_club
from tests.services.overdue import bill, payer_of

pytestmark = pytest.mark.browser


@pytest.fixture
def club() -> Organisation:
    """Two who have not paid since autumn: one reads mails, the other gets letters."""
    organisation = small_club("spaet")
    with scope(organisation=organisation):
        for number, fields in enumerate(({}, {"delivery": "letter"})):
            join(
                organisation,
                f"spaet{number}",
                debit=False,
                start=date(2026, 9, 1),
                last_name=f"Säumig{number}",
                **fields,
            )
        bill(organisation, date(2026, 8, 15), date(2026, 9, 4))
        anna = payer_of(organisation)
        anna.user = User.objects.create_user("anna@example.org", "secret-enough")
        anna.save()
    return organisation


def go(page: Page, heading: str) -> None:
    """The page that follows is there."""
    expect(page.locator("h1").last).to_contain_text(heading)
    page.wait_for_load_state()


def test_reminders_with_the_mouse(browser: Browser, live_server: LiveServer, club: Organisation) -> None:
    base, page = live_server.url, page_of(browser, live_server, office_user(club, "treasurer"))
    page.goto(f"{base}/office/reminders/levels/")
    page.wait_for_load_state()
    page.fill("input[name=l2-fee]", "2,00")
    page.get_by_role("button", name="Speichern").click()
    expect(page.locator(".kw")).to_contain_text("Eine Gebühr braucht ihren Grund")
    found = complaints(page)
    page.wait_for_load_state()
    page.fill("input[name=l2-fee_basis]", "Papier und Porto")
    page.get_by_role("button", name="Speichern").click()
    expect(page.locator("body")).to_contain_text("Die nächsten Mahnungen folgen diesen Regeln")
    page.goto(f"{base}/office/reminders/")
    assert "2 Zahler würden heute gemahnt" in page.locator(OURS).inner_text()
    found += complaints(page)
    page.locator("summary", has_text="Angehakte mahnen").click()
    page.get_by_role("button", name="Ja, jetzt mahnen").click()
    go(page, "Mahnungen vom")
    found += complaints(page)
    assert downloaded(page, f"{OURS} a[href$='/letters/']").startswith(b"%PDF-")
    page.get_by_role("link", name="Käthe Säumig0 (spaet0)", exact=True).click()
    go(page, "Konto von")
    found += complaints(page)
    assert downloaded(page, "form[action$='/account/pdf/'] button").startswith(b"%PDF-")
    page.goto(f"{base}/office/open-items/")
    found += complaints(page)
    assert found == []


def test_the_member_reads_what_to_pay(browser: Browser, live_server: LiveServer, club: Organisation) -> None:
    base, office = live_server.url, page_of(browser, live_server, office_user(club, "treasurer"))
    office.goto(f"{base}/office/reminders/")
    office.locator("summary", has_text="Angehakte mahnen").click()
    office.get_by_role("button", name="Ja, jetzt mahnen").click()
    go(office, "Mahnungen vom")
    page = page_of(browser, live_server, User.objects.get(email="anna@example.org"))
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{base}/")
    assert "Bitte zahlen Sie 14,00" in page.locator("main").inner_text()
    found = violations(page)
    page.goto(f"{base}/account/")
    assert "Endsaldo" in page.locator("main").inner_text()
    found += violations(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert found == []
