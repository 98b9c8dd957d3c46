"""How each rule of the tables of reminders is broken once."""

from datetime import date
from decimal import Decimal
from typing import Any

from billing.models import (
    AncillaryClaim,
    DunningItem,
    DunningLevel,
    DunningNotice,
    DunningSettings,
    DunningStop,
    HandedClaim,
)
from members.models import User
from tests.models.breaking import Case, Step, twice, wrong
from tests.models.rows import DAY, LATER, row

DAYS = {"interest_from": DAY, "interest_to": LATER, "default_from": DAY, "default_reason": "reminder"}


def settings(**values: Any) -> Case:
    return lambda: lambda: row(DunningSettings, **values)


def fee_twice() -> Step:
    item = row(DunningItem)
    row(AncillaryClaim, item=item, kind="costs")
    return lambda: row(AncillaryClaim, item=item, kind="costs")


def waived_without_reason() -> Step:
    waived = {"waived_on": LATER, "waived_by": row(User)}
    row(AncillaryClaim, waived_reason="kindness", **waived)
    return lambda: row(AncillaryClaim, **waived)


DUNNING_CASES: dict[str, Case] = {
    "ancillary_claim_one_of_a_kind_per_reminded_claim": fee_twice,
    "ancillary_claim_one_lump_sum_per_claim": twice(AncillaryClaim, "invoice", kind="lump_sum"),
    "ancillary_claim_reason_of_a_waiver_has_its_day": wrong(AncillaryClaim, waived_reason="kindness"),
    "ancillary_claim_waived_by_a_person_says_why": waived_without_reason,
    "dunning_minimum_is_not_negative": settings(minimum=-1),
    "dunning_fee_of_persons_above_its_cost_says_why": settings(consumer_cap=Decimal("2.51")),
    "dunning_level_once": twice(DunningLevel, "level"),
    "dunning_level_leaves_time": wrong(DunningLevel, after_days=0),
    "dunning_first_reminder_is_free": wrong(DunningLevel, level=1, fee=1, fee_basis="postage"),
    "dunning_fee_names_its_ground": wrong(DunningLevel, fee=1),
    "dunning_pause_has_a_ground_and_a_warning": wrong(DunningLevel, pause_days=30),
    "dunning_notice_one_per_payer_and_run": twice(DunningNotice, "run", "member"),
    "dunning_notice_total_is_the_sum_of_its_parts": wrong(DunningNotice, total=Decimal("11.91")),
    "dunning_notice_claims_something": wrong(DunningNotice, principal=0, total=0),
    "dunning_one_claim_at_one_level_once": twice(DunningItem, "invoice", "level"),
    "dunning_item_claims_something": wrong(DunningItem, principal=0),
    "dunning_interest_names_its_days_and_follows_default": wrong(
        DunningItem, interest=1, **DAYS | {"default_from": LATER}
    ),
    "dunning_default_has_its_reason": wrong(DunningItem, default_from=DAY),
    "dunning_stop_is_for_a_member_or_a_claim": wrong(DunningStop, member=None),
    "dunning_stop_says_why": wrong(DunningStop, reason=""),
    "dunning_stop_ends_after_it_begins": wrong(DunningStop, until=date(2026, 12, 31)),
    "handed_claim_once_at_a_time": twice(HandedClaim, "invoice"),
    "handed_claim_says_to_whom": wrong(HandedClaim, to=""),
}
