"""`manage.py benchmark run|statement`: measures the month, or a bank statement, and says which goals are reached."""

import json
from argparse import ArgumentParser
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from multiprocessing import get_context
from typing import Any, TypeVar

from django.core.management.base import BaseCommand
from django.db import connection, connections

from billing.benchmarks.goals import Goal, goals
from billing.benchmarks.measure import Step
from billing.benchmarks.run import Measured, machine, month
from billing.benchmarks.statement import bring, statement_goals

SMALLEST = 100
COLUMNS = f"{'step':<9}{'wall s':>9}{'CPU s':>9}{'server s':>10}{'a second':>13}{'peak MB':>9}{'queries/1,000':>15}"
Result = TypeVar("Result")


class Command(BaseCommand):
    help = "Bills a made-up month in a throw-away database beside the configured one, on its engine, and prints what it cost."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["run", "statement"])
        parser.add_argument("--contracts", type=int, default=10_000, help="size of the month")
        parser.add_argument("--entries", type=int, default=100_000, help="size of the bank statement")
        parser.add_argument("--json", action="store_true", help="print the figures for a programme to read")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["what"] == "statement":
            self.stdout.write(statement_table(max(options["entries"], SMALLEST)))
            return
        contracts = max(options["contracts"], SMALLEST)
        small, large = apart(month, contracts // 10), apart(month, contracts)
        found = list(goals(large, small, connection.vendor))
        self.stdout.write(as_json(large, found) if options["json"] else as_table(large, found))


def apart(work: Callable[[int], Result], size: int) -> Result:
    """The work in a process of its own, so that its memory is its own."""
    connections.close_all()
    with ProcessPoolExecutor(1, get_context("fork")) as processes:
        return processes.submit(work, size).result()


def statement_table(entries: int) -> str:
    """A bank statement, for people."""
    small, large = apart(bring, entries // 10), apart(bring, entries)
    head = f"{large.entries:,} entries, {large.booked:,} booked by themselves; {machine()}"
    steps = [step_row(step) for step in large.steps.values()]
    return "\n".join([head, "", COLUMNS, *steps, "", *(goal_row(goal) for goal in statement_goals(large, small))])


def as_table(measured: Measured, found: list[Goal]) -> str:
    """For people."""
    head = f"{measured.contracts:,} contracts, {measured.documents:,} documents; {machine()}"
    bare = f"bare writes {measured.floor:.2f} s; a plain loop {measured.loop * 1000:.2f} ms a document"
    return "\n".join(
        [
            head,
            "",
            COLUMNS,
            *(step_row(step) for step in measured.steps.values()),
            bare,
            "",
            *(goal_row(goal) for goal in found),
        ]
    )


def step_row(step: Step) -> str:
    """One step."""
    server = "" if step.server_cpu is None else f"{step.server_cpu:.2f}"
    figures = f"{step.wall:>9.2f}{step.cpu:>9.2f}{server:>10}{step.per_second:>13,.0f}{step.peak_mb:>9.0f}"
    return f"{step.name:<9}{figures}{step.queries_per_thousand:>15.1f}"


def goal_row(goal: Goal) -> str:
    """One goal."""
    sign = ">=" if goal.at_least else "<="
    return f"{goal.name:<52}{goal.measured:>10.3f} {goal.unit:<3}{sign} {goal.must:<7g}{'ok' if goal.reached else 'NOT OK'}"


def as_json(measured: Measured, found: list[Goal]) -> str:
    """For programmes."""
    steps = {name: asdict(step) for name, step in measured.steps.items()}
    figures = {
        "machine": machine(),
        "contracts": measured.contracts,
        "documents": measured.documents,
        "floor": measured.floor,
        "loop": measured.loop,
    }
    return json.dumps(
        figures | {"steps": steps, "goals": [asdict(goal) | {"reached": goal.reached} for goal in found]}, indent=1
    )
