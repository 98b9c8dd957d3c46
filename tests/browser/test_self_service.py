"""What a member does alone, on a desk and a phone, with scripts and without: address, proof, consent, rhythm of payment."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone
from django_scopes import scope, scopes_disabled
from playwright.sync_api import Browser, Page, ViewportSize, expect
from pytest_django.live_server_helper import LiveServer

from billing.models import Contract, ContractEvent, Tariff
from members import consenting
from members.models import Consent, Member, OfficeRole, Organisation, Proof, User
from tests.browser.album import seen, seen_as_is
from tests.browser.looking import WAYS, page_of, wrong
from tests.browser.test_january import complaints
from tests.services.club import join, small_club
from tests.services.scans import picture

pytestmark = pytest.mark.browser


@pytest.fixture
def club(live_server: LiveServer) -> Iterator[Organisation]:
    """A student who may choose how often to pay, and a newsletter to agree to."""
    organisation = small_club()
    with scope(organisation=organisation):
        adults = Tariff.objects.get(code="ERW")
        Tariff.objects.filter(code="STU").update(choose_rhythm=True, pause_months=3, falls_back_to=adults)
        member = join(
            organisation, "1001", first_name="Petra", last_name="Muster", tariff="STU", start=date(2026, 1, 1)
        )
        Contract.objects.update(bill_from=timezone.localdate().replace(day=1))
        member.user = User.objects.create_user("petra@example.org")
        member.save()
        consenting.write(organisation, "Rundbrief", "Wir schreiben Ihnen einmal im Monat.", timezone.now())
    with scopes_disabled():
        yield organisation


def change_address(page: Page, live_server: LiveServer) -> list[str]:
    page.goto(live_server.url)
    page.get_by_role("link", name="Meine Daten").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Meine Daten")
    found = wrong(page)
    seen_as_is(page, "portal-details")
    page.get_by_role("link", name="Anschrift oder Telefon ändern").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Anschrift und Telefon")
    found += wrong(page)
    seen_as_is(page, "portal-address")
    page.get_by_label("Straße").fill("Neue Straße 2")
    page.get_by_role("button", name="Ändern").click()
    expect(page.get_by_role("status")).to_contain_text("Geändert.")
    return found


def send_proof(page: Page, live_server: LiveServer, scan: Path) -> list[str]:
    page.goto(f"{live_server.url}/proofs/")
    found = wrong(page)
    page.get_by_label("Was weisen Sie nach?").fill("Studium")
    page.get_by_label("Bis wann gilt das Papier?").fill("2030-09-30")
    page.get_by_label("Datei oder Foto").set_input_files(scan)
    page.get_by_role("button", name="An das Büro schicken").click()
    expect(page.get_by_text("beim Büro", exact=True)).to_be_visible()
    seen_as_is(page, "portal-proofs")
    return found + wrong(page)


def agree(page: Page, live_server: LiveServer) -> list[str]:
    page.goto(f"{live_server.url}/consents/")
    found = wrong(page)
    page.get_by_role("button", name="Ich willige ein").click()
    expect(page.get_by_role("status")).to_contain_text("Eingewilligt: Rundbrief.")
    seen_as_is(page, "portal-consents")
    found += wrong(page)
    page.get_by_role("button", name="zurücknehmen").click()
    expect(page.get_by_role("status")).to_contain_text("Zurückgenommen: Rundbrief.")
    return found


def pay_by_quarter(page: Page, live_server: LiveServer) -> list[str]:
    page.goto(live_server.url)
    page.get_by_text("Vertrag ändern oder kündigen").first.click()
    page.get_by_role("link", name="An Ermäßigt etwas ändern").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Vertrag ändern")
    found = wrong(page)
    seen_as_is(page, "portal-options")
    page.get_by_label("Bezahlen").select_option("3")
    page.get_by_role("button", name="Zeigen, was es bringt Wie oft Sie zahlen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Neue Zahlungsweise für Ermäßigt")
    found += wrong(page)
    seen_as_is(page, "portal-options-quote")
    page.get_by_role("button", name="Änderung bestätigen").click()
    expect(page.get_by_role("status")).to_contain_text("Erledigt")
    return found


@WAYS
def test_a_member_needs_nobody(
    browser: Browser, live_server: LiveServer, club: Organisation, tmp_path: Path, scripts: bool, size: ViewportSize
) -> None:
    scan = tmp_path / "immatrikulation.png"
    scan.write_bytes(picture())
    page = page_of(browser, live_server, Member.objects.get().user, scripts, size)
    found = change_address(page, live_server) + send_proof(page, live_server, scan) + agree(page, live_server)
    found += pay_by_quarter(page, live_server)
    page.goto(f"{live_server.url}/erasure/")
    seen_as_is(page, "portal-erasure")
    assert found + wrong(page) == []
    assert Member.objects.get().street == "Neue Straße 2"
    assert Proof.objects.get().files.count() == 1
    assert Consent.objects.get().withdrawn_at
    assert ContractEvent.objects.get().data == {"value": {"months": 3}}


def test_the_office_decides_with_the_mouse(browser: Browser, live_server: LiveServer, club: Organisation) -> None:
    user = User.objects.create_user("kasse@example.org")
    OfficeRole.objects.create(organisation=club, user=user, group=Group.objects.get(name="treasurer"))
    member = Member.objects.get()
    Proof.objects.create(
        organisation=club, member=member, what_for="Studium", valid_until=date(2030, 9, 30), sent_at=timezone.now()
    )
    page = page_of(browser, live_server, user)
    found = []
    for path in ("wishes", "consents", f"members/{member.pk}/consents", f"tariffs/{Tariff.objects.get(code='STU').pk}"):
        page.goto(f"{live_server.url}/office/{path}/")
        found += complaints(page)
        seen(page, f"office-{path.split('/')[0]}-{path.count('/')}")
    page.goto(f"{live_server.url}/office/proofs/")
    found += complaints(page)
    seen(page, "office-proofs")
    page.get_by_role("button", name="Annehmen").click()
    expect(page.get_by_text("Anerkannt; das Mitglied wird benachrichtigt.")).to_be_visible()
    assert found == []
    assert Proof.objects.get().accepted
