"""The office announces a new price: looked at first, confirmed, told to everybody, and answers are entered."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django_scopes import scope

from billing.models import ContractEvent, Mail, PriceChange, PriceNotice, PriceObjection, TariffVersion
from members.models import Member, Organisation
from tests.documents import reading
from tests.office.test_contract_change import text_of
from tests.office.world import office_client
from tests.services.club import noon, small_club
from tests.services.price_world import DAY, TODAY, announce, customer, dearer, notice_of, offer

pytestmark = pytest.mark.django_db


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
def version(club: Organisation) -> TariffVersion:
    """Two customers of a gym that becomes dearer; one of them has no e-mail address."""
    gym = offer(club, "gym", "31.00")
    for number in ("1", "2"):
        customer(club, number, gym)
    Member.objects.filter(number="2").update(email="")
    return dearer(gym)


@pytest.fixture
def treasurer(club: Organisation) -> Client:
    return office_client(club, "treasurer")


def fields(version: TariffVersion, **values: str) -> dict[str, Any]:
    return {
        "version": version.pk, "day": "01.03.2027", "basis": "clause", "reason": "§ 5: Strom", "rule": "keep", "object_until": "28.02.2027",
        "told_on": "", "early_reason": "",
    } | values  # fmt: skip


def fingerprint(response: Any) -> str:
    found = re.search(r'name="fingerprint" value="(\w+)"', response.content.decode())
    return found.group(1) if found else ""


def test_from_the_list_to_the_announcement(version: TariffVersion, treasurer: Client) -> None:
    page = treasurer.get(reverse("price_change_list"))
    assert f"{reverse('price_change_new')}?version={version.pk}" in page.content.decode()
    form = treasurer.get(f"{reverse('price_change_new')}?version={version.pk}")
    assert 'value="01.03.2027"' in form.content.decode()
    looked = treasurer.post(reverse("price_change_new"), fields(version))
    words = text_of(looked)
    for said in (
        "2 laufende Verträge",
        "+216,00 €",
        "01.02.2027",
        "31,00 € im Monat",
        "1 E-Mail, 1 Brief",
        "§ 5: Strom",
    ):
        assert said in words
    assert not PriceChange.objects.exists()
    asked = fields(version, fingerprint=fingerprint(looked))
    for _time in range(2):
        done = treasurer.post(reverse("price_change_announce"), asked, follow=True)
        if _time == 0:
            assert "für 2 Verträge angekündigt" in text_of(done)
    assert (PriceChange.objects.count(), PriceNotice.objects.count(), Mail.objects.filter(kind="price").count()) == (
        1,
        2,
        2,
    )
    assert "Nichts" not in text_of(treasurer.get(reverse("price_change_list")))


def test_what_may_not_be_announced_is_told_beside_the_form(version: TariffVersion, treasurer: Client) -> None:
    looked = treasurer.post(reverse("price_change_new"), fields(version, day="01.02.2027", object_until="31.01.2027"))
    assert "muss es spätestens am 01.01.2027 angekündigt sein" in text_of(looked)
    looked = treasurer.post(reverse("price_change_new"), fields(version, rule="none"))
    assert "Ein Beschluss gilt für alle" in text_of(looked)
    assert fingerprint(looked) == ""


def test_what_changed_meanwhile_is_shown_anew(version: TariffVersion, treasurer: Client, club: Organisation) -> None:
    seen = fingerprint(treasurer.post(reverse("price_change_new"), fields(version)))
    customer(club, "3", version.tariff)
    again = treasurer.post(reverse("price_change_announce"), fields(version, fingerprint=seen))
    assert "hat sich etwas geändert" in text_of(again)
    assert "3 laufende Verträge" in text_of(again)
    assert not PriceChange.objects.exists()


def test_the_page_of_a_change_counts_the_answers(version: TariffVersion, treasurer: Client) -> None:
    change = announce(version)
    notice = PriceNotice.objects.get(contract__member__number="1")
    address = reverse("price_answer_entered", args=[notice.pk])
    assert address in treasurer.get(reverse("office_contract", args=[notice.contract_id])).content.decode()
    late = treasurer.post(address, {"answer": "object", "on": "20.02.2027"})
    assert "liegt nicht darin" in text_of(late)
    entered = treasurer.post(address, {"answer": "object", "on": "12.01.2027"}, follow=True)
    assert "hat widersprochen, behält den alten Preis" in text_of(entered)
    page = text_of(treasurer.get(reverse("price_change", args=[change.pk])))
    for words in ("Alle: 2", "Widersprochen: 1", "Ohne Antwort: 1", "1 Brief zu drucken"):
        assert words in page
    shown = text_of(treasurer.get(reverse("price_change", args=[change.pk]) + "?show=silent"))
    assert "Weiß2" in shown
    assert "Weiß1" not in shown
    assert PriceObjection.objects.get().entered_by is not None
    assert ContractEvent.objects.get().kind == "keep_price"


def test_who_leaves_because_of_it_is_counted(version: TariffVersion, treasurer: Client) -> None:
    change = announce(version, rule="end")
    notice = PriceNotice.objects.get(contract__member__number="1")
    treasurer.post(reverse("price_answer_entered", args=[notice.pk]), {"answer": "object", "on": "12.01.2027"})
    page = text_of(treasurer.get(reverse("price_change", args=[change.pk]) + "?show=left"))
    assert "Gehen: 1" in page
    assert "endet am 28.02.2027" in page


def test_letters_are_printed_and_noted(version: TariffVersion, treasurer: Client) -> None:
    change = announce(version)
    pdf = treasurer.get(reverse("price_change_letters", args=[change.pk]))
    text = reading.text(pdf.content)
    for words in ("Käthe Weiß2", "40,00 € im Monat statt 31,00 € im Monat", "Ein paar Zeilen an uns genügen"):
        assert words in text
    treasurer.post(reverse("price_change_printed", args=[change.pk]))
    assert Mail.objects.get(state="printed").sent_at == noon(TODAY)


def test_consent_is_entered_by_the_office(version: TariffVersion, treasurer: Client) -> None:
    announce(version, basis="consent")
    notice = PriceNotice.objects.get(contract__member__number="2")
    done = treasurer.post(
        reverse("price_answer_entered", args=[notice.pk]), {"answer": "agree", "on": "12.01.2027"}, follow=True
    )
    assert "hat am 12.01.2027 zugestimmt" in text_of(done)


def test_who_came_later_is_told_by_a_button_while_there_is_time(
    version: TariffVersion, treasurer: Client, club: Organisation
) -> None:
    change = announce(version)
    late = customer(club, "9", version.tariff, start=date(2027, 1, 20))
    page = reverse("price_change", args=[change.pk])
    assert "1 Vertrag kam später hinzu" in text_of(treasurer.get(page))
    treasurer.post(reverse("price_change_newcomers", args=[change.pk]))
    assert notice_of(late).starts_on == DAY
    assert "kam später" not in text_of(treasurer.get(page))
    customer(club, "10", version.tariff, start=date(2027, 1, 20))
    with time_machine.travel(noon(date(2027, 2, 10)), tick=False):
        treasurer.force_login(change_user(club), backend="allauth.account.auth_backends.AuthenticationBackend")
        refused = treasurer.post(reverse("price_change_newcomers", args=[change.pk]), follow=True)
    assert "reicht die Zeit nicht mehr" in text_of(refused)


def change_user(club: Organisation) -> Any:
    return club.office_roles.get(group__name="treasurer").user
