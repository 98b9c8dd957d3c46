"""The goals of metered usage and of what-if. Seconds are those of work (program and database), which neighbours do not change."""

from collections.abc import Iterator

from billing.benchmarks.goals import LARGE, Goal
from billing.benchmarks.usage import Measured
from billing.benchmarks.what_if import Measured as Year

MILLION = 1_000_000


def usage_goals(found: Measured, vendor: str) -> Iterator[Goal]:
    """A month of usage."""
    postgres = vendor == "postgresql"
    taken, again, read, doors = found.steps["import"], found.steps["again"], found.steps["read"], found.doors
    for size, must in ((100, 10_000), (1000, 15_000)) if f"served {1000}" in doors else ():
        yield Goal(f"U1 events a second served, {size} at once", doors[f"served {size}"], must, at_least=True)
    yield Goal("U2 faster than a plain ModelSerializer", doors["own"] / doors["plain"], 3, "x", at_least=True)
    yield Goal("U3 import of a list, against the bare writes", taken.busy / found.floor, 6 if postgres else 12)
    yield Goal("U4 reading a million events for rating", read.busy * MILLION / found.events, 3 if postgres else 8, "s")
    yield Goal("U5 the same list again, against the first time", again.busy / taken.busy, 1.2)
    yield Goal(
        "preview of 100,000 contracts with a million events",
        found.steps["preview"].busy * LARGE / found.contracts,
        30,
        "s",
    )
    month = sum(found.steps[name].busy for name in ("preview", "approve", "issue"))
    yield Goal("priced and issued: 100,000 contracts, a million events", month * LARGE / found.contracts, 240, "s")


def year_goals(found: Year) -> Iterator[Goal]:
    """A year of usage, told for 10,000 contracts."""
    scale = 10_000 / found.contracts
    for name, what in (
        ("what-if", "what-if, 10,000 contracts x 12 months"), ("five", "five scenarios side by side"), ("best", "best tariff of everybody"),
        ("forecast", "forecast of 12 months"), ("quota", "who is near the quota"),
    ):  # fmt: skip
        yield Goal(what, found.steps[name].busy * scale, 60, "s")
