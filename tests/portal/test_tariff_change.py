"""A member changes the tariff: only what is allowed, only their own, and exactly what was shown."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django_scopes import scope

from billing.models import Contract, ContractEvent, ContractQuote, Mail, Tariff
from billing.services import quotes
from members.models import Member, Organisation, User
from tests.services.club import join, noon, small_club
from tests.services.test_quotes import TODAY, bill, contract_of, offer

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
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
    """January is billed: 31 EUR for the small one."""
    small = offer(club, "small", "31.00")
    offer(club, "large", "62.00")
    found = contract_of(club, small)
    bill(club, date(2027, 1, 1), date(2027, 1, 31))
    return found


@pytest.fixture
def petra(contract: Contract, client: Client) -> Client:
    """The member, signed in, reading English."""
    return sign_in(client, contract.member)


def sign_in(client: Client, member: Member) -> Client:
    member.user = User.objects.create_user(f"{member.number}@example.org")
    member.save()
    client.force_login(member.user, backend=BACKEND)
    client.cookies["django_language"] = "en"
    return client


def text_of(response: Any) -> str:
    without_tags = re.sub(r"<[^>]+>", " ", response.content.decode())
    return re.sub(r"\s+", " ", without_tags.replace("\u00a0", " "))


def ask(client: Client, contract: Contract, code: str = "large") -> Any:
    return client.post(reverse("tariff_quote", args=[contract.pk]), {"tariff": code})


def agree(client: Client, quote: ContractQuote) -> Any:
    return client.post(reverse("tariff_confirm", args=[quote.pk]), follow=True)


def test_the_way_from_the_first_page_to_the_confirmed_change(contract: Contract, petra: Client) -> None:
    home = petra.get("/")
    assert reverse("tariff_choices", args=[contract.pk]) in home.content.decode()
    page = text_of(petra.get(reverse("tariff_choices", args=[contract.pk])))
    assert "has now Small €31.00 per month" in page
    assert "Large Starting on 12 January 2027" in page
    asked = ask(petra, contract)
    page = text_of(asked)
    for words in (
        "Small becomes Large", "You get back €20.00", "You pay €40.00", "Together on the next invoice €20.00 including €3.19 VAT",
        "Then €62.00 per month that is €744.00 per year", "Notice 1 month", "Change with obligation to pay",
    ):  # fmt: skip
        assert words in page
    quote = ContractQuote.objects.get()
    done = agree(petra, quote)
    assert "Done: Small becomes Large" in text_of(done)
    assert "has now Large" in text_of(done)
    assert ContractEvent.objects.get().user == contract.member.user
    assert bill(contract.organisation, date(2027, 1, 20), date(2027, 1, 31))[0]["text"] == next(
        line["text"] for line in quote.answer["lines"] if line["kind"] == "charge"
    )


def test_a_change_that_waits_is_told_and_can_be_taken_back(contract: Contract, petra: Client) -> None:
    offer(contract.organisation, "tiny", "15.00")
    assert "Confirm the change" in text_of(ask(petra, contract, "tiny"))
    page = text_of(agree(petra, ContractQuote.objects.get()))
    assert "From 1 February 2027 it will be Tiny: this change is confirmed." in page
    assert "Take back the change" in page
    assert "has now Small €31.00 per month, from 1 February 2027 €15.00 per month" in page
    assert "Small €31.00 monthly from 1 Feb 2027: €15.00 monthly" in text_of(petra.get("/"))
    assert "You keep Small The change to Tiny on 1 February 2027 falls away." in text_of(ask(petra, contract, "small"))
    agree(petra, ContractQuote.objects.order_by("-pk")[0])
    assert "this change is confirmed" not in text_of(petra.get(reverse("tariff_choices", args=[contract.pk])))


def test_pressing_twice_changes_once(contract: Contract, petra: Client) -> None:
    ask(petra, contract)
    for _time in range(2):
        agree(petra, ContractQuote.objects.get())
    assert ContractEvent.objects.count() == 1
    assert Mail.objects.filter(kind="contract").count() == 1


def test_yesterdays_quote_is_shown_anew_and_needs_another_press(contract: Contract, petra: Client) -> None:
    ask(petra, contract)
    with time_machine.travel(noon(TODAY + timedelta(days=1)), tick=False):
        petra.force_login(User.objects.get(members__pk=contract.member_id), backend=BACKEND)
        page = text_of(agree(petra, ContractQuote.objects.get()))
        assert "made on another day" in page
        assert "Starting on 13 January 2027" in page
        assert ContractEvent.objects.count() == 0
        agree(petra, ContractQuote.objects.order_by("-pk")[0])
    assert ContractEvent.objects.get().on == TODAY + timedelta(days=1)


@pytest.mark.parametrize("code", ["", "nonsense", "small", "choir", "secret"])
def test_what_is_not_offered_cannot_be_asked_for(contract: Contract, petra: Client, code: str) -> None:
    offer(contract.organisation, "choir", "5.00", family="music")
    offer(contract.organisation, "secret", "5.00")
    Tariff.objects.filter(code="secret").update(offered=False)
    asked = petra.post(reverse("tariff_quote", args=[contract.pk]), {"tariff": code}, follow=True)
    assert "Please choose one of the tariffs that are shown here." in text_of(asked)
    assert ContractQuote.objects.count() == 0


def test_what_was_withdrawn_meanwhile_cannot_be_confirmed(contract: Contract, petra: Client) -> None:
    ask(petra, contract)
    Tariff.objects.filter(code="large").update(offered=False)
    assert "can no longer be chosen here" in text_of(agree(petra, ContractQuote.objects.get()))
    assert ContractEvent.objects.count() == 0


def test_what_the_office_quoted_is_not_confirmed_here(contract: Contract, petra: Client) -> None:
    early = quotes.make_quote(contract, "large", TODAY, noon(TODAY), "period_end")
    agree(petra, early)
    leaving = quotes.quote_for(contract, {"cancel": "2027-02-01"}, TODAY, noon(TODAY))
    assert petra.post(reverse("tariff_confirm", args=[leaving.pk])).status_code == 404
    assert ContractEvent.objects.count() == 0


def test_who_pays_may_change_and_a_stranger_finds_nothing(contract: Contract, client: Client) -> None:
    parent, stranger = join(contract.organisation, "parent"), join(contract.organisation, "stranger")
    Member.objects.filter(pk=contract.member_id).update(payer=parent)
    quote = quotes.make_quote(contract, "large", TODAY, noon(TODAY))
    other = sign_in(Client(), stranger)
    assert other.get(reverse("tariff_choices", args=[contract.pk])).status_code == 404
    assert ask(other, contract).status_code == 404
    assert other.post(reverse("tariff_confirm", args=[quote.pk])).status_code == 404
    assert ContractEvent.objects.count() == 0
    payer = sign_in(client, parent)
    assert payer.get(reverse("tariff_choices", args=[contract.pk])).status_code == 200
    agree(payer, quote)
    assert ContractEvent.objects.count() == 1


def test_without_choices_the_first_page_has_no_link_and_the_page_says_why(contract: Contract, petra: Client) -> None:
    Tariff.objects.filter(code="large").update(offered=False)
    address = reverse("tariff_choices", args=[contract.pk])
    assert address not in petra.get("/").content.decode()
    assert "please ask the office" in text_of(petra.get(address))


def test_a_change_that_comes_too_late_says_so_and_has_no_button(contract: Contract, petra: Client) -> None:
    offer(contract.organisation, "tiny", "15.00")
    quotes.confirm(quotes.quote_for(contract, {"cancel": "2027-02-01"}, TODAY, noon(TODAY)), None, noon(TODAY))
    page = text_of(petra.get(reverse("tariff_choices", args=[contract.pk])))
    assert "before the other tariff would begin" in page
    assert "Choose Tiny" not in page
    assert "Choose Large" in page


def test_quote_and_confirmation_change_nothing_by_looking(contract: Contract, petra: Client) -> None:
    quote = quotes.make_quote(contract, "large", TODAY, noon(TODAY))
    assert petra.get(reverse("tariff_quote", args=[contract.pk])).status_code == 405
    assert petra.get(reverse("tariff_confirm", args=[quote.pk])).status_code == 405


def test_the_page_of_choices_reads_the_contract_once(
    contract: Contract, petra: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(5):
        offer(contract.organisation, f"more{number}", "15.00")
    petra.get("/")
    with django_assert_max_num_queries(24):
        petra.get(reverse("tariff_choices", args=[contract.pk]))
