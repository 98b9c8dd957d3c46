"""A dearer tariff with the mouse: announced in the office, objected to in the portal, billed by the month."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone
from django_scopes import scope, scopes_disabled
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from billing.models import PriceChange, PriceNotice, PriceObjection, TariffVersion
from billing.pricing.periods import add_months
from members.models import Member, OfficeRole, Organisation, User
from tests.browser.album import seen
from tests.browser.looking import page_of, wrong
from tests.browser.test_january import complaints
from tests.services.club import small_club
from tests.services.price_world import customer, dearer, offer, paid

pytestmark = pytest.mark.browser


@pytest.fixture
def first() -> date:
    """The first day of the month after next: time enough to announce and to answer."""
    return add_months(timezone.localdate().replace(day=1), 2)


@pytest.fixture
def club(live_server: LiveServer, first: date) -> Iterator[Organisation]:
    """Two customers of a gym whose next price waits to be announced; they are billed until then."""
    organisation = small_club()
    with scope(organisation=organisation):
        gym = offer(organisation, "fitness", "31.00")
        begun = add_months(first, -1)
        for number in ("1", "2"):
            customer(organisation, number, gym, start=date(2026, 1, 1), bill_from=begun, due_on=begun)
        version = dearer(gym, "36.00")
        TariffVersion.objects.filter(pk=version.pk).update(valid_from=first)
        Member.objects.filter(number="2").update(email="")
    with scopes_disabled():
        yield organisation


def announce(page: Page) -> None:
    """Looked at, then confirmed."""
    page.get_by_role("link", name="Ankündigen").click()
    page.get_by_label("Grund", exact=True).fill("§ 5 der Vertragsbedingungen: Strom und Wasser wurden teurer")
    seen(page, "office-form")
    page.get_by_role("button", name="Zeigen, was das bringt").click()
    expect(page.get_by_text("36,00 € im Monat", exact=True).first).to_be_visible()
    expect(page.locator("pre")).to_contain_text("36,00 € im Monat statt 31,00 € im Monat")


def test_announced_in_the_office_objected_to_in_the_portal_and_billed(
    browser: Browser, live_server: LiveServer, club: Organisation, first: date
) -> None:
    user = User.objects.create_user("kasse@example.org")
    OfficeRole.objects.create(organisation=club, user=user, group=Group.objects.get(name="treasurer"))
    page = page_of(browser, live_server, user)
    page.goto(f"{live_server.url}/office/price-changes/")
    found = complaints(page)
    seen(page, "office-list")
    announce(page)
    found += complaints(page)
    seen(page, "office-preview")
    page.locator("details.confirm summary").click()
    page.get_by_role("button", name="Ja, ankündigen").click()
    expect(page.get_by_text("für 2 Verträge angekündigt.")).to_be_visible()
    found += complaints(page)
    seen(page, "office-change")
    found += member_objects(browser, live_server)
    page.goto(
        f"{live_server.url}/office/contracts/{PriceNotice.objects.get(contract__member__number='2').contract_id}/"
    )
    page.get_by_role("link", name="Antwort eintragen").click()
    found += complaints(page)
    seen(page, "office-answer")
    page.goto(f"{live_server.url}/office/price-changes/{PriceChange.objects.get().pk}/?show=objected")
    expect(page.get_by_text("hat widersprochen, behält den alten Preis")).to_have_count(1)
    assert found == []
    with scope(organisation=club):
        assert paid(club, first - timedelta(days=20), add_months(first, 1) - timedelta(days=1)) == {
            "1": "62.00",
            "2": "67.00",
        }


def member_objects(browser: Browser, live_server: LiveServer) -> list[str]:
    """The first page tells it; two presses later it is done. Gives what hinders a reader."""
    member = Member.objects.get(number="1")
    member.user = User.objects.create_user("petra@example.org")
    member.save()
    page = page_of(browser, live_server, member.user)
    page.goto(live_server.url)
    expect(page.get_by_text("36,00 € im Monat statt 31,00 € im Monat")).to_be_visible()
    found = wrong(page)
    seen(page, "portal-home")
    page.get_by_role("link", name="Ansehen und antworten").click()
    found += wrong(page)
    seen(page, "portal-prices")
    page.get_by_role("button", name="Widersprechen und den alten Preis behalten").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Widersprechen und den alten Preis behalten")
    assert not PriceObjection.objects.exists()
    found += wrong(page)
    seen(page, "portal-object")
    page.get_by_role("button", name="Widersprechen und den alten Preis behalten").click()
    expect(page.get_by_role("status")).to_contain_text("Erledigt.")
    seen(page, "portal-done")
    return found + wrong(page)
