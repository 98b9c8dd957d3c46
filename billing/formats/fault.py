"""A fault found in a file: what every checker of a format returns."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that the receiver would refuse, and where it stands."""

    code: str
    where: str
    message: str
