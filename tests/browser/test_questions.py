"""A member asks, the office answers, the member reads; the catcher shows the mail that went out."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone
from django_scopes import scope, scopes_disabled
from playwright.sync_api import Browser, ViewportSize, expect
from pytest_django.live_server_helper import LiveServer

from billing.models import Mail, MailTemplate
from billing.services import mailing
from members.models import Member, Organisation, User
from tests.browser.album import seen_as_is
from tests.browser.looking import WAYS, page_of, wrong
from tests.browser.test_january import complaints
from tests.browser.test_january import office_user as clerk_of
from tests.services.club import join, small_club

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def catching(settings: Any) -> None:
    settings.EMAIL_BACKEND = "config.catcher.CatchingBackend"
    settings.MAIL_CATCHER = True


@pytest.fixture
def club(live_server: LiveServer) -> Iterator[Organisation]:
    organisation = small_club()
    with scope(organisation=organisation):
        join(organisation, "1", user=User.objects.create_user("m1@example.org"))
    with scopes_disabled():
        yield organisation


@WAYS
def test_a_question_its_answer_and_the_mail_of_it(
    browser: Browser, live_server: LiveServer, club: Organisation, scripts: bool, size: ViewportSize
) -> None:
    member = Member.objects.get()
    assert member.user
    asks = page_of(browser, live_server, member.user, scripts, size)
    asks.goto(f"{live_server.url}/invoices/")
    asks.get_by_role("link", name="Frage stellen").click()
    found = wrong(asks)
    expect(asks.get_by_label("Worum geht es?")).to_have_value("Rechnungen")
    asks.get_by_label("Ihre Nachricht").fill("Wann kommt die nächste Rechnung?")
    asks.get_by_role("button", name="Nachricht senden").click()
    expect(asks.get_by_text("Ihre Nachricht ist beim Büro.").first).to_be_visible()

    office = page_of(browser, live_server, clerk_of(club, "office"))
    office.goto(f"{live_server.url}/office/")
    expect(office.get_by_text("Ein Mitglied wartet auf eine Antwort.")).to_be_visible()
    office.locator(".note").get_by_role("link", name="Antworten").click()
    found += complaints(office)
    office.locator(".kw").get_by_role("link", name="Rechnungen").click()
    found += complaints(office)
    office.get_by_label("Ihre Antwort").fill("Am 15. Dezember.")
    office.get_by_role("button", name="Antwort senden").click()
    expect(office.get_by_text("Niemand wartet auf eine Antwort.")).to_be_visible()
    with scope(organisation=club):
        mailing.send_due(club, timezone.now())

    asks.get_by_role("link", name="Rechnungen").last.click()
    expect(asks.get_by_text("Am 15. Dezember.")).to_be_visible()
    found += wrong(asks)
    seen_as_is(asks, "conversation")

    office.goto(f"{live_server.url}/office/caught/")
    found += complaints(office)
    office.locator(".kw").get_by_role("link", name="Rechnungen").first.click()
    expect(office.get_by_text("Am 15. Dezember.")).to_be_visible()
    office.get_by_text("Kopfzeilen").click()
    expect(office.get_by_text("Message-ID")).to_be_visible()
    found += complaints(office)
    office.goto(f"{live_server.url}/office/members/{member.pk}/contacts/")
    expect(office.get_by_text("per E-Mail: gesendet")).to_be_visible()
    found += complaints(office)
    assert found == []
    assert Mail.objects.get(kind="answer").state == "sent"


def test_the_preview_follows_what_is_written(browser: Browser, live_server: LiveServer, club: Organisation) -> None:
    page = page_of(browser, live_server, clerk_of(club, "treasurer"))
    page.goto(f"{live_server.url}/office/mail-texts/answer/de/")
    found = complaints(page)
    page.get_by_label("Text", exact=True).fill("Moin {name}!\n\n{answer}\n\n{nane}")
    expect(page.locator("#preview")).to_contain_text("{nane} ist hier kein Platzhalter")
    page.get_by_label("Text", exact=True).fill("Moin {name}!\n\n{answer}")
    expect(page.locator("#preview")).to_contain_text("Moin Käthe Weiß1!")
    page.get_by_role("button", name="Text speichern").click()
    expect(page.get_by_text("Gespeichert.")).to_be_visible()
    found += complaints(page)
    for address in ("mail-texts", "letters", "bounces"):
        page.goto(f"{live_server.url}/office/{address}/")
        found += complaints(page)
    assert found == []
    assert MailTemplate.objects.get().text == "Moin {name}!\n\n{answer}\n"
