"""The accountant signs in, sees what is new, makes the package and takes it; then nothing is new."""

import io
import zipfile
from datetime import date

import pytest
from django_scopes import scope
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from billing.formats import datev
from members.models import Organisation
from tests.browser.test_january import complaints, downloaded, office_user, page_of, press
from tests.services.club import join, small_club
from tests.services.test_exports import bill

pytestmark = pytest.mark.browser


@pytest.fixture
def club() -> Organisation:
    """Two invoices that no file holds yet."""
    organisation = small_club("buch")
    with scope(organisation=organisation):
        join(organisation, "1")
        join(organisation, "2")
        bill(organisation, date(2026, 12, 15), date(2027, 1, 31))
    return organisation


def desk(page: Page, base: str) -> str:
    page.goto(f"{base}/office/downloads/")
    expect(page.locator("h1").last).to_have_text("Dateien für Bank und Steuerberatung")
    return page.locator(".kw").inner_text()


def test_the_package_with_the_mouse(browser: Browser, live_server: LiveServer, club: Organisation) -> None:
    base, page = live_server.url, page_of(browser, live_server, office_user(club, "accountant"))
    text = desk(page, base)
    assert "2 Buchungen, 28,00 €" in text
    assert "15.12.2026" in text
    found = complaints(page)
    press(page, "package")
    expect(page.locator("body")).to_contain_text("Das Paket ist fertig: 2 Buchungen.")
    found += complaints(page)
    postings = downloaded(page, "a[href$='/postings/']")
    assert datev.check(postings) == []
    images = zipfile.ZipFile(io.BytesIO(downloaded(page, "a[href*='/downloads/ledger/']")))
    assert images.namelist() == ["document.xml", "R2026-00001.pdf", "R2026-00002.pdf"]
    text = desk(page, base)
    assert "Es gibt nichts Neues" in text
    assert "einmal abgerufen" in text
    assert "accountant@example.org" in text
    assert downloaded(page, "a[href$='/postings/']") == postings
    page.goto(f"{base}/office/books/")
    expect(page.locator("h1").last).to_have_text("Geschäftsjahre")
    found += complaints(page)
    page.goto(f"{base}/office/books/accounts/")
    expect(page.locator("h1").last).to_have_text("Konten")
    found += complaints(page)
    assert found == []
