"""The open lines of the bank statement, cleared with the keyboard; also by fingers on a phone, and read by screen readers."""

import pytest
from django_scopes import scopes_disabled
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from members.models import Organisation
from tests.browser.test_january import complaints, office_user, page_of
from tests.services.bank import bring, claim, club, open_entries, transfer

pytestmark = pytest.mark.browser


@pytest.fixture
def bank(live_server: LiveServer) -> Organisation:
    """Five lines wait: four with a proposal, one without."""
    with scopes_disabled():
        organisation = club(debits=1, transfers=4)
        lines = [
            transfer(organisation, "4.00", claim(organisation, f"T{place}").number, reference=f"B{place}")
            for place in range(4)
        ]
        bring(organisation, [*lines, transfer(organisation, "9.00", "Danke", name="Oma Erna")])
        return organisation


def left(organisation: Organisation) -> int:
    with scopes_disabled():
        return len(open_entries(organisation))


def lines_page(browser: Browser, live_server: LiveServer, organisation: Organisation) -> Page:
    page = page_of(browser, live_server, office_user(organisation, "treasurer"))
    page.goto(f"{live_server.url}/office/clearing/")
    return page


def test_lines_are_cleared_with_the_keyboard_alone(
    browser: Browser, live_server: LiveServer, bank: Organisation
) -> None:
    page = lines_page(browser, live_server, bank)
    assert complaints(page) == []
    expect(page.locator("[data-line]").first).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_load_state()
    expect(page.locator("[data-line]")).to_have_count(4)
    page.keyboard.press("x")
    page.keyboard.press("x")
    expect(page.locator("input[name=ticked]:checked")).to_have_count(2)
    page.keyboard.press("b")
    expect(page.locator("[data-line]")).to_have_count(2)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("o")
    page.wait_for_url("**/clearing/*/")
    assert complaints(page) == []
    assert left(bank) == 2


def test_all_at_once_and_one_by_hand_and_taken_back(
    browser: Browser, live_server: LiveServer, bank: Organisation
) -> None:
    page = lines_page(browser, live_server, bank)
    page.locator("button[name=book_all]").click()
    expect(page.locator("[data-line]")).to_have_count(1)
    page.locator("[data-other]").click()
    page.fill("input[name=q]", "TransferA")
    page.keyboard.press("Enter")
    page.locator("form[action$='/assign/'] button").first.click()
    page.wait_for_url("**/clearing/")
    assert left(bank) == 0
    page.goto(f"{live_server.url}/office/clearing/done/")
    assert complaints(page) == []
    page.locator("form[action$='/undo/'] button").first.click()
    page.wait_for_load_state()
    assert left(bank) == 1


def test_without_a_script_buttons_and_boxes_do_the_same(
    browser: Browser, live_server: LiveServer, bank: Organisation
) -> None:
    signed_in = page_of(browser, live_server, office_user(bank, "treasurer"))
    context = browser.new_context(java_script_enabled=False, locale="de-DE", viewport={"width": 390, "height": 844})
    context.add_cookies(signed_in.context.cookies())  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{live_server.url}/office/clearing/")
    page.locator("input[name=ticked]").nth(1).check()
    page.locator("[data-book]").click()
    page.wait_for_load_state()
    assert left(bank) == 4
    page.locator("[data-accept]").first.click()
    page.wait_for_load_state()
    assert left(bank) == 3
