"""The portal in a real browser: readable for everybody, light to load, in light and dark, by keyboard, without scripts."""

import gzip
from datetime import date
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response, expect
from pytest_django.live_server_helper import LiveServer

from members.models import User
from tests.browser.test_tariff_change import PHONE, seen
from tests.portal.test_first_page import answered, metered, told
from tests.portal.world import COLLECTED_ON, World, attempt, build, contract, invoice, member

pytestmark = pytest.mark.browser

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
STRANGERS = [
    "/",
    "/accounts/login/",
    "/accounts/login/code/",
    "/accounts/password/reset/",
    "/accounts/signup/",
    "/nowhere/",
    "/cancel/",
    "/withdraw/",
]
MEMBERS = [
    "/", "/invoices/", "/invoices/R1/", "/invoices/R2/", "/invoices/R3/", "/security/", "/my-data/", "/accounts/2fa/", "/accounts/email/", "/accounts/sessions/",
    "/accounts/password/set/", "/accounts/2fa/totp/activate/", "/accounts/2fa/webauthn/add/", "/accounts/logout/",
    "/account/", "/bank-details/", "/consents/", "/details/", "/erasure/", "/help/", "/instalments/", "/price-changes/", "/proofs/",
    "/messages/", "/messages/1/", "/receipts/", "/usage/",
]  # fmt: skip
# What a page weighs that nobody has seen before, with all that belongs to it, packed as a web server sends it.
HEAVIEST = 150_000


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


def sign_in(context: BrowserContext, live_server: LiveServer, user: User | None) -> None:
    """A session without the way through the sign-in, which has a test of its own."""
    assert user
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])


def inspect(page: Page, address: str) -> list[str]:
    """What is wrong with a page: for screen readers and contrast (axe), too wide for a phone, refused by the browser."""
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            complaints.append(message.text)

    page.on("console", note)
    complaints += too_heavy(page, address)
    seen(page, "portal" + urlsplit(address).path.replace("/", "-").rstrip("-"))
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.goto(address)
        violations = Axe().run(page, options=RULES).response["violations"]
        complaints += [f"{scheme}: {found['id']}: {found['nodes'][0]['html'][:160]}" for found in violations]
    page.set_viewport_size({"width": 320, "height": 640})
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        complaints.append("scrolls sideways at 320 px")
    headings = page.locator("h1").count()
    if headings != 1:
        complaints.append(f"{headings} main headings")
    return complaints


def too_heavy(page: Page, address: str) -> list[str]:
    """The page as it comes the first time."""
    answers: list[Response] = []

    def keep(answer: Response) -> None:
        answers.append(answer)

    page.on("response", keep)
    page.goto(address)
    page.remove_listener("response", keep)
    weight = sum(len(gzip.compress(one.body())) for one in answers if one.ok)
    return [f"weighs {weight} bytes"] if weight > HEAVIEST else []


@pytest.mark.parametrize("address", STRANGERS)
def test_what_strangers_see_is_readable_for_everybody(page: Page, live_server: LiveServer, address: str) -> None:
    assert inspect(page, live_server.url + address) == []


@pytest.mark.parametrize("address", MEMBERS)
def test_what_members_see_is_readable_for_everybody(
    page: Page, context: BrowserContext, live_server: LiveServer, world: World, address: str
) -> None:
    sign_in(context, live_server, world.petra.user)
    assert inspect(page, live_server.url + address) == []


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
    page = browser.new_context(locale="de-DE", viewport=PHONE, java_script_enabled=False).new_page()  # type: ignore[arg-type]
    sign_in(page.context, live_server, world.petra.user)
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
