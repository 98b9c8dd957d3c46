"""The difference between what a contract costs and what is billed already."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from billing.pricing.charges import Charge
from billing.pricing.money import ZERO, total
from billing.pricing.words import Words

_NO_LINE = Decimal(1)
# The text of a line may be as long as the text of the line that it takes back, and says so in front of it.
LONGEST_NAME = 280


@dataclass(frozen=True, slots=True)
class Billed:
    """A line of an invoice. `kind`: charge, credit (days taken away) or reversal; both name the charge in `reverses`.

    Two kinds are a person's: a `waiver` takes a charge back for good, `reduced` takes an amount off it. Neither is ever
    made up for: the waived charge counts as billed, and the reduction stays whatever the contract costs.
    """

    ref: int
    component: str
    kind: str
    start: date
    end: date
    amount: Decimal
    vat_rate: Decimal | None
    revision: int
    tariff: str
    reverses: int | None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A line to be billed; credits and reversals are negative. (component, kind, start, revision) is unique."""

    component: str
    tariff: str
    kind: str
    start: date
    end: date
    amount: Decimal
    quantity: Decimal
    vat_rate: Decimal | None
    text: str
    revision: int
    reverses: int | None


@dataclass(frozen=True, slots=True)
class _Live:
    """A billed charge that still stands, with what its credits left of it; `left` also counts what a person took off."""

    line: Billed
    end: date
    amount: Decimal
    left: Decimal

    @property
    def reduced(self) -> Decimal:
        """What a person took off; it stays off whatever the charge becomes."""
        return self.amount - self.left


def settle(desired: Sequence[Charge], billed: Sequence[Billed], language: str = "de") -> list[Line]:
    """The lines that turn what is billed into what is desired; none if it is so already.

    Both must look at the same time: charges asked for with `since`, billed lines of charges that begin on or after it
    (with their credits and reversals), and an `until` that no earlier run has gone beyond: a billed charge that is
    not desired is reversed.
    A charge that only became shorter gets one credit for the days taken away. Any other difference reverses what is
    left of the billed charge and charges anew.
    """
    wanted = {(charge.component, charge.start): charge for charge in desired}
    books = _Books(billed, Words(language))
    taken = [line for live in books.live() for line in books.taken_back(live, wanted)]
    added = [books.charged(charge) for charge in wanted.values() if not books.stands(charge)]
    return [*sorted(taken, key=lambda line: (line.start, line.component)), *added]


class _Books:
    """What is billed, sorted for the comparison."""

    def __init__(self, billed: Sequence[Billed], words: Words) -> None:
        self._words = words
        self._revisions: dict[tuple[str, str, date], int] = {}
        self._against: dict[int, list[Billed]] = {}
        self._charges = [line for line in billed if line.kind == "charge"]
        self._standing: set[tuple[str, date]] = set()
        tariffs = {line.ref: line.tariff for line in self._charges}
        self._waived = {
            (line.component, line.start, tariffs.get(line.reverses or 0)) for line in billed if line.kind == "waiver"
        }
        for line in billed:
            key = (line.component, line.kind, line.start)
            self._revisions[key] = max(line.revision, self._revisions.get(key, 0))
            if line.reverses is not None:
                self._against.setdefault(line.reverses, []).append(line)

    def live(self) -> list[_Live]:
        """The charges that are not reversed."""
        found = []
        for line in self._charges:
            against = self._against.get(line.ref, [])
            if not any(other.kind in ("reversal", "waiver") for other in against):
                left = total([line.amount, *(other.amount for other in against)])
                given = [other for other in against if other.kind == "credit"]
                end = min([line.end, *(other.start for other in given)])
                amount = total([line.amount, *(other.amount for other in given)])
                found.append(_Live(line, end, amount, left))
        return found

    def taken_back(self, live: _Live, wanted: dict[tuple[str, date], Charge]) -> list[Line]:
        """The credit or the reversal that a billed charge needs, if any."""
        charge = wanted.get((live.line.component, live.line.start))
        if charge is None:
            return [self._reversal(live, live.left)] if live.left else []
        rest = max(charge.amount - live.reduced, ZERO) if live.reduced else charge.amount
        if _same_terms(live, charge):
            if rest == live.left and charge.end <= live.end:
                self._standing.add((charge.component, charge.start))
                return []
            if charge.amount < live.amount and charge.end < live.end:
                self._standing.add((charge.component, charge.start))
                return [self._credit(live, charge, rest)]
        back = min(live.amount, live.left + charge.amount) if live.reduced else live.amount
        return [self._reversal(live, back)] if back else []

    def stands(self, charge: Charge) -> bool:
        """Whether the charge is billed as desired once the credits are, or was taken back for good."""
        key = (charge.component, charge.start)
        return key in self._standing or (*key, charge.tariff) in self._waived

    def charged(self, charge: Charge) -> Line:
        """The line of a charge."""
        return Line(
            component=charge.component,
            tariff=charge.tariff,
            kind="charge",
            start=charge.start,
            end=charge.end,
            amount=charge.amount,
            quantity=charge.quantity,
            vat_rate=charge.vat_rate,
            text=charge.text,
            revision=self._next_revision(charge.component, "charge", charge.start),
            reverses=None,
        )

    def _credit(self, live: _Live, charge: Charge, rest: Decimal) -> Line:
        text = self._words.credit(charge.name or charge.component, charge.end, live.end)
        return self._against_line(live, "credit", charge.end, total([rest, -live.left]), text)

    def _reversal(self, live: _Live, amount: Decimal) -> Line:
        line = live.line
        name = line.text[:LONGEST_NAME] or f"{line.component} {self._words.range(line.start, live.end)}"
        return self._against_line(live, "reversal", line.start, total([-amount]), self._words.reversal(name))

    def _against_line(self, live: _Live, kind: str, start: date, amount: Decimal, text: str) -> Line:
        line = live.line
        return Line(
            component=line.component,
            tariff=line.tariff,
            kind=kind,
            start=start,
            end=live.end,
            amount=amount,
            quantity=_NO_LINE,
            vat_rate=line.vat_rate,
            text=text,
            revision=self._next_revision(line.component, kind, start),
            reverses=line.ref,
        )

    def _next_revision(self, component: str, kind: str, start: date) -> int:
        key = (component, kind, start)
        self._revisions[key] = self._revisions.get(key, 0) + 1
        return self._revisions[key]


def _same_terms(live: _Live, charge: Charge) -> bool:
    return live.line.tariff == charge.tariff and live.line.vat_rate == charge.vat_rate and live.amount >= ZERO
