"""Signing in as people do it: from the office's invitation, by code, password, app, recovery code and passkey; devices; the office."""

import re
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core import mail
from django.utils import timezone
from django_scopes import scope, scopes_disabled
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect
from pytest_django.live_server_helper import LiveServer

from billing.services import mailing
from members.models import Member, Organisation, User
from tests.browser.album import DESK, PHONE, seen, seen_as_is
from tests.browser.looking import WAYS, page_of, window, wrong
from tests.browser.test_january import office_user
from tests.services.club import join, small_club
from tests.services.debiting import OTHER_BANK

pytestmark = pytest.mark.browser
SECRET = "ein-langes-Passwort"


@pytest.fixture
def club(live_server: LiveServer, settings: Any) -> Iterator[Organisation]:
    """Petra, who signs in, and Kai, who came with the member list and was not invited yet."""
    settings.PUBLIC_URL = live_server.url
    organisation = small_club()
    with scope(organisation=organisation):
        petra = join(organisation, "1", first_name="Petra", last_name="Muster", email="petra@example.org")
        petra.user = proven_mailbox(User.objects.create_user("petra@example.org", SECRET))
        petra.save()
        join(organisation, "2", first_name="Kai", last_name="Import", email="kai@example.org")
    with scopes_disabled():
        yield organisation


def proven_mailbox(user: User) -> User:
    """Has signed in before: the mailbox is known to be theirs."""
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    return user


def petra() -> User:
    return User.objects.get(email="petra@example.org")


def main_text(page: Page) -> str:
    return page.locator("main").inner_text()


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def ask_for_code(page: Page, address: str) -> None:
    page.get_by_label("E-Mail-Adresse").first.fill(address)
    button(page, "Code zuschicken").click()


def give_password(page: Page, address: str, password: str = "falsch geraten") -> None:
    page.locator("summary").click()
    page.locator("input[name=login]").fill(address)
    page.locator("input[name=password]").fill(password)
    page.locator("details form button").click()


def mailed_code() -> str:
    """Out of the newest mail, as the member reads it."""
    found = re.search(r"^([A-Z0-9]{3,}(-[A-Z0-9]{3,})?)$", str(mail.outbox[-1].body), re.MULTILINE)
    assert found, mail.outbox[-1].body
    return found[1]


def give_code(page: Page, code: str) -> None:
    page.locator("input[name=code]").fill(code)
    page.locator("main form:has(input[name=code]) button[type=submit]").first.click()


def sign_in_by_code(page: Page, base: str, address: str = "petra@example.org") -> None:
    page.goto(f"{base}/accounts/login/")
    ask_for_code(page, address)
    give_code(page, mailed_code())


def leave(page: Page) -> None:
    button(page, "Abmelden").first.click()
    expect(page.get_by_role("link", name="Anmelden")).to_be_visible()


def app_code(secret: str) -> str:
    """What the app on the phone shows now."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))


def add_app(page: Page) -> str:
    """From the list of factors to the recovery codes; gives the app's secret."""
    page.locator("a[href$='/totp/activate/']").click()
    if "reauthenticate" in page.url:
        page.locator("input[name=password]").fill(SECRET)
        page.locator("main form button[type=submit]").first.click()
    secret = page.locator("#authenticator_secret").inner_text()
    give_code(page, app_code(secret))
    return secret


@WAYS
def test_an_imported_member_comes_from_the_invitation_to_the_first_page(
    browser: Browser, live_server: LiveServer, club: Organisation, scripts: bool, size: ViewportSize
) -> None:
    office = page_of(browser, live_server, office_user(club, "office"))
    office.goto(f"{live_server.url}/office/members/member/?state=no_access")
    expect(office.locator("#result_list tbody tr")).to_have_count(1)
    office.locator("input.action-select").first.check()
    office.locator("select[name=action]").select_option(label="Ins Portal einladen")
    seen_as_is(office, "office-invite")
    office.locator("#changelist-actions button[name=index]").click()
    expect(office.get_by_text("1 Einladung ist unterwegs.")).to_be_visible()
    with scope(organisation=club):
        mailing.send_due(club, timezone.now())
    (invitation,) = mail.outbox
    page = window(browser, scripts, size)
    page.goto(re.findall(r"https?://\S+", str(invitation.body))[0])
    page.get_by_role("link", name="Anmelden").click()
    ask_for_code(page, "kai@example.org")
    seen_as_is(page, "sign-in-code")
    give_code(page, mailed_code())
    expect(page.get_by_role("heading", level=1)).to_have_text("Guten Tag, Kai Import")
    assert Member.objects.get(number="2").user


