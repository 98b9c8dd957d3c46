"""From the invitation to the first page; and who needs a second factor."""

import re
import time
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.core import mail
from django.core.exceptions import ValidationError
from django.test import Client
from django_scopes import scope, scopes_disabled

from billing.models import Mail
from billing.services import invitations
from billing.services.invitations import invite, invite_all
from members.models import Member, User
from tests.portal.world import NOON, TODAY, World, build, member, office_user, proven

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def english(client: Client) -> Client:
    client.cookies["django_language"] = "en"
    return client


def test_an_invited_member_signs_in_with_a_code_and_without_a_password(world: World, english: Client) -> None:
    jonas = member(world.organisation, "1002", "Jonas", email="jonas@example.org")
    with scopes_disabled():
        user = invite(jonas, NOON)
    assert not user.has_usable_password()
    english.post("/accounts/login/code/", {"email": "jonas@example.org"})
    code = re.search(r"^([A-Z0-9]{3,}(-[A-Z0-9]{3,})?)$", str(mail.outbox[0].body), re.MULTILINE)
    assert code, mail.outbox[0].body
    answer = english.post("/accounts/login/code/confirm/", {"code": code[1]}, follow=True)
    assert answer.redirect_chain[-1][0] == "/"
    assert b"Hello Jonas Muster" in answer.content


def test_an_unknown_address_gets_a_message_that_names_the_office_and_sees_the_same_page(
    world: World, english: Client
) -> None:
    known = english.post("/accounts/login/code/", {"email": "petra@example.org"})
    unknown = Client().post("/accounts/login/code/", {"email": "nobody@example.org"})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert mail.outbox[-1].to == ["nobody@example.org"]
    assert "signup" not in str(mail.outbox[-1].body)


def test_nobody_registers_on_their_own(world: World, english: Client) -> None:
    assert b"the office of your association or provider" in english.get("/accounts/signup/").content
    fields = {"email": "new@example.org", "password1": "a-long-password-1", "password2": "a-long-password-1"}
    english.post("/accounts/signup/", fields)
    assert not User.objects.filter(email="new@example.org").exists()


def test_the_invitation_is_in_the_members_language_and_says_how(world: World) -> None:
    kim = member(world.organisation, "1002", "Kim", email="kim@example.org", language="en")
    with scopes_disabled():
        invite(kim, NOON)
        message = Mail.objects.get(key=f"invitation:{kim.pk}")
    assert (message.recipient, message.state, message.next_at) == ("kim@example.org", "waiting", NOON)
    assert "Enter your e-mail address: kim@example.org" in message.text
    assert "TSV Musterstadt e. V." in message.subject


def test_inviting_twice_on_a_day_writes_once_and_on_another_day_again(world: World) -> None:
    kim = member(world.organisation, "1002", "Kim", email="kim@example.org")
    with scopes_disabled():
        for now in (NOON, NOON, NOON.replace(day=20), NOON.replace(day=20)):
            invite(kim, now)
        assert Mail.objects.filter(member=kim).count() == 2


def test_the_office_invites_those_whom_it_ticked_as_many_as_a_press_can_wait_for(
    world: World, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invitations, "AT_ONCE", 3)
    nobody = member(world.organisation, "1002", "Jonas")
    mailed = [member(world.organisation, f"20{n}", f"Neu{n}", email=f"neu{n}@example.org") for n in range(3)]
    stranger = build("chor", "other@example.org", "Chor").petra
    client.force_login(office_user(world.organisation), backend=BACKEND)
    ticked = [world.petra, nobody, *mailed, stranger]
    form = {"action": "send_invitations", "_selected_action": [one.pk for one in ticked]}
    page = client.post("/office/members/member/", form, follow=True).content.decode()
    assert "2 Einladungen sind unterwegs" in page
    assert "hat keine E-Mail-Adresse. Tragen Sie eine ein" in page
    assert "2 sind noch nicht an der Reihe" in page
    with scopes_disabled():
        assert set(Mail.objects.values_list("recipient", flat=True)) == {"neu0@example.org", "neu1@example.org"}
    left = client.get("/office/members/member/", {"state": "no_access"}).context["cl"].result_list
    assert [one.number for one in left] == ["202"]


