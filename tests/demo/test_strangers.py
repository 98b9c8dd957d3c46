"""The public demo among strangers: ways in without typing, nobody locked out, nothing filled, nobody's address kept."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.test import Client, override_settings
from django.urls import get_resolver, reverse
from django_scopes import scopes_disabled

from billing.demo.logins import LOGINS
from members.models import OfficeRole, Organisation, User
from portal import public_demo
from portal.public_demo import is_closed, pseudonym
from tests.house.test_routes import names
from tests.portal.world import World, build, office_user

pytestmark = pytest.mark.django_db
FIRST = "portal.public_demo.PublicDemoMiddleware"
PASSWORD = "kassenwart-demo"
DOORS = [("post", "/try/treasurer/"), ("get", "/try/"), ("get", "/website/"), ("get", "/robots.txt")]


@pytest.fixture
def club() -> World:
    """The demo's club, with the people who may sign in; they work for a second house whose name comes first."""
    club = build("ostufer", LOGINS["member"], "Ruderverein Ostufer")
    kasse = office_user(club.organisation, LOGINS["treasurer"])
    kasse.set_password(PASSWORD)
    kasse.save()
    with scopes_disabled():
        other = Organisation.objects.create(slug="aaa", name="Aaa")
        OfficeRole.objects.create(organisation=other, user=kasse, group=Group.objects.get(name="treasurer"))
    return club


@pytest.fixture
def public(club: World, tmp_path: Path) -> Iterator[World]:
    with override_settings(PUBLIC_DEMO=True, MIDDLEWARE=[FIRST, *settings.MIDDLEWARE], DATA_DIR=tmp_path):
        yield club


def entered(who: str) -> Client:
    client = Client()
    client.post(f"/try/{who}/")
    return client


@pytest.mark.parametrize("method, door", DOORS)
def test_wherever_people_are_real_these_doors_do_not_exist(club: World, client: Client, method: str, door: str) -> None:
    assert getattr(client, method)(door).status_code == 404
    assert "_auth_user_id" not in client.session


def test_wherever_people_are_real_no_page_speaks_of_a_demonstration(club: World, client: Client) -> None:
    for page in ("/", "/accounts/login/", "/join/ostufer/"):
        answer = client.get(page)
        assert b"demo" not in answer.content
        assert "X-Robots-Tag" not in answer.headers


def test_a_stranger_finds_the_ways_in_and_what_becomes_of_it_all(public: World, client: Client) -> None:
    for page in ("/", "/accounts/login/", "/try/"):
        words = client.get(page).content.decode()
        assert words.count('action="/try/') == 5, page
        assert 'href="/website/"' in words
        assert "Bitte nichts Echtes eingeben" in words
        assert words.count("<h1") == 1
    assert client.get("/").headers["X-Robots-Tag"] == "noindex, nofollow"
    assert b"Disallow: /" in client.get("/robots.txt").content


def test_one_button_and_one_is_the_treasurer_of_the_club(public: World) -> None:
    client = entered("treasurer")
    page = client.get("/office/")
    assert "Ruderverein Ostufer" in page.content.decode()
    assert "Bitte nichts Echtes eingeben" in page.content.decode()
    for address in (reverse("office_proofs"), reverse("admin:members_member_changelist"), "/office/nowhere/"):
        assert "demo-banner" in client.get(address).content.decode(), address


def test_one_button_and_one_is_the_member(public: World) -> None:
    answer: Any = Client().post("/try/member/", follow=True)
    assert answer.redirect_chain == [("/", 302)]
    assert "Petra Muster" in answer.content.decode()


def test_nobody_else_is_entered_and_not_by_a_link(public: World, client: Client) -> None:
    assert client.post("/try/admin/").status_code == 404
    assert client.get("/try/treasurer/").status_code == 405
    assert "_auth_user_id" not in client.session


def test_a_way_in_that_somebody_took_away_says_so(public: World, client: Client) -> None:
    answer = client.post("/try/customer/", follow=True)
    assert "Morgen ist er wieder da" in answer.content.decode()