@WAYS
def test_with_a_password_and_again_before_the_bank_account(
    browser: Browser, live_server: LiveServer, club: Organisation, scripts: bool, size: ViewportSize
) -> None:
    page = window(browser, scripts, size)
    page.goto(f"{live_server.url}/accounts/login/")
    give_password(page, "petra@example.org", SECRET)
    expect(page.get_by_role("heading", level=1)).to_have_text("Guten Tag, Petra Muster")
    page.goto(f"{live_server.url}/bank-details/{Member.objects.get(number='1').pk}/")
    page.get_by_label("IBAN").fill(OTHER_BANK)
    button(page, "Weiter").click()
    seen_as_is(page, "sign-in-again")
    assert not scripts or wrong(page) == []
    page.locator("input[name=password]").fill(SECRET)
    page.locator("main form button[type=submit]").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("SEPA-Lastschriftmandat")


def test_nobody_learns_who_is_a_member(browser: Browser, live_server: LiveServer, club: Organisation) -> None:
    """Known and unknown addresses are answered alike: by code, by password, and where a password is forgotten."""
    told: dict[str, list[str]] = {}
    for who in ("petra@example.org", "nobody@example.org"):
        page = window(browser, scripts=False)
        page.goto(f"{live_server.url}/accounts/login/")
        give_password(page, who)
        told[who] = [main_text(page)]
        page.goto(f"{live_server.url}/accounts/password/reset/")
        page.locator("input[name=email]").fill(who)
        page.locator("main form button[type=submit]").first.click()
        told[who].append(main_text(page))
        page = window(browser, scripts=False)
        page.goto(f"{live_server.url}/accounts/login/")
        ask_for_code(page, who)
        told[who].append(main_text(page))
    known, unknown = ([text.replace(who, "…") for text in said] for who, said in told.items())
    assert known == unknown


@WAYS
def test_an_app_and_the_recovery_codes_for_the_day_when_it_is_lost(
    browser: Browser, live_server: LiveServer, club: Organisation, scripts: bool, size: ViewportSize
) -> None:
    page = page_of(browser, live_server, petra(), scripts, size)
    page.goto(live_server.url)
    page.get_by_role("link", name="Sicherheit").click()
    page.get_by_role("link", name="Zweiten Faktor einrichten").click()
    secret = add_app(page)
    spare = page.locator("textarea").input_value().split()
    assert len(spare) == 10
    seen_as_is(page, "security-recovery-codes")
    assert not scripts or wrong(page) == []
    leave(page)
    sign_in_by_code(page, live_server.url)
    expect(page.get_by_role("button", name="Abmelden")).to_have_count(0)
    seen_as_is(page, "sign-in-second-factor")
    assert not scripts or wrong(page) == []
    give_code(page, spare[0])
    expect(page.get_by_role("heading", level=1)).to_have_text("Guten Tag, Petra Muster")
    leave(page)
    with time_machine.travel(timezone.now() + timedelta(seconds=31), tick=True):
        sign_in_by_code(page, live_server.url)
        give_code(page, spare[0])
        expect(page.locator("input[name=code]")).to_be_visible()
        give_code(page, app_code(secret))
        expect(page.get_by_role("heading", level=1)).to_have_text("Guten Tag, Petra Muster")


