"""An organisation's own web address: whose portal it is before anybody signs in, and that nothing else opens by it."""

from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django_scopes import scope

from billing.models import Branding
from billing.services.addresses import portal_url
from billing.services.questions import answer_values
from members.models import ContactEntry, Organisation, User
from tests.models.rows import NOON
from tests.portal.world import World, build

pytestmark = pytest.mark.django_db
HOST = "portal.tsv.example"


@pytest.fixture
def world() -> World:
    world, other = build(), build("chor", "other@example.org", "Gemischter Chor")
    Organisation.objects.filter(pk=world.organisation.pk).update(host=HOST, colour="#7a1f5c")
    Branding._base_manager.create(organisation=world.organisation, welcome="Schön, dass Sie da sind.\n\nIhr TSV")
    assert other
    world.organisation.refresh_from_db()
    return world


def signed_in(email: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(email=email), backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def test_the_own_address_shows_its_organisation_to_strangers(world: World) -> None:
    page = Client().get("/", headers={"host": HOST}).content.decode()
    assert "TSV Musterstadt" in page
    assert "Schön, dass Sie da sind." in page
    sign_in = Client().get(reverse("account_login"), headers={"host": f"{HOST}:8104"})
    assert sign_in.status_code == 200
    assert "TSV Musterstadt" in sign_in.content.decode()
    for common in (Client().get("/"), Client().get(reverse("account_login"))):
        assert "TSV Musterstadt" not in common.content.decode()
        assert "Gemischter Chor" not in common.content.decode()


@pytest.mark.parametrize(
    "host",
    ["evil.example", "x.portal.tsv.example", "portal.tsv.example.evil.example", "portal.tsv.example@evil", "", "."],
)
def test_every_other_name_is_refused(world: World, host: str) -> None:
    assert Client().get("/", headers={"host": host}).status_code == 400


def test_colours_come_as_a_stylesheet_of_their_own(world: World) -> None:
    page = Client().get("/", headers={"host": HOST}).content.decode()
    address = page.split('href="/style/')[1].split('"')[0]
    answer = Client().get(f"/style/{address}", headers={"host": HOST})
    css = answer.content.decode()
    assert answer["Content-Type"].startswith("text/css")
    assert "immutable" in answer["Cache-Control"]
    assert "#7a1f5c" in css
    assert "prefers-color-scheme: dark" in css
    assert Client().get("/style/0123456789abcdef.css", headers={"host": HOST}).status_code == 404
    assert Client().get(f"/style/{address}").status_code == 404
    assert signed_in("petra@example.org").get(f"/style/{address}").status_code == 200
    assert 'style="' not in page


def test_the_standard_colours_need_no_stylesheet(world: World) -> None:
    Organisation.objects.filter(pk=world.organisation.pk).update(colour="#1b4d5c")
    assert "/style/" not in Client().get("/", headers={"host": HOST}).content.decode()


def test_who_belongs_elsewhere_sees_nothing_at_this_address(world: World) -> None:
    stranger = signed_in("other@example.org")
    assert "Gemischter Chor" in stranger.get("/").content.decode()
    page = stranger.get("/", headers={"host": HOST}).content.decode()
    assert "Gemischter Chor" not in page
    assert "Petra" not in page
    assert "Petra" in signed_in("petra@example.org").get("/", headers={"host": HOST}).content.decode()


def test_signing_in_says_the_same_to_members_and_to_strangers(world: World) -> None:
    answers = []
    for email in ("petra@example.org", "other@example.org", "nobody@example.org"):
        answer = Client().post(reverse("account_request_login_code"), {"email": email}, headers={"host": HOST})
        answers.append((answer.status_code, answer["Location"]))
    assert len(set(answers)) == 1
    told = {one.to[0]: one.body for one in mail.outbox}
    assert "TSV" not in told["nobody@example.org"]


def test_a_form_from_another_origin_is_refused(world: World) -> None:
    client = Client(enforce_csrf_checks=True)
    client.get(reverse("account_login"), headers={"host": HOST})
    token = client.cookies["csrftoken"].value
    data = {"email": "petra@example.org", "csrfmiddlewaretoken": token}
    address = reverse("account_request_login_code")
    own = client.post(address, data, headers={"host": HOST, "origin": f"http://{HOST}"})
    foreign = client.post(address, data, headers={"host": HOST, "origin": "http://evil.example"})
    assert (own.status_code, foreign.status_code) == (302, 403)


def test_links_in_mails_lead_to_it(world: World, settings: Any) -> None:
    settings.PUBLIC_URL = "https://kasse.example:8443"
    assert portal_url(world.organisation) == f"https://{HOST}:8443"
    question = ContactEntry._base_manager.create(
        organisation=world.organisation, member=world.petra, kind="question", at=NOON, text="?", open_since=NOON
    )
    answer = ContactEntry._base_manager.create(
        organisation=world.organisation, member=world.petra, kind="answer", at=NOON, text="!", question=question
    )
    with scope(organisation=world.organisation):
        address = answer_values(question, answer)["address"]
    assert address.startswith(f"https://{HOST}:8443/help/")


@pytest.mark.parametrize(
    "host",
    [
        "Portal.verein.de",
        "https://portal.verein.de",
        "portal.verein.de:80",
        "localhost",
        "a b.de",
        "-a.de",
        "1.2.3.4",
        "a..de",
    ],
)
def test_what_is_no_host_name_is_refused(world: World, host: str) -> None:
    world.organisation.host = host
    with pytest.raises(ValidationError):
        world.organisation.full_clean()


def test_the_installations_own_name_is_nobodys(world: World, settings: Any) -> None:
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, HOST]
    assert "TSV Musterstadt" not in Client().get("/", headers={"host": HOST}).content.decode()
