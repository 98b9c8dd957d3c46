"""Where a fault of a tariff's terms belongs in the editor: from the JSON path to the field."""

import re
from dataclasses import dataclass

_STEP = re.compile(r"\.?([A-Za-z_][A-Za-z0-9_-]*)|\[([0-9]+)\]")
_SPANS = ("interval", "minimum_term", "notice", "renewal")
_PLAIN = {
    "legal_basis", "sphere", "timing", "proration", "prices", "ends", "description", "exemption", "intervals",
}  # fmt: skip
_LENGTHS = ("months", "weeks", "days", "periods")


@dataclass(frozen=True, slots=True)
class Place:
    """The part of the editor, the row and the price step in it, and the field; `path` is where the file has it."""

    path: str
    part: str = "main"
    field: str = ""
    row: int = 0
    tier: int | None = None


def place_of(path: str) -> Place:
    """The place of a path below one version's terms, such as `components[1].tiers[0].up_to`."""
    steps: list[str | int] = [int(number) if number else name for name, number in _STEP.findall(path)]
    first, rest = (str(steps[0]), steps[1:]) if steps else ("", [])
    if first in ("components", "phases", "loyalty"):
        return row_place(path, first, rest)
    if first in ("valid_from", "existing_from"):
        return Place(path, "days", first)
    return Place(path, "main", main_field(first, str(rest[0]) if rest else ""))


def row_place(path: str, part: str, steps: list[str | int]) -> Place:
    """A field of a row; what is wrong with all rows together stands above the form."""
    if not steps or not isinstance(steps[0], int):
        return Place(path)
    row, name = steps[0], str(steps[1]) if len(steps) > 1 else ""
    if part == "phases":
        field = {"factor": "value", "price": "value"}.get(
            name, "length" if name in _LENGTHS else "value" if not name else ""
        )
        return Place(path, part, field, row)
    if part == "loyalty":
        return Place(path, part, name or "after", row)
    if name == "tiers" and len(steps) > 2 and isinstance(steps[2], int):
        return Place(path, part, str(steps[3]) if len(steps) > 3 else "up_to", row, steps[2])
    return Place(path, part, "model" if name == "tiers" else name or "name", row)


def main_field(first: str, second: str) -> str:
    """A field of what is agreed once."""
    if first in _SPANS or first in _PLAIN:
        return first
    if first in ("anchor", "resolution"):
        default = {"anchor": "anchor", "resolution": "resolution_body"}[first]
        return f"{first}_{second}" if second in ("day", "month", "body", "on", "reference") else default
    if first == "trial":
        return "trial_then" if second == "then" else "trial"
    return {"vat_rate": "vat", "then": "phases_then", "change": second}.get(first, "")
