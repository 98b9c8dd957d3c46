"""The club of the tests: 1,195 members, taken from a real program's export, billed here from January 2027."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from django_scopes import scope

from billing.models import BillingRun
from billing.services import member_import, month
from billing.services.organisations import setup_organisation
from billing.services.report import Report
from members.models import Organisation

FOLDER = Path(__file__).parent / "files" / "musterverein"
EXPECTED: dict[str, Any] = json.loads((FOLDER / "erwartet.json").read_text())
MONTHS = {
    "2027-01": (date(2026, 12, 15), date(2027, 1, 31), date(2027, 1, 1)),
    "2027-02": (date(2027, 1, 15), date(2027, 2, 28), date(2027, 2, 1)),
    "2027-03": (date(2027, 2, 15), date(2027, 3, 31), date(2027, 3, 1)),
    "2027-04": (date(2027, 3, 15), date(2027, 4, 30), date(2027, 4, 1)),
}


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 11, tzinfo=UTC)


def member_file() -> bytes:
    return (FOLDER / "mitglieder.csv").read_bytes()


def setup(bill_from: date = date(2027, 1, 1)) -> Organisation:
    """The club with its members; about a second."""
    organisation, _created = setup_organisation(json.loads((FOLDER / "organisation.json").read_text()))
    with scope(organisation=organisation):
        plan = member_import.plan(organisation, member_file(), bill_from)
        member_import.take(plan, now=noon(date(2026, 12, 1)), user=None)
    return organisation


def bill(organisation: Organisation, name: str, *, approved: bool = True) -> tuple[BillingRun, Report]:
    """One of the months, in one call."""
    on, until, collect_on = MONTHS[name]
    return month.run_month(organisation, on, until, collect_on, approved=approved, now=noon(on))
