"""The letter of a reminder: its words, the table of claims, the panel with the GiroCode, and how the interest was reckoned."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.documents.dunning_words import (
    CLAIMS,
    GROUNDS,
    PAYMENT,
    added,
    paid_like,
    reckoning_heads,
    reckoning_rows,
    sum_row,
)
from billing.documents.figures import day, money
from billing.documents.letterhead import number_of
from billing.documents.record_pdf import Payment, Record, Table, render_record

Snapshot = Mapping[str, Any]
MARK = re.compile(rf"({re.escape(CLAIMS)}|{re.escape(PAYMENT)})")
CLAIM_WIDTHS, ADDED_WIDTHS = (45, 24, 24, 24, 24, 24), (141, 24)
RECKONING_WIDTHS = (32, 42, 14, 25, 30, 22)
FIGURES, LAST = frozenset({3, 4, 5}), frozenset({1})


def render_notice(snapshot: Snapshot, logo: bytes | None = None, colour: str = "#1b4d5c") -> bytes:
    """The PDF; the same bytes for the same snapshot."""
    with override(snapshot["language"]):
        record = Record(
            language=snapshot["language"], title=snapshot["heading"], subject=snapshot["remittance"], issued_on=snapshot["on"],
            issuer=snapshot["issuer"], recipient=snapshot["recipient"], creditor_identifier=snapshot["creditor"]["creditor_identifier"],
            information=information(snapshot), parts=list(parts(snapshot)),
        )  # fmt: skip
    return render_record(record, logo, colour)


def information(snapshot: Snapshot) -> list[tuple[str, str]]:
    """Beside the address."""
    language = snapshot["language"]
    return [
        (_("Date"), day(snapshot["on"], language)),
        *number_of(snapshot["issuer"], snapshot["recipient"]["member_number"]),
        (_("To pay"), money(snapshot["total"], language)),
        (_("Pay until"), day(snapshot["pay_until"], language)),
    ]


def parts(snapshot: Snapshot) -> Iterator[str | Table | Payment]:
    """The text with its tables where they belong, and the reckoning below."""
    for piece in MARK.split(snapshot["text"]):
        if piece == CLAIMS:
            yield from claim_tables(snapshot)
        elif piece == PAYMENT:
            yield Payment(paid_like(snapshot))
        else:
            yield from (one.strip("\n") for one in piece.split("\n\n") if one.strip())
    yield from reckoning(snapshot)


def claim_tables(snapshot: Snapshot) -> Iterator[Table]:
    """The claims, and what is owed beside them."""
    language = snapshot["language"]
    heads = (_("Document"), _("issued on"), _("due on"), _("Amount"), _("Already paid"), _("Still open"))
    rows = [
        [
            one["number"], day(one["issued_on"], language), day(one["due_on"], language),
            *(money(one[name], language) for name in ("payable", "paid", "open")),
        ]
        for one in snapshot["items"]
    ]  # fmt: skip
    yield Table(_("Unpaid"), heads, CLAIM_WIDTHS, rows, FIGURES)
    beside = [[label, money(amount, language)] for label, amount in added(snapshot)]
    beside.append([_("To pay"), money(snapshot["total"], language)])
    title = _("Costs, interest and total")
    if len(beside) > 1:
        yield Table(title, ("", _("Amount")), ADDED_WIDTHS, beside, LAST, frozenset({len(beside) - 1}))


def reckoning(snapshot: Snapshot) -> Iterator[Table | str]:
    """How the new interest came about: since when and why in default, and each half-year."""
    language = snapshot["language"]
    bearing = [one for one in snapshot["items"] if one["stretches"]]
    if not bearing:
        return
    rows, strong = list[list[str]](), set[int]()
    for one in bearing:
        rows += reckoning_rows(one["stretches"], one["number"], language)
        strong.add(len(rows))
        rows.append(sum_row(one["interest"], language))
    yield Table(
        _("Interest on arrears (BGB 288)"), reckoning_heads(), RECKONING_WIDTHS, rows, FIGURES | {2}, frozenset(strong)
    )
    for one in bearing:
        words = {
            "number": one["number"],
            "day": day(one["default_from"], language),
            "ground": GROUNDS[one["default_reason"]],
        }
        yield _("%(number)s is in default from %(day)s: %(ground)s.") % words
