"""Computations over many contracts that a person asks for and looks at later: what-if, best tariff, forecast.

Each is a row; the worker computes it and says how far it is. Asking again computes anew.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.models import Scenario
from billing.pricing.periods import add_months
from billing.services import advice, forecast, what_if
from billing.services.contracts import load_tariffs
from billing.services.portfolio import Selection, check_selection, rows_of, selection_of
from billing.services.what_if import Progress, Variant
from members.models import Organisation, User

WHAT_IF, BEST_TARIFF, FORECAST = "what_if", "best_tariff", "forecast"
AT_ONCE = 1500
SHOWN = 500


def ask_what_if(
    organisation: Organisation,
    name: str,
    selection: Selection,
    span: tuple[date, date],
    variants: Sequence[Variant],
    user: User | None,
    now: datetime,
) -> Scenario:
    """Stores a what-if that can be computed; refuses contracts and terms that cannot."""
    check_selection(organisation, selection)
    what_if.ready(load_tariffs(organisation), variants)
    chosen = selection.as_data() | {"kind": WHAT_IF}
    return store(organisation, name, chosen, span, [variant.as_data() for variant in variants], user, now)


def ask_best_tariff(organisation: Organisation, on: date, user: User | None, now: datetime) -> Scenario:
    """Stores the question which tariff would suit whom, over the last twelve whole months."""
    span = advice.last_year(on)
    return store(organisation, _("Best tariffs"), {"kind": BEST_TARIFF}, span, [], user, now)


def ask_forecast(organisation: Organisation, on: date, user: User | None, now: datetime) -> Scenario:
    """Stores the question what the next twelve months bring."""
    span = on.replace(day=1), add_months(on.replace(day=1), forecast.MONTHS)
    return store(organisation, _("Forecast"), {"kind": FORECAST}, span, [], user, now)


def store(
    organisation: Organisation,
    name: str,
    selection: dict[str, Any],
    span: tuple[date, date],
    variants: list[dict[str, Any]],
    user: User | None,
    now: datetime,
) -> Scenario:
    """The row, not computed yet."""
    return Scenario.objects.create(
        organisation=organisation, name=name[:120], selection=selection, start=span[0], end=span[1], variants=variants,
        created_at=now, created_by=user,
    )  # fmt: skip


def is_small(scenario: Scenario) -> bool:
    """Whether it is computed while a person waits: fewer than 1,500 prices of a contract."""
    contracts = rows_of(scenario.organisation, selection_of(scenario.selection)).count()
    return contracts * (1 + max(1, len(scenario.variants))) <= AT_ONCE


def size_of(scenario: Scenario) -> int:
    """How many contracts it looks at."""
    return rows_of(scenario.organisation, selection_of(scenario.selection)).count()


class Withdrawn(Exception):  # noqa: N818 (nothing went wrong)
    """Nobody wants to know any more."""


def withdraw(scenario: Scenario) -> None:
    """Takes the question back: the worker stops at the next slice, and nothing is kept."""
    if not Scenario.objects.filter(pk=scenario.pk, computed_at=None).delete()[0]:
        raise ValidationError(_("This is computed already."), code="computed")


def wanted(pk: int) -> None:
    """Raises Withdrawn if the question was taken back meanwhile."""
    if not Scenario.objects.filter(pk=pk).exists():
        raise Withdrawn


def compute(scenario: Scenario, now: datetime, progress: Progress = lambda done: None) -> None:
    """Computes what was asked and stores it, whole."""
    with override(scenario.organisation.language):
        result, rows = KINDS[scenario.selection["kind"]](scenario, progress)
    if not Scenario.objects.filter(pk=scenario.pk).update(result=result, rows=rows, computed_at=now):
        raise Withdrawn
    scenario.refresh_from_db()


def compute_what_if(scenario: Scenario, progress: Progress) -> tuple[dict[str, Any], bytes]:
    """Totals, winners and losers, and every contract as CSV."""
    variants = [what_if.variant_of(data) for data in scenario.variants]
    span = scenario.start, scenario.end
    rows = what_if.compare(scenario.organisation, selection_of(scenario.selection), span, variants, progress)
    return what_if.summary(rows, variants), what_if.as_csv(rows, variants)


def compute_best_tariff(scenario: Scenario, progress: Progress) -> tuple[dict[str, Any], bytes]:
    """Who pays too much, largest first; the CSV holds everybody."""
    span = scenario.start, scenario.end
    found = list(advice.best_tariffs(scenario.organisation, span, progress=progress))
    too_much = sorted((one for one in found if one.saved), key=lambda one: (-one.saved, one.number))
    listed = [advice.as_data(one) for one in too_much[:SHOWN]]
    return advice.summary(found) | {"rows": listed, "more": max(0, len(too_much) - SHOWN)}, advice.as_csv(found)


def compute_forecast(scenario: Scenario, progress: Progress) -> tuple[dict[str, Any], bytes]:
    """Twelve months."""
    months = forecast.forecast(scenario.organisation, scenario.start, progress)
    return {"months": [forecast.as_data(month) for month in months]}, forecast.as_csv(months)


KINDS = {WHAT_IF: compute_what_if, BEST_TARIFF: compute_best_tariff, FORECAST: compute_forecast}


def latest(organisation: Organisation, kind: str) -> Scenario | None:
    """The newest one of a kind."""
    return Scenario.objects.filter(organisation=organisation, selection__kind=kind).defer("rows").first()
