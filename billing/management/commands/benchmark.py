"""`manage.py benchmark run | usage | what-if | statement | portal | documents`: measures on this machine and says which goals are reached."""

import json
from argparse import ArgumentParser
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from functools import partial
from multiprocessing import get_context
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection, connections
from django.utils import timezone

from billing.benchmarks import documents, portal, usage, what_if
from billing.benchmarks.goals import Goal, goals
from billing.benchmarks.measure import Step
from billing.benchmarks.run import machine, month
from billing.benchmarks.statement import bring, statement_goals
from billing.benchmarks.usage_goals import usage_goals, year_goals

SMALLEST = 100
Answer = tuple[str, dict[str, Any], list[Goal]]


class Command(BaseCommand):
    help = (
        "Measures a month, metered usage, what-if, a bank statement or the pages of portal and office in a throw-away database beside the configured one, on its engine; "
        "documents: draws pages and makes e-invoices, without a database."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=[*WHAT, "documents"])
        parser.add_argument("--contracts", type=int, default=10_000, help="size of the month or the year")
        parser.add_argument("--entries", type=int, default=100_000, help="size of the bank statement")
        parser.add_argument("--members", type=int, default=100_000, help="how many the pages are about")
        parser.add_argument("--documents", type=int, default=200, help="how many of each kind")
        parser.add_argument("--json", action="store_true", help="print the figures for a programme to read")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["what"] == "documents":
            measured = list(documents.costs(max(options["documents"], 1)))
            self.stdout.write(documents_as_json(measured) if options["json"] else documents_as_table(measured))
            return
        measure, size = WHAT[options["what"]]
        head, figures, found = measure(max(options[size], SMALLEST))
        table = pages_as_table if options["what"] == "portal" else as_table
        self.stdout.write(as_json(figures, found) if options["json"] else table(head, figures, found))


def of_run(contracts: int) -> Answer:
    """A month of fees."""
    small, large = apart(month, contracts // 10), apart(month, contracts)
    head = f"{large.contracts:,} contracts, {large.documents:,} documents"
    return head, asdict(large), list(goals(large, small, connection.vendor))


def of_usage(contracts: int) -> Answer:
    """A month of metered usage."""
    found = apart(usage.month, contracts)
    head = f"{found.contracts:,} contracts, {found.events:,} events"
    return head, asdict(found), list(usage_goals(found, connection.vendor))


def of_what_if(contracts: int) -> Answer:
    """A year of usage, asked about."""
    found = apart(what_if.year, contracts)
    head = f"{found.contracts:,} contracts, {found.events:,} events in twelve months"
    return head, asdict(found), list(year_goals(found))


def of_statement(entries: int) -> Answer:
    """A bank statement."""
    small, large = apart(bring, entries // 10), apart(bring, entries)
    head = f"{large.entries:,} entries, {large.booked:,} booked by themselves"
    return head, asdict(large), list(statement_goals(large, small))


def of_portal(members: int) -> Answer:
    """The pages of portal and office."""
    found = apart(partial(portal.ask, on=timezone.localdate()), members)
    head = f"{found.members:,} members, made in {found.seed:.0f} s"
    return head, asdict(found), list(portal.goals(found))


# By name: what measures, and the option that says its size.
WHAT: dict[str, tuple[Callable[[int], Answer], str]] = {
    "run": (of_run, "contracts"),
    "usage": (of_usage, "contracts"),
    "what-if": (of_what_if, "contracts"),
    "statement": (of_statement, "entries"),
    "portal": (of_portal, "members"),
}


def apart(work: Callable[[int], Any], size: int) -> Any:
    """The work in a process of its own, so that its memory is its own."""
    connections.close_all()
    with ProcessPoolExecutor(1, get_context("fork")) as processes:
        return processes.submit(work, size).result()


def as_table(head: str, figures: dict[str, Any], found: list[Goal]) -> str:
    """For people."""
    columns = f"{'step':<9}{'wall s':>9}{'CPU s':>9}{'server s':>10}{'a second':>13}{'peak MB':>9}{'queries/1,000':>15}"
    steps = [step_row(Step(**step)) for step in figures["steps"].values()]
    others = [
        f"{name}: {told(value)}" for name, value in figures.items() if name not in ("steps", "contracts", "entries")
    ]
    return "\n".join([f"{head}; {machine()}", "", columns, *steps, *others, "", *(goal_row(goal) for goal in found)])


def pages_as_table(head: str, figures: dict[str, Any], found: list[Goal]) -> str:
    """For people: each page, and the goals."""
    columns = f"{'page':<34}{'work ms':>9}{'best ms':>9}{'queries':>9}{'html kB':>9}{'all kB':>9}"
    rows = [
        f"{one['name']:<34}{one['work']:>9.0f}{one['best']:>9.0f}{one['queries']:>9}{one['html']:>9.1f}{one['weight']:>9.0f}"
        for one in figures["pages"].values()
    ]
    return "\n".join([f"{head}; {machine()}", "", columns, *rows, "", *(goal_row(goal) for goal in found)])


def told(value: Any) -> str:
    """A figure, or several."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {told(one)}" for name, one in value.items())
    return f"{value:,.4g}" if isinstance(value, float) and value < 100 else f"{value:,.0f}"


def step_row(step: Step) -> str:
    """One step."""
    server = "" if step.server_cpu is None else f"{step.server_cpu:.2f}"
    figures = f"{step.wall:>9.2f}{step.cpu:>9.2f}{server:>10}{step.per_second:>13,.0f}{step.peak_mb:>9.0f}"
    return f"{step.name:<9}{figures}{step.queries_per_thousand:>15.1f}"


def goal_row(goal: Goal) -> str:
    """One goal."""
    sign = ">=" if goal.at_least else "<="
    return f"{goal.name:<56}{goal.measured:>10.3f} {goal.unit:<3}{sign} {goal.must:<7g}{'ok' if goal.reached else 'NOT OK'}"


def documents_as_table(measured: list[documents.Cost]) -> str:
    """For people; what is missing needs libraries that only developers have."""
    head = f"{'documents':<20}{'CPU ms':>9}{'1 process /s':>14}{'2 processes /s':>16}{'of own time /s':>16}{'bytes':>9}"
    rows = [
        f"{one.name:<20}{one.milliseconds:>9.2f}{one.alone:>14.1f}{one.together:>16.1f}{one.busy_together:>16.1f}{one.size:>9,}"
        for one in measured
    ]
    return "\n".join([head, *rows, "", *(goal_row(goal) for goal in documents.goals(measured))])


def documents_as_json(measured: list[documents.Cost]) -> str:
    """For programmes."""
    found = [asdict(goal) | {"reached": goal.reached} for goal in documents.goals(measured)]
    return json.dumps({"documents": [asdict(one) for one in measured], "goals": found}, indent=1)


def as_json(figures: dict[str, Any], found: list[Goal]) -> str:
    """For programmes."""
    goals_told = [asdict(goal) | {"reached": goal.reached} for goal in found]
    return json.dumps({"machine": machine()} | figures | {"goals": goals_told}, indent=1)
