"""What is metered in the period that runs, in words and as a drawing: the same on the first page and on the page of usage."""

from collections.abc import Sequence
from typing import Any

from billing.documents.usage_words import left_words, over_words, quota_bar, used_words
from billing.services.quota import UsageRow
from portal.household_contracts import Household, Person


def drawn(row: UsageRow, household: Household) -> dict[str, Any]:
    """One meter of the period that runs: words, and the quota as a drawing."""
    return quota_words(row) | {"row": row, "name": whose(row, household.people)}


def quota_words(row: UsageRow) -> dict[str, Any]:
    """What was used, how much of it is beyond what is free, and where it is heading."""
    return {
        "used": used_words(row.now.used, row.now.free, row.unit), "over": over_words(row.now.used, row.now.free, row.unit),
        "left": left_words(row.days_left, row.expected, row.unit), "bar": quota_bar(row.now.used, row.now.free, row.expected, row.unit),
    }  # fmt: skip


def whose(row: UsageRow, people: Sequence[Person]) -> str:
    """The tariff, and who has it where there are several people."""
    for one in people:
        for contract in one.contracts:
            if contract.pk == row.contract:
                return f"{contract.tariff}, {one.member.name}" if len(people) > 1 else str(contract.tariff)
    return ""
