"""Mandates: how long one may be used."""

from datetime import date

from billing.models import Mandate
from billing.pricing.periods import add_months

LIFETIME_MONTHS = 36


def lapses_on(last_presented_on: date) -> date:
    """The last day on which a collection may be due: 36 months after the latest one presented, even if it was returned.

    A mandate that was never used counts from its signature (EPC016-06, 4.1).
    """
    return add_months(last_presented_on, LIFETIME_MONTHS)


def is_usable(mandate: Mandate, on: date) -> bool:
    """Neither ended, suspended nor lapsed on a collection date."""
    alive = mandate.ended_on is None and mandate.suspended_on is None
    return alive and lapses_on(mandate.last_presented_on or mandate.signed_on) >= on
