"""Questions from the portal: they wait until somebody answers; the answer goes out once; everything is found again."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scope

from billing.models import Mail
from billing.services import bounces, contact_history, dashboard, questions
from members.models import ContactEntry, Member, Organisation, User
from tests.services.club import join, noon, small_club

pytestmark = [pytest.mark.both, pytest.mark.django_db]
ON = date(2026, 12, 15)
NOW = noon(ON)
LATER = NOW + timedelta(days=2)


@pytest.fixture
def club() -> Iterator[Organisation]:
    organisation = small_club()
    with scope(organisation=organisation):
        join(organisation, "1", user=User.objects.create_user("signin@example.org"))
        yield organisation


@pytest.fixture
def clerk(club: Organisation) -> User:
    return User.objects.create_user("buero@example.org")


def question(text: str = "Was kostet Rudern?") -> ContactEntry:
    member = Member.objects.select_related("organisation", "user").get()
    assert member.user
    return questions.ask(member, member.user, "Rudern", text, "Rechnung R1", NOW)


def test_a_question_waits_on_the_dashboard_until_it_is_answered(club: Organisation, clerk: User) -> None:
    asked = question()
    found = dashboard.warnings(club, ON, LATER)
    assert (found["questions"], found["question_days"]) == (1, 2)
    questions.answer(asked, clerk, "Nichts.", asked.pk, LATER)
    assert "questions" not in dashboard.warnings(club, ON, LATER)
    mail = Mail.objects.get(kind="answer")
    assert (mail.recipient, mail.key.startswith("answer:")) == ("m1@example.org", True)
    assert "Nichts." in mail.text
    assert "> Was kostet Rudern?" in mail.text


def test_pressing_twice_answers_once(club: Organisation, clerk: User) -> None:
    asked = question()
    questions.answer(asked, clerk, "Nichts.", asked.pk, LATER)
    with pytest.raises(ValidationError) as refused:
        questions.answer(asked, clerk, "Nichts.", asked.pk, LATER)
    assert refused.value.code == "stale"
    assert Mail.objects.filter(kind="answer").count() == 1


def test_writing_back_makes_it_wait_again_from_then_on(club: Organisation, clerk: User) -> None:
    asked = question()
    entry = questions.answer(asked, clerk, "Nichts.", asked.pk, NOW)
    assert asked.by
    questions.write_back(asked, asked.by, "Danke! Und Segeln?", LATER)
    questions.write_back(asked, asked.by, "Noch etwas.", LATER + timedelta(hours=1))
    [waiting] = questions.open_questions(club)
    assert (waiting.pk, waiting.open_since) == (asked.pk, LATER)
    told = questions.conversation(asked, for_member=True)
    assert [one.text for one in told] == ["Was kostet Rudern?", "Nichts.", "Danke! Und Segeln?", "Noch etwas."]
    assert told[1] == entry


def test_a_note_settles_and_is_never_shown_to_the_member(club: Organisation, clerk: User) -> None:
    asked = question()
    questions.settle(asked, clerk, "Am Telefon geklärt.", asked.pk, LATER)
    assert not questions.open_questions(club).exists()
    assert [one.kind for one in questions.conversation(asked, for_member=True)] == ["question"]
    assert [one.kind for one in questions.conversation(asked, for_member=False)] == ["question", "note"]
    assert not Mail.objects.filter(kind="answer").exists()


def test_the_answer_goes_where_mail_arrives(club: Organisation, clerk: User) -> None:
    asked = question()
    bounces.record(club, "m1@example.org", "550", NOW)
    entry = questions.answer(asked, clerk, "Nichts.", asked.pk, LATER)
    assert Mail.objects.get(kind="answer").recipient == "signin@example.org"
    bounces.record(club, "signin@example.org", "550", NOW)
    questions.answer(asked, clerk, "Doch.", entry.pk, LATER)
    assert Mail.objects.filter(kind="answer").count() == 1


@pytest.mark.parametrize("text", ["", " \n ", "\u200b\x00", "x" * (questions.LONGEST + 1)])
def test_nothing_and_too_much_are_refused(club: Organisation, text: str) -> None:
    with pytest.raises(ValidationError):
        question(text)
    assert not ContactEntry.objects.exists()


def test_nobody_floods_the_office(club: Organisation) -> None:
    for _time in range(questions.MOST_A_DAY):
        question()
    with pytest.raises(ValidationError) as refused:
        question()
    assert refused.value.code == "flood"


def history(words: str = "", number: int = 1) -> list[contact_history.Row]:
    return list(contact_history.history(Member.objects.get(), words, number))


def told(rows: list[contact_history.Row]) -> list[str]:
    return [row.entry.text if row.entry else row.mail.subject if row.mail else "" for row in rows]


def test_everything_is_one_list_and_an_answer_is_in_it_once(club: Organisation, clerk: User) -> None:
    member = Member.objects.get()
    contact_history.note(member, "call", "", "Zurückgerufen", clerk, NOW - timedelta(days=1))
    Mail.objects.create(
        organisation=club, member=member, key="i", kind="invitation", recipient="m1@example.org", subject="Zugang", text="Größe", created_at=LATER - timedelta(days=1),
    )  # fmt: skip
    asked = question()
    questions.answer(asked, clerk, "Nichts.", asked.pk, LATER)
    rows = history()
    assert told(rows) == ["Nichts.", "Zugang", "Was kostet Rudern?", "Zurückgerufen"]
    assert rows[0].mail == Mail.objects.get(kind="answer")


@pytest.mark.parametrize(
    "words, hits",
    [("GRÖSSE", 0), ("größe", 1), ("zurück", 1), ("ZURÜCK", 1), ("rudern r1", 1), ("rudern segeln", 0), ("100%", 0), ("_", 0), ("(", 0),
     ("\\d", 0), (".*", 0), ("\x00", 3)],
)  # fmt: skip
def test_every_word_is_found_whatever_its_case_and_nothing_is_a_pattern(
    club: Organisation, clerk: User, words: str, hits: int
) -> None:
    member = Member.objects.get()
    contact_history.note(member, "call", "", "Zurückgerufen", clerk, NOW)
    Mail.objects.create(
        organisation=club, member=member, key="i", kind="invitation", recipient="m1@example.org", subject="Zugang", text="Größe", created_at=NOW
    )  # fmt: skip
    question()
    assert len(history(words)) == hits


def test_a_long_list_costs_as_many_queries_as_a_short_one(club: Organisation, clerk: User) -> None:
    member = Member.objects.get()
    for number in range(60):
        contact_history.note(member, "note", "", f"Notiz {number}", clerk, NOW + timedelta(minutes=number))
    with CaptureQueriesContext(connection) as counted:
        shown = contact_history.history(member, "", 2)
        assert told(list(shown)) == [f"Notiz {number}" for number in range(39, 19, -1)]
    assert len(counted) <= 4


def test_only_calls_and_notes_are_written_down_by_hand(club: Organisation, clerk: User) -> None:
    with pytest.raises(ValidationError):
        contact_history.note(Member.objects.get(), "answer", "", "x", clerk, NOW)
