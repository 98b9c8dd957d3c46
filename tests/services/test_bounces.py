"""Addresses that take no mail: noted at once or by a report; who has one gets letters until the address is corrected."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from smtplib import SMTPRecipientsRefused
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.management import CommandError, call_command
from django_scopes import scope

from billing.models import Bounce, Collection, Invoice, Mail
from billing.services import bounces, dashboard, mailing, month
from members.models import Member, Organisation
from tests.services.club import join, noon, small_club

pytestmark = [pytest.mark.both, pytest.mark.django_db]
ON = date(2026, 12, 15)
NOW = noon(ON)
FILES = Path(__file__).parents[1] / "files" / "bounces"


@pytest.fixture
def club() -> Iterator[Organisation]:
    """One member whose invoice of January waits to be sent to m1@example.org."""
    organisation = small_club()
    with scope(organisation=organisation):
        join(organisation, "1")
        month.run_month(organisation, ON, date(2027, 1, 31), date(2027, 1, 1), approved=True, now=NOW)
        yield organisation


def refuse_with(monkeypatch: pytest.MonkeyPatch, code: int, answer: bytes) -> None:
    def refuse(message: EmailMessage, **_options: Any) -> int:
        raise SMTPRecipientsRefused({message.to[0]: (code, answer)})

    monkeypatch.setattr(EmailMessage, "send", refuse)


def the_invoice_came_back() -> None:
    mails = Mail.objects.filter(kind="invoice").order_by("pk")
    assert list(mails.values_list("state", "recipient", "member__number")) == [
        ("bounced", "m1@example.org", "1"),
        ("print", "", "1"),
    ]
    assert Collection.objects.get().notified_on is None


def test_a_refusal_at_once_makes_a_letter_of_the_invoice(club: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse_with(monkeypatch, 550, b"5.1.1 user unknown")
    assert mailing.send_due(club, NOW) == 0
    the_invoice_came_back()
    [bounce] = Bounce.objects.all()
    assert (bounce.address, bounce.reason) == ("m1@example.org", "550 5.1.1 user unknown")
    assert list(bounces.members_to_correct(club)) == [Member.objects.get()]
    assert dashboard.warnings(club, ON, NOW)["bounced"] == 1


@pytest.mark.parametrize("code, answer", [(452, b"4.2.2 mailbox full"), (552, b"5.2.2 full"), (550, b"5.7.1 blocked")])
def test_any_other_refusal_is_tried_again(
    club: Organisation, monkeypatch: pytest.MonkeyPatch, code: int, answer: bytes
) -> None:
    refuse_with(monkeypatch, code, answer)
    mailing.send_due(club, NOW)
    assert Mail.objects.get(kind="invoice").state == "waiting"
    assert not Bounce.objects.exists()


def sent(club: Organisation) -> Mail:
    mailing.send_due(club, NOW)
    mail = Mail.objects.get(kind="invoice")
    assert mail.state == "sent"
    return mail


def report_on(mail: Mail, name: str = "gone") -> bytes:
    return (FILES / f"{name}.eml").read_bytes().replace(b"<ours@localhost>", mail.message_id.encode())


def test_a_report_that_comes_later_does_the_same(club: Organisation) -> None:
    report = report_on(sent(club))
    Collection.objects.update(notified_on=ON)
    outcome = bounces.take_report(club, report, NOW)
    assert outcome.marked == ["m1@example.org"]
    the_invoice_came_back()
    again = bounces.take_report(club, report, NOW)
    assert (again.marked, again.known) == ([], ["m1@example.org"])
    the_invoice_came_back()


def test_a_full_mailbox_and_a_delay_mark_nobody(club: Organisation) -> None:
    mail = sent(club)
    assert bounces.take_report(club, report_on(mail, "full"), NOW).passing == ["m1@example.org"]
    assert bounces.take_report(club, report_on(mail, "delayed"), NOW).marked == []
    assert not Bounce.objects.exists()


def test_a_report_about_somebody_elses_mail_is_told_and_marks_nobody(club: Organisation) -> None:
    Member.objects.update(email="other@example.org")
    outcome = bounces.take_report(club, (FILES / "gone.eml").read_bytes(), NOW)
    assert outcome.strange == ["m1@example.org"]
    assert not Bounce.objects.exists()


def test_a_report_is_read_for_one_organisation_only(club: Organisation) -> None:
    report = report_on(sent(club))
    other = small_club("zwei")
    with scope(organisation=other):
        assert bounces.take_report(other, report, NOW).strange == ["m1@example.org"]
    assert not Bounce.objects.exists()


def test_what_is_no_report_is_refused_by_name(club: Organisation) -> None:
    with pytest.raises(ValidationError, match="RFC 3464"):
        bounces.take_report(club, b"Subject: Hello\n\nHello", NOW)


def test_the_next_invoice_goes_by_letter_until_the_address_is_corrected(club: Organisation) -> None:
    bounces.record(club, "M1@example.org", "550", NOW)
    states = []
    for day, until in ((date(2027, 1, 15), date(2027, 2, 28)), (date(2027, 2, 15), date(2027, 3, 31))):
        month.run_month(club, day, until, until, approved=True, now=noon(day))
        invoice = Invoice.objects.latest("pk")
        states.append((invoice.mails.get().state, invoice.mails.get().recipient))
        Member.objects.update(email="new@example.org")
    assert states == [("print", ""), ("waiting", "new@example.org")]
    assert not bounces.members_to_correct(club).exists()


def test_a_cleared_address_takes_mail_again_and_may_come_back_again(club: Organisation) -> None:
    bounces.record(club, "m1@example.org", "550", NOW)
    [row] = Bounce.objects.all()
    bounces.clear(row, None, NOW)
    assert bounces.takes_mail(club, "m1@example.org")
    with pytest.raises(ValidationError):
        bounces.clear(row, None, NOW)
    assert bounces.record(club, "m1@example.org", "550", NOW + timedelta(days=1))
    assert not bounces.takes_mail(club, "M1@example.org")


def test_the_command_reads_files_and_tells_what_it_found(
    club: Organisation, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = tmp_path / "good.eml", tmp_path / "bad.eml"
    good.write_bytes(report_on(sent(club)))
    bad.write_bytes(b"nothing")
    with pytest.raises(CommandError):
        call_command("import_bounces", str(good), str(bad))
    assert "m1@example.org" in capsys.readouterr().out
    assert Bounce.objects.count() == 1
