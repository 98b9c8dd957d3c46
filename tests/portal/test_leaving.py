"""A member cancels after signing in: sees the day and the money first, and nobody cancels for somebody else."""

import re
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django_scopes import scopes_disabled

from billing.models import Contract, ContractEvent, Declaration, Mail
from members.models import User
from tests.portal.world import World, build, contract, member

pytestmark = [pytest.mark.both, pytest.mark.django_db]
MONTHLY = {"interval": {"months": 1}, "notice": {"months": 1}}


def signed_in(user: User | None) -> Client:
    assert user
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def shown(client: Client, held: Contract) -> dict[str, str]:
    """What the form carries: the day and the sum that the member has read."""
    page = client.get(reverse("leave", args=[held.pk])).content.decode()
    return dict(re.findall(r'name="(effective|total)" value="([^"]*)"', page))


@pytest.fixture
def held(world: World) -> Contract:
    with scopes_disabled():
        world.petra.email = "petra@example.org"
        world.petra.save()
    return contract(world, world.petra, "Erwachsene", MONTHLY)


def test_the_day_stands_there_before_and_is_what_happens(world: World, held: Contract) -> None:
    client = signed_in(world.petra.user)
    address = reverse("leave", args=[held.pk])
    page = client.get(address).content.decode()
    assert "Letzter Tag des Vertrags" in page
    assert "31. Januar 2027" in page
    assert "jetzt kündigen" in page
    with scopes_disabled():
        assert not ContractEvent.objects.exists()
    answer = client.post(address, shown(client, held), follow=True)
    assert "Ihr Vertrag endet am 31. Januar 2027" in answer.content.decode()
    assert "gekündigt, läuft bis 31.01.2027" in answer.content.decode()
    with scopes_disabled():
        sent = Declaration.objects.get()
        assert sent.email == "petra@example.org"
        assert (sent.contract, sent.settled_by, sent.user) == (held, world.petra.user, world.petra.user)
        assert sorted(Mail.objects.values_list("kind", flat=True)) == ["contract", "declaration"]


@pytest.mark.parametrize("posted", [{}, {"effective": "2027-01-01", "total": "0.00"}, {"effective": "x", "total": "y"}])
def test_what_was_not_shown_is_not_entered(world: World, held: Contract, posted: dict[str, str]) -> None:
    answer = signed_in(world.petra.user).post(reverse("leave", args=[held.pk]), posted)
    assert "Seit die Seite angezeigt wurde" in answer.content.decode()
    with scopes_disabled():
        assert not ContractEvent.objects.exists()
        assert not Declaration.objects.exists()


def test_a_second_press_and_an_ended_contract_say_so(world: World, held: Contract) -> None:
    client = signed_in(world.petra.user)
    data = shown(client, held)
    client.post(reverse("leave", args=[held.pk]), data)
    again = client.post(reverse("leave", args=[held.pk]), data)
    assert again.status_code == 200
    with scopes_disabled():
        assert ContractEvent.objects.count() == 1
        assert Declaration.objects.count() == 1


def people(world: World, child: Any) -> dict[str, Client]:
    """Whoever else may try."""
    with scopes_disabled():
        husband = member(world.organisation, "1005", "Paul", user=User.objects.create_user("paul@example.org"))
    other = build("chor", "other@example.org", "Chor")
    return {
        "child": signed_in(child.user) if child.user else Client(), "member": signed_in(husband.user),
        "stranger": signed_in(other.petra.user), "nobody": Client(),
    }  # fmt: skip


def test_who_pays_cancels_for_a_child_without_a_sign_in_and_for_nobody_else(world: World) -> None:
    child = member(world.organisation, "1002", "Jonas", payer=world.petra, date_of_birth=date(2015, 1, 1))
    with scopes_disabled():
        grown = member(
            world.organisation, "1003", "Anna", payer=world.petra, user=User.objects.create_user("anna@example.org")
        )
    of_child, of_grown = contract(world, child, "Jugend", MONTHLY), contract(world, grown, "Studierende", MONTHLY)
    petra = signed_in(world.petra.user)
    assert petra.get(reverse("leave", args=[of_child.pk])).status_code == 200
    assert petra.get(reverse("leave", args=[of_grown.pk])).status_code == 404
    home = petra.get("/").content.decode()
    assert reverse("leave", args=[of_child.pk]) in home
    assert reverse("leave", args=[of_grown.pk]) not in home
    others = people(world, grown)
    for name, client in others.items():
        for held, allowed in ((of_child, False), (of_grown, name == "child")):
            for answer in (
                client.get(reverse("leave", args=[held.pk])),
                client.post(reverse("leave", args=[held.pk]), {}),
            ):
                assert (answer.status_code == 200) == allowed, (name, held)
                assert "Jonas" not in answer.content.decode()
