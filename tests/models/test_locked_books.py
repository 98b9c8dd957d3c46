"""The database itself keeps locked books as they are, on both engines."""

from collections.abc import Iterator
from datetime import date

import pytest
from django.db import IntegrityError, transaction
from django_scopes import scopes_disabled

from billing.models import FiscalYear, Invoice, LedgerSettings, PeriodLock, Posting, PostingBatch
from billing.services import bulk
from billing.services.posting import POSTING_FIELDS
from tests.models.guarded import execute
from tests.models.rows import DAY, LATER, NOON, organisation, row

pytestmark = [pytest.mark.both, pytest.mark.django_db]
REASON = {"reason": "wrong account", "at": NOON}


@pytest.fixture(autouse=True)
def everything_in_sight() -> Iterator[None]:
    with scopes_disabled():
        yield


@pytest.fixture
def settings() -> LedgerSettings:
    found: LedgerSettings = row(LedgerSettings, organisation=organisation(), closed_until=DAY)
    return found


def posting_row(day: date, case: str = "revenue") -> tuple[object, ...]:
    invoice = row(Invoice)
    return (organisation().pk, day, "10001", "8400", 1, case, invoice.pk, "R", "", "", "x")


def test_nothing_is_posted_into_locked_books_whichever_way_it_comes(settings: LedgerSettings) -> None:
    ways = (
        lambda: row(Posting, posted_on=DAY),
        lambda: Posting.objects.bulk_create([Posting(**{"posted_on": DAY} | without_day())]),
        lambda: bulk.insert(Posting, POSTING_FIELDS, [posting_row(LATER), posting_row(DAY)]),
        lambda: bulk.insert_new(Posting, POSTING_FIELDS, [posting_row(LATER), posting_row(DAY)]),
    )
    for way in ways:
        with pytest.raises(IntegrityError, match="locked books"), transaction.atomic():
            way()
    assert not Posting.objects.exists()


def without_day() -> dict[str, object]:
    return {
        "organisation": organisation(), "debit_account": "10001", "credit_account": "8400", "amount": 1, "case": "x",
        "document": row(Invoice), "reference": "R", "text": "x",
    }  # fmt: skip


def test_the_first_open_day_takes_postings(settings: LedgerSettings) -> None:
    assert bulk.insert(Posting, POSTING_FIELDS, [posting_row(LATER)]) == 1


def test_an_export_still_notes_what_it_holds() -> None:
    posting, batch = row(Posting, posted_on=DAY), row(PostingBatch)
    row(LedgerSettings, organisation=organisation(), closed_until=DAY)
    assert Posting.objects.filter(pk=posting.pk).update(batch=batch) == 1


def test_books_of_another_organisation_stay_open(settings: LedgerSettings) -> None:
    other = row(LedgerSettings, closed_until=None)
    assert row(Posting, organisation=other.organisation, posted_on=DAY).pk


def test_locked_books_are_opened_only_after_the_log_says_why(settings: LedgerSettings) -> None:
    books = LedgerSettings.objects.filter(pk=settings.pk)
    for opened in (None, date(2026, 11, 30)):
        with pytest.raises(IntegrityError, match="only with a reason"), transaction.atomic():
            books.update(closed_until=opened)
    row(PeriodLock, organisation=settings.organisation, before=DAY, closed_until=date(2026, 11, 30), **REASON)
    with pytest.raises(IntegrityError, match="only with a reason"), transaction.atomic():
        books.update(closed_until=None)
    assert books.update(closed_until=date(2026, 11, 30)) == 1
    assert books.update(closed_until=LATER) == 1
    with pytest.raises(IntegrityError, match="only with a reason"), transaction.atomic():
        books.update(closed_until=date(2026, 11, 30))


def test_fiscal_years_do_not_overlap() -> None:
    year = row(FiscalYear)
    for start, end in ((year.start, year.end), (date(year.start.year, 6, 30), date(year.start.year, 7, 2))):
        with pytest.raises(IntegrityError, match="do not overlap"), transaction.atomic():
            row(FiscalYear, start=start, end=end)
    assert row(FiscalYear, start=year.end, end=date(year.end.year + 1, 1, 1)).pk
    assert row(FiscalYear, organisation=row(LedgerSettings).organisation, start=year.start, end=year.end).pk


def test_a_lock_is_not_taken_away_by_replacing_the_settings(settings: LedgerSettings) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        execute("DELETE FROM billing_ledgersettings WHERE id = %s", settings.pk)
