"""Usage with the mouse: readings come in by a list, the member sees what they mean, the office asks what other prices would do."""

from collections.abc import Iterator
from datetime import date

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone
from django_scopes import scope, scopes_disabled
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from billing.models import Contract, Scenario, UsageEvent
from billing.pricing.periods import add_months
from billing.services import scenarios, work
from members.models import OfficeRole, Organisation, User
from tests.browser.album import seen
from tests.browser.looking import page_of, wrong
from tests.browser.test_january import OURS, complaints
from tests.services.metered import customer, provider

pytestmark = pytest.mark.browser
MONTHS, EACH = 12, 60


@pytest.fixture
def house(live_server: LiveServer) -> Iterator[Organisation]:
    """A customer of a year with a metered tariff, whom the flat one would suit better."""
    organisation = provider()
    with scope(organisation=organisation):
        customer(organisation, "1", start=add_months(this_month(), -MONTHS))
    with scopes_disabled():
        yield organisation


def this_month() -> date:
    return timezone.localdate().replace(day=1)


def the_list() -> bytes:
    """A reading on the first of each month, one that goes back, and one of nobody."""
    days = [add_months(this_month(), number - MONTHS) for number in range(MONTHS + 1)]
    good = [f"1;gb;{day:%d.%m.%Y};{1000 + EACH * number},5" for number, day in enumerate(days)]
    back, nobody = f"1;gb;{timezone.localdate():%d.%m.%Y};12", f"999;gb;{days[0]:%d.%m.%Y};5"
    return "\n".join(["Mitgliedsnummer;Zähler;Datum;Zählerstand", *good, nobody, back]).encode()


def treasurer(browser: Browser, live_server: LiveServer, organisation: Organisation) -> Page:
    user = User.objects.create_user("kasse@example.org")
    OfficeRole.objects.create(organisation=organisation, user=user, group=Group.objects.get(name="treasurer"))
    return page_of(browser, live_server, user)


def take_list(page: Page, live_server: LiveServer) -> list[str]:
    """Uploads the readings, looks at the preview, takes them over; gives what hinders a reader."""
    page.goto(f"{live_server.url}/office/usage/imports/")
    found = complaints(page)
    seen(page, "usage-upload")
    page.set_input_files("input[type=file]", {"name": "staende.csv", "mimeType": "text/csv", "buffer": the_list()})
    page.get_by_role("button", name="Vorschau zeigen").click()
    expect(page.locator(".figure").first).to_contain_text("13")
    if timezone.localdate() != this_month():
        expect(page.get_by_text("ein Zähler läuft nicht rückwärts")).to_be_visible()
    expect(page.get_by_role("cell", name="Von einem Mitglied „999“")).to_be_visible()
    found += complaints(page)
    seen(page, "usage-preview")
    page.get_by_role("button", name="Übernehmen").click()
    expect(page.get_by_text("13 neue Einträge sind gespeichert.")).to_be_visible()
    return found + complaints(page)


def test_the_office_uploads_readings_and_the_member_sees_what_they_mean(
    browser: Browser, live_server: LiveServer, house: Organisation
) -> None:
    page, contract = treasurer(browser, live_server, house), Contract.objects.get()
    found = take_list(page, live_server)
    assert UsageEvent.objects.count() == MONTHS + 1
    page.goto(f"{live_server.url}/office/contracts/{contract.pk}/usage/")
    expect(page.locator("svg.bars")).to_be_visible()
    found += complaints(page)
    seen(page, "usage-contract")
    page.get_by_role("link", name="Kurz vor der Freimenge").click()
    expect(page.locator(f"{OURS} h1")).to_have_text("Kurz vor der Freimenge")
    found += complaints(page)
    contract.member.user = User.objects.create_user("petra@example.org")
    contract.member.save()
    portal = page_of(browser, live_server, contract.member.user)
    portal.goto(f"{live_server.url}/usage/")
    expect(portal.locator("svg.bars")).to_be_visible()
    expect(portal.get_by_role("heading", name="Tariff F hätte besser zu Ihnen gepasst")).to_be_visible()
    expect(portal.get_by_text("418,80 €")).to_be_visible()
    expect(portal.get_by_text("240,00 €", exact=False).first).to_be_visible()
    seen(portal, "usage-portal")
    assert found + wrong(portal) == []
    portal.get_by_role("button", name="Ansehen, was ein Wechsel bringt").click()
    expect(portal.get_by_role("button", name="Tariff F wählen")).to_be_visible()


def test_the_office_asks_what_other_prices_would_do_and_the_worker_answers(
    browser: Browser, live_server: LiveServer, house: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scenarios, "AT_ONCE", 0)
    page = treasurer(browser, live_server, house)
    found = take_list(page, live_server)
    ask(page, live_server)
    found += complaints(page)
    seen(page, "what-if-waits")
    page.get_by_role("button", name="Zurücknehmen").click()
    expect(page.get_by_text("Zurückgenommen; es wird nichts berechnet.")).to_be_visible()
    ask(page, live_server)
    with scope(organisation=house):
        work.do_due(house, timezone.now(), 5)
    page.get_by_role("link", name="Ergebnis zeigen").click()
    expect(page.locator("svg.bars")).to_be_visible()
    expect(page.locator(".badge.good")).to_have_text("+24,00 €")
    found += complaints(page)
    seen(page, "what-if-result")
    assert (Scenario.objects.get().result or {})["contracts"] == 1
    for link in ("Vorschau auf 12 Monate", "Beste Tarife"):
        page.get_by_role("link", name=link).click()
        page.get_by_role("button", name="Berechnen").click()
        with scope(organisation=house):
            work.do_due(house, timezone.now(), 5)
        page.get_by_role("link", name="Ergebnis zeigen").click()
        expect(page.locator(".figure").first).to_be_visible()
        found += complaints(page)
    expect(page.get_by_role("cell", name="Tariff F", exact=True)).to_be_visible()
    assert found == []


def ask(page: Page, live_server: LiveServer) -> None:
    """Two EUR more a month for everybody."""
    page.goto(f"{live_server.url}/office/what-if/")
    page.get_by_label("Szenario 1").select_option(label="Tariff S")
    page.get_by_role("button", name="Weiter zu den Zahlen").click()
    page.get_by_label("Fee: Preis").fill("11,90")
    page.get_by_role("button", name="Berechnen").click()
    expect(page.get_by_role("progressbar")).to_be_visible()
