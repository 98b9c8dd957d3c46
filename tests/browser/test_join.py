"""Becoming a member in a real browser: on a page of its own and inside a foreign website, with and without scripts."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from django.conf import settings
from django.test import override_settings
from django_scopes import scopes_disabled
from playwright.sync_api import Browser, FrameLocator, Page, ViewportSize, expect
from pytest_django.live_server_helper import LiveServer

from billing.models import Application, Mandate, SignUpSettings
from members.models import Member, Organisation
from portal.join_state import QUICKEST
from tests.browser.album import DESK, PHONE, seen, seen_as_is
from tests.browser.looking import WAYS, barriers, inspect, page_of, window
from tests.portal.world import office_user
from tests.services.newcomers import IBAN, applied, links, open_house

pytestmark = pytest.mark.browser


@pytest.fixture
def club() -> Iterator[Organisation]:
    with scopes_disabled():
        yield open_house()


def type_person(page: Page | FrameLocator) -> None:
    page.get_by_label("Vorname", exact=True).first.fill("Nora")
    page.get_by_label("Nachname", exact=True).first.fill("Neumann")
    page.get_by_label("Straße und Hausnummer").fill("Am Deich 1")
    page.get_by_label("Postleitzahl").fill("24143")
    page.get_by_label("Ort", exact=True).fill("Kiel")
    page.get_by_label("E-Mail").fill("nora@example.org")


@WAYS
def test_a_family_joins_and_confirms(
    browser: Browser, live_server: LiveServer, club: Organisation, scripts: bool, size: ViewportSize
) -> None:
    page = window(browser, scripts, size)
    page.goto(f"{live_server.url}/join/klein/")
    seen_as_is(page, "join-choose")
    page.get_by_role("link", name="Familie wählen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Angaben zur Person")
    type_person(page)
    page.get_by_label("Geburtsdatum").first.fill("1990-05-04")
    page.get_by_role("button", name="Noch eine Person").click()
    expect(page.get_by_label("Vorname", exact=True)).to_have_count(3)
    expect(page.get_by_label("Ort", exact=True)).to_have_value("Kiel")
    page.get_by_label("Vorname", exact=True).nth(1).fill("Kim")
    page.get_by_label("Nachname", exact=True).nth(1).fill("Neumann")
    page.get_by_label("Geburtsdatum").nth(1).fill("2016-02-03")
    seen_as_is(page, "join-person")
    page.get_by_role("button", name="Weiter").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Wie zahlen Sie?")
    page.wait_for_load_state()
    page.get_by_label("IBAN").press_sequentially(IBAN)
    if scripts:
        expect(page.get_by_role("status")).to_contain_text("Volksbank Mülheim-Kärlich")
    seen_as_is(page, "join-payment")
    page.get_by_role("button", name="Weiter").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Stimmt alles?")
    page.get_by_label("Ich erteile dieses SEPA-Lastschriftmandat").check()
    page.get_by_label("Ich bin gesetzliche Vertretung von Kim Neumann").check()
    seen_as_is(page, "join-check")
    assert not scripts or barriers(page) == []
    page.wait_for_timeout(QUICKEST.total_seconds() * 1000)
    page.get_by_role("button", name="Mitglied werden").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Bitte sehen Sie in Ihr Postfach")
    assert not Member.objects.exists()
    page.goto(f"{live_server.url}{links()[0]}")
    seen_as_is(page, "join-confirm")
    page.get_by_role("button", name="Bestätigen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Vielen Dank")
    assert [one.name for one in Member.objects.order_by("number")] == ["Nora Neumann", "Kim Neumann"]
    assert Mandate.objects.get().account_holder == "Nora Neumann"


@pytest.fixture
def foreign(live_server: LiveServer) -> Iterator[str]:
    """A website of another server, which puts the script into the middle of its page."""
    body = (
        "<!doctype html><html lang=de><meta name=viewport content='width=device-width'><title>Verein</title><h1>Unser Verein</h1>"
        f'<p>Davor</p><script src="{live_server.url}/join/klein/widget.js" data-tariff="KURS"></script><p>Danach</p></html>'
    ).encode()

    class Website(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Website)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()


def named(club: Organisation, origin: str) -> None:
    """The office has named this website."""
    SignUpSettings.objects.filter(organisation=club).update(origins=[origin])


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_inside_a_foreign_website(browser: Browser, club: Organisation, foreign: str, size: ViewportSize) -> None:
    named(club, foreign)
    page = window(browser, True, size)
    page.goto(foreign)
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("heading", level=1)).to_have_text("Angaben zur Person")
    expect(page.locator("iframe")).to_have_attribute("title", "Mitglied werden: Kleiner Verein klein")
    grown = "() => document.querySelector('iframe').clientHeight > 700"
    page.wait_for_function(grown)
    inner = page.frames[1]
    assert not inner.evaluate("document.documentElement.scrollHeight > innerHeight + 1")
    type_person(frame)
    frame.get_by_label("Ich bin 18 Jahre oder älter").check()
    seen_as_is(page, "join-frame")
    frame.get_by_role("button", name="Weiter").click()
    expect(frame.get_by_role("heading", level=1)).to_have_text("Wie zahlen Sie?")
    frame.get_by_label("per Überweisung nach jeder Rechnung").check()
    frame.get_by_role("button", name="Weiter").click()
    expect(frame.get_by_role("heading", name="Widerrufsbelehrung")).to_be_visible()
    seen_as_is(page, "join-frame-check")
    page.wait_for_timeout(QUICKEST.total_seconds() * 1000)
    frame.get_by_role("button", name="zahlungspflichtig bestellen").click()
    expect(frame.get_by_role("heading", level=1)).to_have_text("Bitte sehen Sie in Ihr Postfach")
    assert page.context.cookies() == []
    row = Application.objects.get()
    assert row.shown["origin"]["framed"] is True
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")


def test_a_website_that_the_office_did_not_name_shows_nothing(
    browser: Browser, club: Organisation, foreign: str
) -> None:
    page = window(browser, True, DESK)
    page.goto(foreign)
    page.wait_for_function("() => window.frames.length === 1")
    expect(page.get_by_role("link", name="Formular auf eigener Seite öffnen")).to_be_visible()
    page.wait_for_timeout(500)
    assert page.frames[1].url.startswith("chrome-error:")


def test_a_message_of_another_sender_moves_nothing(browser: Browser, club: Organisation, foreign: str) -> None:
    named(club, foreign)
    page = window(browser, True, DESK)
    page.goto(foreign)
    page.wait_for_function("() => document.querySelector('iframe').clientHeight > 700")
    before = page.evaluate("document.querySelector('iframe').clientHeight")
    page.evaluate("postMessage({kassenwart: 'join', height: 5000}, '*')")
    page.wait_for_timeout(200)
    assert page.evaluate("document.querySelector('iframe').clientHeight") == before


@pytest.mark.parametrize("address", ["", "?tariff=JUG", "?tariff=FAM", "sent/", "texts/privacy/", "embed/"])
def test_the_pages_are_readable_for_everybody(
    browser: Browser, live_server: LiveServer, club: Organisation, address: str
) -> None:
    assert inspect(window(browser, True, DESK), f"{live_server.url}/join/klein/{address}") == []


def test_the_office_opens_it_and_sees_how_it_looks(
    browser: Browser, live_server: LiveServer, club: Organisation
) -> None:
    page = page_of(browser, live_server, office_user(club))
    with override_settings(PUBLIC_URL=live_server.url):
        for address in ("sign-up/", "sign-up/code/", "sign-up/texts/privacy/", "applications/"):
            page.goto(f"{live_server.url}/office/{address}")
            seen(page, f"office-{address.strip('/').replace('/', '-')}")
            assert barriers(page) == [], address
        page.goto(f"{live_server.url}/office/sign-up/code/")
        expect(page.frame_locator("iframe.preview").get_by_role("heading", level=1)).to_have_text("Mitglied werden")
    page.set_viewport_size(PHONE)
    page.goto(f"{live_server.url}/office/sign-up/")
    page.get_by_label("Websites, die das Formular zeigen dürfen").fill("https://www.verein.example/")
    page.get_by_role("button", name="Speichern").click()
    expect(page.get_by_text("Gespeichert.")).to_be_visible()
    assert SignUpSettings.objects.get().origins == ["https://www.verein.example"]
    assert settings.X_FRAME_OPTIONS == "DENY"


def test_the_office_looks_at_an_order_and_admits_the_newcomer(
    browser: Browser, live_server: LiveServer, club: Organisation
) -> None:
    SignUpSettings.objects.filter(organisation=club).update(approval=True)
    order = applied(club)
    assert order.member is None
    page = page_of(browser, live_server, office_user(club, role="office"))
    page.goto(f"{live_server.url}/office/applications/")
    page.get_by_role("link", name="Nora Neumann").click()
    seen(page, "office-application")
    assert barriers(page) == []
    page.get_by_role("button", name="Aufnehmen").click()
    expect(page.get_by_text("Nichts wartet.")).to_be_visible()
    newcomer = Member.objects.get(last_name="Neumann")
    assert newcomer.user
    assert newcomer.user.email == "nora@example.org"
