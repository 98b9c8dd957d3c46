"""The office merges two records of one person: it looks first, and nothing happens before the button."""

from django.test import Client
from django.urls import reverse

from billing.models import Contract
from members.models import Member
from tests.office.world import House, rows


def test_it_is_looked_at_chosen_and_done(house: House, treasurer: Client) -> None:
    double = Member(
        organisation=house.organisation,
        number="9999",
        first_name=house.member.first_name,
        last_name=house.member.last_name,
    )
    double.save()
    Contract(organisation=house.organisation, member=double, tariff=house.tariff, start="2027-03-01").save()
    page = reverse("office_member_merge", args=[double.pk])
    assert f"?number={house.member.number}" in treasurer.get(page).content.decode()
    assert "Es gibt kein Mitglied mit der Nummer 777." in treasurer.get(page, {"number": "777"}).content.decode()
    looked = treasurer.get(page, {"number": house.member.number}).content.decode()
    assert "01.03.2027" in looked
    assert not rows(Member).exclude(merged_into=None).exists()
    done = treasurer.post(page, {"number": house.member.number}, follow=True).content.decode()
    assert "Ältere Belege derselben Person:" in done
    assert rows(Contract).get(start="2027-03-01").member == house.member
    closed = treasurer.get(reverse("admin:members_member_change", args=[double.pk])).content.decode()
    assert "Dieser Eintrag ist geschlossen." in closed
    assert page not in closed


def test_who_may_not_change_members_may_not_merge_them(house: House, accountant: Client) -> None:
    assert accountant.get(reverse("office_member_merge", args=[house.member.pk])).status_code == 403


def test_open_money_is_told_in_place_of_the_button(house: House, treasurer: Client) -> None:
    page = reverse("office_member_merge", args=[house.member.pk])
    other = Member(organisation=house.organisation, number="9999", last_name="Neu")
    other.save()
    for answer in (treasurer.get(page, {"number": "9999"}), treasurer.post(page, {"number": "9999"})):
        assert "ist noch offen" in answer.content.decode()
    assert not rows(Member).exclude(merged_into=None).exists()