def test_the_list_invites_nobody_who_has_left(world: World) -> None:
    with scope(organisation=world.organisation):
        gone = member(world.organisation, "1009", "Gone", email="gone@example.org", left_on=TODAY - timedelta(days=1))
        done = invite_all(Member.objects.filter(pk=gone.pk), NOON)
        assert (done.count, done.waiting, Mail.objects.filter(member=gone).exists()) == (0, 0, False)


def test_who_only_looks_invites_nobody(world: World, client: Client) -> None:
    new = member(world.organisation, "201", "Neu", email="neu@example.org")
    client.force_login(office_user(world.organisation, role="accountant"), backend=BACKEND)
    client.post("/office/members/member/", {"action": "send_invitations", "_selected_action": [new.pk]})
    with scopes_disabled():
        assert not Mail.objects.exists()


def test_a_family_with_one_address_shares_one_sign_in(world: World) -> None:
    jonas = member(world.organisation, "1002", "Jonas", email="Petra@example.org")
    with scopes_disabled():
        assert invite(jonas, NOON) == world.petra.user
    jonas.refresh_from_db()
    assert jonas.user == world.petra.user


def test_without_an_address_nobody_is_invited(world: World) -> None:
    with scopes_disabled(), pytest.raises(ValidationError) as refused:
        invite(member(world.organisation, "1002", "Jonas"), NOON)
    assert refused.value.code == "no_email"


@pytest.fixture
def two_factors(settings: Any) -> None:
    settings.OFFICE_MFA_REQUIRED = True


@pytest.mark.parametrize("path", ["/office/", "/office/members/member/"])
def test_the_office_sends_who_has_one_factor_to_set_up_another(
    world: World, client: Client, two_factors: None, path: str
) -> None:
    client.force_login(office_user(world.organisation), backend=BACKEND)
    answer = client.get(path)
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/2fa/")


def test_the_api_refuses_who_has_one_factor(world: World, client: Client, two_factors: None) -> None:
    client.force_login(office_user(world.organisation), backend=BACKEND)
    assert client.get("/api/").status_code == 403


def test_with_two_factors_the_office_opens(world: World, client: Client, two_factors: None) -> None:
    user = office_user(world.organisation)
    TOTP.activate(user, generate_totp_secret())
    client.force_login(user, backend=BACKEND)
    assert "/accounts/2fa/" not in client.get("/office/").get("Location", "")


@pytest.mark.parametrize(("steps", "taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
@time_machine.travel(NOON, tick=False)
def test_an_apps_code_is_good_half_a_minute_longer_and_only_once(world: World, steps: int, taken: bool) -> None:
    """RFC 6238, 5.2: who types slowly has one more step of 30 seconds."""
    secret = generate_totp_secret()
    app = TOTP.activate(office_user(world.organisation), secret)
    shown = format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))
    assert [app.validate_code(shown), app.validate_code(shown)] == [taken, False]


def test_the_portal_asks_members_for_no_second_factor(world: World, client: Client, two_factors: None) -> None:
    client.force_login(world.petra.user, backend=BACKEND)  # type: ignore[arg-type]
    assert client.get("/").status_code == 200


def test_account_pages_of_signed_in_people_are_kept_nowhere(world: World, client: Client, settings: Any) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "portal.privacy.NoStoreMiddleware"]
    assert "Cache-Control" not in client.get("/accounts/password/reset/done/")
    client.force_login(world.petra.user, backend=BACKEND)  # type: ignore[arg-type]
    assert "no-store" in client.get("/accounts/2fa/")["Cache-Control"]


def test_a_passkey_signs_in_by_itself_unless_its_owner_says_otherwise(world: World, client: Client) -> None:
    client.force_login(world.petra.user, backend=BACKEND)  # type: ignore[arg-type]
    page = proven(client).get("/accounts/2fa/webauthn/add/").content.decode()
    box = re.search(r'<input[^>]*name="passwordless"[^>]*>', page)
    assert box
    assert " checked" in box[0]
    assert "Damit allein anmelden, ohne Code und Passwort" in page
    assert "<noscript>" in page
