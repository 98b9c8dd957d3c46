"""One element of a camt file as plain dictionaries: every name stands for the list of its texts and parts, in their order.

An attribute `Ccy` is kept as `Amt.Ccy` beside its amount. Read once, a tree answers many questions faster than XML does.
"""

from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from typing import Any

from billing.formats.bank_lines import BankFileError

Node = dict[str, list[Any]]


@cache
def local(tag: str) -> str:
    """A name without its namespace."""
    return tag[tag.find("}") + 1 :]


def tree(element: Any, but: str = "") -> Node:
    """An element; `but` is a name that is left out."""
    found: Node = {}
    for child in element:
        name = local(child.tag)
        if name == but:
            continue
        found.setdefault(name, []).append(tree(child) if len(child) else child.text or "")
        currency = child.get("Ccy")
        if currency is not None:
            found.setdefault(f"{name}.Ccy", []).append(currency)
    return found


def nodes(node: Node, name: str) -> Iterator[Node]:
    """The parts of one name."""
    return (one for one in node.get(name, ()) if isinstance(one, dict))


def text_at(node: Any, *names: str) -> str:
    """The text at the end of a path, always by the first of each name; nothing if there is none."""
    for name in names:
        if not isinstance(node, dict) or name not in node:
            return ""
        node = node[name][0]
    return node.strip() if isinstance(node, str) else ""


def part_at(node: Node, *names: str) -> Node:
    """The part at the end of a path; an empty one if there is none."""
    for name in names:
        node = next(nodes(node, name), {})
    return node


def signed(node: Node, amount: Decimal, where: str) -> Decimal:
    """An amount with the sign of its `CdtDbtInd`; a reversal (`RvslInd`) already carries the sign of what it moves."""
    indicator = text_at(node, "CdtDbtInd")
    if indicator not in ("CRDT", "DBIT"):
        raise BankFileError("amount", value=indicator or "CdtDbtInd", where=where)
    return amount if indicator == "CRDT" else -amount