def test_a_passkey_on_the_phone(browser: Browser, live_server: LiveServer, club: Organisation, settings: Any) -> None:
    """Passkeys need scripts, by their nature: without them the sign-in offers the code and does not show the button."""
    settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
    page = page_of(browser, live_server, petra(), size=PHONE)
    phone = page.context.new_cdp_session(page)
    phone.send("WebAuthn.enable")
    abilities = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True,
    }  # fmt: skip
    phone.send("WebAuthn.addVirtualAuthenticator", {"options": {**abilities, "automaticPresenceSimulation": True}})
    page.goto(f"{live_server.url}/accounts/2fa/webauthn/add/")
    page.locator("input[name=password]").fill(SECRET)
    page.locator("main form button[type=submit]").first.click()
    page.locator("input[name=name]").fill("Mein Telefon")
    page.locator("input[name=passwordless]").check()
    page.locator("#mfa_webauthn_add").click()
    page.wait_for_url(lambda url: "/webauthn/add/" not in url)
    page.goto(f"{live_server.url}/accounts/2fa/webauthn/")
    expect(page.locator("ul.rows")).to_contain_text("Mein Telefon meldet ohne Code an")
    seen(page, "security-passkeys")
    assert wrong(page) == []
    leave(page)
    page.goto(f"{live_server.url}/accounts/login/")
    button(page, "Mit Passkey anmelden").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Guten Tag, Petra Muster")
    leave(page)
    sign_in_by_code(page, live_server.url)
    button(page, "Passkey oder Sicherheitsschlüssel verwenden").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Guten Tag, Petra Muster")
    page = window(browser, scripts=False, size=PHONE)
    page.goto(f"{live_server.url}/accounts/login/")
    expect(button(page, "Code zuschicken")).to_be_visible()
    expect(button(page, "Mit Passkey anmelden")).to_be_hidden()


@WAYS
def test_a_device_that_is_not_mine_is_signed_out(
    browser: Browser, live_server: LiveServer, club: Organisation, scripts: bool, size: ViewportSize
) -> None:
    mine, lost = (page_of(browser, live_server, petra(), scripts, one) for one in (size, DESK))
    for page in (mine, lost):
        page.goto(live_server.url)
    mine.goto(f"{live_server.url}/security/")
    mine.get_by_role("link", name="Geräte ansehen").click()
    expect(mine.locator("ul.rows li")).to_have_count(2)
    seen_as_is(mine, "security-devices")
    button(mine, "Alle anderen Geräte abmelden").click()
    expect(mine.locator("ul.rows li")).to_have_count(1)
    lost.goto(f"{live_server.url}/invoices/")
    expect(lost.get_by_role("heading", level=1)).to_have_text("Anmelden")


@WAYS
def test_the_office_opens_to_two_factors_only(
    browser: Browser, live_server: LiveServer, club: Organisation, settings: Any, scripts: bool, size: ViewportSize
) -> None:
    settings.OFFICE_MFA_REQUIRED = True
    clerk = proven_mailbox(office_user(club, "treasurer"))
    clerk.set_password(SECRET)
    clerk.save()
    page = window(browser, scripts, size)
    page.goto(f"{live_server.url}/office/login/?next=/office/")
    assert "/accounts/login/" in page.url
    ask_for_code(page, clerk.email)
    give_code(page, mailed_code())
    expect(page.get_by_role("status")).to_contain_text("Bitte richten Sie zuerst einen zweiten Faktor ein")
    secret = add_app(page)
    page.goto(f"{live_server.url}/office/")
    assert page.url == f"{live_server.url}/office/"
    page.goto(f"{live_server.url}/security/")
    leave(page)
    with time_machine.travel(timezone.now() + timedelta(seconds=31), tick=True):
        page.goto(f"{live_server.url}/office/members/member/")
        ask_for_code(page, clerk.email)
        give_code(page, mailed_code())
        page.goto(f"{live_server.url}/office/members/member/")
        assert "/accounts/" in page.url
        page.goto(f"{live_server.url}/accounts/2fa/authenticate/")
        give_code(page, app_code(secret))
        page.goto(f"{live_server.url}/office/members/member/")
        assert page.url == f"{live_server.url}/office/members/member/"
