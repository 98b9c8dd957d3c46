"""One search over everything that was sent to or said with any member: by the index, of one's own house, with its words marked."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_scopes import scope

from billing.models import Mail
from billing.services.contact_search import Wish, excerpt, search, within
from billing.word_index import CONTACTS, MAILS, Indexed, install_index, triggers
from members.models import ContactEntry, Member, Organisation
from tests.models.rows import NOON
from tests.office.world import office_client
from tests.services.club import join, small_club

pytestmark = [pytest.mark.both, pytest.mark.django_db]


@pytest.fixture
def club() -> Any:
    organisation = small_club()
    with scope(organisation=organisation):
        yield organisation


def mail(member: Member, subject: str, text: str, **given: Any) -> Mail:
    usual = {"kind": "contract", "state": "sent", "recipient": "a@example.org", "created_at": NOON}
    return Mail.objects.create(
        organisation=member.organisation,
        member=member,
        key=f"k{Mail.objects.count()}",
        subject=subject,
        text=text,
        **usual | given,
    )


def entry(member: Member, kind: str, text: str, at: datetime = NOON) -> ContactEntry:
    return ContactEntry.objects.create(organisation=member.organisation, member=member, kind=kind, at=at, text=text)


def found(club: Organisation, *args: Any, **kwargs: Any) -> list[tuple[str, str]]:
    page = search(club, Wish(*args, **kwargs), 1)
    return [(hit.kind, "".join(text for text, _found in hit.subject)) for hit in page]


def test_every_kind_is_found_by_its_words(club: Organisation) -> None:
    anna, ole = join(club, "1"), join(club, "2")
    mail(anna, "Kündigung bestätigt", "zum Jahresende")
    mail(ole, "Rechnung R2027-00003", "Betrag", created_at=NOON - timedelta(days=2))
    mail(ole, "Brief zur Kündigung", "", state="print", recipient="", created_at=NOON - timedelta(days=1))
    entry(ole, "call", "Fragt nach der Kündigungsfrist", NOON - timedelta(days=3))
    entry(anna, "note", "nichts davon")
    assert found(club, "kundigung") == [
        ("mail", "Kündigung bestätigt"), ("letter", "Brief zur Kündigung"), ("call", "Anruf"),
    ]  # fmt: skip
    assert found(club, "KÜNDIGUNG jahres") == [("mail", "Kündigung bestätigt")]
    assert found(club, "r2027-00003") == [("mail", "Rechnung R2027-00003")]
    assert found(club, "ündigung") == []
    assert found(club, "kündigung", "call") == [("call", "Anruf")]
    assert found(club, "kündigung", "letter") == [("letter", "Brief zur Kündigung")]


def test_signs_of_the_query_language_are_words_like_others(club: Organisation) -> None:
    mail(join(club, "1"), "Beitrag", "Alles (fast) gut AND fein")
    for words in (
        '"gut',
        "gut*",
        "gut OR nichts",
        "-gut",
        "(gut",
        "gut & ! |",
        "'; DROP TABLE x; --",
        ":*",
        "NEAR(a b)",
    ):
        found(club, words)
    assert found(club, "gut and fein") == [("mail", "Beitrag")]
    assert found(club, "gut OR nichts") == []


def test_days_limit_what_is_found_and_the_last_day_counts(club: Organisation) -> None:
    anna = join(club, "1")
    mail(anna, "Eins", "Wort", created_at=datetime.fromisoformat("2027-01-01T22:59:00+00:00"))
    mail(anna, "Zwei", "Wort", created_at=datetime.fromisoformat("2027-01-01T23:01:00+00:00"))
    assert found(club, "wort", last=date(2027, 1, 1)) == [("mail", "Eins")]
    assert found(club, "wort", first=date(2027, 1, 2)) == [("mail", "Zwei")]
    assert found(club, first=date(2027, 1, 2), last=date(2027, 1, 2)) == [("mail", "Zwei")]


def test_the_index_follows_every_change(club: Organisation) -> None:
    row = mail(join(club, "1"), "Alt", "Apfel")
    Mail.objects.filter(pk=row.pk).update(text="Birne")
    assert (found(club, "apfel"), found(club, "birne")) == ([], [("mail", "Alt")])
    row.delete()
    assert found(club, "birne") == []


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL keeps its index itself")
def test_an_index_that_lost_its_triggers_is_built_anew(club: Organisation) -> None:
    with connection.cursor() as cursor:
        for statement in triggers(MAILS):
            cursor.execute(f"DROP TRIGGER {statement.split()[5]}")
    mail(join(club, "1"), "Verpasst", "Apfel")
    assert found(club, "apfel") == []
    install_index()
    assert found(club, "apfel") == [("mail", "Verpasst")]


def test_nothing_of_another_house_is_found(club: Organisation) -> None:
    other = small_club("zweiter")
    with scope(organisation=other):
        stranger = join(other, "7")
        mail(stranger, "Geheim", "Schatz")
        entry(stranger, "note", "Schatz")
    mail(join(club, "1"), "Unser", "Schatz")
    assert found(club, "schatz") == [("mail", "Unser")]
    page = office_client(club, "office").get(reverse("office_contact_search"), {"q": "schatz"}).content.decode()
    assert "Geheim" not in page
    assert "<mark>Schatz</mark>" in page


def test_a_search_costs_the_same_however_much_there_is(club: Organisation) -> None:
    members = [join(club, str(number)) for number in range(4)]
    mail(members[0], "Eins", "Wort")
    entry(members[0], "note", "Wort")
    with CaptureQueriesContext(connection) as few:
        list(search(club, Wish("wort"), 1))
    for member in members * 5:
        mail(member, "Mehr", "Wort")
        entry(member, "note", "Wort")
    with CaptureQueriesContext(connection) as many:
        page = search(club, Wish("wort"), 1)
        assert [hit.row.member.name for hit in page]
    assert max(len(few), len(many)) <= 4
    assert len(page) == 20


@pytest.mark.parametrize("model, indexed", [(Mail, MAILS), (ContactEntry, CONTACTS)], ids=["mails", "contacts"])
def test_the_words_come_out_of_the_index(club: Organisation, model: Any, indexed: Indexed) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
    assert indexed.words in within(model._base_manager.order_by(), indexed, ["wort"]).explain()


def test_an_excerpt_shows_the_first_hit_and_marks_each() -> None:
    text = "Anfang " + "x " * 100 + "die Kündigung kam. " + "y " * 200
    pieces = excerpt(text, ["kundigung"])
    assert ("Kündigung", True) in pieces
    assert pieces[0][0].startswith("…")
    assert "".join(piece for piece, _found in pieces).endswith("…")
    assert len("".join(piece for piece, _found in pieces)) < 240
    assert excerpt("<b>Hallo</b> ẞtraße Ünal", ["unal"])[-1] == ("Ünal", True)


def test_the_page_works_empty_and_with_nonsense(club: Organisation) -> None:
    client: Client = office_client(club, "accountant")
    for query in (
        {},
        {"q": "   "},
        {"q": "x" * 500},
        {"kind": "spam"},
        {"first": "31.31.31"},
        {"q": "\x00"},
        {"kind": "document"},
    ):
        assert client.get(reverse("office_contact_search"), query).status_code == 200
