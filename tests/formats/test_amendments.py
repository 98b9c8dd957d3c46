"""What a debtor's bank is told of a mandate that changes again and again, checked against a bank that remembers."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.formats.amendments import Terms, amendment_of
from billing.formats.iban import same_bank, same_creditor
from billing.formats.pain008 import Amendment
from billing.formats.references import is_pattern, reference
from billing.formats.sepa_text import is_reference

IBANS = ("DE71570642210231530419", "DE90570642210000000001", "DE02120300000000202051", "AT611904300234573201")
IDENTIFIERS = ("DE98ZZZ09999999999", "DE98ABC09999999999", "DE09ZZZ00000000001")
START = Terms("M-1", IBANS[0], IDENTIFIERS[0], "Verein")
CHOICES = {
    "reference": ("M-1", "M-2"),
    "iban": IBANS,
    "creditor_identifier": IDENTIFIERS,
    "creditor_name": ("Verein", "Club"),
}
changes = st.sampled_from([(name, value) for name, values in CHOICES.items() for value in values])
steps = st.lists(st.one_of(changes, st.sampled_from(["accepted", "rejected"])), max_size=25)


def misunderstood(bank: Terms, now: Terms, told: Amendment | None) -> list[str]:
    """Why a bank that remembers `bank` could not follow a debit of `now` that tells this."""
    told = told or Amendment()
    links = {
        "reference": (told.original_reference or now.reference) == bank.reference,
        "creditor": same_creditor(told.original_creditor_identifier or now.creditor_identifier, bank.creditor_identifier),
        "name": (told.original_creditor_name or now.creditor_name) == bank.creditor_name,
        "account": now.iban == bank.iban or told.other_bank or told.original_iban == bank.iban,
        "account for nothing": now.iban != bank.iban or not (told.other_bank or told.original_iban),
        "both": not (told.other_bank and told.original_iban),
        "same bank": not told.original_iban or same_bank(told.original_iban, now.iban),
    }  # fmt: skip
    return [name for name, holds in links.items() if not holds]


@given(steps)
def test_the_bank_can_follow_every_collection_and_hears_each_change_once(course: list[object]) -> None:
    bank, now = START, START
    untold: list[Terms] = []
    for step in course:
        if isinstance(step, tuple):
            name, value = step
            if getattr(now, name) != value:
                untold.append(replace(Terms(), **{name: getattr(now, name)}))
                now = replace(now, **{name: value})
            continue
        assert misunderstood(bank, now, amendment_of(untold, now)) == []
        if step == "accepted":
            bank, untold = now, []
            assert amendment_of(untold, now) is None


@pytest.mark.parametrize(
    "before, told",
    [
        (Terms(iban=IBANS[1]), Amendment(original_iban=IBANS[1])),
        (Terms(iban=IBANS[2]), Amendment(other_bank=True)),
        (Terms(iban=IBANS[3]), Amendment(other_bank=True)),
        (Terms(creditor_identifier=IDENTIFIERS[1]), None),
        (Terms(creditor_identifier=IDENTIFIERS[2]), Amendment(original_creditor_identifier=IDENTIFIERS[2])),
        (Terms(iban=IBANS[0]), None),
    ],
)
def test_how_a_change_is_told(before: Terms, told: Amendment | None) -> None:
    assert amendment_of([before], START) == told


@given(
    st.sampled_from(["M-{number:05d}", "{member}-{number}", "MV{member}-{number:03d}", "{number:09d}"]),
    st.integers(1, 10**9),
    st.text(max_size=60),
)
def test_a_reference_has_capital_letters_digits_and_dashes_only(pattern: str, number: int, member: str) -> None:
    found = reference(pattern, number, member)
    assert is_reference(found)
    assert not set(found) - set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-")
    assert str(number) in found


@pytest.mark.parametrize(
    "pattern",
    ["M", "m-{number}", "M {number}", "{number!r}", "{number.__class__}", "{number:099d}", "ä{number}", "{member}", "X" * 13 + "{number}"],
)  # fmt: skip
def test_a_pattern_that_would_make_bad_references_is_refused(pattern: str) -> None:
    assert not is_pattern(pattern)
    with pytest.raises(ValueError, match="cannot be filled"):
        reference(pattern, 1, "7")
