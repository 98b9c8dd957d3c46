"""Price a case without any database: what it costs, what daily runs would bill, when it ends."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from billing.pricing import Fault, PricingFaults, quote, read_json

BAD_INPUT = 2
MOST_BYTES = 20_000_000


class Command(BaseCommand):
    """`manage.py quote CASE.json`, or `-` for standard input. Bad input: exit status 2 and a line for each fault."""

    help = "Price a case: tariffs, contract, usage, until. Prints JSON."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("case", metavar="CASE.json", help="a JSON file, or - for standard input")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            answer = quote(read_json(read_bytes(str(options["case"]))))
        except PricingFaults as error:
            for fault in error.faults:
                self.stderr.write(str(fault))
            sys.exit(BAD_INPUT)
        self.stdout.write(json.dumps(answer, indent=1, ensure_ascii=not says_unicode(self.stdout)))


def read_bytes(name: str) -> bytes:
    """The bytes of a file or of standard input."""
    try:
        data = first_bytes(name, MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        raise PricingFaults([Fault("$", "cannot be read: {why}", {"why": error})]) from error
    if len(data) > MOST_BYTES:
        raise PricingFaults([Fault("$", "is larger than {most} bytes", {"most": MOST_BYTES})])
    return data


def first_bytes(name: str, most: int) -> bytes:
    """At most so many bytes from the beginning."""
    if name == "-":
        return sys.stdin.buffer.read(most)
    with Path(name).open("rb") as file:
        return file.read(most)


def says_unicode(stream: Any) -> bool:
    """Whether every letter can be written to the stream."""
    return "utf" in (getattr(stream, "encoding", None) or "").lower()
