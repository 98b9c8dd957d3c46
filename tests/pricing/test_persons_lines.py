"""What a person took back for good or took off is never made up for by a run, whatever amounts and days are involved."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from billing.pricing.charges import Charge
from billing.pricing.settlement import Billed, Line, settle

START = date(2027, 1, 1)
cents = st.integers(1, 100_000).map(lambda value: Decimal(value) / 100)
days = st.integers(1, 31)


def charge(amount: Decimal, length: int = 31, tariff: str = "T") -> Charge:
    end = START + timedelta(days=length)
    return Charge("fee", tariff, "flat", START, end, START, Decimal(1), amount, None, "Fee")


def billed(ref: int, kind: str, amount: Decimal, reverses: int | None = None, length: int = 31) -> Billed:
    return Billed(ref, "fee", kind, START, START + timedelta(days=length), amount, None, 1, "T", reverses)


def as_billed(lines: list[Line], first: int) -> list[Billed]:
    return [
        Billed(first + at, one.component, one.kind, one.start, one.end, one.amount, one.vat_rate, one.revision, one.tariff, one.reverses)
        for at, one in enumerate(lines)
    ]  # fmt: skip


@given(cents, cents, days)
def test_what_is_waived_stays_waived_under_the_same_tariff(was: Decimal, costs: Decimal, length: int) -> None:
    books = [billed(1, "charge", was), billed(2, "waiver", -was, 1)]
    assert settle([charge(costs, length)], books) == []
    assert settle([], books) == []
    assert [one.amount for one in settle([charge(costs, tariff="U")], books)] == [costs]


@given(cents, st.data(), cents, days)
def test_a_reduction_stays_and_never_makes_a_charge_negative(
    was: Decimal, data: st.DataObject, costs: Decimal, length: int
) -> None:
    off = data.draw(st.integers(1, int(was * 100)).map(lambda value: Decimal(value) / 100))
    books = [billed(1, "charge", was), billed(2, "reduced", -off, 1)]
    assert settle([charge(was)], books) == []
    gone = settle([], books)
    assert sum((one.amount for one in gone), was - off) == 0
    changed = settle([charge(costs, length)], books)
    left = sum((one.amount for one in changed), was - off)
    assert left == max(costs - off, Decimal(0))
    assert settle([charge(costs, length)], [*books, *as_billed(changed, 3)]) == []
