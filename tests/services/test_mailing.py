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


def test_a_server_that_does_not_answer_puts_every_message_off_and_stops_nobody(
    club: Organisation, monkeypatch: pytest.MonkeyPatch, mailoutbox: list[Any]
) -> None:
    def refuse(_self: object) -> bool:
        raise ConnectionRefusedError("connection refused")

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.open", refuse)
    mail = waiting(club)
    assert mailing.send_due(club, NOW) == 0
    mail.refresh_from_db()
    assert (mail.state, mail.attempts, mail.error) == ("waiting", 1, "connection refused")
    assert mail.next_at == NOW + mailing.PAUSES[0]
    assert mailoutbox == []


@pytest.mark.parametrize("field", ["subject", "recipient"])
def test_a_line_break_never_reaches_a_header_and_stops_no_other_mail(
    club: Organisation, field: str, mailoutbox: list[Any]
) -> None:
    bad = waiting(club)
    Mail.objects.update(**{field: "a@example.org\r\nBcc: all@example.org"})
    good = Mail.objects.create(
        organisation=club, key="note:2", kind="office", recipient="b@example.org", subject="Hallo", text="", next_at=NOW, created_at=NOW
    )  # fmt: skip
    assert mailing.send_due(club, NOW) == 1
    assert [message.to for message in mailoutbox] == [["b@example.org"]]
    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.state, bad.attempts, good.state) == ("waiting", 1, "sent")


def test_a_repeat_after_a_crash_has_the_message_id_of_the_first_time(
    club: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = []

    def die(message: EmailMessage, **_options: Any) -> int:
        ids.append(message.extra_headers["Message-ID"])
        raise KeyboardInterrupt

    monkeypatch.setattr(EmailMessage, "send", die)
    mail = waiting(club)
    for moment in (NOW, NOW + mailing.LEASE):
        with pytest.raises(KeyboardInterrupt):
            mailing.send_due(club, moment)
    mail.refresh_from_db()
    assert ids == [mail.message_id] * 2
    assert mail.state == "waiting"


def test_a_persons_mail_goes_before_the_invoices_of_a_run(club: Organisation, mailoutbox: list[Any]) -> None:
    for number, kind in enumerate(("invoice", "invoice", "answer")):
        Mail.objects.create(
            organisation=club, key=f"k:{number}", kind=kind, recipient=f"{number}@example.org", subject="x", text="", next_at=NOW, created_at=NOW
        )  # fmt: skip
    mailing.send_due(club, NOW, limit=2)
    assert [message.to for message in mailoutbox] == [["2@example.org"], ["0@example.org"]]
    assert ["Auto-Submitted" in message.extra_headers for message in mailoutbox] == [False, True]


def test_the_sender_is_the_organisation_whatever_it_is_called(club: Organisation, mailoutbox: list[Any]) -> None:
    club.name = 'Müller, "Sport" & Co\r\nBcc: all@example.org'
    club.save()
    waiting(club)
    mailing.send_due(club, NOW)
    message = mailoutbox[0].message()
    assert message["Bcc"] is None
    assert message["From"].endswith("<kassenwart@localhost>")
    assert len(message["From"].splitlines()) >= 1
