"""How many questions each page asks the database: as many for one invoice and one child as for six of each."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_scopes import scope

from billing.models import Contract, Meter, PriceChange, PriceNotice, Receipt, TariffVersion, TaxNotice, UsageEvent
from members import consenting
from members.models import ConsentText, ContactEntry, Member, Proof, User
from tests.portal.world import DATA, NOON, TODAY, World, attempt, contract, invoice, member, office_user, proven

pytestmark = [pytest.mark.both, pytest.mark.django_db, pytest.mark.usefixtures("on_the_day")]
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
MONTHLY = {"interval": {"months": 1}, "notice": {"months": 1}}
MOST, MOST_OF_OFFICE, OF_USAGE = 15, 25, 13
# Page, and what it is about. Session, person, device and organisation are asked for by each; most also ask for own records and the frame.
PINNED: dict[tuple[str, str], int] = {
    ("home", ""): 13,
    ("invoices", ""): 7,
    ("account", ""): 9,
    ("help", ""): 8,
    ("details", ""): 6,
    ("my_data", ""): 7,
    ("bank_details", ""): 7,
    ("proofs", ""): 9,
    ("consents", ""): 9,
    ("erasure", ""): 12,
    ("receipts", ""): 5,
    ("price_changes", ""): 7,
    ("instalments", ""): 5,
    ("security", ""): 6,
    ("mail_address", ""): 7,
    ("prove", ""): 4,
    ("declare_cancel", ""): 5,
    ("declare_withdraw", ""): 5,
    ("messages", ""): 7,
    ("invoice", "number"): 9,
    ("conversation", "question"): 7,
    ("price_object", "notice"): 5,
    ("details_address", "child"): 6,
    ("details_name", "child"): 6,
    ("tariff_choices", "contract"): 10,
    ("contract_options", "contract"): 9,
    ("leave", "contract"): 10,
}


def furnished(world: World, size: int) -> dict[str, Any]:
    """So many invoices, children with a contract, and things of each kind."""
    house, petra = world.organisation, world.petra
    with scope(organisation=house):
        held = contract(world, petra, "Erwachsene", MONTHLY)
        for number in range(size):
            attempt(world, invoice(world, f"R{number}", issued_on=TODAY - timedelta(days=30 * number)))
            child = member(house, f"2{number}", f"Kind {number}", payer=petra, date_of_birth=date(2014, 1, 1))
            Contract.objects.create(organisation=house, member=child, tariff=held.tariff, start=date(2024, 1, 1))
            said = {"organisation": house, "member": petra, "at": NOON, "text": "x"}
            question = ContactEntry.objects.create(**said, kind="question", subject="x")
            ContactEntry.objects.create(**said, kind="answer", question=question)
            Proof.objects.create(organisation=house, member=petra, what_for="x", valid_until=TODAY, sent_at=NOON)
            purpose = consenting.write(house, f"Fotos {number}", "x", NOON)
            consenting.give(petra, ConsentText.objects.get(purpose=purpose), petra.user, {}, NOON)
        notices = told(world, held)
        given(petra, size)
        return {
            "": None, "contract": held.pk, "member": petra.pk, "child": Member.objects.filter(payer=petra)[0].pk, "number": "R0",
            "question": question.pk, "notice": notices[0].pk,
        }  # fmt: skip


def told(world: World, held: Contract) -> list[PriceNotice]:
    """Every contract of the household is told a new price."""
    same = {"organisation": world.organisation}
    first, day = held.tariff.versions.get(), date(2027, 3, 1)
    version = TariffVersion.objects.create(
        **same, tariff=held.tariff, number=2, valid_from=day, existing_from=day, terms=first.terms
    )
    change = PriceChange.objects.create(
        **same, version=version, basis="clause", reason="x", rule="keep", object_until=date(2027, 2, 1), told_on=TODAY, announced_at=NOON
    )  # fmt: skip
    return [
        PriceNotice.objects.create(**same, change=change, contract=one, replaces=first, starts_on=day, old=Decimal(8), new=Decimal(9))
        for one in Contract.objects.order_by("pk")
    ]  # fmt: skip


def given(donor: Member, size: int) -> None:
    """Donation receipts."""
    same: dict[str, Any] = {"organisation": donor.organisation, "issued_on": TODAY}
    notice = TaxNotice.objects.create(
        **same, kind="exemption", tax_office="Kiel", tax_number="20/290/1", period="2023", purposes=["5"]
    )
    for number in range(size):
        Receipt.objects.create(
            **same, member=donor, notice=notice, kind="money", year=2026, sequence=number + 1, number=f"B{number}", given_in=2026,
            total=Decimal(5), machine_made=True, snapshot={}, hash="h",
        )  # fmt: skip


def client_of(user: User | None) -> Client:
    """Signed in and just proven; the device is known already."""
    assert user
    client = Client()
    client.force_login(user, backend=BACKEND)
    proven(client).get(reverse("security"))
    return client


def asked(client: Client, page: str, about: Any) -> int:
    """The number of questions of a page that is shown."""
    address = reverse(page, args=[about] if about else [])
    with CaptureQueriesContext(connection) as found:
        assert client.get(address).status_code == 200, page
    return len(found)


@pytest.mark.parametrize("size", [1, 6])
def test_every_page_asks_what_is_pinned(world: World, size: int) -> None:
    things, client = furnished(world, size), client_of(world.petra.user)
    found = {(page, about): asked(client, page, things[about]) for page, about in PINNED}
    assert found == PINNED
    assert max(found.values()) <= MOST


@pytest.mark.parametrize("size", [1, 6])
def test_the_first_page_of_a_household_with_a_meter_and_an_announced_price(world: World, size: int) -> None:
    """Of a service, so that the price counts only for who was told: what was announced, used and free of charge is asked for."""
    with scope(organisation=world.organisation):
        Meter.objects.create(organisation=world.organisation, code="gb", name="Volumen", unit="GB")
        held = contract(world, world.petra, "Netz", MONTHLY | {"legal_basis": "consumer", "components": [DATA]})
        for number in range(size):
            attempt(world, invoice(world, f"R{number}", issued_on=TODAY - timedelta(days=30 * number)))
        told(world, held)
    assert asked(client_of(world.petra.user), "home", None) == MOST


@pytest.mark.parametrize("size", [1, 6])
def test_a_members_page_in_the_office(world: World, size: int) -> None:
    things, client = furnished(world, size), client_of(office_user(world.organisation))
    found = [
        asked(client, page, things["member"])
        for page in ("admin:members_member_change", "office_account", "office_contacts")
    ]
    assert found[1:] == [14, 9]
    assert found[0] <= 17
    assert max(found) <= MOST_OF_OFFICE


@pytest.mark.parametrize("size", [1, 3])
def test_the_page_of_usage_asks_the_same_however_many_contracts(world: World, size: int) -> None:
    house = world.organisation
    with scope(organisation=house):
        meter = Meter.objects.create(organisation=house, code="gb", name="Volume", unit="GB")
        for number in range(size):
            agreed = contract(world, world.petra, f"Radio {number}", MONTHLY | {"components": [DATA]})
            UsageEvent.objects.create(
                organisation=house,
                contract=agreed,
                meter=meter,
                key=str(number),
                on=TODAY,
                at=NOON,
                value=25,
                received_at=NOON,
            )
    client = client_of(world.petra.user)
    assert client.get(reverse("usage")).content.count(b"<h2") == size
    assert asked(client, "usage", "") == OF_USAGE


def test_reading_a_page_writes_nothing_and_every_few_minutes_notes_the_device(world: World) -> None:
    client = client_of(world.petra.user)
    with CaptureQueriesContext(connection) as found:
        client.get(reverse("invoices"))
    assert [one["sql"] for one in found if one["sql"].split()[0] in ("INSERT", "UPDATE", "DELETE", "BEGIN")] == []
    with time_machine.travel(NOON + timedelta(minutes=6), tick=False):
        client.get(reverse("invoices"))
    assert UserSession.objects.get(user=world.petra.user).last_seen_at == NOON + timedelta(minutes=6)
    Client().get(reverse("home"))
    client.get(reverse("invoices"), headers={"User-Agent": "another browser"})
    assert UserSession.objects.get(user=world.petra.user).user_agent == "another browser"
