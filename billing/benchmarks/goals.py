"""The goals of a billing run, as ratios to what the same machine's database can do, so that they hold on any machine."""

from collections.abc import Iterator
from dataclasses import dataclass

from billing.benchmarks.run import Measured

LARGE = 100_000


@dataclass(frozen=True, slots=True)
class Goal:
    """One goal: what was measured and what must be. `at_least`: more is better."""

    name: str
    measured: float
    must: float
    unit: str = ""
    at_least: bool = False

    @property
    def reached(self) -> bool:
        return self.measured >= self.must if self.at_least else self.measured <= self.must


def goals(large: Measured, small: Measured, vendor: str) -> Iterator[Goal]:
    """Every goal. Ratios compare seconds of work, which neighbours on the machine do not change; seconds are those of the clock."""
    postgres = vendor == "postgresql"
    issue, before = large.steps["issue"], small.steps["issue"]
    scale = LARGE / large.contracts
    yield Goal(
        "B1 issue, against the bare writes" if postgres else "B2 issue, against the bare writes",
        issue.busy / large.floor,
        4 if postgres else 7,
    )
    yield Goal("B3 issue of 100,000 contracts", issue.wall * scale, 60 if postgres else 45, "s")
    yield Goal(
        "B4 faster than a plain loop with save()", large.loop * large.documents / issue.busy, 10, "x", at_least=True
    )
    yield Goal("B5 queries per contract", issue.queries / large.contracts, 0.02 if postgres else 0.08)
    yield Goal("B6 peak memory of the issue", issue.peak_mb, 200, "MB")
    yield Goal(
        "B6 memory, against a tenth of the contracts", issue.peak_mb / before.peak_mb if before.peak_mb else 0, 2
    )
    yield Goal("B7 seconds, against a tenth of the contracts", issue.busy / before.busy, 12)
    yield from month_goals(large, scale)


def month_goals(large: Measured, scale: float) -> Iterator[Goal]:
    """The steps around the issue."""
    collect = large.steps["collect"]
    yield Goal("preview of 100,000 contracts", large.steps["preview"].wall * scale, 30, "s")
    yield Goal("pain.008 of 100,000 debits, checked and stored", large.files * LARGE / large.debits, 10, "s")
    yield Goal("peak memory of the collection", collect.peak_mb, 200, "MB")
    month = ("preview", "approve", "issue", "collect", "export")
    yield Goal(
        "the month of 100,000 contracts without PDFs", sum(large.steps[name].wall for name in month) * scale, 240, "s"
    )
