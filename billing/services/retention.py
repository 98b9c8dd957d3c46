"""What is kept for a time and then goes by itself: papers of proofs and mandates, proof of old consents, people who asked to be erased.

Facts about money are never touched: invoices, postings and payments keep their numbers, sums and hashes (GoBD, AO 146 (4)).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from billing.models import Mandate, MandateDocument
from billing.pricing.periods import add_months
from billing.services import erasure, mandate_papers, proofs
from billing.services.mandates import erasable_from
from members.models import Consent, Organisation

# How long a withdrawn consent may have to be proven: claims end three years after the year (BGB 195, 199).
CONSENT_YEARS = 3


@dataclass(frozen=True, slots=True)
class Done:
    """How many of one kind went, or would go."""

    what: str
    count: int


def is_due(organisation: Organisation, today: date) -> bool:
    """Whether there is anything that goes without anybody asking."""
    return any(step(organisation, today, None) for step in DAILY)


def run_daily(organisation: Organisation, today: date, now: datetime) -> None:
    """What was promised to members goes by itself; papers of mandates only when somebody starts the command."""
    for step in DAILY:
        step(organisation, today, now)


def run(organisation: Organisation, today: date, now: datetime | None) -> list[Done]:
    """Everything whose time is over; with `now` None it is only counted."""
    return [Done(str(what), step(organisation, today, now)) for what, step in STEPS]


def proof_files(organisation: Organisation, today: date, now: datetime | None) -> int:
    """Papers of proofs, some days after the decision."""
    return proofs.erase_files(organisation, today, dry=now is None)


def mandate_files(organisation: Organisation, today: date, now: datetime | None) -> int:
    """Papers of mandates, 14 months after the last collection and the end (EPC173-14)."""
    ended = Mandate.objects.filter(organisation=organisation, ended_on__lt=add_months(today, -14))
    rows = MandateDocument.objects.filter(mandate__in=ended, erased_on=None).select_related("mandate").defer("content")
    due = [one for one in rows if (erasable_from(one.mandate) or today) <= today]
    if now is not None:
        for one in due:
            mandate_papers.erase(one, today)
    return len(due)


def old_consents(organisation: Organisation, today: date) -> QuerySet[Consent]:
    """Withdrawn so long ago that nobody can claim anything any more."""
    edge = date(today.year - CONSENT_YEARS, 1, 1)
    rows = Consent.objects.filter(organisation=organisation, withdrawn_at__date__lt=edge)
    return rows.exclude(given_how={}, withdrawn_how={})


def consent_evidence(organisation: Organisation, today: date, now: datetime | None) -> int:
    """How a consent was given: internet address and browser go, that it was given and withdrawn stays."""
    rows = old_consents(organisation, today)
    return rows.count() if now is None else rows.update(given_how={}, withdrawn_how={})


def people(organisation: Organisation, today: date, now: datetime | None) -> int:
    """Members who asked to be erased, after their last day of keeping."""
    rows = erasure.due(organisation, today)
    return len(rows) if now is None else sum(erasure.anonymise(one, today, now) for one in rows)


Step = Callable[[Organisation, date, datetime | None], int]
STEPS: tuple[tuple[object, Step], ...] = (
    (_("Papers of proofs"), proof_files),
    (_("Papers of mandates"), mandate_files),
    (_("How old consents were given"), consent_evidence),
    (_("Members who asked to be erased"), people),
)
DAILY: tuple[Step, ...] = (proof_files, consent_evidence, people)
