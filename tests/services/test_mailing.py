"""The outbox: sent once, tried again with pauses, always under the same Message-ID."""

from collections.abc import Iterator
from datetime import date, timedelta
from smtplib import SMTPServerDisconnected
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django_scopes import scope

from billing.models import Mail
from billing.services import mailing
from members.models import Organisation
from tests.services.club import noon, small_club

pytestmark = pytest.mark.django_db
NOW = noon(date(2026, 12, 15))


@pytest.fixture
def club() -> Iterator[Organisation]:
    organisation = small_club()
    with scope(organisation=organisation):
        yield organisation


def waiting(club: Organisation) -> Mail:
    return Mail.objects.create(
        organisation=club,
        key="note:1",
        kind="office",
        recipient="a@example.org",
        subject="Hallo",
        text="Guten Tag",
        next_at=NOW,
        created_at=NOW,
    )


def test_a_message_is_sent_once(club: Organisation, mailoutbox: list[Any]) -> None:
    mail = waiting(club)
    assert mailing.send_due(club, NOW) == 1
    assert mailing.send_due(club, NOW + timedelta(hours=1)) == 0
    [message] = mailoutbox
    assert message.extra_headers["Message-ID"] == mailing.message_id(mail)
    assert (message.subject, message.body, message.reply_to) == ("Hallo", "Guten Tag", ["kasse@ostufer.example"])


def test_a_message_that_another_worker_took_is_not_sent_again(club: Organisation, mailoutbox: list[Any]) -> None:
    mail = waiting(club)
    Mail.objects.update(next_at=NOW + mailing.LEASE)
    assert not mailing.send_one(mail.pk, NOW, None, {})
    assert mailoutbox == []


def test_a_failing_server_is_tried_again_with_growing_pauses_and_then_shown(
    club: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_message: EmailMessage, **_options: Any) -> int:
        raise SMTPServerDisconnected("connection lost")

    monkeypatch.setattr(EmailMessage, "send", refuse)
    mail, moment, pauses = waiting(club), NOW, []
    while mail.state == "waiting":
        mailing.send_due(club, moment)
        mail.refresh_from_db()
        if mail.next_at:
            pauses.append(mail.next_at - moment)
            moment = mail.next_at
    assert pauses == mailing.PAUSES
    assert (mail.state, mail.attempts, mail.error) == ("failed", 6, "connection lost")


def test_the_office_is_told_once_per_cause(club: Organisation, django_user_model: Any) -> None:
    assert mailing.tell_office(club, "run:1", "Vorschau", "Bitte ansehen", NOW) == 0
    assert not Mail.objects.exists()
