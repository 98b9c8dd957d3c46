"""A change of tariff with the mouse: the member in the portal, the treasurer from the contract's page."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone
from django_scopes import scope, scopes_disabled
from playwright.sync_api import Browser, ViewportSize, expect
from pytest_django.live_server_helper import LiveServer

from billing.models import Contract, ContractEvent, ContractQuote
from billing.services import metering
from billing.services.contracts import load_tariffs
from members.models import Member, OfficeRole, Organisation, User
from tests.browser.album import seen, seen_as_is
from tests.browser.looking import WAYS, page_of, wrong
from tests.browser.test_january import complaints
from tests.services.club import small_club
from tests.services.test_quotes import bill, contract_of, offer

pytestmark = pytest.mark.browser
DATA = {
    "code": "data",
    "name": "Datenvolumen",
    "kind": "usage",
    "meter": "gb",
    "aggregate": "sum",
    "included": "100",
    "price": "0.20",
}


@pytest.fixture
def club(live_server: LiveServer) -> Iterator[Organisation]:
    """This month is billed; the tariffs are paid by calendar months."""
    organisation = small_club()
    with scope(organisation=organisation):
        small = offer(organisation, "basis", "19.90")
        fee = {"code": "fee", "name": "Grundpreis", "kind": "flat", "price": "29.90"}
        terms: dict[str, Any] = {"minimum_term": {"months": 12}, "renewal": {"months": 1}}
        offer(organisation, "komfort", "", components=[fee, DATA], **terms)
        offer(organisation, "spar", "9.90")
        metering.ensure_meters(organisation, load_tariffs(organisation))
        contract = contract_of(organisation, small)
        first = timezone.localdate().replace(day=1)
        Contract.objects.filter(pk=contract.pk).update(start=date(2026, 1, 1), bill_from=first, due_on=first)
        bill(organisation, first, first)
    with scopes_disabled():
        yield organisation


@WAYS
def test_a_member_changes_the_tariff(
    browser: Browser, live_server: LiveServer, club: Organisation, scripts: bool, size: ViewportSize
) -> None:
    member = Member.objects.get(number="mbasis")
    member.user = User.objects.create_user("petra@example.org")
    member.save()
    page = page_of(browser, live_server, member.user, scripts, size)
    page.goto(live_server.url)
    page.get_by_text("Vertrag ändern oder kündigen").click()
    page.get_by_role("link", name="Tarif Basis wechseln").click()
    expect(page.get_by_text("19,90 € im Monat", exact=True)).to_be_visible()
    found = wrong(page)
    seen_as_is(page, "portal-choices")
    page.get_by_role("button", name="Komfort wählen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Basis wird zu Komfort")
    for words in (
        "29,90 € im Monat",
        "das sind 358,80 € im Jahr",
        "Sie bekommen zurück",
        "Umsatzsteuer",
        "100 GB im Monat frei · 0,20 € je GB",
        "12 Monate",
    ):
        expect(page.locator("article").get_by_text(words)).to_be_visible()
    found += wrong(page)
    seen_as_is(page, "portal-quote")
    page.get_by_role("button", name="zahlungspflichtig wechseln").click()
    expect(page.get_by_role("status")).to_contain_text("Erledigt: Basis wird zu Komfort.")
    seen_as_is(page, "portal-done")
    assert found + wrong(page) == []
    quote = ContractQuote.objects.get(confirmed_by=member.user)
    assert ContractEvent.objects.get().pk == quote.event_id


def test_a_member_chooses_less_and_takes_it_back(browser: Browser, live_server: LiveServer, club: Organisation) -> None:
    member = Member.objects.get(number="mbasis")
    member.user = User.objects.create_user("petra@example.org")
    member.save()
    page = page_of(browser, live_server, member.user)
    page.goto(f"{live_server.url}/contracts/{Contract.objects.get().pk}/tariff/")
    page.get_by_role("button", name="Spar wählen").click()
    page.get_by_role("button", name="Wechsel bestätigen").click()
    expect(page.get_by_text("gilt Spar: Dieser Wechsel ist bestätigt.")).to_be_visible()
    seen(page, "portal-waiting")
    page.get_by_role("button", name="Wechsel zurücknehmen").click()
    expect(page.get_by_text("Sie behalten")).to_be_visible()
    seen(page, "portal-take-back")
    page.get_by_role("button", name="Wechsel zurücknehmen").click()
    expect(page.get_by_text("Dieser Wechsel ist bestätigt.")).to_be_hidden()
    assert ContractEvent.objects.count() == 2


def test_the_treasurer_changes_a_contract_from_its_page(
    browser: Browser, live_server: LiveServer, club: Organisation
) -> None:
    user = User.objects.create_user("kasse@example.org")
    OfficeRole.objects.create(organisation=club, user=user, group=Group.objects.get(name="treasurer"))
    page = page_of(browser, live_server, user)
    page.goto(f"{live_server.url}/office/contracts/{Contract.objects.get().pk}/")
    page.get_by_role("link", name="Tarif wechseln").click()
    found = complaints(page)
    seen(page, "office-form")
    page.get_by_label("Neuer Tarif").select_option(label="Komfort")
    page.get_by_label("Gilt ab").select_option(label="sofort")
    page.get_by_role("button", name="Zeigen, was das bringt").click()
    expect(page.get_by_role("heading", name="Basis wird zu Komfort")).to_be_visible()
    found += complaints(page)
    seen(page, "office-quote")
    page.get_by_role("button", name="Bestätigen und eintragen").click()
    expect(page.get_by_text("Eingetragen: Basis wird zu Komfort.")).to_be_visible()
    page.get_by_role("link", name="Kündigen").click()
    page.get_by_role("button", name="Zeigen, was das bringt").click()
    expect(page.get_by_role("heading", name="Kündigung von Komfort")).to_be_visible()
    found += complaints(page)
    seen(page, "office-cancel")
    page.get_by_role("link", name="Pausieren").click()
    found += complaints(page)
    assert found == []
    assert list(ContractEvent.objects.values_list("kind", "user")) == [("change_tariff", user.pk)]
