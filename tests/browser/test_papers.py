"""What a member keeps in a folder: invoice, e-invoice, the code to pay by, statement of account, donation receipt, all that is stored."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core import mail
from django_scopes import scope, scopes_disabled
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect
from pytest_django.live_server_helper import LiveServer

from billing.models import ContractEvent
from members.models import ErasureRequest, Member, User
from tests.browser.album import seen_as_is
from tests.browser.everything import Everything, everything, on_the_day
from tests.browser.looking import WAYS, page_of, wrong

pytestmark = pytest.mark.browser


@pytest.fixture
def all_of_it(live_server: LiveServer) -> Iterator[Everything]:
    with on_the_day():
        found = everything()
        with scopes_disabled():
            yield found


def kept(page: Page, door: Locator) -> bytes:
    """The file behind a link."""
    with page.expect_download() as started:
        door.click()
    return Path(started.value.path()).read_bytes()


def mailed_code() -> str:
    found = re.search(r"\b\d{6}\b", str(mail.outbox[-1].body))
    assert found
    return found[0]


def prove(page: Page) -> None:
    """Shows by a code that it is really her, and goes on to where she wanted."""
    page.get_by_role("button", name="schicken").click()
    page.get_by_label("Code").fill(mailed_code())
    page.locator("main form:has(input[name=code]) button").first.click()


@WAYS
def test_invoice_statement_and_receipt(
    browser: Browser, live_server: LiveServer, all_of_it: Everything, scripts: bool, size: ViewportSize
) -> None:
    page, number = page_of(browser, live_server, all_of_it.petra, scripts, size), all_of_it.things["number"]
    page.goto(live_server.url)
    page.get_by_role("link", name="Rechnungen", exact=True).click()
    page.get_by_role("link", name=f"Rechnung {number}").click()
    assert kept(page, page.get_by_role("link", name="Als PDF herunterladen")).startswith(b"%PDF-")
    assert b"CrossIndustryInvoice" in kept(page, page.get_by_role("link", name="E-Rechnung (XML)"))
    page.goto(f"{live_server.url}/account/?start=2026-12-01&end=2026-12-31")
    expect(page.get_by_text("Endsaldo")).to_be_visible()
    assert kept(page, page.get_by_role("link", name="Als PDF herunterladen")).startswith(b"%PDF-")
    page.goto(f"{live_server.url}/instalments/")
    expect(page.get_by_role("img", name="GiroCode für Ihre Banking-App")).to_be_visible()
    page.get_by_role("link", name="Zuwendungsbestätigungen").click()
    assert kept(page, page.get_by_role("link", name=all_of_it.things["receipt_number"])).startswith(b"%PDF-")


@WAYS
def test_everything_that_is_stored_to_read_and_for_programs(
    browser: Browser, live_server: LiveServer, all_of_it: Everything, scripts: bool, size: ViewportSize
) -> None:
    page = page_of(browser, live_server, all_of_it.petra, scripts, size)
    page.goto(f"{live_server.url}/details/")
    page.get_by_role("link", name="Was über Sie gespeichert ist").click()
    page.get_by_role("link", name="Alles zum Lesen (PDF)").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sind Sie es?")
    with page.expect_download() as started:
        prove(page)
    assert Path(started.value.path()).read_bytes().startswith(b"%PDF-")
    page.goto(f"{live_server.url}/my-data/")
    data = json.loads(kept(page, page.get_by_role("link", name="Alles mitnehmen (JSON)")))
    assert [row["number"] for row in data["tables"]["members.member"]["rows"]] == ["1001"]


@WAYS
def test_another_mailbox_and_the_wish_to_be_forgotten(
    browser: Browser, live_server: LiveServer, all_of_it: Everything, scripts: bool, size: ViewportSize
) -> None:
    page = page_of(browser, live_server, all_of_it.petra, scripts, size)
    page.goto(f"{live_server.url}/details/")
    page.get_by_role("link", name="E-Mail-Adresse ändern").click()
    prove(page)
    page.get_by_label("Neue E-Mail-Adresse").fill("petra@neu.example")
    page.get_by_role("button", name="Weiter").click()
    assert mail.outbox[-1].to == ["petra@neu.example"]
    seen_as_is(page, "new-address")
    page.get_by_label("Der Code").fill(mailed_code())
    page.get_by_role("button", name="Adresse ändern").click()
    expect(page.get_by_role("status")).to_contain_text("petra@neu.example")
    assert User.objects.get(pk=all_of_it.petra.pk).email == "petra@neu.example"
    page.get_by_role("link", name="Meine Daten löschen lassen").click()
    page.get_by_role("button", name="Um Löschung bitten").click()
    seen_as_is(page, "erasure")
    assert wrong(page) == []
    assert ErasureRequest.objects.get().member == Member.objects.get(number="1001", user=all_of_it.petra)


@WAYS
def test_more_of_something_and_a_pause(
    browser: Browser, live_server: LiveServer, all_of_it: Everything, scripts: bool, size: ViewportSize
) -> None:
    page = page_of(browser, live_server, all_of_it.petra, scripts, size)
    page.goto(live_server.url)
    page.get_by_text("Verträge ändern oder kündigen").first.click()
    page.get_by_role("link", name="An Komfort etwas ändern").click()
    page.get_by_label("Zusatzbox").fill("2")
    page.get_by_role("button", name="Zeigen, was es bringt Wie viele, und Extras").click()
    expect(page.locator("article").get_by_text("6,00 €").first).to_be_visible()
    seen_as_is(page, "more")
    page.get_by_role("button", name="bestätigen").or_(page.get_by_role("button", name="zahlungspflichtig")).click()
    expect(page.get_by_role("status")).to_contain_text("Erledigt")
    page.goto(live_server.url)
    page.get_by_text("Verträge ändern oder kündigen").first.click()
    page.get_by_role("link", name="An Ermäßigt etwas ändern").click()
    page.get_by_label("Erster Tag der Pause").fill("2027-02-01")
    page.get_by_label("Letzter Tag der Pause").fill("2027-02-28")
    page.get_by_role("button", name="Zeigen, was es bringt Pausieren").click()
    seen_as_is(page, "pause")
    page.get_by_role("button", name="Änderung bestätigen").click()
    expect(page.get_by_role("status")).to_contain_text("Erledigt")
    with scope(organisation=all_of_it.club):
        assert sorted(ContractEvent.objects.values_list("kind", flat=True)) == ["pause", "quantity"]
