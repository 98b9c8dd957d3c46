"""New mandate references: capital letters, digits and dashes only, whatever the pattern is filled with (EPC130-08)."""

import re

from billing.formats.sepa_text import transliterate

LONGEST = 35
PATTERN = re.compile(r"[A-Z0-9-]{0,12}(\{member\}-?)?\{number(:0[1-9]d)?\}")
FOREIGN = re.compile(r"[^A-Z0-9]+")


def is_pattern(pattern: str) -> bool:
    """`M-{number:05d}` or `MV{member}-{number}`: capital letters, digits and dashes, then the running number."""
    return bool(PATTERN.fullmatch(pattern))


def reference(pattern: str, number: int, member: str) -> str:
    """The pattern filled in. ValueError for a pattern that `is_pattern` refuses, or a number that is none."""
    if not is_pattern(pattern) or number < 1:
        raise ValueError(f"{pattern!r} cannot be filled with {number}")
    running = pattern.replace("{member}", "").format(number=number)
    room = LONGEST - len(running)
    name = FOREIGN.sub("-", transliterate(member).upper()).strip("-")[:room].rstrip("-")
    return pattern.format(number=number, member=name).strip("-")[:LONGEST]
