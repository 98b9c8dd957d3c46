"""The office uploads a list, looks at it, and takes it over."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django_scopes import scope, scopes_disabled

from billing.models import MemberImport
from members.models import Member, Organisation
from tests.members.lists import ANNA, BEN, listed, row, taken
from tests.office.world import office_client
from tests.services.club import small_club

NOW = datetime(2026, 12, 1, 11, tzinfo=UTC)


@pytest.fixture(autouse=True)
def on_the_day(db: None) -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def club(db: None) -> Organisation:
    return small_club()


@pytest.fixture
def client(club: Organisation) -> Client:
    return office_client(club, "office")


def upload(client: Client, data: bytes, bill_from: str = "2027-01-01") -> Any:
    file = SimpleUploadedFile("liste.csv", data, "text/csv")
    return client.post(reverse("import_upload"), {"file": file, "bill_from": bill_from}, follow=True)


def stored() -> MemberImport:
    with scopes_disabled():
        return MemberImport.objects.get()


def press(client: Client, page: Any) -> Any:
    """Presses "take over" on the page as it was shown."""
    seen = page.context["plan"].fingerprint
    assert seen in page.content.decode()
    return client.post(reverse("import_take", args=[stored().pk]), {"seen": seen}, follow=True)


def members(organisation: Organisation) -> list[str]:
    with scope(organisation=organisation):
        return list(Member.objects.values_list("number", flat=True))


def test_the_preview_shows_what_is_new_and_what_is_refused_and_writes_nothing(
    client: Client, club: Organisation
) -> None:
    page = upload(client, listed(ANNA, BEN, row(BEN, Mitgliedsnummer="3", Beitragsgruppe="GOLD")))
    text = page.content.decode()
    assert all(word in text for word in ("Thießen, Anna", "Thießen, Ben", "JUG, TENNIS", "GOLD"))
    assert (page.context["plan"].refused_rows, len(page.context["plan"].new)) == (1, 2)
    assert members(club) == []
    assert (stored().name, stored().bill_from, stored().taken_at) == ("liste.csv", date(2027, 1, 1), None)


def test_taking_over_writes_what_was_shown_and_says_how_much(client: Client, club: Organisation) -> None:
    press(client, upload(client, listed(ANNA, BEN)))
    assert members(club) == ["1", "2"]
    assert stored().taken_at is not None
    assert stored().report == {"new": 2, "changed": 0, "unchanged": 0, "refused": 0}


def test_a_second_press_takes_nothing_twice(client: Client, club: Organisation) -> None:
    page = upload(client, listed(ANNA, BEN))
    press(client, page)
    press(client, page)
    assert members(club) == ["1", "2"]
    assert stored().report == {"new": 2, "changed": 0, "unchanged": 0, "refused": 0}


def test_what_was_not_looked_at_is_not_taken(client: Client, club: Organisation) -> None:
    page = upload(client, listed(ANNA, BEN))
    taken(club, row(ANNA, Ort="Plön"))
    press(client, page)
    assert members(club) == ["1"]
    assert stored().taken_at is None


def test_changes_are_shown_old_and_new(client: Client, club: Organisation) -> None:
    taken(club, ANNA, BEN)
    text = upload(client, listed(row(ANNA, Ort="Plön"), BEN)).content.decode()
    assert "<td>Kiel</td><td>Plön</td>" in text


def test_what_stands_in_a_list_is_text_and_never_markup(client: Client, club: Organisation) -> None:
    text = upload(client, listed(row(ANNA, Nachname="<script>alert(1)</script>"))).content.decode()
    assert "<script>alert" not in text


@pytest.mark.parametrize("data", [b"", b"\0\0", b"Mitgliedsnummer;Beitragsgruppe\n", b"PK\x03\x04\0", b"x" * 60_000])
def test_an_unusable_file_is_told_on_the_form_and_not_kept(client: Client, data: bytes) -> None:
    page = upload(client, data)
    assert page.context["form"].errors["file"]
    with scopes_disabled():
        assert not MemberImport.objects.exists()


@pytest.mark.parametrize("day", ["", "gestern", "1927-01-01", "0001-01-01", "9999-12-31"])
def test_an_impossible_first_day_is_told_on_the_form(client: Client, day: str) -> None:
    assert upload(client, listed(ANNA), day).context["form"].errors["bill_from"]


def test_an_accountant_cannot_upload(club: Organisation) -> None:
    accountant = office_client(club, "accountant")
    assert accountant.get(reverse("import_upload")).status_code == 403
    assert upload(accountant, listed(ANNA)).status_code == 403


def test_a_list_of_another_organisation_is_unknown(client: Client, club: Organisation) -> None:
    upload(client, listed(ANNA))
    stranger = office_client(small_club("anders"), "treasurer")
    assert stranger.get(reverse("import_preview", args=[stored().pk])).status_code == 404
    assert stranger.post(reverse("import_take", args=[stored().pk])).status_code == 404
    assert members(club) == []


def test_taking_over_needs_a_press_of_the_button(client: Client) -> None:
    upload(client, listed(ANNA))
    assert client.get(reverse("import_take", args=[stored().pk])).status_code == 405
