"""Fiscal years and locked months: what is closed stays as it is, and whoever opens it again says why."""

from collections.abc import Iterator
from datetime import date
from itertools import pairwise

import pytest
from django.core.exceptions import ValidationError
from django_scopes import scope

from billing.models import Creditor, FiscalYear, Invoice, LedgerSettings, PeriodLock, Posting
from billing.services import fiscal, invoicing
from billing.services.chart import ledger_settings
from billing.services.correcting import correct
from billing.services.corrections import Wish
from members.models import Organisation, User
from tests.services.bank import ISSUED
from tests.services.club import join, noon, small_club
from tests.services.test_corrections import january

pytestmark = [pytest.mark.both, pytest.mark.django_db]
NOW = noon(date(2027, 2, 3))


@pytest.fixture
def club() -> Iterator[Organisation]:
    organisation = small_club()
    with scope(organisation=organisation):
        yield organisation


def calendar(organisation: Organisation, start: str = "01-01") -> fiscal.Calendar:
    LedgerSettings.objects.update_or_create(organisation=organisation, defaults={"fiscal_year_start": start})
    return fiscal.calendar_of(ledger_settings(organisation))


def test_a_year_begins_in_its_own_month(club: Organisation) -> None:
    years = calendar(club, "07-01")
    assert years.year_of(date(2027, 6, 30)) == fiscal.Year(date(2026, 7, 1), date(2027, 7, 1))
    assert years.year_of(date(2027, 7, 1)).name == "2027/2028"
    assert calendar(club).year_of(date(2027, 6, 30)).name == "2027"


def test_a_short_first_year_cuts_the_usual_one(club: Organisation) -> None:
    fiscal.add_year(club, date(2026, 5, 15), date(2027, 1, 1))
    years = calendar(club)
    found = list(years.between(date(2026, 5, 1), date(2028, 1, 1)))
    assert [(one.start, one.end) for one in found] == [
        (date(2026, 1, 1), date(2026, 5, 15)), (date(2026, 5, 15), date(2027, 1, 1)), (date(2027, 1, 1), date(2028, 1, 1)),
    ]  # fmt: skip


def test_years_that_move_the_start_follow_each_other_without_a_gap(club: Organisation) -> None:
    fiscal.add_year(club, date(2027, 1, 1), date(2027, 7, 1))
    years = list(calendar(club, "07-01").between(date(2026, 7, 1), date(2029, 7, 1)))
    assert [one.start for one in years] == [date(2026, 7, 1), date(2027, 1, 1), date(2027, 7, 1), date(2028, 7, 1)]
    assert all(before.end == after.start for before, after in pairwise(years))


@pytest.mark.parametrize(
    ("start", "end", "code"),
    [
        (date(2026, 1, 1), date(2027, 2, 1), "length"),
        (date(2026, 1, 1), date(2026, 1, 1), "length"),
        (date(2026, 1, 1), date(2026, 6, 15), "end"),
        (date(2027, 6, 1), date(2027, 9, 1), "overlaps"),
    ],
)
def test_a_year_that_cannot_be_is_refused(club: Organisation, start: date, end: date, code: str) -> None:
    fiscal.add_year(club, date(2027, 5, 1), date(2027, 8, 1))
    with pytest.raises(ValidationError) as refused:
        fiscal.add_year(club, start, end)
    assert refused.value.code == code
    assert FiscalYear.objects.count() == 1


def test_a_year_with_locked_days_is_not_changed(club: Organisation) -> None:
    fiscal.lock(club, date(2026, 12, 31), None, NOW)
    with pytest.raises(ValidationError) as refused:
        fiscal.add_year(club, date(2026, 12, 1), date(2027, 5, 1))
    assert refused.value.code == "closed"


