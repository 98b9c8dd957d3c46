"""Text in bank files."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.formats.sepa_text import is_reference, is_sepa_text, sepa_text, transliterate


@pytest.mark.parametrize(
    "text, expected",
    [
        ("Jürgen Größe & Söhne", "Juergen Groesse + Soehne"),
        ("Straße ÄÖÜ ẞ", "Strasse AeOeUe SS"),
        ("Mu\u0308ller", "Mueller"),
        ("Łukasz Żółć, Đorđe, Søren, Çelik, Ħ", "Lukasz Zolc, Dorde, Soeren, Celik, H"),
        ("a@b_c", "a(at)b-c"),
        ('"Zitat"; *Stern*', "Zitat Stern"),
        ("viele   Leer-\nzeichen ", "viele Leer- zeichen"),
        ("Beitrag 😀 2027", "Beitrag 2027"),
        ("½ ﬁ", "1 2 fi"),
    ],
)
def test_german_letters_are_written_out_and_foreign_signs_become_blanks(text: str, expected: str) -> None:
    assert transliterate(text) == expected


def test_text_is_cut_after_it_was_written_out() -> None:
    assert sepa_text("ü" * 40, 70) == "ue" * 35
    assert sepa_text("abc def", 4) == "abc"


@given(st.text(max_size=200), st.integers(1, 80))
def test_whatever_is_typed_the_bank_takes_the_result(text: str, length: int) -> None:
    result = sepa_text(text, length)
    assert len(result) <= length
    assert is_sepa_text(result)
    assert transliterate(result) == result


@given(st.text(alphabet="aZ9+?/:().,' -äß&@_\"", max_size=20))
def test_a_text_is_clean_exactly_if_writing_it_out_changes_nothing(text: str) -> None:
    assert is_sepa_text(text) == (transliterate(text) == text)


@pytest.mark.parametrize("text", ["MV-1001", "a/b", "A" * 35, "abc 123", "+?/:().,' -x"])
def test_references_keep_to_the_set(text: str) -> None:
    assert is_reference(text)


@pytest.mark.parametrize("text", ["", "A" * 36, "/a", "a/", "a//b", "Mü", " a", "a ", "a_b", "a\n", "a&b"])
def test_other_references_are_refused(text: str) -> None:
    assert not is_reference(text)