def test_the_clubs_website_frames_the_sign_up_of_the_same_address(public: World, client: Client) -> None:
    page = client.get("/website/")
    words = page.content.decode()
    assert '<script src="/join/ostufer/widget.js">' in words
    assert "demo-banner" in words
    assert "frame-src 'self'" in page.headers["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in client.get("/join/ostufer/embed/").headers["Content-Security-Policy"]


def test_of_all_account_pages_only_those_that_sign_in_and_out_are_open() -> None:
    """A new page of the account library is closed until somebody has looked at it."""
    known = {name for name in names(get_resolver().url_patterns) if name.startswith(("account_", "mfa_", "usersess"))}
    assert {name for name in known if not is_closed(name, "GET")} == public_demo.ACCOUNT_OPEN & known
    assert {"account_change_password", "account_set_password", "account_reset_password", "account_email"} <= known
    assert {"mfa_activate_totp", "mfa_add_webauthn", "usersessions_list"} <= known


@pytest.mark.parametrize(
    "name",
    [
        *("account_change_password", "account_set_password", "account_reset_password", "account_email", "mail_address"),
        *("mfa_activate_totp", "mfa_add_webauthn", "mfa_generate_recovery_codes", "usersessions_list"),
    ],
)
def test_what_would_lock_others_out_is_refused_with_a_sentence(public: World, name: str) -> None:
    client = entered("treasurer")
    for method in ("get", "post"):
        answer = getattr(client, method)(reverse(name), {"password1": "another-one", "password2": "another-one"})
        assert answer.status_code == 403
        assert "benutzen alle dieselben Zugänge" in answer.content.decode()
    assert User.objects.get(email=LOGINS["treasurer"]).check_password(PASSWORD)


def test_roles_and_keys_are_shown_and_not_changed(public: World) -> None:
    client = entered("treasurer")
    with scopes_disabled():
        role = OfficeRole.objects.get(organisation=public.organisation)
    for verb, arguments in (("add", []), ("change", [role.pk]), ("delete", [role.pk])):
        address = reverse(f"admin:members_officerole_{verb}", args=arguments)
        assert client.post(address, {"post": "yes", "email": "x@example.org"}).status_code == 403, verb
    assert client.get(reverse("admin:members_officerole_changelist")).status_code == 200
    assert client.post(reverse("office_api_key_revoke", args=[1])).status_code == 403
    with scopes_disabled():
        assert OfficeRole.objects.filter(pk=role.pk).exists()


def test_nobody_leads_the_others_to_another_address(public: World) -> None:
    client = entered("treasurer")
    address = reverse("admin:members_organisation_change", args=[public.organisation.pk])
    assert 'name="host"' not in client.get(address).content.decode()
    answer = client.post(address, {"name": "Ruderverein", "kind": "association", "host": "elsewhere.example"})
    assert answer.status_code in (200, 302)
    assert not Organisation.objects.get(pk=public.organisation.pk).host


@override_settings(PUBLIC_DEMO_IMPRINT="https://example.org/impressum")
def test_every_page_names_who_answers_for_it(public: World, client: Client) -> None:
    for page in ("/", "/website/", "/join/ostufer/"):
        assert 'href="https://example.org/impressum"' in client.get(page).content.decode(), page


def test_a_large_file_is_refused_before_it_is_read(public: World, monkeypatch: pytest.MonkeyPatch) -> None:
    client = entered("member")
    monkeypatch.setattr(public_demo, "LARGEST", 1000)
    answer = client.post(reverse("proofs"), {"paper": "x" * 2000})
    assert answer.status_code == 413
    assert "2 MB" in answer.content.decode()
    assert client.post(reverse("help"), {"text": "short"}).status_code == 200


@override_settings(PUBLIC_DEMO_BYTES=10_000)
def test_a_demo_that_is_full_is_looked_at_and_not_changed(public: World) -> None:
    (settings.DATA_DIR / "files").mkdir()
    (settings.DATA_DIR / "files" / "large").write_bytes(b"x" * 10_001)
    client = entered("member")
    assert client.get("/").status_code == 200
    assert client.post(reverse("help"), {"text": "x"}).status_code == 403
    assert (
        client.post(reverse("api_quote"), "{}", content_type="application/json")
        .json()["detail"]
        .startswith("Heute wurde")
    )
    (settings.DATA_DIR / "files" / "large").unlink()
    cache.delete("demo_size")
    assert client.post(reverse("help"), {"text": "x"}).status_code == 200


@pytest.mark.parametrize("limit", ["demo_change", "demo_upload"])
def test_who_does_a_lot_at_once_waits(public: World, limit: str) -> None:
    client = entered("member")
    sent: dict[str, Any] = {"content_type": "application/x-www-form-urlencoded"} if limit == "demo_change" else {}
    with override_settings(ACCOUNT_RATE_LIMITS={**settings.ACCOUNT_RATE_LIMITS, limit: "2/h/ip"}):
        codes = [client.post(reverse("help"), *([""] if sent else [{"text": "x"}]), **sent).status_code for _ in range(3)]  # fmt: skip
    assert codes[0] == 200
    assert codes[-1] == 429


def test_no_page_shows_one_stranger_the_address_of_another(public: World) -> None:
    client = Client(REMOTE_ADDR="198.51.100.7")
    client.post("/try/member/")
    client.get("/")
    kept = {one.ip for one in UserSession.objects.all()}
    assert kept == {pseudonym("198.51.100.7")}
    assert pseudonym("198.51.100.7") != pseudonym("198.51.100.8")
    # Who has a whole block of addresses counts as one, as in the real limits.
    assert pseudonym("2a00:1:2:3::1") == pseudonym("2a00:1:2:3:ffff::2")


def test_wherever_people_are_real_evidence_holds_the_address(club: World) -> None:
    client = Client(REMOTE_ADDR="198.51.100.7")
    client.force_login(User.objects.create_user("e@example.org"))
    client.get("/")
    assert [one.ip for one in UserSession.objects.all()] == ["198.51.100.7"]
