"""Amounts in words: read back by a grammar of its own, every one of them."""

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.formats.german_numbers import SMALL, TENS, amount_in_words, number_in_words

KNOWN = {
    "1": "ein Euro",
    "0.01": "null Euro und ein Cent",
    "16": "sechzehn Euro",
    "17": "siebzehn Euro",
    "21": "einundzwanzig Euro",
    "30": "dreißig Euro",
    "100": "einhundert Euro",
    "101": "einhunderteins Euro",
    "300.01": "dreihundert Euro und ein Cent",
    "1246.50": "eintausendzweihundertsechsundvierzig Euro und fünfzig Cent",
    "1322": "eintausenddreihundertzweiundzwanzig Euro",
    "21000": "einundzwanzigtausend Euro",
    "1000000": "eine Million Euro",
    "2000001": "zwei Millionen eins Euro",
}


@pytest.mark.parametrize("amount", KNOWN)
def test_amounts_as_people_write_them(amount: str) -> None:
    assert amount_in_words(Decimal(amount)) == KNOWN[amount]


def read_back(words: str) -> int:
    """What a reader understands."""
    found = re.fullmatch(r"(?:(eine|\w+) Million(?:en)?)? ?(\w+)?", words)
    assert found, words
    millions = 1 if found[1] == "eine" else below_million(found[1] or "")
    return millions * 1_000_000 + below_million(found[2] or "")


def below_million(word: str) -> int:
    head, tausend, rest = word.rpartition("tausend")
    return (below_thousand(head) * 1000 if tausend else 0) + below_thousand(rest)


def below_thousand(word: str) -> int:
    head, hundert, rest = word.rpartition("hundert")
    return (below_hundred(head) * 100 if hundert else 0) + below_hundred(rest)


def below_hundred(word: str) -> int:
    if not word or word in ("ein", "null"):
        return 1 if word == "ein" else 0
    if word in SMALL:
        return SMALL.index(word)
    if word in TENS:
        return TENS.index(word) * 10
    ones, _und, tens = word.partition("und")
    return below_hundred(ones) + TENS.index(tens) * 10


@given(st.integers(0, 999_999_999))
def test_every_number_is_read_back(number: int) -> None:
    assert read_back(number_in_words(number)) == number


@given(st.integers(0, 99_999_999_999))
def test_euros_and_cents_are_read_back(cents: int) -> None:
    words = amount_in_words(Decimal(cents) / 100)
    euros, _sep, rest = words.partition(" Euro")
    read = read_back(euros) * 100 + (read_back(rest.removeprefix(" und ").removesuffix(" Cent")) if rest else 0)
    assert read == cents


@pytest.mark.parametrize("amount", ["-0.01", "1000000000", "0.001"])
def test_what_is_no_amount_is_refused(amount: str) -> None:
    with pytest.raises(ValueError, match="words"):
        amount_in_words(Decimal(amount))
