"""Amounts of many contracts at once, joined by the database: a row for each of a million events would cost most of a run."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise

from django.contrib.postgres.aggregates import StringAgg
from django.db import connection
from django.db.models import Aggregate, Count, Func, QuerySet, TextField, Value
from django.db.models.functions import Cast

from billing.models import UsageEvent
from billing.pricing import Column


class GroupConcat(Aggregate):
    """SQLite: the values of a group with commas between them, in any order; decimals with the fifteen places that it keeps."""

    function = "GROUP_CONCAT"
    output_field = TextField()


def columns_of(rows: QuerySet[UsageEvent]) -> tuple[dict[int, dict[str, Column]], set[int]]:
    """By contract and meter what was counted; and the contracts with names or readings, which have to be read one by one."""
    found: dict[int, dict[str, Column]] = defaultdict(dict)
    others: set[int] = set()
    for contract, meter, events, amounts, days, values, moments in groups(rows):
        if events == amounts:
            found[contract][meter] = column(days, values, moments)
        else:
            others.add(contract)
    return {contract: columns for contract, columns in found.items() if contract not in others}, others


def groups(rows: QuerySet[UsageEvent]) -> Iterator[tuple[int, str, int, int, str, str, str]]:
    """For each contract and meter: how many events, how many amounts, their days, amounts and (on SQLite) moments."""
    grouped = (
        rows.order_by().values_list("contract_id", "meter__code").annotate(events=Count("pk"), amounts=Count("value"))
    )
    yield from grouped.annotate(**(on_postgres() if connection.vendor == "postgresql" else on_sqlite()))


def on_postgres() -> dict[str, Aggregate | Value]:
    """In the order in which it happened."""
    days = Func("on", Value("YYYY-MM-DD"), function="TO_CHAR", output_field=TextField())
    values = Cast("value", TextField())
    in_order = ("at", "pk")
    return {
        "days": StringAgg(days, ",", order_by=in_order),
        "values": StringAgg(values, ",", order_by=in_order),
        "moments": Value(""),
    }


def on_sqlite() -> dict[str, Aggregate | Value]:
    """With the moments, from which the order is made."""
    return {"days": GroupConcat("on"), "values": GroupConcat("value"), "moments": GroupConcat("at")}


def column(days: str, values: str, moments: str) -> Column:
    """What was counted, in its order. Moments are texts of one form and zone, so that they sort as they stand."""
    found = Column([*map(day, days.split(","))], [*map(Decimal, values.split(","))])
    at = moments.split(",") if moments else []
    if all(before <= after for before, after in pairwise(at)):
        return found
    places = sorted(range(len(at)), key=at.__getitem__)
    return Column([found.days[place] for place in places], [found.values[place] for place in places])


@lru_cache(maxsize=4096)
def day(text: str) -> date:
    """A day as both engines write it."""
    return date.fromisoformat(text)
