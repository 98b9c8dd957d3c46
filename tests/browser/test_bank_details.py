"""New bank details with the mouse and without scripts; a mandate and its files in the office."""

import re
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.utils import timezone
from django_scopes import scope, scopes_disabled
from playwright.sync_api import Browser, ViewportSize, expect
from pytest_django.live_server_helper import LiveServer

from billing.models import Collection, CollectionBatch, Mail, Mandate
from members.models import Member, OfficeRole, Organisation, User
from tests.browser.album import seen, seen_as_is
from tests.browser.looking import WAYS, page_of, wrong
from tests.browser.test_january import complaints
from tests.services.club import join, small_club
from tests.services.debiting import OTHER_BANK
from tests.services.test_quotes import bill

pytestmark = pytest.mark.browser


@pytest.fixture
def club(live_server: LiveServer) -> Iterator[Organisation]:
    """One member; this month is billed and its file waits."""
    organisation = small_club()
    with scope(organisation=organisation):
        first = timezone.localdate().replace(day=1)
        member = join(organisation, "1001", first_name="Petra", last_name="Muster", start=first)
        member.user = User.objects.create_user("petra@example.org")
        member.save()
        bill(organisation, first, first)
    with scopes_disabled():
        yield organisation


def code() -> str:
    found = re.search(r"\b\d{6}\b", str(mail.outbox[-1].body))
    assert found
    return found[0]


@WAYS
def test_a_member_gives_a_new_mandate(
    browser: Browser, live_server: LiveServer, club: Organisation, scripts: bool, size: ViewportSize
) -> None:
    """With scripts the bank's name appears while typing; without them the next page has it."""
    page = page_of(browser, live_server, Member.objects.get().user, scripts, size)
    refused: list[str] = []
    page.on("console", lambda said: refused.append(said.text) if "Content Security Policy" in said.text else None)
    page.goto(live_server.url)
    page.get_by_role("link", name="Bankverbindung").click()
    found = wrong(page)
    page.get_by_role("link", name="Konto ändern").click()
    page.wait_for_url(re.compile(r"/bank-details/\d+/$"))
    page.get_by_label("IBAN").press_sequentially(OTHER_BANK)
    if scripts:
        expect(page.locator("#bank")).to_contain_text("Deutsche Kreditbank")
    found += wrong(page)
    seen_as_is(page, "account")
    page.get_by_role("button", name="Weiter").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("SEPA-Lastschriftmandat")
    expect(page.get_by_text("Deutsche Kreditbank")).to_be_visible()
    expect(page.get_by_text("innerhalb von acht Wochen")).to_be_visible()
    found += wrong(page)
    seen_as_is(page, "mandate")
    page.get_by_label("Ihr Name, eingegeben als Ihre Unterschrift").fill("Petra Muster")
    page.get_by_label("Der Code").fill(code())
    page.get_by_role("button", name="Dieses Mandat erteilen").click()
    expect(page.get_by_role("status")).to_contain_text("Ihr Mandat ist erteilt.")
    seen_as_is(page, "given")
    assert found + wrong(page) + refused == []
    given = Mandate.objects.get(ended_on=None)
    assert (given.iban, given.source) == (OTHER_BANK, "online")
    told = set(Mail.objects.filter(member=given.member, kind="mandate").values_list("recipient", flat=True))
    assert told == {"m1001@example.org", "petra@example.org"}  # The address that the office knows, and the sign-in's.


def test_the_office_notes_an_account_and_takes_a_mandate_back(
    browser: Browser, live_server: LiveServer, club: Organisation
) -> None:
    user = User.objects.create_user("kasse@example.org")
    OfficeRole.objects.create(organisation=club, user=user, group=Group.objects.get(name="treasurer"))
    page = page_of(browser, live_server, user)
    mandate = Mandate.objects.get()
    page.goto(f"{live_server.url}/office/mandates/{mandate.pk}/")
    found = complaints(page)
    page.get_by_text("Anderes Konto …").click()
    page.get_by_label("Neue IBAN").fill(OTHER_BANK)
    page.get_by_label("Wie es Ihnen mitgeteilt wurde").fill("Brief vom 1. Mai")
    seen(page, "office-mandate")
    page.get_by_role("button", name="Neues Konto eintragen").click()
    expect(page.get_by_text("wird mit dem nächsten Einzug gemeldet")).to_be_visible()
    found += complaints(page)
    page.goto(f"{live_server.url}/office/collections/")
    found += complaints(page)
    seen(page, "office-batches")
    page.get_by_role("link", name=CollectionBatch.objects.get(withdrawn_at=None).message_id).click()
    expect(page.get_by_text("meldet der Bank eine Änderung")).to_be_visible()
    found += complaints(page)
    seen(page, "office-batch")
    page.goto(f"{live_server.url}/office/mandates/{mandate.pk}/")
    page.get_by_text("Widerrufen …").click()
    page.get_by_role("button", name="Ja, das Mandat ist widerrufen").click()
    expect(page.get_by_text("Das Mandat ist beendet.")).to_be_visible()
    assert not Collection.objects.filter(failed_on=None).exists()
    page.goto(f"{live_server.url}/office/collections/again/")
    found += complaints(page)
    seen(page, "office-again")
    assert found == []
