"""What may still happen to write-offs, agreements, plans and applications, once."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django_scopes import scopes_disabled

from billing.models import (
    Application,
    Discharge,
    InstalmentClaim,
    InstalmentPlan,
    PlannedDebit,
)
from members.models import User
from tests.models.rows import LATER, NOON, row

pytestmark = [pytest.mark.both, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def everything_in_sight() -> Iterator[None]:
    with scopes_disabled():
        yield


def test_what_was_written_off_is_confirmed_and_taken_back_once() -> None:
    one = row(Discharge, on=None)
    mine = Discharge.objects.filter(pk=one.pk)
    assert mine.update(on=NOON.date(), confirmed_by=row(User))
    with pytest.raises(IntegrityError, match="take it back"), transaction.atomic():
        mine.update(on=LATER)
    assert mine.update(undone_on=LATER)
    with pytest.raises(IntegrityError, match="take it back"), transaction.atomic():
        mine.update(undone_on=None)


def test_an_agreement_and_a_plan_end_once() -> None:
    plan, claim, planned = row(InstalmentPlan), row(InstalmentClaim), row(PlannedDebit)
    for model, pk, change in (
        (InstalmentPlan, plan.pk, {"ended_on": LATER, "ended_as": "kept"}),
        (InstalmentClaim, claim.pk, {"freed_on": LATER}),
        (PlannedDebit, planned.pk, {"withdrawn_on": LATER}),
    ):
        mine = model._default_manager.filter(pk=pk)
        assert mine.update(**change)
        with pytest.raises(IntegrityError), transaction.atomic():
            mine.update(**{name: None if name.endswith("_on") else "" for name in change})


def test_what_was_ordered_stays_while_it_waits_and_is_decided_once_but_may_be_erased() -> None:
    waiting: Any = row(Application, member=None, decided_at=None)
    rows = Application.objects.filter(pk=waiting.pk)
    for changed in (
        {"data": {"other": 1}},
        {"email": "b@example.org"},
        {"iban": "DE1"},
        {"confirmed_at": NOON.replace(year=2028)},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**changed)
    rows.update(reason="Full", decided_at=NOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(reason="Another")
    rows.delete()
