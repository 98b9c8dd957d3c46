"""The office's desk of cancellations: what waits, one click, an answer; and nothing of another organisation."""

import pytest
from django.test import Client
from django.urls import reverse
from django_scopes import scope, scopes_disabled

from billing.models import Contract, Declaration, Mail
from billing.services import declarations
from billing.services.declarations import Wish
from tests.office.world import NOON, House

pytestmark = pytest.mark.django_db


def declared(house: House, kind: str = "cancel", **fields: object) -> Declaration:
    wish = Wish(kind, f"form {kind}", house.member.name, "weiß nicht", "new@example.org", **fields)  # type: ignore[arg-type]
    with scope(organisation=house.organisation):
        return declarations.receive(house.organisation, wish, "de", None, NOON)


def settled(row: Declaration) -> Declaration:
    with scopes_disabled():
        return Declaration.objects.select_related("contract", "event", "settled_by").get(pk=row.pk)


def test_one_click_enters_what_waits(house: House, office: Client) -> None:
    row = declared(house)
    assert "Eine Kündigung oder ein Widerruf wartet auf Sie" in office.get("/office/").content.decode()
    assert house.member.name in office.get(reverse("office_declarations")).content.decode()
    page = office.get(reverse("office_declaration", args=[row.pk])).content.decode()
    assert "von 3 stimmen" in page
    assert f'name="contract" value="{house.contract.pk}"' in page
    answer = office.post(
        reverse("office_declaration_enter", args=[row.pk]), {"contract": house.contract.pk}, follow=True
    )
    assert "Eingetragen bei" in answer.content.decode()
    assert settled(row).contract == house.contract
    assert settled(row).settled_by is not None
    assert "Erledigt" in office.get(reverse("office_declaration", args=[row.pk])).content.decode()
    again = office.post(reverse("office_declaration_answer", args=[row.pk]), {"answer": "Nein"}, follow=True)
    assert "schon erledigt" in again.content.decode()


def test_good_cause_needs_a_day(house: House, office: Client) -> None:
    row = declared(house, extraordinary=True, reason="Umzug")
    address = reverse("office_declaration_enter", args=[row.pk])
    assert "§ 314 BGB" in office.get(reverse("office_declaration", args=[row.pk])).content.decode()
    for wrong in ("", "31.02.2027", "9999-12-31"):
        assert office.post(address, {"contract": house.contract.pk, "last_day": wrong}).status_code == 200
    assert settled(row).event is None
    office.post(address, {"contract": house.contract.pk, "last_day": "2027-01-31"})
    event = settled(row).event
    assert event
    assert event.data == {"value": "2027-02-01"}


def test_a_withdrawal_names_the_day_by_which_money_is_back(house: House, office: Client) -> None:
    row = declared(house, "withdraw")
    page = office.get(reverse("office_declaration", args=[row.pk])).content.decode()
    assert "29.12.2026" in page
    assert "als hätte er nie begonnen" in page


def test_an_answer_goes_to_the_sender(house: House, office: Client) -> None:
    row = declared(house)
    assert office.post(reverse("office_declaration_answer", args=[row.pk]), {"answer": " "}).status_code == 200
    office.post(reverse("office_declaration_answer", args=[row.pk]), {"answer": "Wir finden keinen Vertrag."})
    with scopes_disabled():
        told = Mail.objects.get(key=f"declaration:{row.pk}:answer")
    assert told.recipient == "new@example.org"
    assert "Wir finden keinen Vertrag." in told.text
    assert "beantwortet" in office.get(reverse("office_declarations")).content.decode()


@pytest.mark.parametrize("contract", ["", "x", "²", "0", "9" * 40, "-1"])
def test_no_such_contract_is_not_found(house: House, office: Client, contract: str) -> None:
    row = declared(house)
    answer = office.post(reverse("office_declaration_enter", args=[row.pk]), {"contract": contract}, follow=True)
    assert "Bitte wählen Sie einen der Verträge" in answer.content.decode()
    assert settled(row).event is None


def test_nothing_is_entered_on_a_contract_of_another_house(house: House, other: House, office: Client) -> None:
    row, theirs = declared(house), declared(other)
    with scopes_disabled():
        foreign = Contract.objects.filter(organisation=other.organisation)[0]
    office.post(reverse("office_declaration_enter", args=[row.pk]), {"contract": foreign.pk})
    assert settled(row).event is None
    assert office.get(reverse("office_declaration", args=[theirs.pk])).status_code == 404
    found = office.get(reverse("office_declaration", args=[row.pk]) + "?q=a").content.decode()
    with scopes_disabled():
        pks = set(Contract.objects.filter(organisation=other.organisation).values_list("pk", flat=True))
    assert not any(f'name="contract" value="{pk}"' in found for pk in pks)


def test_the_accountant_looks_and_changes_nothing(house: House, accountant: Client) -> None:
    row = declared(house)
    page = accountant.get(reverse("office_declaration", args=[row.pk])).content.decode()
    assert reverse("office_declaration_enter", args=[row.pk]) not in page
    assert accountant.post(reverse("office_declaration_enter", args=[row.pk]), {}).status_code == 403
