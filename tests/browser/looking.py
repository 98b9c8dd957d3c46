"""How every page is looked at: by a screen reader, by weak eyes, at 320 px, over a slow line; and the windows of the tests."""

import gzip
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response, ViewportSize
from pytest_django.live_server_helper import LiveServer

from members.models import User
from tests.browser.album import DESK, PHONE, own_size_kept, seen

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
# What a page weighs that nobody has seen before, with all that belongs to it, packed as a web server sends it.
HEAVIEST = 150_000
# Each journey once with a mouse at a desk, and once on a phone whose browser runs no scripts.
WAYS = pytest.mark.parametrize("scripts, size", [(True, DESK), (False, PHONE)], ids=["desk", "phone without scripts"])
SMALLEST: ViewportSize = {"width": 320, "height": 640}


def window(browser: Browser, scripts: bool = True, size: ViewportSize = DESK) -> Page:
    """A browser of its own."""
    return browser.new_context(locale="de-DE", java_script_enabled=scripts, viewport=size).new_page()


def sign_in(context: BrowserContext, live_server: LiveServer, user: User | None) -> None:
    """A session without the way through the sign-in, which has tests of its own."""
    assert user
    client = Client()
    client.force_login(user, backend=BACKEND)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])


def page_of(
    browser: Browser, live_server: LiveServer, user: User | None, scripts: bool = True, size: ViewportSize = DESK
) -> Page:
    """A window of its own, signed in."""
    page = window(browser, scripts, size)
    sign_in(page.context, live_server, user)
    return page


def inspect(page: Page, address: str, name: str = "") -> list[str]:
    """What is wrong with the page of an address; pictures by its name."""
    return inspected(page, lambda: page.goto(address), name)


def inspected(page: Page, arrive: Callable[[], object], name: str = "") -> list[str]:
    """What is wrong with the page that somebody arrives at: weight, what the browser refuses, axe by day and by night, width."""
    refused: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            refused.append(message.text)

    page.on("console", note)
    found = too_heavy(page, arrive)
    page.remove_listener("console", note)
    found += refused
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found += [f"{scheme}: {one}" for one in barriers(page)]
        if name:
            seen(page, name, *((DESK, PHONE) if scheme == "light" else (PHONE,)), dark=scheme == "dark")
    page.emulate_media(color_scheme="light")
    headings = page.locator("h1").count()
    return found + sideways(page, SMALLEST) + ([f"{headings} main headings"] if headings != 1 else [])


def barriers(page: Page) -> list[str]:
    """What a screen reader or weak eyes would stumble over; asked where scripts run, since the asking is one."""
    if page.evaluate("matchMedia('(scripting: none)').matches"):
        return []
    return violations(page)


def violations(page: Page, within: str | None = None) -> list[str]:
    """What axe finds on the page, or within one part of it.

    A click ends with the first byte of the next page; axe breaks on a page of which the rest is still to come.
    """
    page.wait_for_load_state()
    found = Axe().run(page, context=within, options=RULES).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in found]


def sideways(page: Page, size: ViewportSize) -> list[str]:
    """Whether somebody would have to scroll sideways in a window of this size."""
    page.wait_for_load_state()
    with own_size_kept(page):
        page.set_viewport_size(size)
        wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return [f"scrolls sideways at {size['width']} px"] if wide else []


def too_heavy(page: Page, arrive: Callable[[], object]) -> list[str]:
    """The page as it comes the first time, nothing kept from others."""
    answers: list[Response] = []

    def keep(answer: Response) -> None:
        if answer.request.is_navigation_request() and answer.frame == page.main_frame:
            answers.clear()  # What belonged to the page before.
        answers.append(answer)

    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    line.send("Network.setCacheDisabled", {"cacheDisabled": True})
    page.on("response", keep)
    arrive()
    page.wait_for_load_state()
    page.remove_listener("response", keep)
    weight = sum(len(gzip.compress(one.body())) for one in answers if one.ok)
    line.detach()
    return [f"weighs {weight} bytes"] if weight > HEAVIEST else []


def wrong(page: Page) -> list[str]:
    """What hinders a reader of the page as it is now, and whether it fits a phone."""
    return [f"{page.url}: {one}" for one in (*barriers(page), *sideways(page, PHONE))]
