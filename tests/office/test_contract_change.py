"""The office changes a contract: looked at first, then confirmed, and billed as it was looked at."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django_scopes import scope

from billing.models import Contract, ContractEvent, ContractQuote, Mail
from members.models import Organisation, User
from tests.office.world import office_client, signed_in
from tests.services.club import noon, small_club
from tests.services.test_quotes import TODAY, bill, contract_of, offer, quoted

pytestmark = pytest.mark.django_db
FEE = {"code": "fee", "kind": "flat", "price": "31.00"}
SEATS = {"code": "seats", "name": "Plätze", "kind": "per_unit", "price": "31.00"}


@pytest.fixture(autouse=True)
def on_the_day(db: None) -> Iterator[None]:
    with time_machine.travel(noon(TODAY), tick=False):
        yield


@pytest.fixture
def club() -> Iterator[Organisation]:
    organisation = small_club()
    with scope(organisation=organisation):
        yield organisation


@pytest.fixture
def contract(club: Organisation) -> Contract:
    small = offer(club, "small", "31.00", components=[FEE, SEATS])
    offer(club, "large", "62.00")
    offer(club, "choir", "5.00", family="music")
    found = contract_of(club, small, quantities={"seats": "1"})
    bill(club, date(2027, 1, 1), date(2027, 1, 31))
    return found


@pytest.fixture
def clerk(club: Organisation) -> Client:
    return office_client(club, "office")


def text_of(response: Any) -> str:
    without_tags = re.sub(r"<[^>]+>", " ", response.content.decode())
    return re.sub(r"\s+", " ", without_tags.replace("\u00a0", " "))


def ask(client: Client, contract: Contract, kind: str, **fields: str) -> Any:
    return client.post(f"{reverse('office_contract_change', args=[contract.pk])}?kind={kind}", fields)


def enter(client: Client) -> Any:
    quote = ContractQuote.objects.order_by("-pk")[0]
    return client.post(reverse("office_contract_confirm", args=[quote.pk]))


CASES: list[tuple[str, dict[str, str], str, dict[str, Any]]] = [
    ("change_tariff", {"tariff": "choir", "on": "12.01.2027", "when": "immediately"}, "wird zu Choir",
     {"value": "choir", "when": "immediately"}),
    ("quantity", {"of_seats": "2,5", "on": "12.01.2027"}, "Neue Menge", {"value": {"seats": "2.5"}}),
    ("pause", {"on": "15.01.2027", "last_day": "31.01.2027"}, "vom 15. Januar 2027 bis zum 31. Januar 2027",
     {"value": {"until": "2027-02-01"}}),
    ("cancel", {"on": "12.01.2027", "how": "contractual"}, "28. Februar 2027", {"value": "contractual"}),
    ("cancel", {"on": "12.01.2027", "how": "day", "last_day": "20.01.2027"}, "20. Januar 2027", {"value": "2027-01-21"}),
]  # fmt: skip


@pytest.mark.parametrize("kind, fields, words, data", CASES)
def test_what_was_looked_at_is_entered_and_billed(
    contract: Contract, clerk: Client, kind: str, fields: dict[str, str], words: str, data: dict[str, Any]
) -> None:
    page = text_of(ask(clerk, contract, kind, **fields))
    assert words in page
    assert "Das Mitglied" in page or kind == "cancel"
    assert "Noch ist nichts eingetragen." in page
    assert ContractEvent.objects.count() == 0
    assert enter(clerk).url == reverse("office_contract", args=[contract.pk])
    event = ContractEvent.objects.get()
    assert (event.kind, event.data, event.user) == (kind, data, User.objects.get(email__startswith="office"))
    assert Mail.objects.filter(kind="contract").count() == 1
    lines = quoted(ContractQuote.objects.get())
    issued = bill(contract.organisation, date(2027, 1, 20), date(2027, 1, 31))
    assert [line for line in issued if line not in lines] == []
    assert [line for line in lines if line["from"] < "2027-02-01" and line not in issued] == []


def test_a_letter_that_came_earlier_acts_from_its_day(contract: Contract, clerk: Client) -> None:
    ask(clerk, contract, "change_tariff", tariff="choir", on="05.01.2027", when="immediately")
    enter(clerk)
    event = ContractEvent.objects.get()
    assert (event.on, event.known_on) == (date(2027, 1, 5), TODAY)


def test_the_list_says_what_the_member_could_choose_and_what_only_the_office(contract: Contract, clerk: Client) -> None:
    page = clerk.get(reverse("office_contract_change", args=[contract.pk])).content.decode()
    first, second = page.index("Diese könnte das Mitglied"), page.index("Nur die Geschäftsstelle")
    assert first < page.index(">Large<") < second < page.index(">Choir<")
    assert 'value="small"' not in page


@pytest.mark.parametrize(
    "kind, fields, words",
    [
        ("change_tariff", {"tariff": "large", "on": "31.02.2027"}, "gültiges Datum"),
        ("change_tariff", {"tariff": "small", "on": "12.01.2027"}, "Small ist keine gültige Auswahl"),
        ("cancel", {"on": "12.01.2027", "how": "day"}, "Bitte tragen Sie den letzten Tag"),
        ("pause", {"on": "15.01.2027", "last_day": "10.01.2027"}, "Die Pause muss"),
        ("cancel", {"on": "12.01.2027", "how": "day", "last_day": "20.12.2020"}, "er kann nicht vorher enden"),
    ],
)
def test_what_makes_no_sense_is_told_beside_the_form(
    contract: Contract, clerk: Client, kind: str, fields: dict[str, str], words: str
) -> None:
    page = text_of(ask(clerk, contract, kind, **fields))
    assert words.lower() in page.lower()
    assert ContractQuote.objects.count() == 0


def test_a_tariff_without_pieces_has_no_quantity(club: Organisation, contract: Contract, clerk: Client) -> None:
    other = contract_of(club, offer(club, "plain", "10.00"))
    page = text_of(clerk.get(f"{reverse('office_contract_change', args=[other.pk])}?kind=quantity"))
    assert "keinen Preis je Stück" in page


def test_yesterdays_quote_is_shown_anew(contract: Contract, clerk: Client) -> None:
    ask(clerk, contract, "change_tariff", tariff="large", on="12.01.2027")
    with time_machine.travel(noon(TODAY + timedelta(days=1)), tick=False):
        again = signed_in(User.objects.get(email__startswith="office"))
        page = text_of(enter(again))
        assert "anderen Tag" in page
        assert ContractEvent.objects.count() == 0
        assert enter(again).status_code == 302
    assert ContractEvent.objects.count() == 1


def test_the_accountant_looks_and_changes_nothing(club: Organisation, contract: Contract, clerk: Client) -> None:
    ask(clerk, contract, "change_tariff", tariff="large", on="12.01.2027")
    accountant = office_client(club, "accountant")
    assert accountant.get(reverse("office_contract_change", args=[contract.pk])).status_code == 403
    assert enter(accountant).status_code == 403
    assert ContractEvent.objects.count() == 0
