"""The portal in a real browser: the state of each invoice is readable for everybody; by keyboard; without scripts."""

from datetime import date

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.browser.album import PHONE
from tests.browser.looking import inspect, page_of, sign_in
from tests.portal.test_first_page import answered, metered, told
from tests.portal.world import COLLECTED_ON, World, attempt, build, contract, invoice, member

pytestmark = pytest.mark.browser


@pytest.fixture
def world() -> World:
    """Petra has one of everything: a debit to come, a transfer to make, a returned debit, a child, a letter, a second organisation."""
    world = build()
    other = build("chor", "other@example.org", "Gesangverein Harmonie 1897 e. V. Musterstadt-Unterdorf")
    member(other.organisation, "7", "Petra", user=world.petra.user)
    world.organisation.name = "A TSV"
    world.organisation.save()
    contract(
        world, member(world.organisation, "1002", "Jonas", payer=world.petra), "Jugend", {"interval": {"months": 3}}
    )
    ahead = date(2090, 1, 4)
    attempt(world, invoice(world, "R1", due_on=ahead), on=ahead)
    invoice(world, "R2", due_on=ahead, method="transfer")
    attempt(world, invoice(world, "R3"), failed_on=COLLECTED_ON, failed_as="returned")
    told(world, pk=1, kind="proof", subject="Ihr Nachweis", text="Guten Tag,\n\n" + "sehr-lang-" * 30)
    return world


def test_every_state_of_an_invoice_is_readable_for_everybody(
    page: Page, context: BrowserContext, live_server: LiveServer, world: World
) -> None:
    """Pages that show states; every other page is in the tour."""
    sign_in(context, live_server, world.petra.user)
    for address in ("/", "/invoices/", "/invoices/R1/", "/invoices/R2/", "/invoices/R3/", "/messages/", "/messages/1/"):
        name = "states" + (address.replace("/", "-").rstrip("-") or "-home")
        assert inspect(page, live_server.url + address, name) == [], address


def test_the_keyboard_reaches_the_content_first(
    page: Page, context: BrowserContext, live_server: LiveServer, world: World
) -> None:
    sign_in(context, live_server, world.petra.user)
    page.goto(live_server.url)
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    expect(page.locator(".skip")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_a_member_reads_the_first_page_on_the_phone_without_scripts(
    browser: Browser, live_server: LiveServer, world: World
) -> None:
    metered(world, on=timezone.localdate().replace(day=1))
    question = answered(world)
    page = page_of(browser, live_server, world.petra.user, scripts=False, size=PHONE)
    page.goto(live_server.url)
    expect(page.get_by_text("Wird abgebucht am")).to_be_visible()
    expect(page.get_by_text("DE71 … 6789").first).to_be_visible()
    expect(page.get_by_role("heading", name="Was Sie zahlen")).to_be_visible()
    expect(page.get_by_text("9,90 € monatlich").first).to_be_visible()
    expect(page.get_by_text("8,00 € vierteljährlich").first).to_be_visible()
    expect(page.get_by_role("img", name="25 GB verbraucht, davon 10 GB frei")).to_be_visible()
    expect(page.get_by_text("15 GB über der Freimenge")).to_be_visible()
    page.get_by_text("Vertrag ändern oder kündigen").first.click()
    expect(page.get_by_role("link", name="Radio kündigen")).to_be_visible()
    page.get_by_role("link", name="Locker").first.click()
    expect(page).to_have_url(f"{live_server.url}/help/{question.pk}/")
    page.goto(f"{live_server.url}/messages/")
    page.get_by_role("link", name="Ihr Nachweis").click()
    expect(page.get_by_text("Guten Tag,")).to_be_visible()


def test_everything_works_without_scripts(
    page: Page, context: BrowserContext, live_server: LiveServer, world: World
) -> None:
    sign_in(context, live_server, world.petra.user)
    page.route("**/*.js", lambda route: route.abort())
    page.goto(live_server.url)
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.get_by_role("link", name="Show invoice R1").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("R1")
    page.get_by_label("You are looking at").select_option(
        label="Gesangverein Harmonie 1897 e. V. Musterstadt-Unterdorf"
    )
    page.get_by_role("button", name="Switch").click()
    expect(page.get_by_text("Nothing to pay at the moment.")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()
