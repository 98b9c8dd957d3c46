"""The worker: prepares the month on its day, does due work once, parks what fails, and never sends money out by itself."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django_scopes import scope

from billing import guards
from billing.models import BillingRun, CollectionBatch, DueWork, Heartbeat, Invoice, InvoiceFile, Mail, RunSettings
from billing.services import collection, work
from members.models import OfficeRole, Organisation, User
from tests.services.club import join, noon, small_club

pytestmark = [pytest.mark.both, pytest.mark.django_db]
DAY = noon(date(2026, 12, 15))


@pytest.fixture
def club() -> Iterator[Organisation]:
    organisation = small_club()
    treasurer = User.objects.create_user("kasse@example.org", "secret-enough")
    OfficeRole.objects.create(organisation=organisation, user=treasurer, group=Group.objects.get(name="treasurer"))
    with scope(organisation=organisation):
        join(organisation, "1")
        yield organisation


def test_on_its_day_a_preview_is_prepared_and_the_treasurer_is_told_once(club: Organisation) -> None:
    work.tick(DAY)
    work.tick(DAY + timedelta(minutes=1))
    [run] = BillingRun.objects.all()
    assert (run.on, run.until, run.collect_on, run.state) == (
        date(2026, 12, 15),
        date(2027, 1, 31),
        date(2026, 12, 31),
        "previewed",
    )
    [mail] = Mail.objects.all()
    assert (mail.recipient, mail.kind) == ("kasse@example.org", "office")
    assert "14.00" in mail.text
    assert f"/office/runs/{run.pk}/" in mail.text
    assert not Invoice.objects.exists()


@pytest.mark.parametrize("ahead, until", [(0, date(2026, 12, 31)), (2, date(2027, 2, 28))])
def test_a_run_bills_as_many_months_ahead_as_the_settings_say(club: Organisation, ahead: int, until: date) -> None:
    RunSettings.objects.update(months_ahead=ahead)
    work.tick(DAY)
    assert BillingRun.objects.get().until == until


def test_before_its_day_nothing_happens_and_a_missed_day_is_made_up_for(club: Organisation) -> None:
    work.tick(noon(date(2026, 12, 14)))
    assert not BillingRun.objects.exists()
    work.tick(noon(date(2026, 12, 19)))
    [run] = BillingRun.objects.all()
    assert run.on == date(2026, 12, 19)
    assert run.collect_on >= date(2027, 1, 2)


def test_only_an_organisation_that_switched_it_on_is_billed_without_a_person(club: Organisation) -> None:
    RunSettings.objects.update(automatic=True)
    for minute in range(3):
        work.tick(DAY + timedelta(minutes=minute))
    [run] = BillingRun.objects.all()
    assert run.state == "exported"
    assert Invoice.objects.count() == InvoiceFile.objects.count() == 1
    [batch] = CollectionBatch.objects.all()
    assert batch.state == "built"


def test_a_mail_goes_out_after_the_commit_and_its_day_is_noted_with_the_debit(
    club: Organisation, mailoutbox: list[Any]
) -> None:
    RunSettings.objects.update(automatic=True)
    for minute in range(4):
        work.tick(DAY + timedelta(minutes=minute))
    [invoice_mail] = [message for message in mailoutbox if message.attachments]
    assert invoice_mail.to == ["m1@example.org"]
    assert invoice_mail.attachments[0][1][:5] == b"%PDF-"
    collection.prenotify(BillingRun.objects.get())
    assert CollectionBatch.objects.get().collections.get().notified_on == date(2026, 12, 15)


def test_what_fails_three_times_is_parked_with_its_reason_and_stops_nobody(
    club: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_due: DueWork, _now: object) -> bool:
        raise RuntimeError("the bank is closed")

    monkeypatch.setitem(work.HANDLERS, "fails", fail)
    work.enqueue(club, "fails", "1", DAY)
    for hour in range(6):
        work.tick(DAY + timedelta(hours=hour))
    due = DueWork.objects.get(kind="fails")
    assert (due.attempts, due.error) == (3, "the bank is closed")
    assert due.parked_at is not None
    assert BillingRun.objects.exists()


def test_work_that_another_worker_holds_is_left_alone_until_its_lease_ends(club: Organisation) -> None:
    work.enqueue(club, "prepare_run", "2026-12-15", DAY)
    DueWork.objects.update(lease_until=DAY + timedelta(minutes=5))
    assert work.do_due(club, DAY, 5) == 0
    assert work.do_due(club, DAY + timedelta(minutes=6), 5) == 1


def test_without_its_guards_the_database_gets_no_work_but_a_sign_of_life(club: Organisation) -> None:
    guards.remove_guards()
    try:
        assert work.tick(DAY) == 0
        assert not BillingRun.objects.exists()
    finally:
        guards.install_guards()
    assert Heartbeat.objects.get().at == DAY
    assert work.worker_is_alive(DAY + timedelta(minutes=2))
    assert not work.worker_is_alive(DAY + timedelta(minutes=4))


def test_statistics_are_taken_with_the_first_sign_of_life_of_an_hour() -> None:
    start = datetime(2027, 1, 5, 11, 58, tzinfo=UTC)
    assert [work.beat(start + timedelta(minutes=number)) for number in (0, 1, 2, 3)] == [True, False, True, False]
    work.tick(start + timedelta(hours=2))
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT COUNT(*) FROM sqlite_stat1")
            assert cursor.fetchone()[0] > 0
