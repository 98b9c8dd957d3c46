"""Cancelling and withdrawing in a real browser: without signing in, with and without scripts, on a desk and on a phone."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django_scopes import scopes_disabled
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from billing.models import ContractEvent, Declaration
from tests.browser.test_portal import RULES, inspect, sign_in
from tests.portal.world import World, build, contract, office_user

pytestmark = pytest.mark.browser
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
MONTHLY = {"interval": {"months": 1}, "notice": {"months": 1}, "legal_basis": "consumer", "vat_rate": "19"}


@pytest.fixture
def world() -> Iterator[World]:
    found = build()
    with scopes_disabled():
        found.petra.email = "petra@example.org"
        found.petra.save()
        contract(found, found.petra, "Kurs", MONTHLY)
        yield found


def window(browser: Browser, scripts: bool, size: dict[str, int]) -> Page:
    return browser.new_context(locale="de-DE", java_script_enabled=scripts, viewport=size).new_page()  # type: ignore[arg-type]


def seen(page: Page, name: str) -> None:
    """Kept as pictures where somebody wants to look: SCREENSHOTS names the folder."""
    folder = os.environ.get("SCREENSHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


@pytest.mark.parametrize("scripts, size", [(True, DESK), (False, PHONE)], ids=["desk", "phone without scripts"])
def test_a_stranger_cancels_from_the_first_page(
    browser: Browser, live_server: LiveServer, world: World, scripts: bool, size: dict[str, int]
) -> None:
    page = window(browser, scripts, size)
    page.goto(live_server.url)
    page.get_by_role("link", name="Verträge hier kündigen").click()
    seen(page, f"cancel-{size['width']}")
    page.get_by_label("Ihr Name").fill("Petra Muster")
    page.get_by_label("Vertrag", exact=True).fill("1001")
    page.get_by_label("E-Mail-Adresse für die Bestätigung").fill("petra@example.org")
    page.wait_for_timeout(2100)
    page.get_by_role("button", name="jetzt kündigen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ihre Erklärung ist eingegangen")
    expect(page.get_by_text("zum frühestmöglichen Zeitpunkt")).to_be_visible()
    seen(page, f"received-{size['width']}")
    with page.expect_download() as kept:
        page.get_by_role("link", name="Bestätigung aufbewahren (PDF)").click()
    assert Path(kept.value.path()).read_bytes().startswith(b"%PDF")
    assert ContractEvent.objects.get().kind == "cancel"


@pytest.mark.parametrize("scripts, size", [(True, PHONE), (False, DESK)], ids=["phone", "desk without scripts"])
def test_a_stranger_withdraws_and_mends_a_mistake(
    browser: Browser, live_server: LiveServer, world: World, scripts: bool, size: dict[str, int]
) -> None:
    page = window(browser, scripts, size)
    page.goto(f"{live_server.url}/accounts/login/")
    page.get_by_role("link", name="Vertrag widerrufen").click()
    seen(page, f"withdraw-{size['width']}")
    page.get_by_label("Ihr Name").fill("Paul Muster")
    page.wait_for_timeout(2100)
    page.get_by_role("button", name="Widerruf bestätigen").click()
    seen(page, f"withdraw-faults-{size['width']}")
    expect(page.get_by_label("Ihr Name")).to_have_value("Paul Muster")
    page.get_by_label("Vertrag", exact=True).fill("Kurs am Dienstag")
    page.get_by_label("E-Mail-Adresse für die Bestätigung").fill("paul@example.org")
    page.get_by_role("button", name="Widerruf bestätigen").click()
    expect(page.get_by_text("Widerruf", exact=True)).to_be_visible()
    assert Declaration.objects.get().event is None


def test_a_member_sees_the_day_and_cancels(browser: Browser, live_server: LiveServer, world: World) -> None:
    page = window(browser, True, PHONE)
    sign_in(page.context, live_server, world.petra.user)
    page.goto(live_server.url)
    page.get_by_text("Vertrag ändern oder kündigen").click()
    page.get_by_role("link", name="Kurs kündigen").click()
    expect(page.get_by_text("Letzter Tag des Vertrags")).to_be_visible()
    seen(page, "leave-390")
    page.set_viewport_size(DESK)  # type: ignore[arg-type]
    seen(page, "leave-1280")
    page.get_by_role("button", name="jetzt kündigen").click()
    expect(page.get_by_role("status")).to_contain_text("Gekündigt: Ihr Vertrag endet am")
    seen(page, "left-1280")


def test_the_pages_are_readable_for_everybody(browser: Browser, live_server: LiveServer, world: World) -> None:
    assert inspect(window(browser, True, DESK), f"{live_server.url}/cancel/") == []
    assert inspect(window(browser, True, DESK), f"{live_server.url}/withdraw/") == []
    page = window(browser, True, DESK)
    sign_in(page.context, live_server, world.petra.user)
    assert inspect(page, f"{live_server.url}/contracts/{world.petra.contracts.get().pk}/cancel/") == []


def test_the_office_enters_it_with_one_click(browser: Browser, live_server: LiveServer, world: World) -> None:
    stranger = window(browser, False, DESK)
    stranger.goto(f"{live_server.url}/cancel/")
    stranger.get_by_label("außerordentlich (bitte Grund nennen)").check()
    stranger.get_by_label("Grund, wenn Sie außerordentlich kündigen").fill("Ich ziehe nach Rom.")
    stranger.get_by_label("Ihr Name").fill("Petra Muster")
    stranger.get_by_label("Vertrag", exact=True).fill("Kurs")
    stranger.get_by_label("E-Mail-Adresse für die Bestätigung").fill("petra@neu.example")
    stranger.wait_for_timeout(2100)
    stranger.get_by_role("button", name="jetzt kündigen").click()
    stranger.get_by_text("Ich ziehe nach Rom.").wait_for()
    page = window(browser, True, DESK)
    sign_in(page.context, live_server, office_user(world.organisation))
    page.goto(f"{live_server.url}/office/declarations/")
    seen(page, "office-list-1280")
    page.get_by_role("link", name="Ansehen").first.click()
    seen(page, "office-one-1280")
    assert Axe().run(page, options=RULES).response["violations"] == []
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    seen(page, "office-one-390")
    page.get_by_label("Letzter Tag des Vertrags").fill("2026-12-31")
    page.get_by_role("button", name="Bei diesem Vertrag eintragen").click()
    expect(page.get_by_text("Eingetragen bei", exact=False).first).to_be_visible()
    assert ContractEvent.objects.get().data == {"value": "2027-01-01"}
