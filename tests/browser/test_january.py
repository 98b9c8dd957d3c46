"""January at Musterverein, with the mouse: the list comes in, the run goes out, accountant and member see theirs."""

import json
from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django_scopes import scopes_disabled
from lxml import etree
from playwright.sync_api import Browser, BrowserContext, Page
from pytest_django.live_server_helper import LiveServer

from billing.formats import datev
from billing.models import Invoice
from billing.services.organisations import setup_organisation
from members.models import Member, OfficeRole, Organisation, User
from tests.browser.looking import violations
from tests.musterverein import FOLDER

pytestmark = pytest.mark.browser
# Unfold's own frame is not ours to mend; everything inside our pages is.
OURS = ".kw"
PHONE = {"width": 390, "height": 844}
SignIn = Callable[[User], Page]


@pytest.fixture
def club() -> Organisation:
    organisation, _created = setup_organisation(json.loads((FOLDER / "organisation.json").read_text()))
    return organisation


def office_user(club: Organisation, role: str) -> User:
    user = User.objects.create_user(f"{role}@example.org", "secret-enough")
    OfficeRole.objects.create(organisation=club, user=user, group=Group.objects.get(name=role))
    return user


def page_of(browser: Browser, live_server: LiveServer, user: User) -> Page:
    """A window of its own, signed in; the way through the sign-in has tests of its own."""
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    context: BrowserContext = browser.new_context(locale="de-DE", accept_downloads=True)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    return context.new_page()


def press(page: Page, action: str) -> None:
    """The button of the form that leads there; what cannot be undone asks once more behind a fold."""
    page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true })")
    page.locator(f"form[action$='/{action}/'] button").first.click()
    page.wait_for_load_state()


def downloaded(page: Page, selector: str) -> bytes:
    with page.expect_download() as started:
        page.locator(selector).first.click()
    return started.value.path().read_bytes()


def complaints(page: Page) -> list[str]:
    """What a screen reader or weak eyes would stumble over inside our pages, and whether it fits a phone."""
    told = [f"{page.url}: {one}" for one in violations(page, OURS)]
    size = page.viewport_size
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        told.append(f"{page.url}: wider than a phone")
    if size:
        page.set_viewport_size(size)
    return told


def take_members(page: Page, base: str) -> None:
    page.goto(f"{base}/office/imports/")
    page.set_input_files("input[type=file]", str(FOLDER / "mitglieder.csv"))
    page.fill("input[name=bill_from]", "01.01.2027")
    page.locator(f"{OURS} form button").first.click()
    page.wait_for_load_state()
    text = page.locator(OURS).inner_text()
    assert "1195" in text.replace(".", "")
    assert "31.02.2020" in text
    press(page, "take")


def prepare_january(page: Page, base: str) -> str:
    page.goto(f"{base}/office/runs/new/")
    for name, day in (("on", "15.12.2026"), ("until", "31.01.2027"), ("collect_on", "01.01.2027")):
        page.fill(f"input[name={name}]", day)
    page.locator(f"{OURS} form button").first.click()
    page.wait_for_load_state()
    text = page.locator(OURS).inner_text()
    assert "848" in text
    assert "45.602,00" in text
    assert "4. Januar 2027" in text
    return page.url


def test_january_with_the_mouse(browser: Browser, live_server: LiveServer, club: Organisation) -> None:
    base = live_server.url
    treasurer = page_of(browser, live_server, office_user(club, "treasurer"))
    take_members(treasurer, base)
    run = prepare_january(treasurer, base)
    found = complaints(treasurer)
    for step in ("approve", "issue", "collect", "export"):
        press(treasurer, step)
        assert treasurer.url == run
    found += complaints(treasurer)
    xml = etree.fromstring(downloaded(treasurer, "a[href*='/office/files/']"))
    assert (xml.findtext(".//{*}GrpHdr/{*}NbOfTxs"), xml.findtext(".//{*}GrpHdr/{*}CtrlSum")) == ("820", "44384.00")
    assert xml.findtext(".//{*}ReqdColltnDt") == "2027-01-04"
    for address in ("/office/", "/office/runs/", "/office/runs/new/", "/office/downloads/", "/office/imports/"):
        treasurer.goto(base + address)
        found += complaints(treasurer)
    assert found == []
    accountant_takes_the_files(browser, live_server, club)
    member_sees_their_own(browser, live_server, club)


def accountant_takes_the_files(browser: Browser, live_server: LiveServer, club: Organisation) -> None:
    page = page_of(browser, live_server, office_user(club, "accountant"))
    page.goto(f"{live_server.url}/office/downloads/")
    content = downloaded(page, "a[href$='/postings/']")
    assert content.startswith(b'"EXTF";700;21;')
    assert len(content.decode("cp1252").splitlines()) == 2 + 848
    assert downloaded(page, "a[href$='/debtors/']").startswith(b'"EXTF";700;16;')
    assert datev.check(content) == []
    assert page.goto(f"{live_server.url}/office/runs/new/").status == 403  # type: ignore[union-attr]


def member_sees_their_own(browser: Browser, live_server: LiveServer, club: Organisation) -> None:
    with scopes_disabled():
        member = Member.objects.get(organisation=club, number="1001")
        member.user = User.objects.create_user("finn@example.org", "secret-enough")
        member.save()
        own = Invoice.objects.get(payer=member)
        other = Invoice.objects.exclude(payer=member).values_list("number", flat=True)[0]
    page = page_of(browser, live_server, member.user)
    page.goto(f"{live_server.url}/invoices/{own.number}/")
    assert "24,50" in page.locator("main").inner_text()
    assert downloaded(page, "a[href$='/pdf']").startswith(b"%PDF-")
    assert page.goto(f"{live_server.url}/invoices/{other}/").status == 404  # type: ignore[union-attr]
