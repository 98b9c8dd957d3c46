"""A member reads that a price changes, and answers: only their own, only in time, and once."""

from collections.abc import Iterator
from datetime import date

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django_scopes import scope

from billing.models import Contract, ContractEvent, Mail, PriceNotice, PriceObjection, TariffVersion
from members.models import Member, Organisation, User
from tests.portal.test_tariff_change import BACKEND, sign_in, text_of
from tests.services.club import join, noon, small_club
from tests.services.price_world import TODAY, announce, customer, dearer, notice_of, offer, paid

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def on_the_day() -> Iterator[None]:
    with time_machine.travel(noon(TODAY), tick=False):
        yield


@pytest.fixture
def club(on_the_day: None) -> Iterator[Organisation]:
    organisation = small_club()
    with scope(organisation=organisation):
        yield organisation


@pytest.fixture
def contract(club: Organisation) -> Contract:
    return customer(club, "1", offer(club, "gym", "31.00"))


@pytest.fixture
def version(contract: Contract) -> TariffVersion:
    return dearer(contract.tariff)


@pytest.fixture
def petra(contract: Contract, client: Client) -> Client:
    return sign_in(client, contract.member)


def test_a_member_reads_it_at_home_objects_and_pays_the_old_price(
    version: TariffVersion, contract: Contract, petra: Client, club: Organisation
) -> None:
    announce(version)
    home = text_of(petra.get("/"))
    assert "From 1 March 2027: €40.00 per month instead of €31.00 per month" in home
    assert "you may object by 15 February 2027: then you keep the price" in home
    page = petra.get(reverse("price_changes"))
    assert "Why: § 5: Strom" in text_of(page)
    address = reverse("price_object", args=[notice_of(contract).pk])
    assert address in page.content.decode()
    asked = text_of(petra.get(address))
    assert "Object and keep the old price" in asked
    assert not PriceObjection.objects.exists()
    for _time in range(2):
        done = text_of(petra.post(address, follow=True))
    assert "You objected on 12 January 2027, and keep the price that you have." in done
    assert PriceObjection.objects.get().entered_by == contract.member.user
    assert Mail.objects.filter(key__startswith="answer:").count() == 1
    assert "nothing to answer" not in text_of(petra.get(address, follow=True))
    assert paid(club, date(2027, 2, 15), date(2027, 3, 31)) == {"1": "93.00"}


def test_who_leaves_sees_the_last_day_before_and_after(
    version: TariffVersion, contract: Contract, petra: Client
) -> None:
    announce(version, rule="end")
    address = reverse("price_object", args=[notice_of(contract).pk])
    assert "Object, and end on 28 February 2027" in text_of(petra.get(address))
    assert "the contract ends on 28 February 2027" in text_of(petra.post(address, follow=True))
    assert ContractEvent.objects.get().kind == "cancel"
    assert "runs until 28 Feb 2027" in text_of(petra.get("/"))


def test_a_yes_is_asked_for_and_given_by_one_button(version: TariffVersion, contract: Contract, petra: Client) -> None:
    announce(version, basis="consent")
    assert "The new price holds only if you agree by 15 February 2027" in text_of(petra.get("/"))
    address = reverse("price_agree", args=[notice_of(contract).pk])
    assert "Yes, I agree" in text_of(petra.get(address))
    assert "You agreed on 12 January 2027." in text_of(petra.post(address, follow=True))
    assert PriceNotice.objects.get().consented_by == contract.member.user
    refused = petra.post(reverse("price_object", args=[notice_of(contract).pk]), follow=True)
    assert "already agreed" in text_of(refused)


def test_by_resolution_there_is_nothing_to_press(club: Organisation, client: Client) -> None:
    dues = offer(club, "dues", "10.00", legal_basis="membership", vat_rate=None)
    held = customer(club, "2", dues)
    announce(
        dearer(dues), basis="resolution", rule="none", object_until=None, reason="Mitgliederversammlung vom 3. Dezember"
    )
    member = sign_in(client, held.member)
    page = member.get(reverse("price_changes"))
    assert "It was decided: Mitgliederversammlung vom 3. Dezember" in text_of(page)
    assert "/object/" not in page.content.decode()
    assert "nobody can object" in text_of(member.post(reverse("price_object", args=[notice_of(held).pk]), follow=True))
    assert "does not ask for consent" in text_of(
        member.post(reverse("price_agree", args=[notice_of(held).pk]), follow=True)
    )


def test_after_the_last_day_the_buttons_are_gone(version: TariffVersion, contract: Contract, petra: Client) -> None:
    announce(version)
    address = reverse("price_object", args=[notice_of(contract).pk])
    with time_machine.travel(noon(date(2027, 2, 16)), tick=False):
        petra.force_login(User.objects.get(members__pk=contract.member_id), backend=BACKEND)
        assert "There is nothing to answer any more." in text_of(petra.get(address, follow=True))
        assert "Answers were possible until" in text_of(petra.post(address, follow=True))
        assert "/object/" not in petra.get(reverse("price_changes")).content.decode()
    with time_machine.travel(noon(date(2027, 3, 1)), tick=False):
        petra.force_login(User.objects.get(members__pk=contract.member_id), backend=BACKEND)
        assert "No new price is announced." in text_of(petra.get(reverse("price_changes")))


def test_who_pays_answers_too_and_a_stranger_finds_nothing(
    version: TariffVersion, contract: Contract, club: Organisation
) -> None:
    parent, stranger = join(club, "parent"), join(club, "stranger")
    Member.objects.filter(pk=contract.member_id).update(payer=parent)
    announce(version)
    address = reverse("price_object", args=[notice_of(contract).pk])
    other = sign_in(Client(), stranger)
    assert other.get(address).status_code == other.post(address).status_code == 404
    assert "No new price is announced." in text_of(other.get(reverse("price_changes")))
    assert sign_in(Client(), parent).post(address).status_code == 302
    assert PriceObjection.objects.get().entered_by == parent.user


def test_usage_prices_that_change_are_told(club: Organisation, client: Client) -> None:
    data = {
        "code": "data",
        "name": "Data",
        "kind": "usage",
        "meter": "gb",
        "aggregate": "sum",
        "included": "10",
        "price": "0.20",
    }
    fee = {"code": "fee", "kind": "flat", "price": "31.00"}
    tariff = offer(club, "net", "", components=[fee, data])
    held = customer(club, "2", tariff)
    announce(dearer(tariff, "31.00", components=[fee, data | {"price": "0.30"}]))
    page = text_of(sign_in(client, held.member).get(reverse("price_changes")))
    assert "€31.00 per month as before" in page
    assert "until now: 10 gb per month free, €0.20 for each gb" in page
