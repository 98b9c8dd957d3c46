"""The rules of matching by themselves: whatever lines and claims there are, no cent is made, lost or given twice."""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from billing.services.matching import propose_all
from billing.services.matching_facts import Claim, Cost, Debit, DebitFile, Known, Line, Share
from billing.services.text_search import numbers_in, words_of

DAY = date(2027, 1, 8)
PATTERN = "R{year}-{number:05d}\nRE{year}/{number:04d}"
IBANS = ("DE02120300000000202051", "DE71110220330123456789", "")
CENTS = some.integers(1, 3000).map(lambda cents: Decimal(cents).scaleb(-2))
FEW = some.sampled_from([Decimal("14.00"), Decimal("3.00"), Decimal("17.00"), Decimal("28.00")])
MONEY = some.one_of(FEW, CENTS)


@some.composite
def worlds(draw: Any) -> tuple[list[Line], Known, list[Claim]]:
    """Some claims of three payers, some debits of theirs, and lines that may or may not fit."""
    known = Known(number_pattern=PATTERN)
    for number in range(draw(some.integers(0, 5))):
        costs = [Cost(100 + number, draw(FEW))] if draw(some.booleans()) else []
        claim = Claim(
            number + 1, f"R2027-{number:05d}", draw(some.integers(1, 3)), DAY, draw(MONEY), costs, draw(some.booleans())
        )
        known.claims[claim.invoice], known.by_number[claim.number] = claim, claim.invoice
        known.by_payer.setdefault(claim.payer, []).append(claim)
        if draw(some.booleans()):
            debit = Debit(
                number + 1,
                f"E{number}",
                f"M{claim.payer}",
                claim.payer,
                (Share(number + 1, claim.invoice, claim.open),),
                draw(some.booleans()),
            )
            known.debits[debit.end_to_end_id] = debit
            known.debits_by_mandate.setdefault(debit.mandate_reference, []).append(debit)
    known.payers_by_iban = {IBANS[0]: [1], IBANS[1]: [2, 3]}
    known.payers_by_name = {frozenset(("theo", "transfer")): [3]}
    known.files = [DebitFile(9, "FILE", DAY, draw(MONEY))]
    lines = [draw(line_of(place)) for place in range(draw(some.integers(0, 6)))]
    return (
        lines,
        known,
        [Claim(c.invoice, c.number, c.payer, c.due_on, c.open, list(c.costs)) for c in known.claims.values()],
    )


@some.composite
def line_of(draw: Any, place: int) -> Line:
    returned = draw(some.booleans())
    amount = draw(MONEY)
    return Line(
        place, -amount if draw(some.booleans()) else amount, DAY, name=draw(some.sampled_from(["", "Theo Transfer", "Erna"])),
        iban=draw(some.sampled_from(IBANS)), remittance=draw(some.sampled_from(["", "R2027-00000", "r2027 00001 R2027-00002", "E1"])),
        end_to_end_id=draw(some.sampled_from(["", "E0", "E2"])), mandate_reference=draw(some.sampled_from(["", "M1", "M2"])),
        batch_reference=draw(some.sampled_from(["", "FILEP1"])), returned=returned,
    )  # fmt: skip


@given(worlds())
def test_each_line_is_settled_whole_and_no_claim_twice(world: tuple[list[Line], Known, list[Claim]]) -> None:
    lines, known, before = world
    found = list(propose_all(lines, known))
    amounts = {line.pk: line.amount for line in lines}
    assert max(Counter(one.line for one in found).values(), default=1) == 1
    paid: Counter[int] = Counter()
    costs: Counter[int] = Counter()
    for one in found:
        if one.file is None:
            assert sum((part.amount for part in one.parts), Decimal(0)) == amounts[one.line]
        for part in one.parts:
            if part.kind == "payment" and part.collection is None and part.invoice:
                (costs if part.ancillary else paid)[part.invoice] += part.amount  # type: ignore[assignment]
    back: Counter[int] = Counter(
        part.invoice for one in found for part in one.parts if part.kind == "return" and part.invoice
    )
    for claim in before:
        returned = sum(
            -part.amount
            for one in found
            for part in one.parts
            if part.kind == "return" and part.invoice == claim.invoice
        )
        assert paid[claim.invoice] <= claim.open + returned
        assert costs[claim.invoice] <= sum(cost.amount for cost in claim.costs)
        assert back[claim.invoice] <= 1
    assert sum(one.file is not None for one in found) <= 1


@given(worlds())
def test_a_return_is_whole_and_never_books_itself(world: tuple[list[Line], Known, list[Claim]]) -> None:
    lines, known, _before = world
    for one in propose_all(lines, known):
        for part in one.parts:
            if part.kind == "return":
                assert not one.certain
                assert -part.amount == next(d.amount for d in known.debits.values() if d.pk == part.collection)


@given(worlds())
def test_the_same_lines_again_find_the_same(world: tuple[list[Line], Known, list[Claim]]) -> None:
    lines, known, before = world
    first = list(propose_all(lines, known))
    for claim in before:
        known.claims[claim.invoice].open, known.claims[claim.invoice].costs = claim.open, list(claim.costs)
    known.used.clear()
    if all(one.file is None for one in first):
        assert list(propose_all(lines, known)) == first


@pytest.mark.parametrize("text, numbers", [
    ("R2027-00001", ["R2027-00001"]), ("r 2027 / 00001", ["R2027-00001"]), ("Beitrag R202700001 danke", ["R2027-00001"]),
    ("RF40R202700001", ["R2027-00001"]), ("R2027-00001, R2027-00002 und R2027-00001", ["R2027-00001", "R2027-00002"]),
    ("RE2027/0007", ["RE2027/0007"]), ("R2027-0000", []), ("IBAN DE02120300000000202051", []), ("AR2027-00001", []), ("", []),
    ("R2027-123456", ["R2027-123456"]), ("١٢٣", []),
])  # fmt: skip
def test_numbers_are_found_however_they_are_typed(text: str, numbers: list[str]) -> None:
    assert numbers_in(text, PATTERN) == numbers


def test_names_are_compared_without_accents_and_titles_of_one_letter() -> None:
    assert words_of("MÜLLER-Lüdenscheidt, Dr. Jürgen H.") == ["mueller", "luedenscheidt", "dr", "juergen"]


def test_a_file_by_its_sum_must_be_near_in_time() -> None:
    known = Known(files=[DebitFile(1, "F", DAY, Decimal("28.00"))])
    line = Line(1, Decimal("28.00"), DAY, bank_code="NTRF+192")
    assert [one.certain for one in propose_all([line], known)] == [True]
    known = Known(files=[DebitFile(1, "F", DAY - timedelta(days=6), Decimal("28.00"))])
    assert list(propose_all([line], known)) == []
    twins = [DebitFile(1, "F", DAY, Decimal("28.00")), DebitFile(2, "G", DAY, Decimal("28.00"))]
    assert list(propose_all([line], Known(files=twins))) == []
