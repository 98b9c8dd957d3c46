"""`manage.py benchmark run` and `benchmark documents`: measure this machine and say which goals are reached."""

import json
from argparse import ArgumentParser
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from multiprocessing import get_context
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection, connections

from billing.benchmarks import documents
from billing.benchmarks.goals import Goal, goals
from billing.benchmarks.measure import Step
from billing.benchmarks.run import Measured, machine, month

SMALLEST = 100


class Command(BaseCommand):
    help = (
        "run: bills a made-up month in a throw-away database beside the configured one, on its engine, and prints what it cost. "
        "documents: draws pages and makes e-invoices, without a database."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["run", "documents"])
        parser.add_argument("--contracts", type=int, default=10_000)
        parser.add_argument("--documents", type=int, default=200, help="how many of each kind")
        parser.add_argument("--json", action="store_true", help="print the figures for a programme to read")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["what"] == "documents":
            measured = list(documents.costs(max(options["documents"], 1)))
            self.stdout.write(documents_as_json(measured) if options["json"] else documents_as_table(measured))
            return
        contracts = max(options["contracts"], SMALLEST)
        small, large = apart(contracts // 10), apart(contracts)
        found = list(goals(large, small, connection.vendor))
        self.stdout.write(as_json(large, found) if options["json"] else as_table(large, found))


def apart(contracts: int) -> Measured:
    """The month in a process of its own, so that its memory is its own."""
    connections.close_all()
    with ProcessPoolExecutor(1, get_context("fork")) as processes:
        return processes.submit(month, contracts).result()


def as_table(measured: Measured, found: list[Goal]) -> str:
    """For people."""
    head = f"{measured.contracts:,} contracts, {measured.documents:,} documents; {machine()}"
    columns = (
        f"{'step':<9}{'wall s':>9}{'CPU s':>9}{'server s':>10}{'contracts/s':>13}{'peak MB':>9}{'queries/1,000':>15}"
    )
    bare = f"bare writes {measured.floor:.2f} s; a plain loop {measured.loop * 1000:.2f} ms a document"
    return "\n".join(
        [
            head,
            "",
            columns,
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
