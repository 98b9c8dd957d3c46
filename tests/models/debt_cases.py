"""How each rule of the tables of debts is broken once."""

from decimal import Decimal

from billing.models import (
    AncillaryClaim,
    Collection,
    DebtSettings,
    Discharge,
    Instalment,
    InstalmentClaim,
    InstalmentPlan,
    PlannedDebit,
)
from members.models import User
from tests.models.breaking import Case, Step, twice, wrong
from tests.models.rows import DAY, LATER, row


def two_instalments(*, booked: bool, same: bool) -> Step:
    """Two debits of one claim, each for an instalment."""
    first = row(Collection, instalment=row(Instalment), booked_on=DAY if booked else None)
    given = {"invoice": first.invoice, "booked_on": first.booked_on}
    other = first.instalment if same else row(Instalment)
    return lambda: row(Collection, instalment=other, **given)


def wrong_settings() -> Step:
    settings = row(DebtSettings)
    return lambda: DebtSettings.objects.filter(pk=settings.pk).update(small_difference=Decimal("-0.01"))


def confirmed_by_its_maker() -> Step:
    maker = row(User)
    row(Discharge, asked_by=maker, confirmed_by=row(User))
    return lambda: row(Discharge, asked_by=maker, confirmed_by=maker)


def confirmed_and_not_booked() -> Step:
    return wrong(Discharge, on=None, confirmed_by=row(User))()


def two_proposals_for_a_cost() -> Step:
    return twice(Discharge, on=None, ancillary=row(AncillaryClaim))()


DEBT_CASES: dict[str, Case] = {
    "collection_one_live_per_instalment": lambda: two_instalments(booked=True, same=True),
    "collection_one_under_way_per_claim": lambda: two_instalments(booked=False, same=False),
    "debt_settings_difference_is_not_negative": wrong_settings,
    "discharge_amount_is_positive": wrong(Discharge, amount=0),
    "discharge_write_off_says_why": wrong(Discharge, reason=""),
    "discharge_checker_is_not_the_maker": confirmed_by_its_maker,
    "discharge_confirmed_means_booked": confirmed_and_not_booked,
    "discharge_one_proposal_per_claim": twice(Discharge, "invoice", on=None),
    "discharge_one_proposal_per_cost": two_proposals_for_a_cost,
    "instalment_plan_reference_once": twice(InstalmentPlan, "reference"),
    "instalment_plan_one_running_per_payer": twice(InstalmentPlan, "member"),
    "instalment_plan_end_has_its_kind": wrong(InstalmentPlan, ended_on=LATER),
    "instalment_claim_in_one_agreement": twice(InstalmentClaim, "invoice"),
    "instalment_claim_amount_is_positive": wrong(InstalmentClaim, amount=0),
    "instalment_once_per_agreement_and_number": twice(Instalment, "plan", "number"),
    "instalment_amount_is_positive": wrong(Instalment, amount=0),
    "planned_debit_amount_is_positive": wrong(PlannedDebit, amount=0),
}
