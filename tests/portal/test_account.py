"""What a member sees of their arrears: in plain words, with a code to pay, and the whole account."""

from collections.abc import Iterator

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django_scopes import scopes_disabled

from members.models import Member, Organisation, User
from tests.documents.reading import text
from tests.services.club import noon
from tests.services.overdue import FIRST, SECOND, claim_of, late, pay, payer_of, remind, strict

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def on_the_day(db: None) -> Iterator[None]:
    with time_machine.travel(noon(SECOND), tick=False):
        yield


@pytest.fixture
def house() -> Organisation:
    with scopes_disabled():
        organisation = late(delivery="letter")
        strict(organisation)
        remind(organisation)
        remind(organisation, SECOND)
    return organisation


@pytest.fixture
def anna(house: Organisation) -> Client:
    with scopes_disabled():
        user = User.objects.create_user("anna@example.org")
        Member.objects.filter(pk=payer_of(house).pk).update(user=user)
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def shown(client: Client, name: str, *arguments: object, **query: str) -> str:
    return client.get(reverse(name, args=arguments), query).content.decode().replace("\xa0", " ")


def test_a_reminded_invoice_says_what_to_pay_until_when(house: Organisation, anna: Client) -> None:
    with scopes_disabled():
        number = claim_of(house).number
    for page in (shown(anna, "invoice", number), shown(anna, "home"), shown(anna, "account")):
        assert f"Bitte zahlen Sie 16,57 € bis zum 17.03.2027 (Rechnung {number})." in page
        assert "Wir haben Sie am 03.03.2027 gemahnt (Mahnung)." in page
        assert "Davon sind 2,57 € Kosten und Zinsen." in page
    assert "code-to-scan" in shown(anna, "invoice", number)
    with scopes_disabled():
        pay(house, "16.57", number, SECOND)
    assert "Bitte zahlen Sie" not in shown(anna, "invoice", number)
    assert "Bitte zahlen Sie" not in shown(anna, "home")


def test_the_account_is_my_own_and_goes_on_paper(house: Organisation, anna: Client) -> None:
    with scopes_disabled():
        mine, other = claim_of(house).number, claim_of(house, 1).number
    page = shown(anna, "account", start="2026-12-01", end=SECOND.isoformat())
    assert mine in page
    assert other not in page
    assert "Am 03.03.2027 waren 16,57 € offen." in page
    answer = anna.get(reverse("account_pdf"), {"start": "2026-12-01", "end": FIRST.isoformat()})
    said = text(answer.content)
    assert "Am letzten Tag waren 14,00 € offen." in said
    assert other not in said
    wrong = shown(anna, "account", start="2027-02-01", end="2027-01-01")
    assert "liegt vor dem ersten" in wrong
