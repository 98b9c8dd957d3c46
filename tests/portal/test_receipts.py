"""What a member sees of their donation receipts."""

from datetime import date
from typing import Any

from django.test import Client
from django.urls import reverse
from django_scopes import scope

from billing.models import Receipt
from billing.services import receipts
from members.models import Member, Organisation
from tests.portal.world import NOON, TODAY, World, member
from tests.services.giving import by_machine, gift, may_give_receipts

ADDRESS = {"street": "Am Deich 1", "postal_code": "24143", "city": "Kiel"}
WAIVER = {"kind": "waiver", "claim": "Fahrt", "claim_on": date(2026, 4, 1)}


def signed_in(world: World) -> Client:
    client = Client()
    client.force_login(world.petra.user, backend="allauth.account.auth_backends.AuthenticationBackend")  # type: ignore[arg-type]
    return client


def given(world: World, who: Member, **fields: Any) -> Receipt:
    """A receipt of this year for one of them."""
    with scope(organisation=world.organisation):
        gift(who, **fields)
        (made,) = receipts.make(world.organisation, 2026, TODAY, NOON, None)
        return made


def ready(world: World) -> None:
    with scope(organisation=world.organisation):
        Organisation.objects.filter(pk=world.organisation.pk).update(**ADDRESS)
        world.organisation.refresh_from_db()
        Member.objects.filter(pk=world.petra.pk).update(**ADDRESS)
        may_give_receipts(world.organisation)
        by_machine(world.organisation)


def test_nobody_without_a_receipt_is_shown_the_way_to_them(world: World) -> None:
    client = signed_in(world)
    assert reverse("receipts") not in client.get(reverse("home")).content.decode()


def test_what_is_valid_without_a_signature_is_downloaded_and_the_rest_is_only_told(world: World) -> None:
    ready(world)
    mailed, signed = given(world, world.petra), given(world, world.petra, **WAIVER)
    client = signed_in(world)
    assert reverse("receipts") in client.get(reverse("home")).content.decode()
    page = client.get(reverse("receipts")).content.decode()
    assert signed.number in page
    assert "kommt unterschrieben per Post" in page
    assert client.get(reverse("receipt_pdf", args=[mailed.number])).content.startswith(b"%PDF")
    assert client.get(reverse("receipt_pdf", args=[signed.number])).status_code == 404


def test_a_cancelled_receipt_is_shown_as_void_and_a_strangers_not_at_all(world: World) -> None:
    ready(world)
    own = given(world, world.petra)
    other = given(world, member(world.organisation, "1002", "Paul", **ADDRESS))
    with scope(organisation=world.organisation):
        receipts.cancel(own, "falsch", True, TODAY, None)
    client = signed_in(world)
    page = client.get(reverse("receipts")).content.decode()
    assert "storniert, nicht mehr gültig" in page
    assert other.number not in page
    for one in (own, other):
        assert client.get(reverse("receipt_pdf", args=[one.number])).status_code == 404
