"""Open claims and instalments in the office, and what the member sees of them, without any script."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django_scopes import scopes_disabled

from billing.benchmarks.measure import counted
from billing.models import AncillaryClaim, DebtSettings, Discharge, InstalmentPlan, PayoutBatch
from billing.services import discharges
from members.models import Organisation, User
from tests.office.world import office_client, signed_in
from tests.services.bank import NOW, accept_all, bring, claim, club, member, returned, transfer, whole_file

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_january() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False), scopes_disabled():
        yield


@pytest.fixture
def house() -> Organisation:
    """Dora's debit came back with a fee; Theo's transfers are open."""
    organisation = club(debits=1, transfers=2)
    bring(organisation, [whole_file(organisation)])
    bring(organisation, [returned(organisation, "D0")], identifier="S2")
    accept_all(organisation)
    return organisation


@pytest.fixture
def treasurer(house: Organisation) -> Client:
    return office_client(house, "treasurer")


def post(client: Client, name: str, pk: int, **data: Any) -> str:
    return client.post(reverse(name, args=[pk]), data, follow=True).content.decode()


def test_the_list_shows_what_is_open_finds_it_and_asks_a_constant_number_of_questions(
    house: Organisation, treasurer: Client
) -> None:
    page = treasurer.get(reverse("office_debts")).content.decode()
    assert all(claim(house, number).number in page for number in ("D0", "T0", "T1"))
    assert "3,00" in page
    one = treasurer.get(reverse("office_debts"), {"q": "debita"}).content.decode()
    assert claim(house, "D0").number in one
    assert claim(house, "T0").number not in one
    with counted() as few:
        treasurer.get(reverse("office_debts"), {"q": "debita"})
    with counted() as many:
        treasurer.get(reverse("office_debts"))
    assert few.queries == many.queries


def test_a_fee_is_waived_and_the_claim_written_off_from_its_page(house: Organisation, treasurer: Client) -> None:
    key = claim(house, "D0").pk
    post(treasurer, "office_waive", AncillaryClaim.objects.get().pk, reason="Kulanz")
    assert AncillaryClaim.objects.get().waived_reason == "Kulanz"
    page = treasurer.get(reverse("office_debt", args=[key])).content.decode()
    assert "14,00" in page
    assert "Bitte geben Sie den Grund an" in post(treasurer, "office_debt_write_off", key)
    page = post(treasurer, "office_debt_write_off", key, reason="unbekannt verzogen")
    assert "Ausgebucht" in page
    assert "unbekannt verzogen" in page
    assert "wieder offen" in post(treasurer, "office_debt_take_back", key)
    assert Discharge.objects.filter(undone_on=None).count() == 0


def test_the_second_person_confirms_and_the_first_cannot(house: Organisation, treasurer: Client) -> None:
    DebtSettings.objects.create(organisation=house, write_off_four_eyes=True)
    key = claim(house, "T0").pk
    assert "Vorgeschlagen" in post(treasurer, "office_debt_write_off", key, reason="insolvent")
    assert "selbst vorgeschlagen" in treasurer.get(reverse("office_debt", args=[key])).content.decode()
    assert "selbst vorgeschlagen" in post(treasurer, "office_debt_confirm", key)
    User.objects.filter(email=f"treasurer@{house.slug}.example").update(email="first@example.org")
    second = office_client(house, "treasurer")
    assert "Ausgebucht." in post(second, "office_debt_confirm", key)
    assert Discharge.objects.get().confirmed_by is not None


def test_a_proposal_is_dropped(house: Organisation, treasurer: Client) -> None:
    DebtSettings.objects.create(organisation=house, write_off_four_eyes=True)
    key = claim(house, "T0").pk
    post(treasurer, "office_debt_write_off", key, reason="insolvent")
    assert "verworfen" in post(treasurer, "office_debt_refuse", key)


def test_a_balance_pays_a_claim_or_goes_back(house: Organisation, treasurer: Client) -> None:
    number, other = claim(house, "T0").number, claim(house, "T1")
    type(other.payer).objects.filter(pk=other.payer_id).update(payer=None)
    bring(house, [transfer(house, "20.00", number)], identifier="S3")
    accept_all(house)
    payer = member(house, "T0")
    page = treasurer.get(reverse("office_credits")).content.decode()
    assert "zu viel gezahlt" in page
    made = treasurer.post(
        reverse("office_credits"),
        {"balance": payer.pk, f"iban_{payer.pk}": "DE71570642210231530419", "execute_on": "2027-01-21"}, follow=True,
    )  # fmt: skip
    assert made.status_code == 200
    assert PayoutBatch.objects.get().total == Decimal("6.00")


def test_the_small_rest_of_a_line_is_given_up_with_it(house: Organisation, treasurer: Client) -> None:
    bring(house, [transfer(house, "13.80", claim(house, "T0").number)], identifier="S3")
    page = treasurer.get(reverse("clearing")).content.decode()
    assert "auf den Rest verzichten (0,20" in page
    [token] = re.findall(r'name="one" value="([^"]*)"', page)
    pk = token.split(":")[0]
    treasurer.post(reverse("clearing_accept"), {"one": token, "shown": pk, "give_up": pk})
    assert Discharge.objects.get().amount == Decimal("0.20")


def test_an_agreement_is_made_looked_at_and_ended(house: Organisation, treasurer: Client) -> None:
    payer, key = member(house, "T0"), claim(house, "T0").pk
    new = reverse("office_instalments_new", args=[payer.pk])
    assert claim(house, "T0").number in treasurer.get(new).content.decode()
    wish = {"invoice": key, "count": "4", "months": "1", "first_on": "2027-02-10"}
    shown = treasurer.post(new, wish).content.decode()
    assert "10.05.2027: 3,50" in shown
    assert not InstalmentPlan.objects.exists()
    assert "weniger als 1 EUR" in treasurer.post(new, wish | {"count": "20"}).content.decode()
    page = treasurer.post(new, wish | {"agree": "1"}, follow=True).content.decode()
    plan = InstalmentPlan.objects.get()
    assert plan.reference in page
    assert treasurer.get(reverse("office_instalment_paper", args=[plan.pk])).content.startswith(b"%PDF")
    assert plan.reference in treasurer.get(reverse("office_instalments")).content.decode()
    assert "Vereinbarung ist beendet" in post(treasurer, "office_instalment_end", plan.pk)
    with counted() as asked:
        treasurer.get(reverse("office_instalments"))
    assert asked.queries <= 30


def test_the_member_sees_the_agreement_and_nobody_elses(house: Organisation, treasurer: Client) -> None:
    payer, stranger = member(house, "T0"), member(house, "T1")
    users = {}
    for one in (payer, stranger):
        users[one.pk] = one.user = User.objects.create_user(f"{one.number}@example.org")
        one.save()
    wish = {"invoice": claim(house, "T0").pk, "count": "4", "months": "1", "first_on": "2027-02-10", "agree": "1"}
    treasurer.post(reverse("office_instalments_new", args=[payer.pk]), wish)
    plan, mine = InstalmentPlan.objects.get(), signed_in(users[payer.pk])
    assert "Meine Ratenzahlung" in mine.get(reverse("invoices")).content.decode()
    page = mine.get(reverse("instalments")).content.decode()
    assert plan.reference in page
    assert "data:image/svg+xml" in page
    assert mine.get(reverse("instalment_pdf", args=[plan.reference])).status_code == 200
    assert signed_in(users[stranger.pk]).get(reverse("instalment_pdf", args=[plan.reference])).status_code == 404


def test_a_difference_that_was_given_up_is_paid_for_the_member(house: Organisation, treasurer: Client) -> None:
    invoice = claim(house, "T0")
    bring(house, [transfer(house, "13.80", invoice.number)], identifier="S3")
    accept_all(house)
    discharges.give_up(house, invoice.pk, None, NOW.date())
    payer = invoice.payer
    payer.user = User.objects.create_user("theo@example.org")
    payer.save()
    page = signed_in(payer.user).get(reverse("invoice", args=[invoice.number])).content.decode()
    assert "bezahlt am" in page
