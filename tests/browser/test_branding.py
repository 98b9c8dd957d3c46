"""A treasurer gives the association its face: logo, colour, preview; the portal shows it by day and by night."""

import io

import pytest
from django_scopes import scope
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from members.models import Organisation, User
from tests.browser.looking import violations
from tests.browser.test_january import complaints, office_user, page_of
from tests.services.club import join, small_club

pytestmark = pytest.mark.browser
BUTTON = "getComputedStyle(document.documentElement).getPropertyValue('--pico-primary-background').trim()"
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def club() -> Organisation:
    organisation = small_club("gesicht")
    with scope(organisation=organisation):
        anna = join(organisation, "1")
        anna.user = User.objects.create_user("anna@example.org", "secret-enough")
        anna.save()
    return organisation


def choose_logo(page: Page) -> None:
    out = io.BytesIO()
    Image.new("RGB", (600, 200), "navy").save(out, "PNG")
    page.set_input_files("input[name=logo]", {"name": "logo.png", "mimeType": "image/png", "buffer": out.getvalue()})


def test_the_house_gets_its_face(browser: Browser, live_server: LiveServer, club: Organisation) -> None:
    page = page_of(browser, live_server, office_user(club, "treasurer"))
    page.goto(f"{live_server.url}/office/branding/")
    page.wait_for_load_state()
    before = page.locator("img.sheet").get_attribute("src")
    choose_logo(page)
    expect(page.locator("img.sheet")).not_to_have_attribute("src", before or "")
    with_logo = page.locator("img.sheet").get_attribute("src")
    page.locator("input[name=colour]").fill("#ffcc00")
    expect(page.get_by_text("zu blass")).to_be_visible()
    page.locator("input[name=colour]").fill("#7a1f5c")
    expect(page.get_by_text("zu blass")).to_have_count(0)
    assert page.locator("img.sheet").get_attribute("src") != with_logo
    found = complaints(page)
    page.locator("button[value=save]").click()
    expect(page.get_by_text("Gespeichert. Ab jetzt sehen Belege so aus")).to_be_visible()
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert [*found, *complaints(page)] == []
    see_portal(browser, live_server)


def see_portal(browser: Browser, live_server: LiveServer) -> None:
    member = page_of(browser, live_server, User.objects.get(email="anna@example.org"))
    member.goto(live_server.url)
    expect(member.locator(".brand img")).to_be_visible()
    assert member.evaluate("document.querySelector('.brand img').naturalWidth") == 600
    by_day = member.evaluate(BUTTON)
    assert violations(member) == []
    member.emulate_media(color_scheme="dark", reduced_motion="reduce")
    member.reload()
    assert (by_day, member.evaluate(BUTTON) == by_day) == ("#7a1f5c", False)
    assert violations(member) == []
