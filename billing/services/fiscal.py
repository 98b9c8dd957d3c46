"""Fiscal years, and until when the books are locked.

A year has twelve months from the month in the settings, unless a row says otherwise. Locking goes month by month and only
forward; opening again is the board's, with a reason that is kept (AO 146 Abs. 4; GoBD 107).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from billing.models import FiscalYear, LedgerSettings, PeriodLock
from billing.pricing.periods import add_months
from billing.services.chart import ledger_settings
from members.models import Organisation, User

MONTHS = 12
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Year:
    """A fiscal year, half-open. `row`: the key of the row that makes it differ from the usual one."""

    start: date
    end: date
    row: int | None = None

    @property
    def name(self) -> str:
        """`2027`, or `2026/2027` where it touches two."""
        first, last = self.start.year, (self.end - DAY).year
        return str(first) if first == last else f"{first}/{last}"


@dataclass(frozen=True, slots=True)
class Calendar:
    """The years of an organisation, read once."""

    month: int
    unusual: tuple[Year, ...]

    def year_of(self, day: date) -> Year:
        """The year that a day lies in; an unusual year cuts the usual ones beside it."""
        for year in self.unusual:
            if year.start <= day < year.end:
                return year
        start = date(day.year if day.month >= self.month else day.year - 1, self.month, 1)
        before = [year.end for year in self.unusual if year.end <= day]
        after = [year.start for year in self.unusual if year.start > day]
        return Year(max([start, *before]), min([add_months(start, MONTHS), *after]))

    def between(self, start: date, end: date) -> Iterator[Year]:
        """Every year that the days from `start` until `end` touch."""
        day = start
        while day < end:
            year = self.year_of(day)
            yield year
            day = year.end


def calendar_of(settings: LedgerSettings) -> Calendar:
    """The calendar of the books."""
    rows = FiscalYear.objects.filter(organisation=settings.organisation_id).order_by("start")
    unusual = tuple(Year(start, end, pk) for pk, start, end in rows.values_list("pk", "start", "end"))
    return Calendar(int(settings.fiscal_year_start[:2]), unusual)


def add_year(organisation: Organisation, start: date, end: date) -> FiscalYear:
    """A year that differs: at most twelve months, over no other such year, and no day of it locked."""
    if start >= end or end > add_months(start, MONTHS):
        raise ValidationError(_("A fiscal year has at least one day and at most twelve months."), code="length")
    if end.day != 1:
        raise ValidationError(_("A fiscal year ends with the last day of a month."), code="end")
    settings = ledger_settings(organisation)
    if settings.closed_until and start <= settings.closed_until:
        message = _("The books are closed until %(day)s; a year with closed days is not changed.")
        raise ValidationError(message, code="closed", params={"day": shown(settings.closed_until)})
    overlapping = FiscalYear.objects.filter(organisation=organisation, start__lt=end, end__gt=start).first()
    if overlapping:
        message = _("The year %(year)s lies over it.")
        raise ValidationError(message, code="overlaps", params={"year": str(overlapping)})
    return FiscalYear.objects.create(organisation=organisation, start=start, end=end)


def lock(organisation: Organisation, until: date, user: User | None, now: datetime) -> PeriodLock:
    """Closes the books until the last day of a month that is over; what is closed stays closed."""
    with transaction.atomic():
        settings = locked_settings(organisation)
        refuse_lock(settings, until, timezone.localdate(now))
        return noted(settings, until, "", user, now)


def refuse_lock(settings: LedgerSettings, until: date, today: date) -> None:
    """Only whole months that are over, and only forward."""
    if (until + DAY).day != 1:
        raise ValidationError(_("The books are closed by whole months."), code="month")
    if until >= today:
        message = _("The month of %(day)s is not over yet.")
        raise ValidationError(message, code="running", params={"day": shown(until)})
    if settings.closed_until and until <= settings.closed_until:
        message = _("The books are closed until %(day)s already.")
        raise ValidationError(message, code="closed", params={"day": shown(settings.closed_until)})


def unlock(organisation: Organisation, until: date | None, reason: str, user: User | None, now: datetime) -> PeriodLock:
    """Opens the days after `until` again (None: all of them), with the reason that stands in the log."""
    if not reason.strip():
        raise ValidationError(_("Please say why the books are opened again."), code="reason")
    with transaction.atomic():
        settings = locked_settings(organisation)
        if settings.closed_until is None or (until and until >= settings.closed_until):
            raise ValidationError(_("These books are open already."), code="open")
        return noted(settings, until, reason.strip()[:200], user, now)


def locked_settings(organisation: Organisation) -> LedgerSettings:
    """The settings, with nobody locking or opening meanwhile."""
    return LedgerSettings.objects.select_for_update().get(pk=ledger_settings(organisation).pk)


def noted(settings: LedgerSettings, until: date | None, reason: str, user: User | None, now: datetime) -> PeriodLock:
    """The row of the log first, because the database opens nothing without it."""
    row = PeriodLock.objects.create(
        organisation_id=settings.organisation_id, before=settings.closed_until, closed_until=until, reason=reason, at=now, by=user
    )  # fmt: skip
    settings.closed_until = until
    settings.save(update_fields=["closed_until"])
    return row


def shown(day: date) -> str:
    """A day as people write it."""
    return date_format(day, "SHORT_DATE_FORMAT")