def test_months_are_locked_forward_and_it_is_noted_who_did_it(club: Organisation) -> None:
    user = User.objects.create_user("kasse@example.org")
    fiscal.lock(club, date(2026, 11, 30), user, NOW)
    fiscal.lock(club, date(2026, 12, 31), user, NOW)
    assert ledger_settings(club).closed_until == date(2026, 12, 31)
    found = [(row.before, row.closed_until, row.by, row.at, row.opens) for row in PeriodLock.objects.order_by("pk")]
    assert found == [
        (None, date(2026, 11, 30), user, NOW, False), (date(2026, 11, 30), date(2026, 12, 31), user, NOW, False),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("until", "code"), [(date(2027, 1, 30), "month"), (date(2027, 2, 28), "running"), (date(2026, 11, 30), "closed")]
)
def test_only_whole_months_that_are_over_are_locked_and_only_forward(
    club: Organisation, until: date, code: str
) -> None:
    fiscal.lock(club, date(2026, 12, 31), None, NOW)
    with pytest.raises(ValidationError) as refused:
        fiscal.lock(club, until, None, NOW)
    assert refused.value.code == code
    assert ledger_settings(club).closed_until == date(2026, 12, 31)


def test_locked_books_are_opened_with_a_reason_that_stays(club: Organisation) -> None:
    fiscal.lock(club, date(2027, 1, 31), None, NOW)
    with pytest.raises(ValidationError, match="warum"):
        fiscal.unlock(club, None, "  ", None, NOW)
    with pytest.raises(ValidationError):
        fiscal.unlock(club, date(2027, 1, 31), "wrong account", None, NOW)
    row = fiscal.unlock(club, date(2026, 12, 31), "wrong account", None, NOW)
    assert (row.reason, row.opens, ledger_settings(club).closed_until) == ("wrong account", True, date(2026, 12, 31))
    assert fiscal.unlock(club, None, "all of it", None, NOW).closed_until is None
    with pytest.raises(ValidationError):
        fiscal.unlock(club, None, "again", None, NOW)


def test_no_run_is_started_for_a_locked_day(club: Organisation) -> None:
    join(club, "1")
    fiscal.lock(club, date(2026, 12, 31), None, NOW)
    with pytest.raises(ValidationError) as refused:
        january(club)
    assert refused.value.code == "books_closed"
    assert not Invoice.objects.exists()


def test_a_run_that_was_approved_before_the_lock_issues_nothing_into_it(club: Organisation) -> None:
    join(club, "1")
    run = invoicing.start_run(club, Creditor.objects.get(), ISSUED, date(2027, 1, 31), date(2027, 2, 15))
    invoicing.preview(run)
    invoicing.approve(run, None, noon(ISSUED))
    fiscal.lock(club, date(2026, 12, 31), None, NOW)
    with pytest.raises(ValidationError) as refused:
        invoicing.issue(run, NOW)
    assert refused.value.code == "books_closed"
    assert not Invoice.objects.exists()
    assert not Posting.objects.exists()


def test_a_correction_of_a_locked_day_is_refused_and_one_of_an_open_day_is_not(club: Organisation) -> None:
    join(club, "1")
    invoice = january(club)
    fiscal.lock(club, date(2027, 1, 31), None, NOW)
    with pytest.raises(ValidationError) as refused:
        correct(invoice, Wish("wrong", date(2027, 1, 10)), NOW)
    assert refused.value.code == "books_closed"
    issued = correct(invoice, Wish("wrong", date(2027, 2, 3)), NOW)
    assert {one.posted_on for one in issued.postings.all()} == {date(2027, 2, 3)}


def test_an_invoice_with_a_return_fee_can_be_corrected(club: Organisation) -> None:
    join(club, "1")
    invoice = january(club)
    Posting.objects.create(
        organisation=club, posted_on=ISSUED, debit_account="10000", credit_account="2742", amount=3, case="return_fee/1",
        document=invoice, reference=invoice.number, text="Gebühr",
    )  # fmt: skip
    assert correct(invoice, Wish("wrong", date(2027, 2, 3)), NOW).gross == -invoice.gross
