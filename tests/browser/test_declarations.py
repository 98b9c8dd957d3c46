"""Cancelling and withdrawing in a real browser: without signing in, with and without scripts, on a desk and on a phone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django_scopes import scopes_disabled
from playwright.sync_api import Browser, ViewportSize, expect
from pytest_django.live_server_helper import LiveServer

from billing.models import ContractEvent, Declaration
from tests.browser.album import DESK, PHONE, seen, seen_as_is
from tests.browser.looking import WAYS, page_of, window, wrong
from tests.portal.world import World, build, contract, office_user

pytestmark = pytest.mark.browser
MONTHLY = {"interval": {"months": 1}, "notice": {"months": 1}, "legal_basis": "consumer", "vat_rate": "19"}


@pytest.fixture
def world() -> Iterator[World]:
    found = build()
    with scopes_disabled():
        found.petra.email = "petra@example.org"
        found.petra.save()
        contract(found, found.petra, "Kurs", MONTHLY)
        yield found


@WAYS
def test_a_stranger_cancels_from_the_first_page(
    browser: Browser, live_server: LiveServer, world: World, scripts: bool, size: ViewportSize
) -> None:
    page = window(browser, scripts, size)
    page.goto(live_server.url)
    page.get_by_role("link", name="Verträge hier kündigen").click()
    seen_as_is(page, "declaration-cancel")
    page.get_by_label("Ihr Name").fill("Petra Muster")
    page.get_by_label("Vertrag", exact=True).fill("1001")
    page.get_by_label("E-Mail-Adresse für die Bestätigung").fill("petra@example.org")
    page.wait_for_timeout(2100)
    page.get_by_role("button", name="jetzt kündigen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ihre Erklärung ist eingegangen")
    expect(page.get_by_text("zum frühestmöglichen Zeitpunkt")).to_be_visible()
    seen_as_is(page, "declaration-received")
    with page.expect_download() as kept:
        page.get_by_role("link", name="Bestätigung aufbewahren (PDF)").click()
    assert Path(kept.value.path()).read_bytes().startswith(b"%PDF")
    assert ContractEvent.objects.get().kind == "cancel"


@pytest.mark.parametrize("scripts, size", [(True, PHONE), (False, DESK)], ids=["phone", "desk without scripts"])
def test_a_stranger_withdraws_and_mends_a_mistake(
    browser: Browser, live_server: LiveServer, world: World, scripts: bool, size: ViewportSize
) -> None:
    page = window(browser, scripts, size)
    page.goto(f"{live_server.url}/accounts/login/")
    page.get_by_role("link", name="Vertrag widerrufen").click()
    seen_as_is(page, "declaration-withdraw")
    page.get_by_label("Ihr Name").fill("Paul Muster")
    page.wait_for_timeout(2100)
    page.get_by_role("button", name="Widerruf bestätigen").click()
    seen_as_is(page, "declaration-withdraw-faults")
    expect(page.get_by_label("Ihr Name")).to_have_value("Paul Muster")
    page.get_by_label("Vertrag", exact=True).fill("Kurs am Dienstag")
    page.get_by_label("E-Mail-Adresse für die Bestätigung").fill("paul@example.org")
    page.get_by_role("button", name="Widerruf bestätigen").click()
    expect(page.get_by_text("Widerruf", exact=True)).to_be_visible()
    assert Declaration.objects.get().event is None


@WAYS
def test_a_member_sees_the_day_and_cancels(
    browser: Browser, live_server: LiveServer, world: World, scripts: bool, size: ViewportSize
) -> None:
    page = page_of(browser, live_server, world.petra.user, scripts, size)
    page.goto(live_server.url)
    page.get_by_text("Vertrag ändern oder kündigen").click()
    page.get_by_role("link", name="Kurs kündigen").click()
    expect(page.get_by_text("Letzter Tag des Vertrags")).to_be_visible()
    seen_as_is(page, "leave")
    page.get_by_role("button", name="jetzt kündigen").click()
    expect(page.get_by_role("status")).to_contain_text("Gekündigt: Ihr Vertrag endet am")
    seen_as_is(page, "left")


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
    page = page_of(browser, live_server, office_user(world.organisation))
    page.goto(f"{live_server.url}/office/declarations/")
    seen(page, "office-declarations")
    page.get_by_role("link", name="Ansehen").first.click()
    seen(page, "office-declaration")
    assert wrong(page) == []
    page.set_viewport_size(PHONE)
    page.get_by_label("Letzter Tag des Vertrags").fill("2026-12-31")
    page.get_by_role("button", name="Bei diesem Vertrag eintragen").click()
    expect(page.get_by_text("Eingetragen bei", exact=False).first).to_be_visible()
    assert ContractEvent.objects.get().data == {"value": "2027-01-01"}
