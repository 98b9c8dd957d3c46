"""A limit of mails an hour is kept, the rest goes later, and what failed for good goes by letter."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django_scopes import scope, scopes_disabled

from billing.documents.mails import housed
from billing.models import Branding, Mail, RunSettings
from billing.services import dashboard, failed_mails, mail_pace, mailing
from members.models import Organisation
from tests.models.rows import NOON
from tests.office.world import office_client
from tests.services.club import join, small_club

pytestmark = [pytest.mark.both, pytest.mark.django_db]
TEN = timedelta(minutes=10)


@pytest.fixture
def club() -> Any:
    organisation = small_club()
    with scope(organisation=organisation):
        yield organisation


def written(club: Organisation, count: int, **given: Any) -> list[Mail]:
    usual = {
        "kind": "office",
        "recipient": "a@example.org",
        "subject": "x",
        "text": "y",
        "next_at": NOON,
        "created_at": NOON,
    }
    return [
        Mail.objects.create(organisation=club, key=f"k{Mail.objects.count()}", **usual | given)
        for _number in range(count)
    ]


def limited(club: Organisation, limit: int | None) -> None:
    RunSettings.objects.update_or_create(organisation=club, defaults={"mails_per_hour": limit})


def test_within_ten_minutes_a_sixth_and_within_an_hour_no_more_than_the_limit(club: Organisation) -> None:
    limited(club, 30)
    written(club, 50)
    gone = [mailing.send_due(club, NOON + step * TEN) for step in range(8)]
    assert gone == [5] * 8
    assert mailing.send_due(club, NOON + 7 * TEN) == 0


def test_the_window_of_an_hour_holds_when_the_limit_does_not_divide(club: Organisation) -> None:
    limited(club, 10)
    written(club, 30)
    gone = [mailing.send_due(club, NOON + step * TEN) for step in range(7)]
    assert gone == [2, 2, 2, 2, 2, 0, 2]


def test_letters_and_mails_of_others_do_not_count_but_the_servers_limit_does(club: Organisation, settings: Any) -> None:
    limited(club, 6)
    other = small_club("zweiter")
    with scope(organisation=other):
        written(other, 3, state="sent", sent_at=NOON)
    written(club, 1, state="printed", sent_at=NOON, recipient="", kind="contract")
    assert mail_pace.room(club, NOON + TEN / 2, 100) == 1
    settings.MAILS_PER_HOUR = 18
    assert mail_pace.room(club, NOON + TEN / 2, 100) == 0
    assert mail_pace.room(club, NOON + TEN * 2, 100) == 1


def test_without_a_limit_everything_goes_at_once(club: Organisation) -> None:
    written(club, 12)
    assert mailing.send_due(club, NOON) == 12
    assert mail_pace.queue(club, NOON) is None


def test_a_persons_answer_goes_before_the_invoices_that_wait(club: Organisation) -> None:
    limited(club, 6)
    written(club, 3, kind="invoice", text="z")
    answer = written(club, 1, kind="answer", next_at=NOON + TEN)[0]
    mailing.send_due(club, NOON + TEN)
    assert Mail.objects.get(pk=answer.pk).state == "sent"


def test_the_office_sees_when_the_rest_goes(club: Organisation) -> None:
    limited(club, 60)
    written(club, 10)
    assert "mail_queue" not in dashboard.warnings(club, NOON.date(), NOON)
    written(club, 20)
    found = dashboard.warnings(club, NOON.date(), NOON)["mail_queue"]
    assert (found.mails, found.done_at) == (30, NOON + timedelta(minutes=30))


def test_what_failed_for_good_becomes_a_letter_with_one_click(club: Organisation) -> None:
    member, nowhere = join(club, "1"), join(club, "2", street="")
    lost = written(club, 1, state="failed", member=member, kind="contract", error="451")[0]
    kept = written(club, 1, state="failed", member=nowhere, kind="contract")[0]
    client = office_client(club, "treasurer")
    page = client.get(reverse("office_failed_mails")).content.decode()
    assert "451" in page
    start = client.get("/office/").content.decode()
    assert reverse("office_failed_mails") in start
    client.post(reverse("office_failed_letters"), {"mail": [lost.pk, kept.pk]})
    client.post(reverse("office_failed_letters"), {"mail": [lost.pk]})
    with scopes_disabled():
        assert [Mail.objects.get(pk=one.pk).state for one in (lost, kept)] == ["bounced", "failed"]
        (letter,) = Mail.objects.filter(state="print", member=member)
    assert (letter.text, letter.recipient) == ("y", "")
    client.post(reverse("office_failed_again"), {"mail": [kept.pk]})
    with scopes_disabled():
        again = Mail.objects.get(pk=kept.pk)
    assert (again.state, again.attempts) == ("waiting", 0)


def test_nobody_touches_the_mails_of_another_house(club: Organisation) -> None:
    other = small_club("zweiter")
    with scope(organisation=other):
        member = join(other, "9")
        theirs = written(other, 1, state="failed", member=member, kind="contract")[0]
    client: Client = office_client(club, "treasurer")
    for name in ("office_failed_letters", "office_failed_again"):
        client.post(reverse(name), {"mail": [theirs.pk]})
    with scopes_disabled():
        assert Mail.objects.get(pk=theirs.pk).state == "failed"
    assert failed_mails.again(club, [theirs.pk], NOON) == 0


def test_mails_greet_and_close_as_the_house_does(club: Organisation) -> None:
    Branding.objects.create(
        organisation=club, texts={"mail.de.greeting": "Moin {name},", "mail.de.closing": "Mit sportlichem Gruß"}
    )
    row = written(
        club, 1, text="Guten Tag Käthe,\n\nGuten Tag sagt man.\n\nFreundliche Grüße\n\nVerein\n", member=join(club, "3")
    )[0]
    mailing.send_due(club, NOON)
    said = mail.outbox[-1].body
    assert said.startswith("Moin Käthe,\n\nGuten Tag sagt man.\n\nMit sportlichem Gruß\n")
    assert Mail.objects.get(pk=row.pk).text == said


@pytest.mark.parametrize(
    "text", ["Hello Ann,\n\nKind regards\nX", "Hello, no name\n", "Kind regards to all of you\n", "We say:\nHello Ann,"]
)
def test_only_our_own_greeting_and_close_give_way(text: str) -> None:
    found = housed(text, "en", ("Hi {name}!", "Cheers"))
    assert found == text.replace("Hello Ann,\n\nKind regards\n", "Hi Ann!\n\nCheers\n")
